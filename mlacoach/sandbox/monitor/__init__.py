"""Model Monitor: the analyzer's baselines and checks, and schedules that run it on what endpoints have captured."""

from mlacoach.sandbox.engines import Engines, Runner
from mlacoach.sandbox.late import add_late
from mlacoach.sandbox.records import Record
from mlacoach.sandbox.world import World

KIND = "MonitoringSchedule"


def register(engines: Engines) -> None:
    """Say what runs a schedule, and what sets it off at once."""
    engines.runs(KIND, Runner(start=_start, update=_start))
    engines.fires(KIND, _fire)
    add_late(engines, "sagemaker", "mlacoach.sandbox.monitor.executions", ("ListMonitoringExecutions",))


def _start(world: World, record: Record) -> None:
    from mlacoach.sandbox.monitor.schedules import start  # noqa: PLC0415 - when the first schedule comes

    start(world, record)


def _fire(world: World, record: Record) -> None:
    from mlacoach.sandbox.monitor.schedules import fire  # noqa: PLC0415 - as above

    fire(world, record)
