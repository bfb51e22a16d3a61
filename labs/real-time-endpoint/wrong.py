from mlacoach.labs import proofs

SKLEARN = "683313688378.dkr.ecr.us-east-1.amazonaws.com/sagemaker-scikit-learn:1.2-1-cpu-py3"
XGBOOST = "683313688378.dkr.ecr.us-east-1.amazonaws.com/sagemaker-xgboost:1.7-1"


def no_script(aws):
    """The container does not know what to do with weights.json."""
    _model(aws, SKLEARN, {})


def another_image(aws):
    """XGBoost can't read weights of a logistic regression."""
    _model(aws, XGBOOST, {"SAGEMAKER_PROGRAM": "inference.py"})


def three_instances(aws):
    """More than one is needed to begin with."""
    _config(aws, "one", 3)


def capture_of_a_tenth(aws):
    """A sample; the lab wants it all."""
    _config(aws, "one", 1, InitialSamplingPercentage=10)


def capture_of_the_input(aws):
    """What was answered is not kept."""
    _config(aws, "one", 1, CaptureOptions=[{"CaptureMode": "Input"}])


def a_model_that_cannot_start(aws):
    """The archive lacks the script that the model names."""
    sagemaker = aws.client("sagemaker")
    sagemaker.create_model(
        ModelName=aws.name("broken"),
        ExecutionRoleArn=aws.role_arn,
        PrimaryContainer={
            "Image": SKLEARN,
            "ModelDataUrl": f"s3://{aws.name('data')}/models/model.tar.gz",
            "Environment": {"SAGEMAKER_PROGRAM": "serve.py", "SAGEMAKER_SUBMIT_DIRECTORY": "/opt/ml/model/code"},
        },
    )
    variant = {
        "VariantName": "AllTraffic",
        "ModelName": aws.name("broken"),
        "InstanceType": "ml.m5.large",
        "InitialInstanceCount": 1,
    }
    sagemaker.create_endpoint_config(EndpointConfigName=aws.name("broken"), ProductionVariants=[variant])
    sagemaker.create_endpoint(EndpointName=aws.name("live"), EndpointConfigName=aws.name("broken"))
    aws.wait(
        "sagemaker",
        "describe_endpoint",
        lambda found: found["EndpointStatus"] != "Creating",
        EndpointName=aws.name("live"),
    )


def the_first_pumps_only(aws):
    """Half of the answers."""
    rows = proofs.text(aws, "input/pumps.csv").splitlines()[:200]
    _put(aws, "answers/risks.csv", proofs.ask(aws, "live", "\n".join(rows)))


def in_another_order(aws):
    """Sorted risks, which belong to no pump any more."""
    risks = proofs.ask(aws, "live", proofs.text(aws, "input/pumps.csv")).split()
    _put(aws, "answers/risks.csv", "\n".join(sorted(risks)))


def invented(aws):
    """A pair that nobody captured."""
    _put(aws, "reports/captured.json", '{"input": "1,2,3,4,5", "output": "0.5"}')


def in_milliseconds(aws):
    """Half a second, were the unit milliseconds."""
    _alarm(aws, "ModelLatency", 500)


def invocations(aws):
    """Another metric."""
    _alarm(aws, "Invocations", 500_000)


def how_many(aws):
    """The number of requests, whatever time each took."""
    _alarm(aws, "ModelLatency", 500_000, Statistic="SampleCount")


def only_described(aws):
    """The new configuration is there; nobody told the endpoint."""
    _config(aws, "two", 2)


def _model(aws, image, environment):
    aws.client("sagemaker").create_model(
        ModelName=aws.name("model"),
        ExecutionRoleArn=aws.role_arn,
        PrimaryContainer={
            "Image": image,
            "ModelDataUrl": f"s3://{aws.name('data')}/models/model.tar.gz",
            "Environment": environment,
        },
    )


def _config(aws, suffix, instances, **capture):
    both = [{"CaptureMode": "Input"}, {"CaptureMode": "Output"}]
    variant = {
        "VariantName": "AllTraffic",
        "ModelName": aws.name("model"),
        "InstanceType": "ml.m5.large",
        "InitialInstanceCount": instances,
    }
    aws.client("sagemaker").create_endpoint_config(
        EndpointConfigName=aws.name(suffix),
        ProductionVariants=[variant],
        DataCaptureConfig={
            "EnableCapture": True,
            "InitialSamplingPercentage": 100,
            "DestinationS3Uri": f"s3://{aws.name('data')}/captured",
            "CaptureOptions": both,
            **capture,
        },
    )


def _put(aws, key, body):
    aws.client("s3").put_object(Bucket=aws.name("data"), Key=key, Body=body)


def _alarm(aws, metric, threshold, **changes):
    request = {
        "AlarmName": aws.name("slow"),
        "Namespace": "AWS/SageMaker",
        "MetricName": metric,
        "Dimensions": [
            {"Name": "EndpointName", "Value": aws.name("live")},
            {"Name": "VariantName", "Value": "AllTraffic"},
        ],
        "Statistic": "Average",
        "Period": 60,
        "EvaluationPeriods": 1,
        "Threshold": threshold,
        "ComparisonOperator": "GreaterThanThreshold",
    }
    aws.client("cloudwatch").put_metric_alarm(**{**request, **changes})
