"""Look whether a resource is there."""

from typing import Any

from mlacoach.cloud.services.family import Kind


def look_for(kind: Kind, client: Any, name: str) -> Any:  # noqa: ANN401 - boto3 makes its clients at run time
    """What the service says about the resource, or None when it says that there is none.

    Raises:
        ClientError: the service says anything else.
        BotoCoreError: it does not answer.
    """
    from botocore.exceptions import ClientError  # noqa: PLC0415 - only labs need boto3

    try:
        return kind.look(client, name)
    except ClientError as error:
        if is_absence(kind, error):
            return None
        raise


def is_absence(kind: Kind, error: Any) -> bool:  # noqa: ANN401 - a ClientError
    """Does the error say that this very thing is not there?"""
    return any(absence.fits(error.response["Error"]) for absence in kind.absent)
