"""The SageMaker Python SDK 3 on a run's account, for `steps_sdk.py`: what it sends goes through the run's own clients.

The SDK makes its clients of a boto3 session. So it gets one whose clients are those of `aws`, which journal before they
send. The SDK itself is imported here and in the functions of `steps_sdk.py` only: it brings a gigabyte.
"""

from importlib import import_module
from importlib.metadata import PackageNotFoundError, version
from typing import Any

from mlacoach.errors import MlacoachError
from mlacoach.labs.aws import Aws

PACKAGE, OLDEST = "sagemaker", 3


def need_sdk_extra() -> None:
    """Make sure that the SDK is installed.

    Raises:
        MlacoachError: it is not, or it is an older one.
    """
    try:
        found = version(PACKAGE)
    except PackageNotFoundError:
        found = ""
    if not found or int(found.partition(".")[0]) < OLDEST:
        there = f"there is SDK {found}" if found else "it is not installed"
        raise MlacoachError(
            f"This way needs the SageMaker Python SDK {OLDEST}; {there}.",
            "Install it, about a gigabyte, with: pip install 'mlacoach[labs,sdk]'",
        )


def session(aws: Aws, *, for_pipelines: bool = False) -> Any:  # noqa: ANN401 - the SDK is an extra
    """A session of the SDK; its bucket is `aws.name("data")`.

    Args:
        aws: the account.
        for_pipelines: one that notes what it is asked for instead of doing it, for the steps of a pipeline.
    """
    where = "sagemaker.core.workflow.pipeline_context" if for_pipelines else "sagemaker.core.helper.session_helper"
    make = getattr(import_module(where), "PipelineSession" if for_pipelines else "Session")
    return make(boto_session=boto_session(aws), default_bucket=aws.name("data"))


def boto_session(aws: Aws) -> Any:  # noqa: ANN401 - boto3 is untyped
    """A boto3 session whose clients are those of `aws`, whatever else is asked of them."""
    from boto3.session import Session  # noqa: PLC0415 - only labs need boto3

    class Journalled(Session):
        """Makes no clients of its own; its resources are made of clients, too."""

        def client(self, service_name: str, *_args: object, **_more: object) -> Any:  # noqa: ANN401
            return aws.client(service_name)

    return Journalled(region_name=aws.region)  # type: ignore[no-untyped-call]
