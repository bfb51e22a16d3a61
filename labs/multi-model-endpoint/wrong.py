import json

SKLEARN = "683313688378.dkr.ecr.us-east-1.amazonaws.com/sagemaker-scikit-learn:1.2-1-cpu-py3"


def one_site_only(aws):
    """A single model."""
    _model(aws, "models/north.tar.gz", "SingleModel")


def the_whole_bucket(aws):
    """Everything under one prefix, the pumps as well."""
    _model(aws, "", "MultiModel")


def one_site_live(aws):
    """Another model behind the configuration."""
    sagemaker = aws.client("sagemaker")
    container = {
        "Image": SKLEARN,
        "ModelDataUrl": f"s3://{aws.name('data')}/models/north.tar.gz",
        "Environment": {"SAGEMAKER_PROGRAM": "inference.py"},
    }
    sagemaker.create_model(ModelName=aws.name("north"), ExecutionRoleArn=aws.role_arn, PrimaryContainer=container)
    variant = {
        "VariantName": "AllTraffic",
        "ModelName": aws.name("north"),
        "InstanceType": "ml.m5.large",
        "InitialInstanceCount": 1,
    }
    sagemaker.create_endpoint_config(EndpointConfigName=aws.name("sites"), ProductionVariants=[variant])


def one_for_all(aws):
    """The same model was asked three times."""
    _put(aws, "reports/sites.json", {"north": 0.1666, "south": 0.1666, "east": 0.1666})


def one_site(aws):
    """Two are forgotten."""
    _put(aws, "reports/sites.json", {"north": 0.1666})


def not_put_there(aws):
    """A figure without a model."""
    _put(aws, "reports/west.json", {"west": 0.2})


def an_old_model_as_the_new(aws):
    """The archive of another site."""
    _copy(aws, "models/east.tar.gz", "models/west.tar.gz")


def only_copied(aws):
    """Nobody asked it."""
    _copy(aws, "incoming/north-2.tar.gz", "models/north-2.tar.gz")


def overwritten(aws):
    """The new version in the place of the old one, which instances have loaded."""
    before = aws.client("s3").get_object(Bucket=aws.name("data"), Key="models/north.tar.gz")["Body"].read()
    aws.client("s3").put_object(Bucket=aws.name("data"), Key="incoming/north.tar.gz", Body=before)
    _copy(aws, "incoming/north-2.tar.gz", "models/north-2.tar.gz")
    _copy(aws, "incoming/north-2.tar.gz", "models/north.tar.gz")
    _put(aws, "reports/north.json", {"north": 0.2, "north-2": 0.2})


def the_new_one_alone(aws):
    """Nobody looked whether the old one answers still, which is put back where it was."""
    _copy(aws, "incoming/north.tar.gz", "models/north.tar.gz")
    _put(aws, "reports/north.json", {"north-2": 0.2})


def errors(aws):
    """Another metric."""
    _alarm(aws, MetricName="Invocation5XXErrors")


def of_no_variant(aws):
    """Figures come by endpoint and variant."""
    _alarm(aws, Dimensions=[{"Name": "EndpointName", "Value": aws.name("sites")}])


def when_all_is_well(aws):
    """The comparison the wrong way round."""
    _alarm(aws, ComparisonOperator="GreaterThanThreshold")


def _model(aws, key, mode):
    aws.client("sagemaker").create_model(
        ModelName=aws.name("sites"),
        ExecutionRoleArn=aws.role_arn,
        PrimaryContainer={
            "Image": SKLEARN,
            "Mode": mode,
            "ModelDataUrl": f"s3://{aws.name('data')}/{key}",
            "Environment": {"SAGEMAKER_PROGRAM": "inference.py"},
        },
    )


def _put(aws, key, report):
    aws.client("s3").put_object(Bucket=aws.name("data"), Key=key, Body=json.dumps(report))


def _copy(aws, source, target):
    bucket = aws.name("data")
    aws.client("s3").copy_object(Bucket=bucket, Key=target, CopySource={"Bucket": bucket, "Key": source})


def _alarm(aws, **changes):
    request = {
        "AlarmName": aws.name("misses"),
        "Namespace": "AWS/SageMaker",
        "MetricName": "ModelCacheHit",
        "Dimensions": [
            {"Name": "EndpointName", "Value": aws.name("sites")},
            {"Name": "VariantName", "Value": "AllTraffic"},
        ],
        "Statistic": "Average",
        "Period": 300,
        "EvaluationPeriods": 1,
        "Threshold": 0.8,
        "ComparisonOperator": "LessThanThreshold",
    }
    aws.client("cloudwatch").put_metric_alarm(**{**request, **changes})
