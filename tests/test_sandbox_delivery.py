"""Firehose delivers what comes out of a Kinesis stream, through a function, into S3."""

import base64
import json
import threading
from collections.abc import Iterator
from typing import Any

import pytest

from mlacoach.sandbox import delivery, lambda_
from mlacoach.sandbox.engines import Engines
from tests.sandbox_clients import ROLE, client_of, refused
from tests.sandbox_functions import zipped
from tests.sandbox_inside import Inside

CODE = """
import base64
def handler(event, context):
    def one(each):
        text = base64.b64decode(each["data"]).decode()
        result = {"bad": "ProcessingFailed", "old": "Dropped"}.get(text, "Ok")
        data = base64.b64encode((text.upper() + "\\n").encode()).decode()
        return {"recordId": each["recordId"], "result": result, "data": data}
    return {"records": [one(each) for each in event["records"]]}
"""
SOURCE = {"KinesisStreamARN": "arn:aws:kinesis:us-east-1:123456789012:stream/clicks", "RoleARN": ROLE}


class Lake:
    """A stream, a bucket, and what is delivered into it."""

    def __init__(self, inside: Inside) -> None:
        names = ("kinesis", "firehose", "s3", "lambda")
        self.kinesis, self.firehose, self.s3, self.functions = (client_of(inside.url, name) for name in names)
        self.s3.create_bucket(Bucket="clicks")
        self.kinesis.create_stream(StreamName="clicks", ShardCount=2)

    def deliver(self, name: str, kind: str = "KinesisStreamAsSource", **place: Any) -> None:  # noqa: ANN401
        source = {"KinesisStreamSourceConfiguration": SOURCE} if kind != "DirectPut" else {}
        self.firehose.create_delivery_stream(
            DeliveryStreamName=name,
            DeliveryStreamType=kind,
            ExtendedS3DestinationConfiguration={"RoleARN": ROLE, "BucketARN": "arn:aws:s3:::clicks", **place},
            **source,
        )

    def send(self, *records: str) -> None:
        entries = [{"Data": record.encode(), "PartitionKey": record} for record in records]
        self.kinesis.put_records(StreamName="clicks", Records=entries)

    def wait(self, prefix: str) -> tuple[str, bytes]:
        """The first object below a prefix."""
        for _ in range(300):
            found = self.s3.list_objects_v2(Bucket="clicks", Prefix=prefix).get("Contents")
            if found:
                key = found[0]["Key"]
                return key, self.s3.get_object(Bucket="clicks", Key=key)["Body"].read()
            threading.Event().wait(0.1)
        raise AssertionError(f"Nothing came below {prefix}.")


def _register(engines: Engines) -> None:
    delivery.register(engines)
    lambda_.register(engines)


@pytest.fixture(scope="module")
def lake(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lake]:
    with Inside(tmp_path_factory.mktemp("world"), _register) as inside:
        yield Lake(inside)


def test_what_comes_after_the_beginning_is_delivered_below_a_folder_of_the_day(lake: Lake) -> None:
    lake.send("before")
    lake.deliver("plain", Prefix="plain/dt=!{timestamp:yyyy-MM-dd}/")
    lake.send("a", "b")

    key, body = lake.wait("plain/")

    assert key.startswith("plain/dt=20")
    assert sorted(body.decode()) == ["a", "b"]


def test_a_function_changes_drops_and_fails_records(lake: Lake) -> None:
    code = {"ZipFile": zipped(app=CODE)}
    made = lake.functions.create_function(
        FunctionName="upper", Runtime="python3.12", Role=ROLE, Handler="app.handler", Code=code
    )
    processor = {
        "Type": "Lambda",
        "Parameters": [{"ParameterName": "LambdaArn", "ParameterValue": made["FunctionArn"]}],
    }
    lake.deliver(
        "changed",
        Prefix="changed/!{timestamp:HH}/",
        ErrorOutputPrefix="wrong/!{firehose:error-output-type}/",
        ProcessingConfiguration={"Enabled": True, "Processors": [processor]},
    )

    lake.send("good", "bad", "old")

    assert lake.wait("changed/")[1] == b"GOOD\n"
    key, body = lake.wait("wrong/")
    assert key.startswith("wrong/processing-failed/")
    assert base64.b64decode(json.loads(body)["rawData"]) == b"bad"


def test_nobody_else_puts_records_into_it(lake: Lake) -> None:
    lake.deliver("closed", Prefix="closed/")
    code, message = refused(lake.firehose.put_record, DeliveryStreamName="closed", Record={"Data": b"x"})
    assert (code, "KinesisStreamAsSource" in message) == ("InvalidArgumentException", True)
    lake.deliver("open", kind="DirectPut", Prefix="open/")
    lake.firehose.put_record(DeliveryStreamName="open", Record={"Data": b"x"})
    assert lake.wait("open/")[1] == b"x"


def test_what_does_not_run_here_is_refused(lake: Lake) -> None:
    conversion = {"DataFormatConversionConfiguration": {"Enabled": True}}
    for changes in (conversion, {"RoleARN": "arn:aws:iam::123456789012:role/nobody"}):
        with pytest.raises(lake.firehose.exceptions.ClientError):
            lake.deliver("never", **changes)
    assert "never" not in lake.firehose.list_delivery_streams()["DeliveryStreamNames"]
