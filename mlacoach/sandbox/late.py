"""Engines whose module is imported when the first request needs it."""

from collections.abc import Iterable, Mapping
from importlib import import_module
from typing import Any

from mlacoach.sandbox.call import Call, Engine, Response
from mlacoach.sandbox.engines import Engines


def add_late(engines: Engines, service: str, module: str, operations: Iterable[str]) -> None:
    """Take over operations with what a module's `ENGINES` has for them.

    Args:
        engines: the table.
        service: boto3's name.
        module: its full name.
        operations: the model's names.
    """
    for operation in operations:
        engines.add(service, operation, _late(module, operation))


def _late(module: str, operation: str) -> Engine:
    def engine(call: Call) -> Mapping[str, Any] | Response:
        found: Engine = import_module(module).ENGINES[operation]
        return found(call)

    return engine
