"""The table of engines: which operation of which service is ours, and what runs the resources that must run."""

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from mlacoach.sandbox.aws_error import not_emulated
from mlacoach.sandbox.call import Call, Engine
from mlacoach.sandbox.records import Record

if TYPE_CHECKING:
    from mlacoach.sandbox.world import World

Hook = Callable[["World", Record], None]
Check = Callable[[Call], None]
Load = Callable[["Engines"], Mapping[str, Engine]]

MEGABYTE = 1_000_000
BODY_LIMIT = 6 * MEGABYTE


@dataclass(frozen=True, slots=True)
class Runner:
    """What makes a stored resource run. Each hook returns soon and works on in a thread or a child of its own.

    Attributes:
        start: called once the record is stored. An AwsError undoes the creation.
        stop: called when Stop was accepted and the status says so.
        update: called with the new state when Update was accepted.
        delete: called with the last state before the record goes.
    """

    start: Hook
    stop: Hook | None = None
    update: Hook | None = None
    delete: Hook | None = None


class Engines:
    """Which engine answers what. Whatever is not here goes to moto untouched."""

    def __init__(self) -> None:
        self.runners: dict[str, Runner] = {}
        self.fired: dict[str, Hook] = {}
        self.on_reset: list[Callable[[World], None]] = []
        self._single: dict[tuple[str, str], Engine] = {}
        self._whole: dict[str, Load] = {}
        self._loaded: dict[str, Mapping[str, Engine]] = {}
        self._checks: dict[tuple[str, str], Check] = {}
        self._limits: dict[tuple[str, str], int] = {}
        self._lock = threading.Lock()

    def add(self, service: str, operation: str, engine: Engine, body_limit: int = BODY_LIMIT) -> None:
        """Take over one operation.

        Args:
            service: boto3's name.
            operation: the model's name.
            engine: gives the answer, or raises AwsError.
            body_limit: the largest body, in bytes, that AWS accepts for it.
        """
        self._single[service, operation] = engine
        self._limits[service, operation] = body_limit

    def check(self, service: str, operation: str, check: Check) -> None:
        """Look at a request before moto answers it.

        Args:
            service: boto3's name.
            operation: the model's name.
            check: raises AwsError to refuse it.
        """
        self._checks[service, operation] = check

    def checking(self, service: str, operation: str) -> Check | None:
        """The check of an operation that moto answers."""
        return self._checks.get((service, operation))

    def own(self, service: str, load: Load = lambda _engines: {}) -> None:
        """Take over a whole service: what nobody answers is refused, not passed to moto.

        Args:
            service: boto3's name.
            load: gives the service's engines when the first request comes; what `add` names goes before it.
        """
        self._whole[service] = load

    def runs(self, kind: str, runner: Runner) -> None:
        """Say what makes the resources of this kind run, such as `TrainingJob` or `PipelineExecution`."""
        self.runners[kind] = runner

    def fires(self, kind: str, hook: Hook) -> None:
        """Say what `mlacoach sandbox fire` does with a resource of this kind: what its schedule would do when due."""
        self.fired[kind] = hook

    def services(self) -> set[str]:
        """The services of which something is ours."""
        return {service for service, _ in (*self._single, *self._checks)} | set(self._whole)

    def find(self, service: str, operation: str) -> Engine | None:
        """The engine of an operation, one that refuses, or None where moto answers."""
        engine = self.answering(service, operation)
        return engine or (_refuse if service in self._whole else None)

    def answering(self, service: str, operation: str) -> Engine | None:
        """The engine that answers an operation, or None."""
        return self._single.get((service, operation)) or self._of_whole(service).get(operation)

    def is_single(self, service: str, operation: str) -> bool:
        """Was the operation taken over by `add`?"""
        return (service, operation) in self._single

    def is_whole(self, service: str) -> bool:
        """Is the whole service ours?"""
        return service in self._whole

    def body_limit(self, service: str, operation: str) -> int:
        """The largest body of an operation, in bytes."""
        return self._limits.get((service, operation), BODY_LIMIT)

    def _of_whole(self, service: str) -> Mapping[str, Engine]:
        if service not in self._whole:
            return {}
        with self._lock:
            if service not in self._loaded:
                self._loaded[service] = self._whole[service](self)
            return self._loaded[service]


def _refuse(call: Call) -> Mapping[str, Any]:
    raise not_emulated(f"{call.service} {call.operation}")
