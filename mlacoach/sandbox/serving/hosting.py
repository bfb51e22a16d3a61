"""The endpoints of a sandbox: created, changed and deleted; and what goes on beside the requests."""

import logging
import threading
from collections.abc import Callable
from typing import Any

from mlacoach.sandbox.aws_error import AwsError, invalid
from mlacoach.sandbox.records import Record
from mlacoach.sandbox.serving import says
from mlacoach.sandbox.serving.deployments import deploy
from mlacoach.sandbox.serving.fleet import Fleet, Live
from mlacoach.sandbox.serving.plans import Plan, plan_of
from mlacoach.sandbox.serving.queued import Queues
from mlacoach.sandbox.serving.scaling import Scaling
from mlacoach.sandbox.serving.states import ASKED, shown_of, strike, tell
from mlacoach.sandbox.world import World

LOG = logging.getLogger("mlacoach.sandbox")
TICK_SECONDS = 0.5


class Hosting:
    """Every endpoint that runs, by region and name."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._live: dict[tuple[str, str], Live] = {}
        self._is_ticking = False
        self.queues = Queues()
        self.scaling = Scaling(self.queues)

    def find(self, name: str, region: str) -> Live | None:
        """An endpoint that runs, if there is one of that name."""
        with self._lock:
            return self._live.get((region, name))

    def all(self) -> list[Live]:
        """Every endpoint that runs."""
        with self._lock:
            return list(self._live.values())

    def start(self, world: World, record: Record) -> None:
        """Bring an endpoint up.

        Raises:
            AwsError: its configuration asks for what cannot run here.
        """
        plan = _plan(world, record["EndpointConfigName"], record.region)
        live = Live(world, record.key, record.region, world.rng(f"endpoint/{record.key}"))
        with self._lock:
            self._live[record.region, record.key] = live
        fleet = Fleet(world, record.key, record.region, plan)
        status = {"Status": "Creating", "StartTime": world.now()}
        world.store.change(record, {**fleet.summary(status, started=False), **shown_of(plan)})
        _in_thread(f"create {record.key}", lambda: self._create(live, record, fleet))

    def _create(self, live: Live, record: Record, fleet: Fleet) -> None:
        world = live.world
        try:
            strike(world, "CreateEndpoint")
            fleet.start()
        except Exception as error:
            fleet.stop()
            reason = str(error) if isinstance(error, says.CannotStart) else says.INTERNAL
            failed = {"EndpointStatus": "Failed", "FailureReason": reason, **_now(world)}
            tell(world, world.store.change(record, failed))
            if not isinstance(error, says.CannotStart):
                raise
            return
        with live.lock:
            live.blue = fleet
        last = {"LastDeploymentConfig": record.get("_DeploymentConfig")}
        changes = {"EndpointStatus": "InService", **fleet.summary(), **last, **ASKED, **_now(world)}
        changed = world.store.change(record, changes, private={"config": fleet.plan.config})
        if changed is None or live.is_deleted:
            fleet.stop()
            return
        self._tick_from_now_on()
        tell(world, changed)

    def update(self, world: World, record: Record) -> None:
        """Bring another configuration up in place of the present one."""
        live = self.find(record.key, record.region)
        old = record.private.get("config", record["EndpointConfigName"])
        wanted = record["EndpointConfigName"]
        back = {"EndpointConfigName": old}
        if live is None or live.blue is None:
            world.store.change(record, {**back, **ASKED, "EndpointStatus": "Failed"})
            raise invalid(f'Cannot update endpoint "{record.arn}": it has never been in service.')
        try:
            plan = _plan(world, wanted, record.region)
        except AwsError:
            world.store.change(record, {**back, **ASKED, "EndpointStatus": "InService"})
            raise
        fleet = Fleet(world, record.key, record.region, plan)
        pending = {"EndpointConfigName": wanted, "StartTime": world.now()}
        changed = world.store.change(
            record, {**back, "PendingDeploymentSummary": {**pending, **fleet.summary(started=False)}}
        )
        tell(world, changed)
        _in_thread(f"update {record.key}", lambda: deploy(live, changed or record, fleet))

    def delete(self, world: World, record: Record) -> None:
        """End an endpoint."""
        with self._lock:
            live = self._live.pop((record.region, record.key), None)
        tell(world, record, "DELETED")
        if live is None:
            return
        with live.lock:
            live.is_deleted = True
        self.queues.forget(live)
        for fleet in live.fleets():
            _in_thread(f"delete {record.key}", fleet.stop)

    def forget(self, _world: World) -> None:
        """The account is made new: the processes have been killed."""
        with self._lock:
            live, self._live = list(self._live.values()), {}
        for each in live:
            each.is_deleted = True
            self.queues.forget(each)
            for fleet in each.fleets():
                _in_thread(f"forget {each.name}", fleet.stop)

    def _tick_from_now_on(self) -> None:
        with self._lock:
            if self._is_ticking:
                return
            self._is_ticking = True
        _in_thread("endpoints", self._tick)

    def _tick(self) -> None:
        pause = threading.Event()
        while not pause.wait(TICK_SECONDS):
            for live in self.all():
                for beside in (send, self.queues.measure, self.scaling.look):
                    _quietly(beside, live)
            self.scaling.forget(self.all())


def send(live: Live) -> None:
    """Tell CloudWatch and S3 what has come since the last time. Where nothing has, nobody is asked."""
    for fleet in live.fleets():
        for variant in fleet:
            variant.measures.send()
            for instance in variant.instances():
                instance.ship_log()
        if fleet.capture:
            fleet.capture.flush()


def _plan(world: World, config: str, region: str) -> Plan:
    record = world.store.get("EndpointConfig", config, region)
    if record is None:
        arn = world.arn(f"endpoint-config/{config}", region=region)
        raise AwsError("ValidationException", f'Could not find endpoint configuration "{arn}".')
    return plan_of(world, record)


def _now(world: World) -> dict[str, Any]:
    return {"LastModifiedTime": world.now()}


def _in_thread(name: str, work: Callable[[], Any]) -> None:
    def run() -> None:
        try:
            work()
        except Exception:
            LOG.exception("%s failed.", name)

    threading.Thread(target=run, name=name, daemon=True).start()


def _quietly(work: Callable[[Live], None], live: Live) -> None:
    try:
        work(live)
    except Exception:
        LOG.exception("Something beside the endpoint %s failed.", live.name)
