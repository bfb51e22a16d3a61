"""An answer, written by its output shape. What the shape does not know is a bug of ours, and is said to be one."""

import base64
import json
import math
from collections.abc import Mapping
from typing import Any
from xml.sax.saxutils import escape

from mlacoach.sandbox.call import Response
from mlacoach.sandbox.protocol.models import protocol_of, service_model
from mlacoach.sandbox.protocol.scalars import FLOATS, as_seconds, as_text


class AnswerDoesNotFit(Exception):
    """An engine answered with something that its output shape does not have."""


def write(service: str, operation: str, answer: Mapping[str, Any], request_id: str) -> Response:
    """The answer as the service's protocol wants it.

    Raises:
        AnswerDoesNotFit: a member that the output shape does not have, or of another type.
    """
    shape = service_model(service).operation_model(operation).output_shape
    protocol = protocol_of(service)
    if protocol == "query":
        return _query(service, operation, answer, request_id)
    if protocol == "rest-json":
        return _rest(service, operation, shape, answer)
    version = service_model(service).metadata.get("jsonVersion", "1.0")
    body = json.dumps(jsonable(shape, answer) if shape is not None else {}).encode()
    return Response(body, headers={"Content-Type": f"application/x-amz-json-{version}"})


def jsonable(shape: Any, value: Any, at: str = "") -> Any:  # noqa: ANN401 - botocore's shape, an engine's value
    """A value as JSON carries it.

    Raises:
        AnswerDoesNotFit: it is not of this shape.
    """
    kind = shape.type_name
    if kind == "structure":
        return _object(shape, value, at)
    if kind == "list":
        _expect(isinstance(value, list | tuple), at, value)
        return [jsonable(shape.member, item, f"{at}[]") for item in value]
    if kind == "map":
        _expect(isinstance(value, Mapping), at, value)
        return {str(key): jsonable(shape.value, item, f"{at}.{key}") for key, item in value.items()}
    if kind == "timestamp":
        return as_text(kind, value) if shape.serialization.get("timestampFormat") == "iso8601" else as_seconds(value)
    if kind == "blob":
        return base64.b64encode(value).decode()
    return _number(value) if kind in FLOATS else value


def _object(shape: Any, value: Any, at: str) -> Any:  # noqa: ANN401
    if getattr(shape, "is_document_type", False):
        return value
    _expect(isinstance(value, Mapping), at, value)
    unknown = sorted(set(value) - set(shape.members))
    if unknown:
        raise AnswerDoesNotFit(f"{shape.name} at {at or 'the top'} has no {', '.join(unknown)}.")
    return {
        shape.members[name].serialization.get("name", name): jsonable(shape.members[name], item, f"{at}.{name}")
        for name, item in value.items()
        if item is not None
    }


def _expect(fits: bool, at: str, value: object) -> None:  # noqa: FBT001
    if not fits:
        raise AnswerDoesNotFit(f"{at}: {value!r} is of another type.")


def _number(value: float) -> float | str:
    # JSON has no NaN; AWS writes its name.
    return value if math.isfinite(value) else str(value).replace("nan", "NaN").replace("inf", "Infinity")


def _rest(service: str, operation: str, shape: Any, answer: Mapping[str, Any]) -> Response:  # noqa: ANN401
    status = service_model(service).operation_model(operation).http.get("responseCode", 200)
    if shape is None:
        return Response(b"", status, {"Content-Type": "application/json"})
    unknown = sorted(set(answer) - set(shape.members))
    if unknown:
        raise AnswerDoesNotFit(f"{shape.name} has no {', '.join(unknown)}.")
    headers = {"Content-Type": "application/json"}
    payload = shape.serialization.get("payload")
    in_body = {}
    for name, value in answer.items():
        member = shape.members[name]
        where = member.serialization.get("location")
        if where == "header" and value is not None:
            style = member.serialization.get("timestampFormat", "rfc822")
            headers[member.serialization.get("name", name)] = as_text(member.type_name, value, style)
        elif where == "statusCode":
            status = int(value)
        elif value is not None:
            in_body[name] = value
    return Response(_payload(shape, payload, in_body), status, headers)


def _payload(shape: Any, payload: str | None, in_body: Mapping[str, Any]) -> bytes:  # noqa: ANN401
    if payload is None:
        return json.dumps(_object(shape, in_body, "")).encode()
    value = in_body.get(payload, b"")
    if shape.members[payload].type_name in {"blob", "string"}:
        return value if isinstance(value, bytes) else str(value).encode()
    return json.dumps(jsonable(shape.members[payload], value)).encode()


def _query(service: str, operation: str, answer: Mapping[str, Any], request_id: str) -> Response:
    model = service_model(service)
    shape = model.operation_model(operation).output_shape
    inner = "".join(_elements(shape, answer)) if shape is not None else ""
    wrapper = shape.serialization.get("resultWrapper") if shape is not None else None
    result = f"<{wrapper}>{inner}</{wrapper}>" if wrapper else inner
    body = (
        f'<{operation}Response xmlns="{model.metadata.get("xmlNamespace", "")}">{result}'
        f"<ResponseMetadata><RequestId>{request_id}</RequestId></ResponseMetadata></{operation}Response>"
    )
    return Response(body.encode(), headers={"Content-Type": "text/xml"})


def _elements(shape: Any, value: Mapping[str, Any]) -> list[str]:  # noqa: ANN401
    unknown = sorted(set(value) - set(shape.members))
    if unknown:
        raise AnswerDoesNotFit(f"{shape.name} has no {', '.join(unknown)}.")
    return [
        _xml(shape.members[name], shape.members[name].serialization.get("name", name), item)
        for name, item in value.items()
        if item is not None
    ]


def _xml(shape: Any, tag: str, value: Any) -> str:  # noqa: ANN401
    kind = shape.type_name
    if kind == "structure":
        return f"<{tag}>{''.join(_elements(shape, value))}</{tag}>"
    if kind == "list":
        if shape.serialization.get("flattened"):
            return "".join(_xml(shape.member, tag, item) for item in value)
        inner = shape.member.serialization.get("name", "member")
        return f"<{tag}>{''.join(_xml(shape.member, inner, item) for item in value)}</{tag}>"
    if kind == "map":
        key, item = shape.key.serialization.get("name", "key"), shape.value.serialization.get("name", "value")
        entries = (f"<entry>{_xml(shape.key, key, k)}{_xml(shape.value, item, v)}</entry>" for k, v in value.items())
        return f"<{tag}>{''.join(entries)}</{tag}>"
    return f"<{tag}>{escape(as_text(kind, value))}</{tag}>"
