import json
from pathlib import Path

from mlacoach.labs import Shown

SOURCE = Path(__file__).parent / "data" / "source"
IMAGE = "683313688378.dkr.ecr.us-east-1.amazonaws.com/sagemaker-scikit-learn:1.2-1-cpu-py3"
PUMP = "75.0,6.1,4.2,1800.0,90.0"


def check_the_source_in(aws):
    """Code and tests lie together: a change of one without the other is seen."""
    for path in sorted(SOURCE.glob("*.py")):
        aws.client("s3").put_object(Bucket=aws.name("data"), Key=f"source/{path.name}", Body=path.read_bytes())


def run_the_build(aws):
    """A build is a container that runs a script; green means that it ended with 0, and it leaves its metrics."""
    shown = _build(aws, "build", "good", "good")
    found = aws.client("s3").get_object(Bucket=aws.name("data"), Key="reports/build/metrics.json")
    return Shown(columns=shown.columns, rows=shown.rows, metrics=json.load(found["Body"]))


def see_bad_data_stop_it(aws):
    """One sensor speaks Fahrenheit since last night; the model would not have noticed."""
    return _build(aws, "bad-data", "nonsense", "good")


def see_a_weak_model_stop_it(aws):
    """The code is right and so are the data; the candidate is worse than what answers today."""
    return _build(aws, "weak-model", "good", "weak")


def deploy_what_is_green(aws):
    """Exactly what was tested goes live, and carries the name of its build."""
    _deploy(aws, "green", "candidates/good", [{"Key": "build", "Value": aws.name("build")}])
    sagemaker = aws.client("sagemaker")
    sagemaker.create_endpoint(EndpointName=aws.name("live"), EndpointConfigName=aws.name("green"))
    sagemaker.get_waiter("endpoint_in_service").wait(EndpointName=aws.name("live"))


def test_it_where_it_stands(aws):
    """An integration test asks the endpoint as the product does: right answers, and errors for nonsense."""
    from botocore.exceptions import ClientError

    runtime = aws.client("sagemaker-runtime")
    answer = runtime.invoke_endpoint(EndpointName=aws.name("live"), ContentType="text/csv", Body=PUMP)
    risk = float(answer["Body"].read())
    try:
        runtime.invoke_endpoint(EndpointName=aws.name("live"), ContentType="text/csv", Body="1,2")
        refused = False
    except ClientError:
        refused = True
    report = {"pump": PUMP, "risk": risk, "refuses_two_values": refused}
    aws.client("s3").put_object(Bucket=aws.name("data"), Key="reports/integration.json", Body=json.dumps(report))
    return Shown(metrics={"risk": risk})


def roll_it_back(aws):
    """Somebody went past the build; the way back is the configuration of before, which was kept."""
    sagemaker = aws.client("sagemaker")
    _deploy(aws, "hasty", "candidates/weak", [])
    waiter = sagemaker.get_waiter("endpoint_in_service")
    for suffix in ("hasty", "green"):
        sagemaker.update_endpoint(EndpointName=aws.name("live"), EndpointConfigName=aws.name(suffix))
        waiter.wait(EndpointName=aws.name("live"))


def _build(aws, suffix, data, candidate):
    root, bucket = "/opt/ml/processing", f"s3://{aws.name('data')}"
    inputs = {
        "source": "source/",
        "data": f"data/{data}/",
        "truth": "truth/",
        "candidate": f"candidates/{candidate}/",
        "champion": "champion/",
    }
    aws.client("sagemaker").create_processing_job(
        ProcessingJobName=aws.name(suffix),
        RoleArn=aws.role_arn,
        AppSpecification={"ImageUri": IMAGE, "ContainerEntrypoint": ["python3", f"{root}/source/build.py"]},
        ProcessingInputs=[
            {
                "InputName": name,
                "S3Input": {
                    "S3Uri": f"{bucket}/{prefix}",
                    "LocalPath": f"{root}/{name}",
                    "S3DataType": "S3Prefix",
                    "S3InputMode": "File",
                },
            }
            for name, prefix in inputs.items()
        ],
        ProcessingOutputConfig={
            "Outputs": [
                {
                    "OutputName": "report",
                    "S3Output": {
                        "S3Uri": f"{bucket}/reports/{suffix}",
                        "LocalPath": f"{root}/report",
                        "S3UploadMode": "EndOfJob",
                    },
                }
            ]
        },
        ProcessingResources={"ClusterConfig": {"InstanceCount": 1, "InstanceType": "ml.m5.large", "VolumeSizeInGB": 5}},
        StoppingCondition={"MaxRuntimeInSeconds": 600},
    )
    job = aws.wait(
        "sagemaker",
        "describe_processing_job",
        lambda found: found["ProcessingJobStatus"] not in {"InProgress", "Stopping"},
        ProcessingJobName=aws.name(suffix),
    )
    suites = [line.split(": ") for line in _log(aws, suffix) if line.startswith("test_") and line.endswith(" tests")]
    return Shown(text=job["ProcessingJobStatus"], columns=("suite", "result"), rows=suites)


def _log(aws, suffix):
    logs, group = aws.client("logs"), "/aws/sagemaker/ProcessingJobs"
    found = logs.describe_log_streams(logGroupName=group, logStreamNamePrefix=f"{aws.name(suffix)}/")["logStreams"]
    events = logs.filter_log_events(logGroupName=group, logStreamNames=[each["logStreamName"] for each in found])
    return [event["message"].strip() for event in events["events"]]


def _deploy(aws, suffix, prefix, tags):
    """A model and a configuration of this name."""
    sagemaker = aws.client("sagemaker")
    sagemaker.create_model(
        ModelName=aws.name(suffix),
        ExecutionRoleArn=aws.role_arn,
        PrimaryContainer={
            "Image": IMAGE,
            "ModelDataUrl": f"s3://{aws.name('data')}/{prefix}/model.tar.gz",
            "Environment": {"SAGEMAKER_PROGRAM": "inference.py", "SAGEMAKER_SUBMIT_DIRECTORY": "/opt/ml/model/code"},
        },
        Tags=tags,
    )
    variant = {"VariantName": "all", "ModelName": aws.name(suffix), "InstanceType": "ml.m5.large"}
    sagemaker.create_endpoint_config(
        EndpointConfigName=aws.name(suffix), ProductionVariants=[{**variant, "InitialInstanceCount": 1}]
    )
