"""What an engine gets and what it may answer."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from mlacoach.sandbox.world import World

Environ = dict[str, Any]
StartResponse = Callable[..., Any]
Wsgi = Callable[[Environ, StartResponse], Iterable[bytes]]


@dataclass(frozen=True, slots=True)
class Call:
    """One request, understood and found valid.

    Attributes:
        service: boto3's name, such as `sagemaker-runtime`.
        operation: the model's name, such as `InvokeEndpoint`.
        request: the members of the input shape; blobs are bytes, timestamps are aware datetimes.
        region: from the credential scope.
        account: whose account; the sandbox has one.
        access_key: who asks. `world.caller(call)` says which role that is.
        headers: the HTTP headers, names in lower case.
        world: everything that engines share.
    """

    service: str
    operation: str
    request: Mapping[str, Any]
    region: str
    account: str
    access_key: str
    world: "World"
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Response:
    """An answer as it goes over the wire, where the output shape is not enough."""

    body: bytes | Iterable[bytes] = b""
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)


Engine = Callable[[Call], Mapping[str, Any] | Response]
