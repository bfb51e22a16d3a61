"""Schedules: rules of EventBridge and schedules of EventBridge Scheduler that go off at their time, or when told to."""

import threading
from collections.abc import Callable
from typing import TYPE_CHECKING

from mlacoach.sandbox.aws_error import invalid
from mlacoach.sandbox.call import Call
from mlacoach.sandbox.engines import Engines
from mlacoach.sandbox.world import World

if TYPE_CHECKING:
    from mlacoach.sandbox.schedules.due import Schedules


def late_notice(world: World) -> Callable[[str, str], None]:
    """What is to be told which service, where, may have changed a schedule; it begins its work with the first."""
    made: list[Schedules] = []
    lock = threading.Lock()

    def notice(service: str, region: str) -> None:
        from mlacoach.sandbox.schedules.due import Schedules  # noqa: PLC0415 - botocore, when there is a schedule

        with lock:
            if not made:
                made.append(Schedules(world))
        made[0].notice(service, region)

    return notice


def register(engines: Engines) -> None:
    """Have schedules checked before moto takes them."""
    engines.check("events", "PutRule", _rule)
    for operation in ("CreateSchedule", "UpdateSchedule"):
        engines.check("scheduler", operation, _schedule)


def _rule(call: Call) -> None:
    if call.request.get("ScheduleExpression"):
        _require(call, "Parameter ScheduleExpression is not valid.")


def _schedule(call: Call) -> None:
    _require(call, f"Invalid Schedule Expression {call.request.get('ScheduleExpression')}.")


def _require(call: Call, otherwise: str) -> None:
    from mlacoach.sandbox.schedules.expressions import Malformed, next_time  # noqa: PLC0415 - when there is a schedule

    try:
        next_time(str(call.request.get("ScheduleExpression")), call.world.now())
    except Malformed as error:
        raise invalid(otherwise) from error
