"""From a Kinesis stream through a function into S3, as Amazon Data Firehose does it."""

import base64
import gzip
import json
import logging
import re
import threading
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from botocore.exceptions import ClientError

from mlacoach.sandbox.aws_error import AwsError, not_emulated
from mlacoach.sandbox.call import Call
from mlacoach.sandbox.control.required import can_assume
from mlacoach.sandbox.world import World

LOG = logging.getLogger("mlacoach.sandbox")
# AWS waits for a buffer of some megabytes or a minute; here what came within this time is one object.
BUFFER_SECONDS = 1.0
# How long it is waited for moto, which keeps the delivery stream a moment later.
LOOK_SECONDS, LOOKS = 0.05, 100
EXPRESSION = re.compile(r"!\{(timestamp|firehose):([^}]*)\}")
DEFAULT_PREFIX = "!{timestamp:yyyy/MM/dd/HH/}"
# The letters of Java's DateTimeFormatter that prefixes use, as strftime has them.
JAVA = {"yyyy": "%Y", "MM": "%m", "dd": "%d", "HH": "%H", "mm": "%M", "ss": "%S"}
OK, DROPPED = "Ok", "Dropped"
FAILED = "processing-failed"
Data = Sequence[bytes]


def refuse_direct_puts(call: Call) -> None:
    """A delivery stream that reads a Kinesis stream takes no records from anybody else.

    Raises:
        AwsError: as AWS says it.
    """
    name = call.request["DeliveryStreamName"]
    firehose = call.world.client("firehose", call.region)
    try:
        found = firehose.describe_delivery_stream(DeliveryStreamName=name)["DeliveryStreamDescription"]
    except ClientError:
        return
    if found["DeliveryStreamType"] == "KinesisStreamAsSource":
        message = f"This operation is not permitted on KinesisStreamAsSource delivery stream type: {name}."
        raise AwsError("InvalidArgumentException", message)


def begin(call: Call) -> None:
    """Read the stream from now on, as long as the delivery stream is there.

    Raises:
        AwsError: the stream is not there, a role cannot be taken on, or something is asked for that does not run here.
    """
    place = call.request.get("ExtendedS3DestinationConfiguration")
    if not place:
        raise not_emulated("A delivery from Kinesis to that destination", "Use ExtendedS3DestinationConfiguration.")
    for member in ("DataFormatConversionConfiguration", "DynamicPartitioningConfiguration"):
        if place.get(member, {}).get("Enabled"):
            raise not_emulated(member)
    source = call.request["KinesisStreamSourceConfiguration"]
    for role in (source["RoleARN"], place["RoleARN"]):
        if not can_assume(call.world, role, "firehose.amazonaws.com"):
            raise AwsError("InvalidArgumentException", f"Firehose is unable to assume role {role}.")
    name = source["KinesisStreamARN"].rpartition("/")[2]
    pump = Pump(call.world, call.region, call.request["DeliveryStreamName"], name, place)
    pump.find_place()
    threading.Thread(target=pump.run, name=f"firehose {pump.name}", daemon=True).start()


@dataclass
class Pump:
    """One delivery stream.

    Attributes:
        world: the sandbox.
        region: of both streams.
        name: the delivery stream.
        source: the Kinesis stream.
        place: the ExtendedS3DestinationConfiguration.
    """

    world: World
    region: str
    name: str
    source: str
    place: Mapping[str, Any]

    def __post_init__(self) -> None:
        self._iterators: dict[str, str] = {}

    def find_place(self) -> None:
        """Begin after the newest record of each shard.

        Raises:
            AwsError: there is no such stream.
        """
        kinesis = self.world.watcher("kinesis", self.region)
        try:
            shards = kinesis.list_shards(StreamName=self.source)["Shards"]
        except ClientError as error:
            message = f"Kinesis stream {self.source} under account {self.world.account} not found."
            raise AwsError("InvalidArgumentException", message) from error
        for shard in shards:
            self._take_up(shard["ShardId"], "LATEST")

    def _take_up(self, shard: str, kind: str) -> None:
        kinesis = self.world.watcher("kinesis", self.region)
        found = kinesis.get_shard_iterator(StreamName=self.source, ShardId=shard, ShardIteratorType=kind)
        self._iterators[shard] = found["ShardIterator"]

    def run(self) -> None:
        """Deliver until the delivery stream or its source is gone."""
        born = self._born()
        for _ in range(LOOKS):
            if born or self.world.over.wait(LOOK_SECONDS):
                break
            born = self._born()
        # One of the same name that was made later has a pump of its own.
        while not self.world.over.wait(BUFFER_SECONDS) and born and self._born() == born:
            try:
                self._deliver()
            except ClientError as error:
                if error.response["Error"]["Code"] == "ResourceNotFoundException":
                    return
                LOG.exception("%s could not deliver.", self.name)
            except Exception:
                LOG.exception("%s could not deliver.", self.name)

    def _born(self) -> str:
        """When the delivery stream was made; nothing if it is not there."""
        firehose = self.world.watcher("firehose", self.region)
        try:
            found = firehose.describe_delivery_stream(DeliveryStreamName=self.name)
        except ClientError:
            return ""
        return str(found["DeliveryStreamDescription"]["CreateTimestamp"])

    def _deliver(self) -> None:
        records = self._read()
        if not records:
            return
        function = self._function()
        good, bad = self._transformed(function, records) if function else (records, [])
        if good:
            self._put(str(self.place.get("Prefix", "")), b"".join(good))
        if bad:
            self._put(str(self.place.get("ErrorOutputPrefix", FAILED + "/")), b"".join(bad), FAILED)

    def _read(self) -> list[bytes]:
        kinesis = self.world.watcher("kinesis", self.region)
        for shard in kinesis.list_shards(StreamName=self.source)["Shards"]:
            if shard["ShardId"] not in self._iterators:
                # A shard that came later began empty, so nothing of it is missed.
                self._take_up(shard["ShardId"], "TRIM_HORIZON")
        records: list[bytes] = []
        for shard, iterator in list(self._iterators.items()):
            if iterator:
                found = kinesis.get_records(ShardIterator=iterator)
                self._iterators[shard] = found.get("NextShardIterator") or ""
                records += [record["Data"] for record in found["Records"]]
        return records

    def _function(self) -> str:
        """The ARN of the function that transforms, or nothing."""
        processing = self.place.get("ProcessingConfiguration", {})
        if not processing.get("Enabled"):
            return ""
        found = [
            parameter["ParameterValue"]
            for processor in processing.get("Processors", ())
            if processor["Type"] == "Lambda"
            for parameter in processor.get("Parameters", ())
            if parameter["ParameterName"] == "LambdaArn"
        ]
        return str(found[0]) if found else ""

    def _transformed(self, function: str, records: Data) -> tuple[list[bytes], list[bytes]]:
        """What the function made of the records, and a line of JSON for each that failed."""
        sent = {str(number): record for number, record in enumerate(records)}
        answer = self._ask(function, sent)
        good, bad = [], []
        for key, record in sent.items():
            made = answer.get(key, {})
            if made.get("result") == OK:
                good.append(base64.b64decode(made.get("data", "")))
            elif made.get("result") != DROPPED:
                bad.append(self._failure(function, record))
        return good, bad

    def _ask(self, function: str, sent: Mapping[str, bytes]) -> dict[str, dict[str, str]]:
        now = round(self.world.now().timestamp() * 1000)
        event = {
            "invocationId": str(uuid.uuid4()),
            "deliveryStreamArn": self.world.arn(f"deliverystream/{self.name}", "firehose", self.region),
            "region": self.region,
            "records": [
                {"recordId": key, "approximateArrivalTimestamp": now, "data": base64.b64encode(record).decode()}
                for key, record in sent.items()
            ],
        }
        client = self.world.watcher("lambda", self.region)
        answer = client.invoke(FunctionName=function, Payload=json.dumps(event))
        said = json.loads(answer["Payload"].read() or b"{}")
        if answer.get("FunctionError") or not isinstance(said, dict):
            return {}
        return {str(record.get("recordId")): record for record in said.get("records", [])}

    def _failure(self, function: str, record: bytes) -> bytes:
        line = {
            "attemptsMade": 1,
            "arrivalTimestamp": round(self.world.now().timestamp() * 1000),
            "errorCode": "Lambda.ProcessingFailedStatus",
            "errorMessage": "ProcessingFailed status set for record",
            "rawData": base64.b64encode(record).decode(),
            "lambdaArn": function,
        }
        return json.dumps(line).encode() + b"\n"

    def _put(self, prefix: str, body: bytes, error: str = "") -> None:
        now = self.world.now()
        ending = ""
        if self.place.get("CompressionFormat") == "GZIP":
            body, ending = gzip.compress(body), ".gz"
        bucket = self.place["BucketARN"].rpartition(":")[2]
        key = f"{self._prefix(prefix, error)}{self.name}-1-{now:%Y-%m-%d-%H-%M-%S}-{uuid.uuid4()}{ending}"
        self.world.client("s3").put_object(Bucket=bucket, Key=key, Body=body)

    def _prefix(self, prefix: str, error: str) -> str:
        """The prefix with its expressions; without one of the time, the hour is added."""
        now = self.world.now()

        def value(found: re.Match[str]) -> str:
            if found[1] == "firehose":
                return error if found[2] == "error-output-type" else uuid.uuid4().hex[:11]
            return now.strftime(re.sub("|".join(JAVA), lambda each: JAVA[each[0]], found[2]))

        whole = prefix if "!{" in prefix else prefix + DEFAULT_PREFIX
        return EXPRESSION.sub(value, whole)
