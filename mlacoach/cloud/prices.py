"""Today's prices of instances, from the AWS Price List."""

import json
from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

from mlacoach.cloud.account import new_client
from mlacoach.cloud.refusals import refusal
from mlacoach.errors import NeedsCredentials

if TYPE_CHECKING:
    from boto3.session import Session

# The Price List answers in a few regions only; there it knows the prices of all.
ANSWERS_IN = "us-east-1"
SERVICE = "AmazonSageMaker"


def current_rates(session: "Session", region: str, usage_types: Iterable[str]) -> dict[str, float]:
    """On-demand US dollars an hour by usage type (`Host:ml.m5.large`); what the list doesn't have is left out.

    Raises:
        NeedsCredentials: AWS does not let us look.
    """
    from botocore.exceptions import BotoCoreError, ClientError  # noqa: PLC0415 - only labs need boto3

    pricing = new_client(session, "pricing", None, ANSWERS_IN)
    wanted, found = set(usage_types), dict[str, float]()
    try:
        for instance in sorted({each.partition(":")[2] for each in wanted}):
            for product in _products(pricing, region, instance):
                name = product["product"]["attributes"].get("usagetype", "").rpartition("-")[2]
                price = _on_demand(product)
                if name in wanted and price is not None:
                    found[name] = max(price, found.get(name, 0.0))
    except (ClientError, BotoCoreError) as error:
        silent = NeedsCredentials(f"AWS does not tell its prices: {error}", "Check the network and the credentials.")
        raise refusal(error) or silent from error
    return found


def _products(pricing: Any, region: str, instance: str) -> Iterator[Mapping[str, Any]]:  # noqa: ANN401 - boto3's
    filters = [
        {"Type": "TERM_MATCH", "Field": field, "Value": value}
        for field, value in (("regionCode", region), ("instanceName", instance))
    ]
    for page in pricing.get_paginator("get_products").paginate(ServiceCode=SERVICE, Filters=filters):
        yield from (json.loads(text) for text in page["PriceList"])


def _on_demand(product: Mapping[str, Any]) -> float | None:
    """US dollars an hour; None where it is not sold on demand by the hour."""
    for term in product.get("terms", {}).get("OnDemand", {}).values():
        for dimension in term["priceDimensions"].values():
            if dimension["unit"].lower().startswith("h") and "USD" in dimension["pricePerUnit"]:
                return float(dimension["pricePerUnit"]["USD"])
    return None
