import json

IMAGE = "683313688378.dkr.ecr.us-east-1.amazonaws.com/sagemaker-xgboost:1.7-1"
OVER = ("Succeeded", "Failed", "Stopped")


def another_name(aws):
    """A group, and not the one that is asked for."""
    aws.client("sagemaker").create_model_package_group(ModelPackageGroupName=aws.name("other"))


def it_only_trains(aws):
    """No decision."""
    _pipeline(aws, [_train(aws)])


def whatever_comes(aws):
    """Registered on either side."""
    decision = {"Conditions": [_condition()], "IfSteps": [_register(aws, "A")], "ElseSteps": [_register(aws, "B")]}
    _pipeline(aws, [_train(aws), {"Name": "Decide", "Type": "Condition", "Arguments": decision}])


def a_bar_of_stone(aws):
    """The threshold is written into the definition."""
    _decision(aws, {**_condition(), "RightValue": 0.7}, [_FAIL])


def nothing_else(aws):
    """A run with a bad model succeeds, and nobody hears of it."""
    _decision(aws, _condition(), [])


def the_bad_ones(aws):
    """Registered is what does not reach the bar."""
    _decision(aws, {**_condition(), "Type": "LessThan"}, [_FAIL])


def approved_by_nobody(aws):
    """The pipeline says yes to itself."""
    _decision(aws, _condition(), [_FAIL], ModelApprovalStatus="Approved")


def stopped_at_once(aws):
    """A run that came to nothing."""
    sagemaker = aws.client("sagemaker")
    started = sagemaker.start_pipeline_execution(
        PipelineName=aws.name("pipeline"), ClientRequestToken=aws.name("stopped")
    )
    which = {"PipelineExecutionArn": started["PipelineExecutionArn"]}
    sagemaker.stop_pipeline_execution(**which, ClientRequestToken=aws.name("stopped"))
    aws.wait(
        "sagemaker", "describe_pipeline_execution", lambda found: found["PipelineExecutionStatus"] in OVER, **which
    )


def nothing_new(aws):
    """Somebody looks at the run that succeeded."""
    aws.client("sagemaker").describe_pipeline(PipelineName=aws.name("pipeline"))


def turned_down(aws):
    """Not good enough for somebody."""
    _decide(aws, "Rejected", "Too simple.")


def without_a_word(aws):
    """Approved, nobody knows why."""
    _decide(aws, "Approved", "")


def past_the_registry(aws):
    """The artifact, without its version."""
    _past_the_registry(aws, "approved")


def _past_the_registry(aws, suffix):
    sagemaker = aws.client("sagemaker")
    found = sagemaker.list_model_packages(ModelPackageGroupName=aws.name("models"))["ModelPackageSummaryList"]
    version = sagemaker.describe_model_package(ModelPackageName=found[0]["ModelPackageArn"])
    url = version["InferenceSpecification"]["Containers"][0]["ModelDataUrl"]
    sagemaker.create_model(
        ModelName=aws.name(suffix),
        ExecutionRoleArn=aws.role_arn,
        PrimaryContainer={"Image": IMAGE, "ModelDataUrl": url},
    )


def another_one_live(aws):
    """The approved version has a model; the endpoint serves another."""
    sagemaker = aws.client("sagemaker")
    _past_the_registry(aws, "other")
    found = sagemaker.list_model_packages(ModelPackageGroupName=aws.name("models"))["ModelPackageSummaryList"]
    sagemaker.create_model(
        ModelName=aws.name("approved"),
        ExecutionRoleArn=aws.role_arn,
        Containers=[{"ModelPackageName": found[0]["ModelPackageArn"]}],
    )
    variant = {"VariantName": "AllTraffic", "ModelName": aws.name("other"), "InstanceType": "ml.m5.large"}
    sagemaker.create_endpoint_config(
        EndpointConfigName=aws.name("live"), ProductionVariants=[{**variant, "InitialInstanceCount": 1}]
    )
    sagemaker.create_endpoint(EndpointName=aws.name("live"), EndpointConfigName=aws.name("live"))
    sagemaker.get_waiter("endpoint_in_service").wait(EndpointName=aws.name("live"))


def for_any_bucket(aws):
    """Another team's data would start it."""
    _rule(aws, {"source": ["waterworks.data"], "detail-type": ["Training Data Delivered"]})


def without_a_target(aws):
    """Heard, and nothing done."""
    pattern = {"source": ["waterworks.data"], "detail-type": ["Training Data Delivered"]}
    _rule(aws, {**pattern, "detail": {"bucket": [aws.name("data")]}})


def without_a_role(aws):
    """EventBridge may start nothing."""
    without_a_target(aws)
    account = aws.role_arn.split(":")[4]
    pipeline = f"arn:aws:sagemaker:{aws.region}:{account}:pipeline/{aws.name('pipeline')}"
    aws.client("events").put_targets(Rule=aws.name("new-data"), Targets=[{"Id": "pipeline", "Arn": pipeline}])


def trained_before(aws):
    """Started by hand, and only then the data came."""
    sagemaker = aws.client("sagemaker")
    started = sagemaker.start_pipeline_execution(
        PipelineName=aws.name("pipeline"), ClientRequestToken=aws.name("trained-before-the-data")
    )
    which = {"PipelineExecutionArn": started["PipelineExecutionArn"]}
    aws.wait(
        "sagemaker", "describe_pipeline_execution", lambda found: found["PipelineExecutionStatus"] in OVER, **which
    )
    nobody_is_told(aws)


def nobody_is_told(aws):
    """The data is there."""
    aws.client("s3").put_object(Bucket=aws.name("data"), Key="train/more.csv", Body="1,70.0,5.5,4.1,1500.0,80.0\n")


def _decide(aws, status, why):
    sagemaker = aws.client("sagemaker")
    found = sagemaker.list_model_packages(ModelPackageGroupName=aws.name("models"))["ModelPackageSummaryList"]
    sagemaker.update_model_package(
        ModelPackageArn=found[0]["ModelPackageArn"], ModelApprovalStatus=status, ApprovalDescription=why
    )


def _rule(aws, pattern):
    aws.client("events").put_rule(Name=aws.name("new-data"), EventPattern=json.dumps(pattern))


def _condition():
    return {
        "Type": "GreaterThanOrEqualTo",
        "LeftValue": {"Get": "Steps.Train.FinalMetricDataList['validation:auc'].Value"},
        "RightValue": {"Get": "Parameters.LeastAuc"},
    }


def _train(aws):
    data = f"s3://{aws.name('data')}"
    channel = {"S3DataSource": {"S3DataType": "S3Prefix", "S3Uri": f"{data}/train/"}}
    arguments = {
        "AlgorithmSpecification": {"TrainingImage": IMAGE, "TrainingInputMode": "File"},
        "RoleArn": aws.role_arn,
        "HyperParameters": {"num_round": "5"},
        "InputDataConfig": [{"ChannelName": "train", "ContentType": "text/csv", "DataSource": channel}],
        "OutputDataConfig": {"S3OutputPath": f"{data}/output"},
        "ResourceConfig": {"InstanceType": "ml.m5.large", "InstanceCount": 1, "VolumeSizeInGB": 5},
        "StoppingCondition": {"MaxRuntimeInSeconds": 600},
    }
    return {"Name": "Train", "Type": "Training", "Arguments": arguments}


_FAIL = {"Name": "GiveUp", "Type": "Fail", "Arguments": {"ErrorMessage": "The AUC is too low."}}


def _decision(aws, condition, otherwise, **more):
    decision = {"Conditions": [condition], "IfSteps": [_register(aws, "A", **more)], "ElseSteps": otherwise}
    _pipeline(aws, [_train(aws), {"Name": "Decide", "Type": "Condition", "Arguments": decision}])


def _register(aws, name, **more):
    container = {"Image": IMAGE, "ModelDataUrl": {"Get": "Steps.Train.ModelArtifacts.S3ModelArtifacts"}}
    specification = {"SupportedContentTypes": ["text/csv"], "SupportedResponseMIMETypes": ["text/csv"]}
    arguments = {
        "ModelPackageGroupName": aws.name("models"),
        "InferenceSpecification": {"Containers": [container], **specification},
        **more,
    }
    return {"Name": name, "Type": "RegisterModel", "Arguments": arguments}


def _pipeline(aws, steps):
    parameters = [{"Name": "LeastAuc", "Type": "Float", "DefaultValue": 0.7}]
    aws.client("sagemaker").create_pipeline(
        PipelineName=aws.name("pipeline"),
        PipelineDefinition=json.dumps({"Version": "2020-12-01", "Parameters": parameters, "Steps": steps}),
        RoleArn=aws.role_arn,
        ClientRequestToken=aws.name("pipeline-definition-wrong"),
    )
