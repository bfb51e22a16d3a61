from mlacoach.labs import Shown
from mlacoach.labs.sdk import boto_session

VARIANT = "AllTraffic"


def make_the_model(aws):
    """A resource of sagemaker.core has the name of what it makes, and its members in Python's spelling."""
    from sagemaker.core import image_uris
    from sagemaker.core.resources import Model
    from sagemaker.core.shapes import ContainerDefinition

    image = image_uris.retrieve("sklearn", aws.region, "1.2-1", instance_type="ml.m5.large")
    container = ContainerDefinition(
        image=image,
        model_data_url=f"s3://{aws.name('data')}/models/model.tar.gz",
        environment={"SAGEMAKER_PROGRAM": "inference.py", "SAGEMAKER_SUBMIT_DIRECTORY": "/opt/ml/model/code"},
    )
    Model.create(
        model_name=aws.name("model"),
        primary_container=container,
        execution_role_arn=aws.role_arn,
        session=boto_session(aws),
        region=aws.region,
    )


def describe_the_fleet(aws):
    """One small instance, and a copy of every request and answer into S3."""
    _configure(aws, "one", instances=1)


def bring_it_up(aws):
    """create() returns at once; the object waits for the status."""
    from sagemaker.core.resources import Endpoint

    endpoint = Endpoint.create(
        endpoint_name=aws.name("live"),
        endpoint_config_name=aws.name("one"),
        session=boto_session(aws),
        region=aws.region,
    )
    endpoint.wait_for_status("InService")


def ask_about_every_pump(aws):
    """The endpoint as an object: invoke() is what Predictor.predict() was."""
    s3, bucket = aws.client("s3"), aws.name("data")
    pumps = s3.get_object(Bucket=bucket, Key="input/pumps.csv")["Body"].read()
    answer = _endpoint(aws).invoke(body=pumps, content_type="text/csv", accept="text/csv")
    risks = answer.body.read()
    s3.put_object(Bucket=bucket, Key="answers/risks.csv", Body=risks)
    return Shown(metrics={"pumps asked about": len(risks.split())})


def grow_without_a_pause(aws):
    """update() sends what the object says now: another configuration, and the fleet is exchanged behind it."""
    _configure(aws, "two", instances=2)
    endpoint = _endpoint(aws)
    endpoint.endpoint_config_name = aws.name("two")
    endpoint.update()
    endpoint.wait_for_status("InService")


def _endpoint(aws):
    from sagemaker.core.resources import Endpoint

    return Endpoint.get(endpoint_name=aws.name("live"), session=boto_session(aws), region=aws.region)


def _configure(aws, suffix, instances):
    from sagemaker.core.resources import EndpointConfig
    from sagemaker.core.shapes import CaptureContentTypeHeader, CaptureOption, DataCaptureConfig, ProductionVariant

    EndpointConfig.create(
        endpoint_config_name=aws.name(suffix),
        production_variants=[
            ProductionVariant(
                variant_name=VARIANT,
                model_name=aws.name("model"),
                instance_type="ml.m5.large",
                initial_instance_count=instances,
            )
        ],
        data_capture_config=DataCaptureConfig(
            enable_capture=True,
            initial_sampling_percentage=100,
            destination_s3_uri=f"s3://{aws.name('data')}/captured",
            capture_options=[CaptureOption(capture_mode="Input"), CaptureOption(capture_mode="Output")],
            capture_content_type_header=CaptureContentTypeHeader(csv_content_types=["text/csv"]),
        ),
        session=boto_session(aws),
        region=aws.region,
    )
