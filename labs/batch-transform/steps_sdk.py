from mlacoach.labs.sdk import boto_session, session


def make_the_model(aws):
    """A resource of sagemaker.core has the name of what it makes, and its members in Python's spelling."""
    from sagemaker.core import image_uris
    from sagemaker.core.resources import Model
    from sagemaker.core.shapes import ContainerDefinition

    container = ContainerDefinition(
        image=image_uris.retrieve("sklearn", aws.region, "1.2-1", instance_type="ml.m5.large"),
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


def score_the_fleet(aws):
    """A Transformer says with what and where to, transform() what: the filter takes the id away."""
    _transform(aws, "plain", "scores", input_filter="$[1:]")


def join_the_scores_to_the_ids(aws):
    """The risk is appended to its row; of the joined row the first and the last value are kept."""
    _transform(aws, "joined", "joined", input_filter="$[1:]", join_source="Input", output_filter="$[0,-1]")


def _transform(aws, suffix, target, **processing):
    from sagemaker.core.transformer import Transformer

    transformer = Transformer(
        model_name=aws.name("model"),
        instance_count=1,
        instance_type="ml.m5.large",
        strategy="MultiRecord",
        output_path=f"s3://{aws.name('data')}/{target}",
        assemble_with="Line",
        accept="text/csv",
        sagemaker_session=session(aws),
    )
    transformer.transform(
        f"s3://{aws.name('data')}/batch/",
        content_type="text/csv",
        split_type="Line",
        job_name=aws.name(suffix),
        wait=True,
        logs=False,
        **processing,
    )
