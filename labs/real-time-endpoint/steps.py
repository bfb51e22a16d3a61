import json

from mlacoach.labs import Shown

IMAGE = "683313688378.dkr.ecr.us-east-1.amazonaws.com/sagemaker-scikit-learn:1.2-1-cpu-py3"


def make_the_model(aws):
    """The image brings the server; the archive brings the weights and the script that answers."""
    aws.client("sagemaker").create_model(
        ModelName=aws.name("model"),
        ExecutionRoleArn=aws.role_arn,
        PrimaryContainer={
            "Image": IMAGE,
            "ModelDataUrl": f"s3://{aws.name('data')}/models/model.tar.gz",
            "Environment": {
                "SAGEMAKER_PROGRAM": "inference.py",
                "SAGEMAKER_SUBMIT_DIRECTORY": "/opt/ml/model/code",
            },
        },
    )


def describe_the_fleet(aws):
    """One small instance, and a copy of every request and answer into S3."""
    aws.client("sagemaker").create_endpoint_config(**_config(aws, "one", instances=1))


def bring_it_up(aws):
    """From now on the instance is paid for by the second, asked or not."""
    sagemaker = aws.client("sagemaker")
    sagemaker.create_endpoint(EndpointName=aws.name("live"), EndpointConfigName=aws.name("one"))
    sagemaker.get_waiter("endpoint_in_service").wait(EndpointName=aws.name("live"))


def ask_about_every_pump(aws):
    """A request may hold many rows, but no more than 25 MB, and must be answered within a minute."""
    s3, bucket = aws.client("s3"), aws.name("data")
    pumps = s3.get_object(Bucket=bucket, Key="input/pumps.csv")["Body"].read()
    answer = aws.client("sagemaker-runtime").invoke_endpoint(
        EndpointName=aws.name("live"), ContentType="text/csv", Accept="text/csv", Body=pumps
    )
    risks = answer["Body"].read()
    s3.put_object(Bucket=bucket, Key="answers/risks.csv", Body=risks)
    values = [float(risk) for risk in risks.split()]
    tenths = [f"{tenth / 10:.1f}" for tenth in range(10)]
    counts = {tenth: sum(f"{value:.9f}"[:3] == tenth for value in values) for tenth in tenths}
    return Shown(bars=counts, measure="pumps, by the first digit of their risk")


def read_what_it_captured(aws):
    """The capture comes in files of JSON lines, on AWS some minutes after the request."""
    s3, bucket = aws.client("s3"), aws.name("data")
    found = aws.wait("s3", "list_objects_v2", lambda answer: answer["KeyCount"] > 0, Bucket=bucket, Prefix="captured/")
    lines = s3.get_object(Bucket=bucket, Key=found["Contents"][0]["Key"])["Body"].read().decode().splitlines()
    capture = json.loads(lines[0])["captureData"]
    first = {
        "input": capture["endpointInput"]["data"].splitlines()[0],
        "output": capture["endpointOutput"]["data"].splitlines()[0],
    }
    s3.put_object(Bucket=bucket, Key="reports/captured.json", Body=json.dumps(first))
    return Shown(columns=("input", "output"), rows=[(first["input"], first["output"])])


def watch_the_latency(aws):
    """ModelLatency is in microseconds: the alarm goes off when answers take longer than half a second on average."""
    aws.client("cloudwatch").put_metric_alarm(
        AlarmName=aws.name("slow"),
        Namespace="AWS/SageMaker",
        MetricName="ModelLatency",
        Dimensions=[
            {"Name": "EndpointName", "Value": aws.name("live")},
            {"Name": "VariantName", "Value": "AllTraffic"},
        ],
        Statistic="Average",
        Period=60,
        EvaluationPeriods=3,
        Threshold=500_000,
        ComparisonOperator="GreaterThanThreshold",
        TreatMissingData="notBreaching",
    )


def grow_without_a_pause(aws):
    """A configuration can't be changed: make another, and let SageMaker exchange the fleet behind the endpoint."""
    sagemaker = aws.client("sagemaker")
    sagemaker.create_endpoint_config(**_config(aws, "two", instances=2))
    sagemaker.update_endpoint(EndpointName=aws.name("live"), EndpointConfigName=aws.name("two"))
    sagemaker.get_waiter("endpoint_in_service").wait(EndpointName=aws.name("live"))


def _config(aws, suffix, instances):
    return {
        "EndpointConfigName": aws.name(suffix),
        "ProductionVariants": [
            {
                "VariantName": "AllTraffic",
                "ModelName": aws.name("model"),
                "InstanceType": "ml.m5.large",
                "InitialInstanceCount": instances,
            }
        ],
        "DataCaptureConfig": {
            "EnableCapture": True,
            "InitialSamplingPercentage": 100,
            "DestinationS3Uri": f"s3://{aws.name('data')}/captured",
            "CaptureOptions": [{"CaptureMode": "Input"}, {"CaptureMode": "Output"}],
            "CaptureContentTypeHeader": {"CsvContentTypes": ["text/csv"]},
        },
    }
