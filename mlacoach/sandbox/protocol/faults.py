"""An error as each protocol writes it."""

import json
from typing import Any
from xml.sax.saxutils import escape

from mlacoach.sandbox.aws_error import AwsError
from mlacoach.sandbox.call import Response
from mlacoach.sandbox.protocol.models import error_shape, error_status, protocol_of, service_model


def write_error(service: str, error: AwsError, request_id: str) -> Response:
    """The error as the service's protocol wants it."""
    shape = error_shape(service, error.code)
    status = error_status(shape, error.status)
    protocol = protocol_of(service)
    if protocol == "rest-xml":
        return _plain_xml(error, status, request_id)
    if protocol in {"query", "ec2"}:
        return _query(service, error, status, request_id)
    version = service_model(service).metadata.get("jsonVersion", "1.0")
    kind = "application/json" if protocol == "rest-json" else f"application/x-amz-json-{version}"
    body = json.dumps(_body(shape, error)).encode()
    return Response(body, status, {"Content-Type": kind, "x-amzn-ErrorType": error.code})


def _body(shape: Any | None, error: AwsError) -> dict[str, Any]:  # noqa: ANN401 - botocore's shape
    # Services differ in the spelling; the model knows which, where it names the error at all.
    spelt = next(
        (name for name in (shape.members if shape is not None else ()) if name.lower() == "message"), "message"
    )
    return {"__type": error.code, spelt: error.message, **error.extra}


def _query(service: str, error: AwsError, status: int, request_id: str) -> Response:
    namespace = service_model(service).metadata.get("xmlNamespace", "")
    who = "Sender" if status < 500 else "Receiver"  # noqa: PLR2004 - HTTP's own border
    body = (
        f'<ErrorResponse xmlns="{namespace}"><Error><Type>{who}</Type><Code>{escape(error.code)}</Code>'
        f"<Message>{escape(error.message)}</Message></Error><RequestId>{request_id}</RequestId></ErrorResponse>"
    )
    return Response(body.encode(), status, {"Content-Type": "text/xml"})


def _plain_xml(error: AwsError, status: int, request_id: str) -> Response:
    body = (
        '<?xml version="1.0" encoding="UTF-8"?>'
        f"<Error><Code>{escape(error.code)}</Code><Message>{escape(error.message)}</Message>"
        f"<RequestId>{request_id}</RequestId></Error>"
    )
    return Response(body.encode(), status, {"Content-Type": "application/xml"})
