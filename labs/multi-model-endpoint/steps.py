import json

from mlacoach.labs import Shown

IMAGE = "683313688378.dkr.ecr.us-east-1.amazonaws.com/sagemaker-scikit-learn:1.2-1-cpu-py3"


def make_one_model_of_many(aws):
    """The data is a prefix, not an archive: whatever lies under it can be asked for."""
    aws.client("sagemaker").create_model(
        ModelName=aws.name("sites"),
        ExecutionRoleArn=aws.role_arn,
        PrimaryContainer={
            "Image": IMAGE,
            "Mode": "MultiModel",
            "ModelDataUrl": f"s3://{aws.name('data')}/models/",
            "Environment": {"SAGEMAKER_PROGRAM": "inference.py", "SAGEMAKER_SUBMIT_DIRECTORY": "/opt/ml/model/code"},
        },
    )


def put_them_live(aws):
    """One instance for all sites, instead of one for each."""
    sagemaker = aws.client("sagemaker")
    variant = {
        "VariantName": "AllTraffic",
        "ModelName": aws.name("sites"),
        "InstanceType": "ml.m5.large",
        "InitialInstanceCount": 1,
    }
    sagemaker.create_endpoint_config(EndpointConfigName=aws.name("sites"), ProductionVariants=[variant])
    sagemaker.create_endpoint(EndpointName=aws.name("sites"), EndpointConfigName=aws.name("sites"))
    sagemaker.get_waiter("endpoint_in_service").wait(EndpointName=aws.name("sites"))


def ask_each_site(aws):
    """TargetModel is the rest of the key; the first request for a model waits until it is loaded."""
    means = {site: _mean(aws, f"{site}.tar.gz") for site in ("north", "south", "east")}
    aws.client("s3").put_object(Bucket=aws.name("data"), Key="reports/sites.json", Body=json.dumps(means))
    return Shown(bars=means, measure="mean risk of the pumps")


def open_a_new_site(aws):
    """To put an archive under the prefix is all: the endpoint is not touched."""
    _copy(aws, "incoming/west.tar.gz", "models/west.tar.gz")
    mean = _mean(aws, "west.tar.gz")
    aws.client("s3").put_object(Bucket=aws.name("data"), Key="reports/west.json", Body=json.dumps({"west": mean}))
    return Shown(metrics={"west": mean})


def renew_a_model(aws):
    """Under a new name: what is loaded already is not looked for again in S3."""
    _copy(aws, "incoming/north-2.tar.gz", "models/north-2.tar.gz")
    means = {name: _mean(aws, f"{name}.tar.gz") for name in ("north", "north-2")}
    aws.client("s3").put_object(Bucket=aws.name("data"), Key="reports/north.json", Body=json.dumps(means))
    return Shown(bars=means, measure="mean risk of the pumps")


def watch_the_cache(aws):
    """ModelCacheHit is 1 for a request whose model is loaded, else 0: its average is the share of hits."""
    aws.client("cloudwatch").put_metric_alarm(
        AlarmName=aws.name("misses"),
        Namespace="AWS/SageMaker",
        MetricName="ModelCacheHit",
        Dimensions=[
            {"Name": "EndpointName", "Value": aws.name("sites")},
            {"Name": "VariantName", "Value": "AllTraffic"},
        ],
        Statistic="Average",
        Period=300,
        EvaluationPeriods=3,
        Threshold=0.8,
        ComparisonOperator="LessThanThreshold",
        TreatMissingData="notBreaching",
    )


def _copy(aws, source, target):
    bucket = aws.name("data")
    aws.client("s3").copy_object(Bucket=bucket, Key=target, CopySource={"Bucket": bucket, "Key": source})


def _mean(aws, target):
    """The mean risk that a site's model says of all pumps."""
    pumps = aws.client("s3").get_object(Bucket=aws.name("data"), Key="input/pumps.csv")["Body"].read()
    answer = aws.client("sagemaker-runtime").invoke_endpoint(
        EndpointName=aws.name("sites"), TargetModel=target, ContentType="text/csv", Accept="text/csv", Body=pumps
    )
    risks = [float(risk) for risk in answer["Body"].read().split()]
    return round(sum(risks) / len(risks), 4)
