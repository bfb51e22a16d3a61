"""InvokeEndpointAsync: requests wait in a queue, results and failures go to S3, and SNS tells about them."""

import json
import logging
import threading
import time
import uuid
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any

from mlacoach.sandbox.aws_error import AwsError
from mlacoach.sandbox.call import Call
from mlacoach.sandbox.control.required import s3_place
from mlacoach.sandbox.serving import invoking, says
from mlacoach.sandbox.serving.channel import Answer
from mlacoach.sandbox.serving.fleet import Live
from mlacoach.sandbox.serving.measures import Measures
from mlacoach.sandbox.serving.variant import Asked

if TYPE_CHECKING:
    from mlacoach.sandbox.serving.hosting import Hosting

LOG = logging.getLogger("mlacoach.sandbox")
# AWS works an hour at most on a request; without a word, fifteen minutes.
SECONDS = 900.0
TTL = 21_600.0
CONCURRENCY = 4
SUCCESS = range(200, 300)


@dataclass(frozen=True, slots=True)
class Waiting:
    """A request in the queue."""

    live: Live
    request: Mapping[str, Any]
    config: Mapping[str, Any]
    output: str
    failure: str
    identity: str
    received: datetime
    since: float = field(default_factory=time.monotonic)


@dataclass
class Queue:
    """The queue of one endpoint."""

    pool: ThreadPoolExecutor
    measures: Measures
    waiting: dict[str, Waiting] = field(default_factory=dict)
    told: int = 0


class Queues:
    """The queues of all asynchronous endpoints."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._queues: dict[Live, Queue] = {}

    def put(self, item: Waiting) -> None:
        """One more request."""
        with self._lock:
            queue = self._queues.get(item.live) or self._open(item)
            queue.waiting[item.identity] = item
        queue.pool.submit(self._work, queue, item)

    def _open(self, item: Waiting) -> Queue:
        live = item.live
        most = (item.config.get("ClientConfig") or {}).get("MaxConcurrentInvocationsPerInstance", CONCURRENCY)
        pool = ThreadPoolExecutor(min(most, CONCURRENCY), f"queue {live.name}")
        queue = self._queues[live] = Queue(pool, Measures(live.world, live.name, "", live.region))
        return queue

    def _work(self, queue: Queue, item: Waiting) -> None:
        try:
            _answer(item, queue.measures)
        except Exception:
            LOG.exception("An asynchronous request to %s failed.", item.live.name)
        finally:
            with self._lock:
                queue.waiting.pop(item.identity, None)

    def backlog(self, live: Live) -> int:
        """How many requests wait or are worked on."""
        with self._lock:
            queue = self._queues.get(live)
            return len(queue.waiting) if queue else 0

    def measure(self, live: Live) -> None:
        """Tell CloudWatch how long the queue is, while there is one."""
        with self._lock:
            queue = self._queues.get(live)
            waiting = list(queue.waiting.values()) if queue else []
        if queue is None or not (waiting or queue.told):
            return
        count = sum(variant.count for fleet in live.fleets() for variant in fleet.variants)
        oldest = max((time.monotonic() - item.since for item in waiting), default=0.0)
        queue.told = len(waiting)
        queue.measures.add("ApproximateBacklogSize", float(len(waiting)))
        queue.measures.add("ApproximateBacklogSizePerInstance", len(waiting) / max(count, 1))
        queue.measures.add("ApproximateAgeOfOldestRequest", oldest)
        queue.measures.add("HasBacklogWithoutCapacity", float(bool(waiting) and not count))
        queue.measures.send()

    def forget(self, live: Live) -> None:
        """The endpoint ends: what waits is dropped."""
        with self._lock:
            queue = self._queues.pop(live, None)
        if queue:
            queue.pool.shutdown(wait=False, cancel_futures=True)


def invoke(host: "Hosting", call: Call) -> Mapping[str, Any]:
    """Take a request into the queue.

    Raises:
        AwsError: there is no such endpoint, or it is not asynchronous.
    """
    request = call.request
    name = request["EndpointName"]
    live = host.find(name, call.region)
    if live is None or live.blue is None:
        raise says.not_found(call.world, name)
    config = live.blue.plan.queueing
    if config is None:
        raise says.validation(f"Endpoint {name} of account {call.account} does not support this inference type.")
    if not request.get("InputLocation") and not request.get("Body"):
        raise says.validation("Either InputLocation or Body must be given.")
    output, failure = _locations(call, config)
    identity = request.get("InferenceId") or str(uuid.uuid4())
    host.queues.put(Waiting(live, request, config, output, failure, identity, call.world.now()))
    given = {"InferenceId": identity, "OutputLocation": output, "FailureLocation": failure}
    return {name: value for name, value in given.items() if value}


def _locations(call: Call, config: Mapping[str, Any]) -> tuple[str, str]:
    where = config["OutputConfig"]
    identity = str(uuid.uuid4())
    otherwise = f"s3://sagemaker-{call.region}-{call.account}/async-endpoint-outputs/{call.request['EndpointName']}"
    base = where.get("S3OutputPath") or otherwise
    extension = call.request.get("S3OutputPathExtension", "").strip("/")
    name = call.request.get("Filename") or f"{identity}.out"
    output = "/".join(part for part in (base.rstrip("/"), extension, name) if part)
    failed = where.get("S3FailurePath", "")
    return output, f"{failed.rstrip('/')}/{identity}-error.out" if failed else ""


def _answer(item: Waiting, measures: Measures) -> None:
    measures.add("TimeInBacklog", (time.monotonic() - item.since) * 1000)
    reason, answer = "", Answer(0, b"")
    try:
        if time.monotonic() - item.since > item.request.get("RequestTTLSeconds", TTL):
            reason = "RequestExpired: The request was in the queue longer than its time to live."
            measures.add("ExpiredRequests", 1.0)
        else:
            answer, reason = _asked(item)
    except AwsError as error:
        reason = f"{error.code}: {error.message}"
    if not reason:
        reason = _write(item, item.output, answer.body, answer.content_type)
    measures.add("InvocationFailures" if reason else "InvocationsProcessed", 1.0)
    if reason and item.failure:
        _write(item, item.failure, answer.body or reason.encode(), answer.content_type or "text/plain")
    _notify(item, answer, reason)
    measures.send()


def _asked(item: Waiting) -> tuple[Answer, str]:
    from botocore.exceptions import ClientError  # noqa: PLC0415 - beside the client

    body, request = item.request.get("Body") or b"", item.request
    if request.get("InputLocation"):
        try:
            bucket, key = s3_place(request["InputLocation"])
            stored = item.live.world.client("s3").get_object(Bucket=bucket, Key=key)
        except ClientError as error:
            return Answer(0, b""), f"ClientError: Failed to download the input: {error}"
        # A request that does not say what its input is leaves that to the object.
        body, request = stored["Body"].read(), {"ContentType": stored["ContentType"], **request}
    seconds = float(request.get("InvocationTimeoutSeconds", SECONDS))
    asked = Asked(body, invoking.headers_of(request))
    _, _, found = invoking.ask(item.live, request, asked, seconds)
    if found.answer.status in SUCCESS:
        return found.answer, ""
    said = says.model_error(item.live.world, item.live.name, item.live.region, found.container, found.answer)
    return found.answer, f"ModelError: {said.message}"


def _write(item: Waiting, url: str, body: bytes, kind: str) -> str:
    """Write to S3; the reason where that fails."""
    try:
        bucket, key = s3_place(url)
        put = item.live.world.client("s3").put_object
        put(Bucket=bucket, Key=key, Body=body, ContentType=kind or "application/octet-stream")
    except Exception as error:  # noqa: BLE001 - the learner is told
        return f"ClientError: Failed to upload to {url}: {error}"
    return ""


def _notify(item: Waiting, answer: Answer, reason: str) -> None:
    topics = item.config["OutputConfig"].get("NotificationConfig") or {}
    topic = topics.get("ErrorTopic" if reason else "SuccessTopic")
    if not topic:
        return
    try:
        item.live.world.client("sns", region=item.live.region).publish(
            TopicArn=topic, Message=json.dumps(_message(item, answer, reason))
        )
    except Exception:
        LOG.exception("Could not tell %s.", topic)


def _message(item: Waiting, answer: Answer, reason: str) -> dict[str, Any]:
    asked = {"endpointName": item.live.name, "contentType": item.request.get("ContentType")}
    asked |= {"inputLocation": item.request.get("InputLocation")}
    message: dict[str, Any] = {
        "awsRegion": item.live.region,
        "eventTime": _stamp(item.live.world.now()),
        "receivedTime": _stamp(item.received),
        "invocationStatus": "Failed" if reason else "Completed",
        "requestParameters": {name: value for name, value in asked.items() if value},
        "inferenceId": item.identity,
        "eventVersion": "1.0",
        "eventSource": "aws:sagemaker",
        "eventName": "InferenceResult",
    }
    if reason:
        return message | {"failureReason": reason}
    return message | {"responseParameters": {"contentType": answer.content_type, "outputLocation": item.output}}


def _stamp(moment: datetime) -> str:
    return f"{moment:%Y-%m-%dT%H:%M:%S}.{moment.microsecond // 1000:03d}Z"
