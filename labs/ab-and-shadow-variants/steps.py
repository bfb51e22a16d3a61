import json
from datetime import timedelta

from mlacoach.labs import Shown

IMAGE = "683313688378.dkr.ecr.us-east-1.amazonaws.com/sagemaker-scikit-learn:1.2-1-cpu-py3"


def make_both_models(aws):
    """The model of today and the candidate, each with a name of its own."""
    for suffix in ("first", "second"):
        aws.client("sagemaker").create_model(
            ModelName=aws.name(suffix),
            ExecutionRoleArn=aws.role_arn,
            PrimaryContainer={
                "Image": IMAGE,
                "ModelDataUrl": f"s3://{aws.name('data')}/models/{suffix}.tar.gz",
                "Environment": {
                    "SAGEMAKER_PROGRAM": "inference.py",
                    "SAGEMAKER_SUBMIT_DIRECTORY": "/opt/ml/model/code",
                },
            },
        )


def share_the_traffic(aws):
    """Weights are shares of their sum: 9 and 1 send nine tenths to the first."""
    sagemaker = aws.client("sagemaker")
    variants = [_variant(aws, "first", weight=9), _variant(aws, "second", weight=1)]
    sagemaker.create_endpoint_config(EndpointConfigName=aws.name("ab"), ProductionVariants=variants)
    sagemaker.create_endpoint(EndpointName=aws.name("ab"), EndpointConfigName=aws.name("ab"))
    sagemaker.get_waiter("endpoint_in_service").wait(EndpointName=aws.name("ab"))


def count_who_answers(aws):
    """Each answer says which variant gave it."""
    runtime, counts = aws.client("sagemaker-runtime"), {"first": 0, "second": 0}
    for pump in _pumps(aws)[:200]:
        answer = runtime.invoke_endpoint(
            EndpointName=aws.name("ab"), ContentType="text/csv", Accept="text/csv", Body=pump
        )
        counts[answer["InvokedProductionVariant"]] += 1
    for variant, count in counts.items():
        _wait_for_cloudwatch(aws, variant, count)
    aws.client("s3").put_object(Bucket=aws.name("data"), Key="reports/answers.json", Body=json.dumps(counts))
    return Shown(bars=counts, measure="answers by variant")


def ask_one_on_purpose(aws):
    """TargetVariant passes the weights over: this is how a tester asks the candidate alone."""
    answer = aws.client("sagemaker-runtime").invoke_endpoint(
        EndpointName=aws.name("ab"),
        TargetVariant="second",
        ContentType="text/csv",
        Accept="text/csv",
        Body="\n".join(_pumps(aws)),
    )
    aws.client("s3").put_object(Bucket=aws.name("data"), Key="answers/second.csv", Body=answer["Body"].read())


def shift_the_traffic(aws):
    """Weights can be changed while the endpoint runs; nothing is deployed anew."""
    sagemaker = aws.client("sagemaker")
    sagemaker.update_endpoint_weights_and_capacities(
        EndpointName=aws.name("ab"),
        DesiredWeightsAndCapacities=[
            {"VariantName": "first", "DesiredWeight": 1},
            {"VariantName": "second", "DesiredWeight": 1},
        ],
    )
    sagemaker.get_waiter("endpoint_in_service").wait(EndpointName=aws.name("ab"))


def put_the_candidate_into_the_shadow(aws):
    """The shadow gets a copy of each request; what it answers is captured, and nobody waits for it."""
    sagemaker = aws.client("sagemaker")
    sagemaker.create_endpoint_config(
        EndpointConfigName=aws.name("shadow"),
        ProductionVariants=[_variant(aws, "first", weight=1)],
        ShadowProductionVariants=[_variant(aws, "second", weight=1)],
        DataCaptureConfig={
            "EnableCapture": True,
            "InitialSamplingPercentage": 100,
            "DestinationS3Uri": f"s3://{aws.name('data')}/captured",
            "CaptureOptions": [{"CaptureMode": "Input"}, {"CaptureMode": "Output"}],
            "CaptureContentTypeHeader": {"CsvContentTypes": ["text/csv"]},
        },
    )
    sagemaker.create_endpoint(EndpointName=aws.name("shadow"), EndpointConfigName=aws.name("shadow"))
    sagemaker.get_waiter("endpoint_in_service").wait(EndpointName=aws.name("shadow"))


def compare_with_the_shadow(aws):
    """The same pumps, answered by both: how much higher are the candidate's risks?"""
    aws.client("sagemaker-runtime").invoke_endpoint(
        EndpointName=aws.name("shadow"), ContentType="text/csv", Accept="text/csv", Body="\n".join(_pumps(aws))
    )
    first, second = _captured(aws, "first"), _captured(aws, "second")
    report = {
        "pumps": len(first),
        "first": round(sum(first) / len(first), 4),
        "second": round(sum(second) / len(second), 4),
    }
    aws.client("s3").put_object(Bucket=aws.name("data"), Key="reports/shadow.json", Body=json.dumps(report))
    return Shown(metrics=report)


def _variant(aws, suffix, weight):
    return {
        "VariantName": suffix,
        "ModelName": aws.name(suffix),
        "InstanceType": "ml.m5.large",
        "InitialInstanceCount": 1,
        "InitialVariantWeight": weight,
    }


def _wait_for_cloudwatch(aws, variant, count):
    """CloudWatch counts the requests too; on AWS it knows them a minute later."""
    began = aws.client("sagemaker").describe_endpoint(EndpointName=aws.name("ab"))["CreationTime"]
    aws.wait(
        "cloudwatch",
        "get_metric_statistics",
        lambda answer: sum(point["Sum"] for point in answer["Datapoints"]) >= count,
        Namespace="AWS/SageMaker",
        MetricName="Invocations",
        Dimensions=[
            {"Name": "EndpointName", "Value": aws.name("ab")},
            {"Name": "VariantName", "Value": variant},
        ],
        StartTime=began,
        EndTime=began + timedelta(days=1),
        Period=86400,
        Statistics=["Sum"],
    )


def _pumps(aws):
    found = aws.client("s3").get_object(Bucket=aws.name("data"), Key="input/pumps.csv")
    return found["Body"].read().decode().splitlines()


def _captured(aws, variant):
    """The risks that a variant answered with, out of the capture."""
    s3, bucket = aws.client("s3"), aws.name("data")
    prefix = f"captured/{aws.name('shadow')}/{variant}/"
    found = aws.wait("s3", "list_objects_v2", lambda answer: answer["KeyCount"] > 0, Bucket=bucket, Prefix=prefix)
    text = b"".join(s3.get_object(Bucket=bucket, Key=item["Key"])["Body"].read() for item in found["Contents"])
    outputs = [json.loads(line)["captureData"]["endpointOutput"]["data"] for line in text.decode().splitlines()]
    return [float(risk) for output in outputs for risk in output.split()]
