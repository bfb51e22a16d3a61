"""botocore's service models, loaded once each, when they are first asked for."""

from functools import cache
from typing import Any

# Loading a model costs 20 to 300 ms, so none is loaded before a request needs it.


@cache
def service_model(service: str) -> Any:  # noqa: ANN401 - botocore has no types
    """The model of a service by boto3's name."""
    from botocore.loaders import Loader  # noqa: PLC0415 - beside the model
    from botocore.model import ServiceModel  # noqa: PLC0415 - 100 ms

    # A client of S3 takes the bucket out of the paths of the model that it was given: we read requests by another one.
    ours: Any = Loader() if service == "s3" else loader()  # type: ignore[no-untyped-call]
    return ServiceModel(ours.load_service_model(service, "service-2"), service)  # type: ignore[no-untyped-call]


@cache
def loader() -> Any:  # noqa: ANN401
    """Botocore's own loader, which keeps what it has read: one for everybody, clients too."""
    from botocore.loaders import Loader  # noqa: PLC0415 - beside the model

    return Loader()  # type: ignore[no-untyped-call]


@cache
def known_services() -> frozenset[str]:
    """Every service that boto3 knows."""
    return frozenset(loader().list_available_services("service-2"))


@cache
def protocol_of(service: str) -> str:
    """The protocol that boto3 speaks with the service."""
    model = service_model(service)
    return str(getattr(model, "resolved_protocol", None) or model.metadata["protocol"])


@cache
def signing_name(service: str) -> str:
    """The name under which requests to the service are signed; several services share one."""
    metadata = service_model(service).metadata
    return str(metadata.get("signingName") or metadata["endpointPrefix"])


def error_shape(service: str, code: str) -> Any | None:  # noqa: ANN401
    """The modelled error of this code, if the service has one."""
    return _errors(service).get(code)


@cache
def _errors(service: str) -> dict[str, Any]:
    return {shape.error_code: shape for shape in service_model(service).error_shapes}


def error_status(shape: Any | None, otherwise: int) -> int:  # noqa: ANN401
    """The HTTP status of a modelled error."""
    stated = shape.metadata.get("error", {}).get("httpStatusCode") if shape is not None else None
    return int(stated or otherwise)
