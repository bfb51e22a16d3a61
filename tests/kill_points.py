"""Which calls of a process are points of their own, and the hooks that count them and kill at one."""

import json
import os
import signal
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mlacoach.cloud.calls import only_looks
from mlacoach.cloud.services import family_of

BEFORE, AFTER = "before-send", "after-call"
NEVER = 10**9


@dataclass(frozen=True)
class Point:
    """Where to kill: in the run or in its teardown, before a call is sent or when its answer has come."""

    phase: str
    moment: str
    number: int


@dataclass(frozen=True)
class Sent:
    """A call that is a point of its own."""

    service: str
    operation: str

    @property
    def looks(self) -> bool:
        """Does it leave the account as it is?"""
        return only_looks((self.service, self.operation))

    @property
    def creates(self) -> bool:
        """Does the journal name something before it is sent?"""
        return self.operation in family_of(self.service).creates


class Calls:
    """Counts the calls of a session that are points of their own, and dies by SIGKILL at one of them.

    A look of an operation that was sent already since the last change is none. Nor is a call of the operation sent just
    before, unless it creates: the journal names the same things before and after it. What a wait waits for changes
    meanwhile: the first of its looks, and what comes after the last, are points.
    """

    def __init__(self, moment: str, number: int, counted: Path | None) -> None:
        self._kill = (moment, number)
        self._counted = counted
        self._points: list[Sent] = []
        self._looked: set[Sent] = set()
        self._changed: Sent | None = None
        self._at_a_point = False
        self._services: dict[str, str] = {}

    def watch(self, session: Any) -> None:  # noqa: ANN401 - boto3's session
        """Hook into what the session sends."""
        session.events.register_first("before-call", self._learn)
        session.events.register_first(BEFORE, self._before)
        session.events.register_first(AFTER, self._after)

    def _learn(self, model: Any, **_: object) -> None:  # noqa: ANN401 - botocore's
        """`before-send` calls a service otherwise than boto3 does."""
        self._services[model.service_model.service_id.hyphenize()] = model.service_model.service_name

    def _before(self, event_name: str, **_: object) -> None:
        _, service, operation = event_name.split(".")
        self._at_a_point = self._is_new(Sent(self._services[service], operation))
        self._die(BEFORE)

    def _after(self, **_: object) -> None:
        self._die(AFTER)
        if self._counted:
            self._counted.write_text(json.dumps([(each.service, each.operation) for each in self._points]))

    def _is_new(self, sent: Sent) -> bool:
        if sent.looks:
            new = sent not in self._looked
            self._looked.add(sent)
        else:
            new = sent.creates or sent != self._changed or bool(self._looked)
            self._looked.clear()
            self._changed = sent
        if new:
            self._points.append(sent)
        return new

    def _die(self, moment: str) -> None:
        if self._at_a_point and self._kill == (moment, len(self._points)):
            os.kill(os.getpid(), signal.SIGKILL)


def points_of(phase: str, calls: list[Sent]) -> list[Point]:
    """The points of a phase, in the order of time.

    Looks change nothing: of several in a row the moment before the first is a point, with the last change's answer in
    the journal. The moment after the last, when what was waited for has come, is that before the next change, or the
    end.
    """
    found = []
    for number, call in enumerate(calls, 1):
        if not (call.looks and number > 1 and calls[number - 2].looks):
            found.append(Point(phase, BEFORE, number))
        if not call.looks or number == len(calls):
            found.append(Point(phase, AFTER, number))
    return found
