"""Are the instances that a lab needs allowed in this account? A new account often has a quota of 0."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

from mlacoach.cloud.account import new_client
from mlacoach.cloud.refusals import refusal
from mlacoach.errors import NeedsCredentials

if TYPE_CHECKING:
    from boto3.session import Session


def missing_quotas(session: "Session", needed: Mapping[str, int]) -> dict[str, tuple[int, float]]:
    """The quotas that are too small: needed and allowed, by name. One that AWS does not list counts as 0.

    Raises:
        NeedsCredentials: AWS does not let us look.
    """
    from botocore.exceptions import BotoCoreError, ClientError  # noqa: PLC0415 - only labs need boto3

    if not needed:
        return {}
    quotas = new_client(session, "service-quotas", None)
    try:
        pages = quotas.get_paginator("list_service_quotas").paginate(ServiceCode="sagemaker")
        allowed = {quota["QuotaName"]: quota["Value"] for page in pages for quota in page["Quotas"]}
    except (BotoCoreError, ClientError) as error:
        silent = NeedsCredentials(f"AWS does not tell the quotas: {error}", "Check the network and the credentials.")
        raise refusal(error) or silent from error
    return {name: (count, allowed.get(name, 0)) for name, count in needed.items() if allowed.get(name, 0) < count}
