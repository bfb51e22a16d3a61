"""Feature Store: records online by identifier, and all their history offline, as Parquet in S3 with a table in Glue."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from mlacoach.sandbox.call import Call, Engine
from mlacoach.sandbox.engines import Engines, Runner
from mlacoach.sandbox.records import Record
from mlacoach.sandbox.world import World

if TYPE_CHECKING:
    from mlacoach.sandbox.features.stores import Stores

SERVICE = "sagemaker-featurestore-runtime"
OPERATIONS = (
    "PutRecord",
    "GetRecord",
    "DeleteRecord",
    "UpdateRecord",
    "ListRecords",
    "BatchGetRecord",
    "BatchWriteRecord",
)


def register(engines: Engines) -> None:
    """Say what makes a feature group, and take over its records."""
    shelf = _Shelf()
    engines.runs("FeatureGroup", Runner(start=shelf.begin, update=shelf.widen, delete=shelf.delete))
    engines.on_reset.append(shelf.forget)
    for operation in OPERATIONS:
        engines.add(SERVICE, operation, shelf.engine(operation))


class _Shelf:
    """The stores of one sandbox, made when the first feature group is."""

    def __init__(self) -> None:
        self._stores: Stores | None = None

    def _made(self, world: World) -> "Stores":
        from mlacoach.sandbox.features.stores import Stores  # noqa: PLC0415 - when the first group comes

        if self._stores is None:
            self._stores = Stores(world)
        return self._stores

    def begin(self, world: World, record: Record) -> None:
        from mlacoach.sandbox.features.groups import begin  # noqa: PLC0415 - as above

        begin(world, record)

    def widen(self, world: World, record: Record) -> None:
        from mlacoach.sandbox.features.groups import widen  # noqa: PLC0415 - as above

        widen(world, record)

    def delete(self, world: World, record: Record) -> None:
        self._made(world).drop(record.arn)

    def forget(self, _world: World) -> None:
        self._stores = None

    def engine(self, operation: str) -> Engine:
        def answer(call: Call) -> Mapping[str, Any]:
            from mlacoach.sandbox.features.runtime import ENGINES  # noqa: PLC0415 - as above

            return ENGINES[operation](call, self._made(call.world))

        return answer
