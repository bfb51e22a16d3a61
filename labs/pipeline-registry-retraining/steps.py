import json

from mlacoach.labs import Shown

IMAGE = "683313688378.dkr.ecr.us-east-1.amazonaws.com/sagemaker-xgboost:1.7-1"
OVER = ("Succeeded", "Failed", "Stopped")


def make_a_group(aws):
    """A group in the Model Registry: one problem, many versions of its model."""
    aws.client("sagemaker").create_model_package_group(
        ModelPackageGroupName=aws.name("models"), ModelPackageGroupDescription="How likely a pump is to fail."
    )


def describe_the_pipeline(aws):
    """Train, decide by the validation AUC, register; each step names what it needs of the one before."""
    definition = {
        "Version": "2020-12-01",
        "Parameters": [
            {"Name": "Data", "Type": "String", "DefaultValue": f"s3://{aws.name('data')}"},
            {"Name": "LeastAuc", "Type": "Float", "DefaultValue": 0.7},
        ],
        "Steps": [
            {"Name": "Train", "Type": "Training", "Arguments": _training(aws)},
            {
                "Name": "Decide",
                "Type": "Condition",
                "Arguments": {
                    "Conditions": [
                        {
                            "Type": "GreaterThanOrEqualTo",
                            "LeftValue": {"Get": "Steps.Train.FinalMetricDataList['validation:auc'].Value"},
                            "RightValue": {"Get": "Parameters.LeastAuc"},
                        }
                    ],
                    "IfSteps": [{"Name": "Register", "Type": "RegisterModel", "Arguments": _version(aws)}],
                    "ElseSteps": [
                        {"Name": "GiveUp", "Type": "Fail", "Arguments": {"ErrorMessage": "The AUC is too low."}}
                    ],
                },
            },
        ],
    }
    aws.client("sagemaker").create_pipeline(
        PipelineName=aws.name("pipeline"),
        PipelineDefinition=json.dumps(definition),
        RoleArn=aws.role_arn,
        ClientRequestToken=aws.name("pipeline-definition-1"),
    )


def run_it(aws):
    """The defaults of the parameters will do; what it registers waits for somebody's approval."""
    return _run(aws, "pipeline-execution-first")


def see_the_gate_close(aws):
    """The same pipeline, a higher bar: the run fails on purpose, and nothing is registered."""
    return _run(aws, "pipeline-execution-gate", LeastAuc="0.99")


def approve_the_version(aws):
    """Who approves says why; EventBridge could start a deployment by it."""
    sagemaker = aws.client("sagemaker")
    found = sagemaker.list_model_packages(
        ModelPackageGroupName=aws.name("models"), SortBy="CreationTime", SortOrder="Descending"
    )
    sagemaker.update_model_package(
        ModelPackageArn=found["ModelPackageSummaryList"][0]["ModelPackageArn"],
        ModelApprovalStatus="Approved",
        ApprovalDescription="Better than the threshold that engineers use today.",
    )


def deploy_the_approved_one(aws):
    """A model can be made of a version: image and artifact stand in the registry."""
    sagemaker = aws.client("sagemaker")
    found = sagemaker.list_model_packages(
        ModelPackageGroupName=aws.name("models"),
        ModelApprovalStatus="Approved",
        SortBy="CreationTime",
        SortOrder="Descending",
    )
    version = found["ModelPackageSummaryList"][0]["ModelPackageArn"]
    sagemaker.create_model(
        ModelName=aws.name("approved"),
        ExecutionRoleArn=aws.role_arn,
        Containers=[{"ModelPackageName": version}],
    )
    variant = {
        "VariantName": "AllTraffic",
        "ModelName": aws.name("approved"),
        "InstanceType": "ml.m5.large",
        "InitialInstanceCount": 1,
    }
    sagemaker.create_endpoint_config(EndpointConfigName=aws.name("live"), ProductionVariants=[variant])
    sagemaker.create_endpoint(EndpointName=aws.name("live"), EndpointConfigName=aws.name("live"))
    sagemaker.get_waiter("endpoint_in_service").wait(EndpointName=aws.name("live"))


def listen_for_new_data(aws):
    """A rule waits for the word that new training data is there, and starts the pipeline."""
    events = aws.client("events")
    pattern = {
        "source": ["waterworks.data"],
        "detail-type": ["Training Data Delivered"],
        "detail": {"bucket": [aws.name("data")]},
    }
    events.put_rule(Name=aws.name("new-data"), EventPattern=json.dumps(pattern))
    account = aws.role_arn.split(":")[4]
    events.put_targets(
        Rule=aws.name("new-data"),
        Targets=[
            {
                "Id": "pipeline",
                "Arn": f"arn:aws:sagemaker:{aws.region}:{account}:pipeline/{aws.name('pipeline')}",
                "RoleArn": aws.role_arn,
                "SageMakerPipelineParameters": {"PipelineParameterList": [{"Name": "LeastAuc", "Value": "0.7"}]},
            }
        ],
    )


def let_new_data_come(aws):
    """Whoever delivers more pumps says so: nobody starts the pipeline, and a new version appears."""
    s3, bucket = aws.client("s3"), aws.name("data")
    before = len(_executions(aws))
    more = s3.get_object(Bucket=bucket, Key="validation/pumps.csv")["Body"].read()
    s3.put_object(Bucket=bucket, Key="train/more.csv", Body=more)
    event = {"Source": "waterworks.data", "DetailType": "Training Data Delivered"}
    aws.client("events").put_events(Entries=[{**event, "Detail": json.dumps({"bucket": bucket})}])
    aws.wait(
        "sagemaker",
        "list_pipeline_executions",
        lambda found: (
            len(found["PipelineExecutionSummaries"]) > before
            and all(each["PipelineExecutionStatus"] in OVER for each in found["PipelineExecutionSummaries"])
        ),
        PipelineName=aws.name("pipeline"),
    )


def _training(aws):
    return {
        "AlgorithmSpecification": {"TrainingImage": IMAGE, "TrainingInputMode": "File"},
        "RoleArn": aws.role_arn,
        "HyperParameters": {
            "objective": "binary:logistic",
            "eval_metric": "auc",
            "num_round": "25",
            "eta": "0.1",
            "max_depth": "3",
        },
        "InputDataConfig": [
            {
                "ChannelName": channel,
                "ContentType": "text/csv",
                "DataSource": {
                    "S3DataSource": {
                        "S3DataType": "S3Prefix",
                        "S3Uri": {"Std:Join": {"On": "/", "Values": [{"Get": "Parameters.Data"}, f"{channel}/"]}},
                    }
                },
            }
            for channel in ("train", "validation")
        ],
        "OutputDataConfig": {"S3OutputPath": f"s3://{aws.name('data')}/output"},
        "ResourceConfig": {"InstanceType": "ml.m5.large", "InstanceCount": 1, "VolumeSizeInGB": 5},
        "StoppingCondition": {"MaxRuntimeInSeconds": 600},
    }


def _version(aws):
    return {
        "ModelPackageGroupName": aws.name("models"),
        "ModelApprovalStatus": "PendingManualApproval",
        "InferenceSpecification": {
            "Containers": [{"Image": IMAGE, "ModelDataUrl": {"Get": "Steps.Train.ModelArtifacts.S3ModelArtifacts"}}],
            "SupportedContentTypes": ["text/csv"],
            "SupportedResponseMIMETypes": ["text/csv"],
        },
    }


def _run(aws, token, **parameters):
    sagemaker = aws.client("sagemaker")
    started = sagemaker.start_pipeline_execution(
        PipelineName=aws.name("pipeline"),
        PipelineParameters=[{"Name": name, "Value": value} for name, value in parameters.items()],
        ClientRequestToken=aws.name(token),
    )
    which = {"PipelineExecutionArn": started["PipelineExecutionArn"]}
    aws.wait(
        "sagemaker", "describe_pipeline_execution", lambda found: found["PipelineExecutionStatus"] in OVER, **which
    )
    steps = sagemaker.list_pipeline_execution_steps(**which)["PipelineExecutionSteps"]
    return Shown(columns=("step", "status"), rows=[(step["StepName"], step["StepStatus"]) for step in steps])


def _executions(aws):
    found = aws.client("sagemaker").list_pipeline_executions(PipelineName=aws.name("pipeline"))
    return found["PipelineExecutionSummaries"]
