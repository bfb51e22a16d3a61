SKLEARN = "683313688378.dkr.ecr.us-east-1.amazonaws.com/sagemaker-scikit-learn:1.2-1-cpu-py3"


def on_one_instance(aws):
    """A fleet of one has no parts."""
    _model_and_config(aws, "good", "good", 1)


def four_hundreds(aws):
    """The callers' own errors."""
    _alarm(aws, MetricName="Invocation4XXErrors")


def of_no_variant(aws):
    """Figures come by endpoint and variant."""
    _alarm(aws, Dimensions=[{"Name": "EndpointName", "Value": aws.name("live")}])


def rings_at_night(aws):
    """Silence is taken for a fault."""
    _alarm(aws, TreatMissingData="breaching")


def a_hundred_errors(aws):
    """The canary would be over before so many come."""
    _alarm(aws, Threshold=100)


def each_request_rings(aws):
    """The number of figures, whatever they say."""
    _alarm(aws, Statistic="SampleCount")


def the_good_one_again(aws):
    """The candidate is the model of today."""
    _model_and_config(aws, "broken", "good", 2)


def an_update_without_an_alarm(aws):
    """Said to have gone back, for no reason."""
    _put(aws, "reports/rollback.json", f'{{"config": "{aws.name("good")}", "reason": ""}}')


def it_stayed(aws):
    """The broken model went live."""
    _put(aws, "reports/rollback.json", f'{{"config": "{aws.name("broken")}", "reason": "{aws.name("errors")}"}}')


def nobody_tried(aws):
    """The report that was hoped for, without an update."""
    reason = f"The alarm {aws.name('errors')} went off."
    _put(aws, "reports/rollback.json", f'{{"config": "{aws.name("good")}", "reason": "{reason}"}}')


def all_at_once(aws):
    """The whole traffic, no canary."""
    sagemaker = aws.client("sagemaker")
    sagemaker.update_endpoint(EndpointName=aws.name("live"), EndpointConfigName=aws.name("better"))
    sagemaker.get_waiter("endpoint_in_service").wait(EndpointName=aws.name("live"))


def ask_somebody(aws):
    """No command."""
    _put(aws, "reports/runbook.md", "Ask the team that deployed it.")


def _model_and_config(aws, suffix, archive, instances):
    sagemaker = aws.client("sagemaker")
    sagemaker.create_model(
        ModelName=aws.name(suffix),
        ExecutionRoleArn=aws.role_arn,
        PrimaryContainer={
            "Image": SKLEARN,
            "ModelDataUrl": f"s3://{aws.name('data')}/models/{archive}.tar.gz",
            "Environment": {"SAGEMAKER_PROGRAM": "inference.py", "SAGEMAKER_SUBMIT_DIRECTORY": "/opt/ml/model/code"},
        },
    )
    variant = {
        "VariantName": "AllTraffic",
        "ModelName": aws.name(suffix),
        "InstanceType": "ml.m5.large",
        "InitialInstanceCount": instances,
    }
    sagemaker.create_endpoint_config(EndpointConfigName=aws.name(suffix), ProductionVariants=[variant])


def _alarm(aws, **changes):
    request = {
        "AlarmName": aws.name("errors"),
        "Namespace": "AWS/SageMaker",
        "MetricName": "Invocation5XXErrors",
        "Dimensions": [
            {"Name": "EndpointName", "Value": aws.name("live")},
            {"Name": "VariantName", "Value": "AllTraffic"},
        ],
        "Statistic": "Sum",
        "Period": 60,
        "EvaluationPeriods": 1,
        "Threshold": 0,
        "ComparisonOperator": "GreaterThanThreshold",
    }
    aws.client("cloudwatch").put_metric_alarm(**{**request, **changes})


def _put(aws, key, body):
    aws.client("s3").put_object(Bucket=aws.name("data"), Key=key, Body=body)
