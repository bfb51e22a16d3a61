import json

SKLEARN = "683313688378.dkr.ecr.us-east-1.amazonaws.com/sagemaker-scikit-learn:1.2-1-cpu-py3"
ANALYZER = "156813124566.dkr.ecr.us-east-1.amazonaws.com/sagemaker-model-monitor-analyzer"


def nothing_kept(aws):
    """The endpoint forgets."""
    _config(aws, EnableCapture=False)


def one_in_ten(aws):
    """Enough for a busy endpoint, too little for two hundred requests."""
    _config(aws, InitialSamplingPercentage=10)


def requests_only(aws):
    """What the model said is missing."""
    _config(aws, CaptureOptions=[{"CaptureMode": "Input"}])


def of_new_pumps(aws):
    """Two hundred rows without a header are no baseline."""
    _baseline(aws, "input", {"csv": {"header": False}})


def with_another_image(aws):
    """A job that measures nothing."""
    _baseline(aws, "baseline", {"csv": {"header": True}}, image=SKLEARN)


def ten_requests(aws):
    """A tenth of the week."""
    body = aws.client("s3").get_object(Bucket=aws.name("data"), Key="input/pumps.csv")["Body"].read().decode()
    for line in body.splitlines()[:10]:
        aws.client("sagemaker-runtime").invoke_endpoint(
            EndpointName=aws.name("live"), ContentType="text/csv", Accept="text/csv", Body=line
        )


def nothing_to_compare_with(aws):
    """Without a baseline nothing can have moved."""
    _schedule(aws, {})


def every_alarm(aws):
    """Also somebody else's."""
    _rule(aws, {"source": ["aws.cloudwatch"], "detail": {"state": {"value": ["ALARM"]}}})


def also_when_it_is_well(aws):
    """Each change of its state would retrain."""
    _rule(aws, {"source": ["aws.cloudwatch"], "detail": {"alarmName": [aws.name("drift")]}})


def nobody_answers(aws):
    """A rule without a target."""
    detail = {"alarmName": [aws.name("drift")], "state": {"value": ["ALARM"]}}
    _rule(aws, {"source": ["aws.cloudwatch"], "detail": detail})


def on_the_pressure(aws):
    """That has not moved."""
    _alarm(aws, "feature_baseline_drift_pressure_bar", 0.1)


def at_the_slightest(aws):
    """Two samples of the same pumps differ a little, each week."""
    _alarm(aws, "feature_baseline_drift_temperature_c", 0.0)


def never(aws):
    """A distance is one at most."""
    _alarm(aws, "feature_baseline_drift_temperature_c", 2.0)


def _config(aws, **changes):
    data = f"s3://{aws.name('data')}"
    aws.client("sagemaker").create_model(
        ModelName=aws.name("model"),
        ExecutionRoleArn=aws.role_arn,
        PrimaryContainer={
            "Image": SKLEARN,
            "ModelDataUrl": f"{data}/models/model.tar.gz",
            "Environment": {"SAGEMAKER_PROGRAM": "inference.py", "SAGEMAKER_SUBMIT_DIRECTORY": "/opt/ml/model/code"},
        },
    )
    variant = {
        "VariantName": "AllTraffic",
        "ModelName": aws.name("model"),
        "InstanceType": "ml.m5.large",
        "InitialInstanceCount": 1,
    }
    capture = {
        "EnableCapture": True,
        "InitialSamplingPercentage": 100,
        "DestinationS3Uri": f"{data}/captured",
        "CaptureOptions": [{"CaptureMode": "Input"}, {"CaptureMode": "Output"}],
        **changes,
    }
    aws.client("sagemaker").create_endpoint_config(
        EndpointConfigName=aws.name("live"), ProductionVariants=[variant], DataCaptureConfig=capture
    )


def _baseline(aws, source, form, image=ANALYZER):
    folder, data = "/opt/ml/processing", f"s3://{aws.name('data')}"
    application = {"ImageUri": image}
    if image == SKLEARN:
        application["ContainerEntrypoint"] = ["python3", "-c", "print('done')"]
    aws.client("sagemaker").create_processing_job(
        ProcessingJobName=aws.name("baseline"),
        RoleArn=aws.role_arn,
        AppSpecification=application,
        ProcessingInputs=[
            {
                "InputName": "trained",
                "S3Input": {
                    "S3Uri": f"{data}/{source}/",
                    "LocalPath": f"{folder}/input/trained",
                    "S3DataType": "S3Prefix",
                    "S3InputMode": "File",
                },
            }
        ],
        ProcessingOutputConfig={
            "Outputs": [
                {
                    "OutputName": "baseline",
                    "S3Output": {
                        "S3Uri": f"{data}/monitoring/baseline",
                        "LocalPath": f"{folder}/output",
                        "S3UploadMode": "EndOfJob",
                    },
                }
            ]
        },
        ProcessingResources={
            "ClusterConfig": {"InstanceCount": 1, "InstanceType": "ml.m5.large", "VolumeSizeInGB": 20}
        },
        StoppingCondition={"MaxRuntimeInSeconds": 1200},
        Environment={
            "dataset_format": json.dumps(form),
            "dataset_source": f"{folder}/input/trained",
            "output_path": f"{folder}/output",
            "publish_cloudwatch_metrics": "Disabled",
        },
    )
    aws.wait(
        "sagemaker",
        "describe_processing_job",
        lambda found: found["ProcessingJobStatus"] not in {"InProgress", "Stopping"},
        ProcessingJobName=aws.name("baseline"),
    )


def _schedule(aws, baseline):
    place = {"S3Uri": f"s3://{aws.name('data')}/monitoring/other", "LocalPath": "/opt/ml/processing/output"}
    source = {"EndpointName": aws.name("live"), "LocalPath": "/opt/ml/processing/input/endpoint"}
    aws.client("sagemaker").create_data_quality_job_definition(
        JobDefinitionName=aws.name("drift"),
        DataQualityAppSpecification={"ImageUri": ANALYZER},
        **({"DataQualityBaselineConfig": baseline} if baseline else {}),
        DataQualityJobInput={"EndpointInput": source},
        DataQualityJobOutputConfig={"MonitoringOutputs": [{"S3Output": place}]},
        JobResources={"ClusterConfig": {"InstanceCount": 1, "InstanceType": "ml.m5.large", "VolumeSizeInGB": 20}},
        RoleArn=aws.role_arn,
        StoppingCondition={"MaxRuntimeInSeconds": 1200},
    )
    when = {"ScheduleExpression": "NOW", "DataAnalysisStartTime": "-PT1H", "DataAnalysisEndTime": "-PT0H"}
    aws.client("sagemaker").create_monitoring_schedule(
        MonitoringScheduleName=aws.name("drift"),
        MonitoringScheduleConfig={
            "MonitoringJobDefinitionName": aws.name("drift"),
            "MonitoringType": "DataQuality",
            "ScheduleConfig": when,
        },
    )
    over = {"Completed", "CompletedWithViolations", "Failed", "Stopped"}
    aws.wait(
        "sagemaker",
        "list_monitoring_executions",
        lambda found: any(each["MonitoringExecutionStatus"] in over for each in found["MonitoringExecutionSummaries"]),
        MonitoringScheduleName=aws.name("drift"),
    )


def _rule(aws, pattern):
    aws.client("events").put_rule(Name=aws.name("retrain"), EventPattern=json.dumps(pattern))


def _alarm(aws, metric, threshold):
    aws.client("cloudwatch").put_metric_alarm(
        AlarmName=aws.name("drift"),
        Namespace="aws/sagemaker/Endpoints/data-metrics",
        MetricName=metric,
        Dimensions=[
            {"Name": "Endpoint", "Value": aws.name("live")},
            {"Name": "MonitoringSchedule", "Value": aws.name("drift")},
        ],
        Statistic="Maximum",
        Period=3600,
        EvaluationPeriods=1,
        Threshold=threshold,
        ComparisonOperator="GreaterThanThreshold",
        TreatMissingData="ignore",
    )
