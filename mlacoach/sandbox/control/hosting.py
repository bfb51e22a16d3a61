"""What a hosting resource needs: a model for each variant, a configuration for each endpoint."""

from collections.abc import Mapping
from typing import Any

from mlacoach.sandbox.call import Call
from mlacoach.sandbox.control.crud import absent
from mlacoach.sandbox.control.families import families


def require_models(call: Call) -> None:
    """The models of an endpoint configuration exist.

    Raises:
        AwsError: one does not.
    """
    variants = [*call.request.get("ProductionVariants", []), *call.request.get("ShadowProductionVariants", [])]
    for name in (variant.get("ModelName") for variant in variants):
        if name:
            _require(call, "Model", name)


def require_config(call: Call) -> None:
    """The endpoint configuration exists.

    Raises:
        AwsError: it does not.
    """
    _require(call, "EndpointConfig", call.request["EndpointConfigName"])


def require_model(call: Call) -> None:
    """The model of a transform job exists.

    Raises:
        AwsError: it does not.
    """
    _require(call, "Model", call.request["ModelName"])


def _require(call: Call, noun: str, name: str) -> Mapping[str, Any]:
    record = call.world.store.get(noun, name, call.region)
    if record is None:
        raise absent(families()[noun], call, name)
    return record.fields
