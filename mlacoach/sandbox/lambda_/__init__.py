"""Lambda: Python functions that run, and what invokes them: callers, S3, EventBridge."""

from collections.abc import Mapping

from mlacoach.sandbox.call import Call, Engine
from mlacoach.sandbox.engines import Engines
from mlacoach.sandbox.late import add_late

# A package of 50 MB, in base64.
PACKAGE_LIMIT = 70_000_000
LARGE = ("CreateFunction", "UpdateFunctionCode")


def register(engines: Engines) -> None:
    """Take over Lambda whole: what is not here is refused."""
    engines.own("lambda", _load)
    for operation in LARGE:
        engines.add("lambda", operation, _late(operation), PACKAGE_LIMIT)
    add_late(engines, "lambda", "mlacoach.sandbox.lambda_.functions", OPERATIONS)
    add_late(engines, "lambda", "mlacoach.sandbox.lambda_.invoking", ("Invoke",))
    add_late(engines, "lambda", "mlacoach.sandbox.lambda_.queues", QUEUES)
    # moto refuses an event as soon as a rule has a function for its target.
    add_late(engines, "events", "mlacoach.sandbox.lambda_.events", ("PutEvents",))


OPERATIONS = (
    "GetFunction",
    "GetFunctionConfiguration",
    "UpdateFunctionConfiguration",
    "DeleteFunction",
    "ListFunctions",
    "AddPermission",
    "RemovePermission",
    "GetPolicy",
    "TagResource",
    "UntagResource",
    "ListTags",
    "PutFunctionEventInvokeConfig",
    "GetFunctionEventInvokeConfig",
    "UpdateFunctionEventInvokeConfig",
    "DeleteFunctionEventInvokeConfig",
)
QUEUES = (
    "CreateEventSourceMapping",
    "GetEventSourceMapping",
    "ListEventSourceMappings",
    "UpdateEventSourceMapping",
    "DeleteEventSourceMapping",
)


def _load(_engines: Engines) -> Mapping[str, Engine]:
    return {}


def _late(operation: str) -> Engine:
    def engine(call: Call) -> Mapping[str, object]:
        from mlacoach.sandbox.lambda_.functions import ENGINES  # noqa: PLC0415 - when the first request needs it

        answer: Mapping[str, object] = ENGINES[operation](call)  # type: ignore[assignment]
        return answer

    return engine
