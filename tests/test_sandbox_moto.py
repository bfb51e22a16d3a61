"""What moto answers, it answers through us as without us."""

import hashlib
import json
import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from moto.server import MotoRequestHandler
from werkzeug.serving import make_server

from mlacoach.sandbox import Sandbox, assemble, seeding
from tests.sandbox_clients import client_of

BIG = bytes(range(256)) * 40_000
TRUST = json.dumps({"Version": "2012-10-17", "Statement": []})


@pytest.fixture(scope="module")
def urls() -> Iterator[tuple[str, str]]:
    """Ours, and moto alone."""
    alone = assemble.moto()
    # Its state is that of the process, in which other tests have left things.
    seeding.empty(alone)
    server = make_server("127.0.0.1", 0, alone, threaded=True, request_handler=MotoRequestHandler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    with Sandbox() as sandbox:
        yield sandbox.url, f"http://127.0.0.1:{server.port}"
    server.shutdown()
    server.server_close()


def s3(client: Any) -> object:  # noqa: ANN401
    client.create_bucket(Bucket="same")
    client.put_object(Bucket="same", Key="a b/ü+%2F", Body=BIG, Metadata={"one_two": "x"}, ContentType="text/x")
    parts = client.create_multipart_upload(Bucket="same", Key="parts")
    part = client.upload_part(Bucket="same", Key="parts", UploadId=parts["UploadId"], PartNumber=1, Body=BIG)
    done = {"Parts": [{"ETag": part["ETag"], "PartNumber": 1}]}
    client.complete_multipart_upload(Bucket="same", Key="parts", UploadId=parts["UploadId"], MultipartUpload=done)
    found = client.get_object(Bucket="same", Key="a b/ü+%2F")
    piece = client.get_object(Bucket="same", Key="parts", Range="bytes=10-19")["Body"].read()
    keys = [row["Key"] for row in client.list_objects_v2(Bucket="same")["Contents"]]
    return hashlib.sha256(found["Body"].read()).hexdigest(), found["Metadata"], found["ETag"], piece, keys


def iam(client: Any) -> object:  # noqa: ANN401
    client.create_role(RoleName="r", AssumeRolePolicyDocument=TRUST, Tags=[{"Key": "a", "Value": "ü"}])
    role = client.get_role(RoleName="r")["Role"]
    return role["Arn"], role["AssumeRolePolicyDocument"], role["Tags"], _error(lambda: client.get_role(RoleName="none"))


def sts(client: Any) -> object:  # noqa: ANN401
    return client.get_caller_identity()["Account"]


def dynamodb(client: Any) -> object:  # noqa: ANN401
    key = [{"AttributeName": "k", "KeyType": "HASH"}]
    attributes = [{"AttributeName": "k", "AttributeType": "S"}]
    client.create_table(TableName="t", KeySchema=key, AttributeDefinitions=attributes, BillingMode="PAY_PER_REQUEST")
    client.put_item(TableName="t", Item={"k": {"S": "a"}, "b": {"B": b"\x00\xff"}, "n": {"N": "1.50"}})
    return client.get_item(TableName="t", Key={"k": {"S": "a"}})["Item"], _error(lambda: client.scan(TableName="none"))


def sqs(client: Any) -> object:  # noqa: ANN401
    client.create_queue(QueueName="q")
    url = client.get_queue_url(QueueName="q")["QueueUrl"]
    client.send_message(QueueUrl=url, MessageBody="ü & <b>")
    return client.receive_message(QueueUrl=url)["Messages"][0]["Body"], _error(
        lambda: client.get_queue_url(QueueName="x")
    )


def logs(client: Any) -> object:  # noqa: ANN401
    client.create_log_group(logGroupName="g")
    return [row["arn"] for row in client.describe_log_groups()["logGroups"]]


def cloudwatch(client: Any) -> object:  # noqa: ANN401
    client.put_metric_data(Namespace="n", MetricData=[{"MetricName": "m", "Value": 1.5}])
    return [row["MetricName"] for row in client.list_metrics(Namespace="n")["Metrics"]]


def events(client: Any) -> object:  # noqa: ANN401
    client.put_rule(Name="r", ScheduleExpression="rate(1 hour)")
    return [row["Name"] for row in client.list_rules()["Rules"]]


def kinesis(client: Any) -> object:  # noqa: ANN401
    client.create_stream(StreamName="s", ShardCount=2)
    return client.put_record(StreamName="s", Data=b"\x00\xff", PartitionKey="a")["ShardId"]


def _error(ask: Callable[[], object]) -> tuple[str, str, int]:
    from botocore.exceptions import ClientError  # noqa: PLC0415 - beside its use

    with pytest.raises(ClientError) as caught:
        ask()
    answer = caught.value.response
    return answer["Error"]["Code"], answer["Error"]["Message"], answer["ResponseMetadata"]["HTTPStatusCode"]


@pytest.mark.parametrize("tour", [s3, iam, sts, dynamodb, sqs, logs, cloudwatch, events, kinesis])
def test_a_tour_ends_the_same_with_and_without_us(urls: tuple[str, str], tour: Callable[[Any], object]) -> None:
    ours, motos = (tour(client_of(url, tour.__name__)) for url in urls)

    assert ours == motos
