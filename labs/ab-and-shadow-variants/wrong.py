import json

from mlacoach.labs import proofs

SKLEARN = "683313688378.dkr.ecr.us-east-1.amazonaws.com/sagemaker-scikit-learn:1.2-1-cpu-py3"


def the_same_twice(aws):
    """Both names serve the first archive."""
    for suffix in ("first", "second"):
        aws.client("sagemaker").create_model(
            ModelName=aws.name(suffix),
            ExecutionRoleArn=aws.role_arn,
            PrimaryContainer={
                "Image": SKLEARN,
                "ModelDataUrl": f"s3://{aws.name('data')}/models/first.tar.gz",
                "Environment": {"SAGEMAKER_PROGRAM": "inference.py"},
            },
        )


def half_and_half(aws):
    """Equal weights from the beginning."""
    _config(aws, "ab", [_variant(aws, "first", 1), _variant(aws, "second", 1)])


def the_first_alone(aws):
    """One variant."""
    _config(aws, "ab", [_variant(aws, "first", 9)])


def a_few(aws):
    """Ten answers say nothing about shares."""
    _put(aws, "reports/answers.json", '{"first": 9, "second": 1}')


def made_up(aws):
    """The very shares that were wished for, of requests that nobody sent."""
    _put(aws, "reports/answers.json", '{"first": 90000, "second": 10000}')


def all_from_the_first(aws):
    """Somebody did not look at who answered."""
    _put(aws, "reports/answers.json", '{"first": 200, "second": 0}')


def whoever_answers(aws):
    """The weights decide, not the tester."""
    risks = proofs.ask(aws, "ab", proofs.text(aws, "input/pumps.csv"), TargetVariant="first")
    _put(aws, "answers/second.csv", risks)


def a_little(aws):
    """A third for the candidate."""
    aws.client("sagemaker").update_endpoint_weights_and_capacities(
        EndpointName=aws.name("ab"),
        DesiredWeightsAndCapacities=[
            {"VariantName": "first", "DesiredWeight": 2},
            {"VariantName": "second", "DesiredWeight": 1},
        ],
    )
    aws.client("sagemaker").get_waiter("endpoint_in_service").wait(EndpointName=aws.name("ab"))


def a_second_production_variant(aws):
    """No shadow: half of the callers would get the candidate's answers."""
    _config(aws, "shadow", [_variant(aws, "first", 1), _variant(aws, "second", 1)])


def nobody_captures(aws):
    """What the shadow says is lost."""
    aws.client("sagemaker").create_endpoint_config(
        EndpointConfigName=aws.name("shadow"),
        ProductionVariants=[_variant(aws, "first", 1)],
        ShadowProductionVariants=[_variant(aws, "second", 1)],
    )


def requests_alone(aws):
    """What the shadow says is lost all the same."""
    _capture(aws, [{"CaptureMode": "Input"}])


def before_anybody_asked(aws):
    """A report of nothing."""
    _put(aws, "reports/shadow.json", json.dumps({"pumps": 400, "first": 0.12, "second": 0.17}))


def _capture(aws, options):
    aws.client("sagemaker").create_endpoint_config(
        EndpointConfigName=aws.name("shadow"),
        ProductionVariants=[_variant(aws, "first", 1)],
        ShadowProductionVariants=[_variant(aws, "second", 1)],
        DataCaptureConfig={
            "EnableCapture": True,
            "InitialSamplingPercentage": 100,
            "DestinationS3Uri": f"s3://{aws.name('data')}/captured",
            "CaptureOptions": options,
        },
    )


def _variant(aws, suffix, weight):
    return {
        "VariantName": suffix,
        "ModelName": aws.name(suffix),
        "InstanceType": "ml.m5.large",
        "InitialInstanceCount": 1,
        "InitialVariantWeight": weight,
    }


def _config(aws, suffix, variants):
    aws.client("sagemaker").create_endpoint_config(EndpointConfigName=aws.name(suffix), ProductionVariants=variants)


def _put(aws, key, body):
    aws.client("s3").put_object(Bucket=aws.name("data"), Key=key, Body=body)
