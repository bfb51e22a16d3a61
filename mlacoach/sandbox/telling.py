"""What engines tell: events to EventBridge and to each other, lines to CloudWatch Logs, values to CloudWatch."""

import json
import logging
import threading
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any

Clients = Callable[[str], Any]
LOG = logging.getLogger("mlacoach.sandbox")
# PutLogEvents takes 10,000 lines and 1 MB at once; a line of more than 256 kB is cut by AWS too.
LINES_AT_ONCE = 2_000
LINE_LENGTH = 200_000
BATCH_BYTES = 900_000


@dataclass(frozen=True, slots=True)
class Event:
    """An event as EventBridge carries it."""

    source: str
    detail_type: str
    detail: Mapping[str, Any]
    resources: Sequence[str] = ()


class Events:
    """Events go to everything in this process that listens, and to EventBridge's default bus."""

    def __init__(self, clients: Clients) -> None:
        self._clients = clients
        self._listeners: list[Callable[[Event], None]] = []

    def subscribe(self, listener: Callable[[Event], None]) -> None:
        """Have a function called with every event that is published."""
        self._listeners.append(listener)

    def publish(self, event: Event) -> None:
        """Tell an event. Nobody who listens can make the publisher fail; what goes wrong stands in the log."""
        for listener in list(self._listeners):
            _quietly(partial(listener, event), "a listener")
        _quietly(lambda: self._put(event), "EventBridge")

    def _put(self, event: Event) -> None:
        entry = {
            "Source": event.source,
            "DetailType": event.detail_type,
            "Detail": json.dumps(event.detail, default=str),
            "Resources": list(event.resources),
        }
        self._clients("events").put_events(Entries=[entry])


class Logs:
    """Lines in CloudWatch Logs; groups and streams are made where they are missing."""

    def __init__(self, clients: Clients, now: Callable[[], datetime]) -> None:
        self._clients = clients
        self._now = now
        self._lock = threading.Lock()

    def write(self, group: str, stream: str, lines: Iterable[str]) -> None:
        """Append lines to a stream; blank ones are left out, because CloudWatch takes none."""
        moment = int(self._now().timestamp() * 1000)
        events = [{"timestamp": moment, "message": line[:LINE_LENGTH]} for line in lines if line.strip()]
        # One at a time: the lines of a stream keep their order.
        with self._lock:
            for batch in _batches(events):
                _quietly(partial(self._put, group, stream, batch), "CloudWatch Logs")

    def _put(self, group: str, stream: str, events: list[dict[str, Any]]) -> None:
        logs = self._clients("logs")
        where = {"logGroupName": group, "logStreamName": stream}
        try:
            logs.put_log_events(**where, logEvents=events)
        except logs.exceptions.ResourceNotFoundException:
            _unless_there(logs, logs.create_log_group, logGroupName=group)
            _unless_there(logs, logs.create_log_stream, **where)
            logs.put_log_events(**where, logEvents=events)


class Metrics:
    """Values in CloudWatch."""

    def __init__(self, clients: Clients) -> None:
        self._clients = clients

    def put(
        self,
        namespace: str,
        name: str,
        value: float,
        dimensions: Mapping[str, str] | None = None,
        unit: str = "None",
    ) -> None:
        """Record one value."""
        datum = {
            "MetricName": name,
            "Value": value,
            "Unit": unit,
            "Dimensions": [{"Name": key, "Value": text} for key, text in (dimensions or {}).items()],
        }
        put = self._clients("cloudwatch").put_metric_data
        _quietly(lambda: put(Namespace=namespace, MetricData=[datum]), "CloudWatch")


def _unless_there(logs: Any, create: Callable[..., Any], **names: str) -> None:  # noqa: ANN401
    try:
        create(**names)
    except logs.exceptions.ResourceAlreadyExistsException:
        return


def _batches(events: list[dict[str, Any]]) -> Iterable[list[dict[str, Any]]]:
    batch: list[dict[str, Any]] = []
    size = 0
    for event in events:
        length = len(event["message"].encode()) + 26
        if batch and (len(batch) == LINES_AT_ONCE or size + length > BATCH_BYTES):
            yield batch
            batch, size = [], 0
        batch.append(event)
        size += length
    if batch:
        yield batch


def _quietly(tell: Callable[[], Any], whom: str) -> None:
    """Tell, and note it where that fails: a job must not die because its metrics could not be written."""
    try:
        tell()
    except Exception:
        LOG.exception("Could not tell %s.", whom)
