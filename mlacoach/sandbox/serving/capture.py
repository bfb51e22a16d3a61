"""Data capture: requests and answers as JSON lines in S3, in AWS's layout."""

import base64
import json
import logging
import threading
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from random import Random
from typing import Any

from mlacoach.sandbox.control.required import s3_place
from mlacoach.sandbox.serving.container.coding import plain
from mlacoach.sandbox.world import World

LOG = logging.getLogger("mlacoach.sandbox")
MOST_LINES = 500


@dataclass(frozen=True, slots=True)
class Exchange:
    """One request and its answer."""

    variant: str
    body: bytes
    content_type: str
    answer: bytes
    answer_type: str
    inference_id: str | None = None
    attributes: str | None = None


class Capture:
    """What a configuration captures.

    Args:
        world: what engines share.
        endpoint: the endpoint's name.
        region: its region.
        config: the DataCaptureConfig.
    """

    def __init__(self, world: World, endpoint: str, region: str, config: Mapping[str, Any]) -> None:
        self.config = config
        self._world = world
        self._endpoint = endpoint
        self._region = region
        self._chance: Random = world.rng(f"capture/{endpoint}")
        self._lock = threading.Lock()
        self._lines: dict[str, list[tuple[datetime, str]]] = {}
        self._modes = {option["CaptureMode"] for option in config["CaptureOptions"]}

    def take(self, exchange: Exchange) -> None:
        """Capture an exchange, if chance will."""
        if not self.config.get("EnableCapture", True):
            return
        if self._chance.random() * 100 >= self.config["InitialSamplingPercentage"]:
            return
        moment = self._world.now()
        line = json.dumps(self._record(exchange, moment))
        with self._lock:
            lines = self._lines.setdefault(exchange.variant, [])
            lines.append((moment, line))
            is_full = len(lines) >= MOST_LINES
        if is_full:
            self.flush()

    def _record(self, exchange: Exchange, moment: datetime) -> dict[str, Any]:
        data = {}
        if self._modes & {"Input", "InputAndOutput"}:
            data["endpointInput"] = self._side("INPUT", exchange.body, exchange.content_type)
        if self._modes & {"Output", "InputAndOutput"}:
            data["endpointOutput"] = self._side("OUTPUT", exchange.answer, exchange.answer_type)
        event = {"eventId": str(uuid.uuid4()), "inferenceTime": moment.strftime("%Y-%m-%dT%H:%M:%SZ")}
        if exchange.inference_id:
            event["inferenceId"] = exchange.inference_id
        more = {"customAttributes": [exchange.attributes]} if exchange.attributes else {}
        return {"captureData": data, "eventMetadata": {**event, **more}, "eventVersion": "0"}

    def _side(self, mode: str, body: bytes, kind: str) -> dict[str, str]:
        headers = self.config.get("CaptureContentTypeHeader") or {}
        encoding = "BASE64"
        for name, member in (("CSV", "CsvContentTypes"), ("JSON", "JsonContentTypes")):
            if plain(kind) in {plain(each) for each in headers.get(member, ())}:
                encoding = name
        text = base64.b64encode(body).decode() if encoding == "BASE64" else body.decode("utf-8", "replace")
        return {"observedContentType": kind, "mode": mode, "data": text, "encoding": encoding}

    def flush(self) -> None:
        """Write what was captured since the last time; one file for each variant and hour."""
        with self._lock:
            found, self._lines = self._lines, {}
        for variant, lines in found.items():
            by_hour: dict[str, list[tuple[datetime, str]]] = {}
            for moment, line in lines:
                by_hour.setdefault(moment.strftime("%Y/%m/%d/%H"), []).append((moment, line))
            for hour, some in by_hour.items():
                self._write(variant, hour, some)

    def _write(self, variant: str, hour: str, lines: list[tuple[datetime, str]]) -> None:
        moment = lines[0][0]
        bucket, prefix = s3_place(self.config["DestinationS3Uri"].rstrip("/"))
        stamp = f"{moment:%M-%S}-{moment.microsecond // 1000:03d}-{uuid.uuid4()}"
        parts = [prefix, self._endpoint, variant, hour, f"{stamp}.jsonl"]
        key = "/".join(part for part in parts if part)
        body = "".join(f"{line}\n" for _, line in lines).encode()
        try:
            self._world.client("s3").put_object(Bucket=bucket, Key=key, Body=body)
        except Exception:
            LOG.exception("Could not write what was captured to %s.", self.config["DestinationS3Uri"])
