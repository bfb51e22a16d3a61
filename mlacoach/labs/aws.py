"""The account as a lab sees it. Six names, no more until two labs need them."""

from collections.abc import Callable, Mapping
from typing import Any, Protocol


class Aws(Protocol):
    """An account to practise in: the sandbox or a real one."""

    @property
    def region(self) -> str:
        """The region everything is made in."""

    @property
    def role_arn(self) -> str:
        """The role that services take on to work for us."""

    def client(self, service: str) -> Any:  # noqa: ANN401 - boto3 makes its clients at run time
        """The boto3 client of a service."""

    def name(self, suffix: str) -> str:
        """The name, unique to this run, under which something is made."""

    def find(self, service: str, operation: str, **request: object) -> Mapping[str, Any] | None:
        """The answer to a request that looks, or None when the service says that it does not exist."""

    def wait(
        self, service: str, operation: str, until: Callable[[Mapping[str, Any]], bool], **request: object
    ) -> Mapping[str, Any]:
        """Ask again and again, as `find` does, until there is an answer that `until` takes; that answer."""
