import io
import json
import zipfile
from pathlib import Path

from mlacoach.labs import Shown

SKLEARN = "683313688378.dkr.ecr.us-east-1.amazonaws.com/sagemaker-scikit-learn:1.2-1-cpu-py3"
ANALYZER = "156813124566.dkr.ecr.us-east-1.amazonaws.com/sagemaker-model-monitor-analyzer"
RETRAIN = Path(__file__).parent / "data" / "retrain.py"
RESOURCES = {"ClusterConfig": {"InstanceCount": 1, "InstanceType": "ml.m5.large", "VolumeSizeInGB": 20}}
METRIC = "feature_baseline_drift_temperature_c"


def capture_what_is_asked(aws):
    """The configuration of an endpoint says what is kept, how much of it, and where."""
    sagemaker, data = aws.client("sagemaker"), f"s3://{aws.name('data')}"
    sagemaker.create_model(
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
    sagemaker.create_endpoint_config(
        EndpointConfigName=aws.name("live"),
        ProductionVariants=[variant],
        DataCaptureConfig={
            "EnableCapture": True,
            "InitialSamplingPercentage": 100,
            "DestinationS3Uri": f"{data}/captured",
            "CaptureOptions": [{"CaptureMode": "Input"}, {"CaptureMode": "Output"}],
            "CaptureContentTypeHeader": {"CsvContentTypes": ["text/csv"]},
        },
    )
    sagemaker.create_endpoint(EndpointName=aws.name("live"), EndpointConfigName=aws.name("live"))
    sagemaker.get_waiter("endpoint_in_service").wait(EndpointName=aws.name("live"))


def know_what_is_normal(aws):
    """The analyzer without a baseline makes one: statistics, and constraints that it proposes."""
    sagemaker, data = aws.client("sagemaker"), f"s3://{aws.name('data')}"
    folder = "/opt/ml/processing"
    sagemaker.create_processing_job(
        ProcessingJobName=aws.name("baseline"),
        RoleArn=aws.role_arn,
        AppSpecification={"ImageUri": ANALYZER},
        ProcessingInputs=[
            {
                "InputName": "trained",
                "S3Input": {
                    "S3Uri": f"{data}/baseline/",
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
        ProcessingResources=RESOURCES,
        StoppingCondition={"MaxRuntimeInSeconds": 1200},
        Environment={
            "dataset_format": json.dumps({"csv": {"header": True}}),
            "dataset_source": f"{folder}/input/trained",
            "output_path": f"{folder}/output",
            "publish_cloudwatch_metrics": "Disabled",
        },
    )
    sagemaker.get_waiter("processing_job_completed_or_stopped").wait(ProcessingJobName=aws.name("baseline"))
    statistics = json.loads(_read(aws, "monitoring/baseline/statistics.json"))["features"]
    rows = [(each["name"], *_mean(each)) for each in statistics]
    return Shown(columns=("column", "mean", "deviation"), rows=rows)


def ask_as_this_week(aws):
    """A request for each pump. What is captured lies in the bucket a little later."""
    lines = _read(aws, "input/this-week.csv").decode().splitlines()
    for line in lines:
        aws.client("sagemaker-runtime").invoke_endpoint(
            EndpointName=aws.name("live"), ContentType="text/csv", Accept="text/csv", Body=line
        )
    aws.wait(
        "s3",
        "list_objects_v2",
        lambda found: _captured(aws, found) >= len(lines),
        Bucket=aws.name("data"),
        Prefix="captured/",
    )
    return Shown(metrics={"requests captured": len(lines)})


def find_the_drift(aws):
    """What to compare with what, and when: once, now, over the last hour. By cron it would be each hour or day."""
    sagemaker, data = aws.client("sagemaker"), f"s3://{aws.name('data')}/monitoring"
    sagemaker.create_data_quality_job_definition(
        JobDefinitionName=aws.name("drift"),
        DataQualityAppSpecification={"ImageUri": ANALYZER},
        DataQualityBaselineConfig={
            "ConstraintsResource": {"S3Uri": f"{data}/baseline/constraints.json"},
            "StatisticsResource": {"S3Uri": f"{data}/baseline/statistics.json"},
        },
        DataQualityJobInput={
            "EndpointInput": {"EndpointName": aws.name("live"), "LocalPath": "/opt/ml/processing/input/endpoint"}
        },
        DataQualityJobOutputConfig={
            "MonitoringOutputs": [{"S3Output": {"S3Uri": f"{data}/results", "LocalPath": "/opt/ml/processing/output"}}]
        },
        JobResources=RESOURCES,
        RoleArn=aws.role_arn,
        StoppingCondition={"MaxRuntimeInSeconds": 1200},
    )
    sagemaker.create_monitoring_schedule(
        MonitoringScheduleName=aws.name("drift"),
        MonitoringScheduleConfig={
            "MonitoringJobDefinitionName": aws.name("drift"),
            "MonitoringType": "DataQuality",
            "ScheduleConfig": {
                "ScheduleExpression": "NOW",
                "DataAnalysisStartTime": "-PT1H",
                "DataAnalysisEndTime": "-PT0H",
            },
        },
    )
    aws.wait(
        "sagemaker",
        "list_monitoring_executions",
        lambda found: _is_over(found["MonitoringExecutionSummaries"]),
        MonitoringScheduleName=aws.name("drift"),
    )
    found = aws.client("s3").list_objects_v2(Bucket=aws.name("data"), Prefix="monitoring/results/").get("Contents", [])
    keys = [each["Key"] for each in found if each["Key"].endswith("constraint_violations.json")]
    violations = [each for key in keys for each in json.loads(_read(aws, key))["violations"]]
    rows = [(each["feature_name"], each["constraint_check_type"], each["description"]) for each in violations]
    return Shown(columns=("feature", "check", "description"), rows=rows)


def answer_an_alarm(aws):
    """Alarms that change their state are events. The rule is there before the alarm, or it would miss the change."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.write(RETRAIN, "retrain.py")
    functions, events = aws.client("lambda"), aws.client("events")
    made = functions.create_function(
        FunctionName=aws.name("retrain"),
        Runtime="python3.13",
        Role=aws.role_arn,
        Handler="retrain.handler",
        Code={"ZipFile": packed.getvalue()},
        Environment={"Variables": {"BUCKET": aws.name("data")}},
        Timeout=30,
    )
    functions.get_waiter("function_active_v2").wait(FunctionName=aws.name("retrain"))
    pattern = {
        "source": ["aws.cloudwatch"],
        "detail-type": ["CloudWatch Alarm State Change"],
        "detail": {"alarmName": [aws.name("drift")], "state": {"value": ["ALARM"]}},
    }
    rule = events.put_rule(Name=aws.name("retrain"), EventPattern=json.dumps(pattern))["RuleArn"]
    functions.add_permission(
        FunctionName=aws.name("retrain"),
        StatementId="the-rule",
        Action="lambda:InvokeFunction",
        Principal="events.amazonaws.com",
        SourceArn=rule,
    )
    events.put_targets(Rule=aws.name("retrain"), Targets=[{"Id": "retrain", "Arn": made["FunctionArn"]}])


def raise_the_alarm(aws):
    """The monitor publishes a distance for each feature; above a tenth somebody shall know."""
    aws.client("cloudwatch").put_metric_alarm(
        AlarmName=aws.name("drift"),
        Namespace="aws/sagemaker/Endpoints/data-metrics",
        MetricName=METRIC,
        Dimensions=[
            {"Name": "Endpoint", "Value": aws.name("live")},
            {"Name": "MonitoringSchedule", "Value": aws.name("drift")},
        ],
        Statistic="Maximum",
        Period=3600,
        EvaluationPeriods=1,
        Threshold=0.1,
        ComparisonOperator="GreaterThanThreshold",
        TreatMissingData="ignore",
    )
    aws.wait("s3", "head_object", lambda found: found, Bucket=aws.name("data"), Key="retraining/asked.json")
    return Shown(text=_read(aws, "retraining/asked.json").decode())


def _read(aws, key):
    return aws.client("s3").get_object(Bucket=aws.name("data"), Key=key)["Body"].read()


def _captured(aws, found):
    return sum(len(_read(aws, each["Key"]).splitlines()) for each in found.get("Contents", []))


def _is_over(executions):
    over = {"Completed", "CompletedWithViolations", "Failed", "Stopped"}
    return bool(executions) and executions[0]["MonitoringExecutionStatus"] in over


def _mean(feature):
    numbers = feature.get("numerical_statistics", {})
    return round(numbers.get("mean", 0), 2), round(numbers.get("std_dev", 0), 2)
