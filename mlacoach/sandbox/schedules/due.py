"""Keeps the times of all schedules, and sets off each when its time has come."""

import logging
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from mlacoach.sandbox.schedules.expressions import Malformed, next_time
from mlacoach.sandbox.schedules.firing import fire_rule, fire_schedule
from mlacoach.sandbox.world import World

LOG = logging.getLogger("mlacoach.sandbox")
LOOK_SECONDS = 0.5
RULES, SCHEDULER = "events", "scheduler"
MAKERS = {RULES: {RULES}, SCHEDULER: {SCHEDULER}, "cloudformation": {RULES, SCHEDULER}}


@dataclass(frozen=True, slots=True)
class Entry:
    """One schedule that is on.

    Attributes:
        service: RULES or SCHEDULER.
        region: where.
        group: the schedule's group; empty for rules.
        name: its name.
        expression: when it is due.
        zone: the time zone's name.
        start: before then it is silent.
        end: after then it is silent.
    """

    service: str
    region: str
    group: str
    name: str
    expression: str
    zone: str = "UTC"
    start: datetime | None = None
    end: datetime | None = None

    def next_after(self, moment: datetime) -> datetime | None:
        """When it is due next."""
        try:
            found = next_time(self.expression, max(moment, self.start or moment), ZoneInfo(self.zone))
        except (Malformed, KeyError, ValueError):
            LOG.warning("%s has no sound schedule: %s", self.name, self.expression)
            return None
        return None if found and self.end and found > self.end else found


class Schedules:
    """Looks twice a second whether a schedule is due, once there is one.

    Args:
        world: the sandbox.
    """

    def __init__(self, world: World) -> None:
        self._world = world
        self._lock = threading.Lock()
        self._changed: set[tuple[str, str]] = set()
        self._due: dict[Entry, datetime | None] = {}
        self._is_looking = False

    def notice(self, service: str, region: str) -> None:
        """Something may have changed among the schedules that a service makes."""
        with self._lock:
            self._changed |= {(each, region) for each in MAKERS[service]}
            if not self._is_looking:
                self._is_looking = True
                threading.Thread(target=self._look, name="schedules", daemon=True).start()

    def _look(self) -> None:
        while not self._world.over.wait(LOOK_SECONDS):
            try:
                self._read()
                self._set_off(self._world.now())
            except Exception:
                LOG.exception("The schedules could not be looked at.")

    def _read(self) -> None:
        with self._lock:
            changed, self._changed = self._changed, set()
        for service, region in changed:
            found = set(_rules(self._world, region) if service == RULES else _schedules(self._world, region))
            now = self._world.now()
            kept = {each: at for each, at in self._due.items() if (each.service, each.region) != (service, region)}
            self._due = kept | {each: self._due.get(each) or each.next_after(now) for each in found}

    def _set_off(self, now: datetime) -> None:
        for each, at in list(self._due.items()):
            if at is not None and at <= now:
                self._due[each] = each.next_after(now)
                threading.Thread(target=self._fire, args=(each,), name=f"fire {each.name}", daemon=True).start()

    def _fire(self, entry: Entry) -> None:
        try:
            if entry.service == RULES:
                fire_rule(self._world, entry.region, entry.name)
            else:
                fire_schedule(self._world, entry.region, entry.name, entry.group, is_due=True)
        except Exception:
            # It may be gone, as after a reset.
            self.notice(entry.service, entry.region)
            LOG.exception("%s did not go off.", entry.name)


def _rules(world: World, region: str) -> Iterator[Entry]:
    # Schedules are for rules of the default bus only.
    for rule in world.watcher(RULES, region).list_rules()["Rules"]:
        if rule.get("ScheduleExpression") and rule.get("State") == "ENABLED":
            yield Entry(RULES, region, "", rule["Name"], rule["ScheduleExpression"])


def _schedules(world: World, region: str) -> Iterator[Entry]:
    client = world.watcher(SCHEDULER, region)
    for each in client.list_schedules()["Schedules"]:
        found = client.get_schedule(Name=each["Name"], GroupName=each["GroupName"])
        if found.get("State") != "DISABLED":
            yield Entry(
                SCHEDULER, region, each["GroupName"], each["Name"], found["ScheduleExpression"],
                found.get("ScheduleExpressionTimezone", "UTC"), found.get("StartDate"), found.get("EndDate"),
            )  # fmt: skip
