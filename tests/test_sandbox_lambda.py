"""Lambda: Python functions that run, and what invokes them."""

import base64
import io
import json
import queue
import stat
import threading
import zipfile
from collections.abc import Iterator
from typing import Any

import pytest

from mlacoach.sandbox import lambda_
from mlacoach.sandbox.lambda_.patterns import matches
from mlacoach.sandbox.telling import Event
from tests.sandbox_clients import ROLE, client_of, refused
from tests.sandbox_functions import TELLS, Functions, zipped
from tests.sandbox_inside import Inside

PATIENCE = 30


@pytest.fixture(scope="module")
def aws(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Functions]:
    with Inside(tmp_path_factory.mktemp("world"), lambda_.register) as inside:
        clients = (client_of(inside.url, each) for each in ("lambda", "s3", "sqs", "events", "logs"))
        yield Functions(inside, *clients)


def test_a_function_runs_as_its_role(aws: Functions) -> None:
    code = """
import os, boto3
def handler(event, context):
    print("got", event["a"])
    who = boto3.client("sts").get_caller_identity()["Arn"]
    return {"sum": event["a"] + int(os.environ["MORE"]), "who": who, "name": context.function_name,
            "left": context.get_remaining_time_in_millis() > 0, "arn": context.invoked_function_arn}
"""
    arn = aws.make("adds", code, Environment={"Variables": {"MORE": "2"}}, Timeout=20, MemorySize=256)
    found, answer = aws.call("adds", {"a": 40}, LogType="Tail")
    who = found.pop("who")
    assert found == {"sum": 42, "name": "adds", "left": True, "arn": arn}
    assert who == "arn:aws:sts::123456789012:assumed-role/mlacoach-sandbox/adds"
    assert (answer["StatusCode"], answer["ExecutedVersion"], "FunctionError" in answer) == (200, "$LATEST", False)
    log = base64.b64decode(answer["LogResult"]).decode().splitlines()
    assert log[0].startswith("START RequestId: ")
    assert log[1] == "got 40"
    assert log[-1].startswith("REPORT RequestId: ")
    assert log[-1].endswith("Memory Size: 256 MB")
    stream = aws.logs.describe_log_streams(logGroupName="/aws/lambda/adds")["logStreams"][0]["logStreamName"]
    lines = aws.logs.get_log_events(logGroupName="/aws/lambda/adds", logStreamName=stream)["events"]
    assert [each["message"] for each in lines] == log


def test_no_credentials_of_the_learner_reach_a_function(aws: Functions, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "the-learners-own")
    monkeypatch.setenv("MY_TOKEN", "secret")
    aws.make("looks", "import os\ndef handler(e, c): return dict(os.environ)", Timeout=20)
    found, _ = aws.call("looks")
    assert "the-learners-own" not in found.values()
    assert "MY_TOKEN" not in found


@pytest.mark.parametrize(
    ("name", "code", "kind", "message"),
    [
        ("raises", "def handler(e, c): raise KeyError('x')", "KeyError", "'x'"),
        ("no-handler", "def other(e, c): pass", "Runtime.HandlerNotFound", "Handler 'handler' missing on module 'app'"),
        ("no-import", "import nowhere", "Runtime.ImportModuleError",
         "Unable to import module 'app': No module named 'nowhere'"),
        ("no-json", "def handler(e, c): return {1, 2}", "Runtime.MarshalError",
         "Unable to marshal response: Object of type set is not JSON serializable"),
        ("exits", "import os\ndef handler(e, c): os._exit(3)", "Runtime.ExitError",
         "Runtime exited with error: exit status 3"),
        ("killed", "import os\ndef handler(e, c): os.kill(os.getpid(), 9)", "Runtime.ExitError",
         "Runtime exited with error: signal: killed"),
    ],
)  # fmt: skip
def test_what_goes_wrong_is_answered_as_lambda_does(
    aws: Functions, name: str, code: str, kind: str, message: str
) -> None:
    aws.make(name, code, Timeout=20)
    found, answer = aws.call(name)
    assert (answer["StatusCode"], answer["FunctionError"], found["errorType"]) == (200, "Unhandled", kind)
    assert found["errorMessage"].endswith(message)
    if name == "raises":
        assert "raise KeyError" in found["stackTrace"][-1]


def test_a_name_of_one_letter(aws: Functions) -> None:
    aws.make("f", "def handler(e, c): return c.function_name", Timeout=20)
    assert aws.call("f")[0] == "f"


def test_a_timeout(aws: Functions) -> None:
    aws.make("slow", "import time\ndef handler(e, c): time.sleep(60)", Timeout=1)
    found, _ = aws.call("slow")
    assert found["errorType"] == "Sandbox.Timedout"
    assert found["errorMessage"].endswith("Error: Task timed out after 1.00 seconds")


def test_changing_a_function(aws: Functions) -> None:
    aws.make("changes", "def handler(e, c): return 1", Timeout=20)
    before = aws.client.get_function_configuration(FunctionName="changes")
    aws.s3.create_bucket(Bucket="packages")
    aws.s3.put_object(Bucket="packages", Key="b.zip", Body=zipped(main="def run(e, c): return e"))
    aws.client.update_function_code(FunctionName="changes", S3Bucket="packages", S3Key="b.zip")
    aws.client.update_function_configuration(
        FunctionName="changes", Handler="main.run", Layers=["arn:aws:lambda:us-east-1:123456789012:layer:x:1"]
    )
    found, answer = aws.call("changes", [1, {"b": None}], LogType="Tail")
    assert found == [1, {"b": None}]
    assert "loads no layers" in base64.b64decode(answer["LogResult"]).decode()
    after = aws.client.get_function(FunctionName="changes")["Configuration"]
    assert (after["Handler"], after["Timeout"], after["CodeSha256"] != before["CodeSha256"]) == ("main.run", 20, True)
    assert "changes" in [each["FunctionName"] for each in aws.client.list_functions()["Functions"]]
    aws.client.delete_function(FunctionName="changes")
    code, said = refused(aws.client.invoke, FunctionName="changes")
    assert (code, said) == (
        "ResourceNotFoundException",
        "Function not found: arn:aws:lambda:us-east-1:123456789012:function:changes",
    )


def test_what_lambda_refuses(aws: Functions) -> None:
    request = {
        "FunctionName": "bad",
        "Runtime": "python3.12",
        "Role": ROLE,
        "Handler": "app.handler",
        "Code": {"ZipFile": zipped(app="")},
    }
    create = aws.client.create_function
    assert refused(create, **request | {"Role": "arn:aws:iam::123456789012:role/none"})[1].startswith(
        "The role defined"
    )
    variables = {"Environment": {"Variables": {"AWS_REGION": "x"}}}
    assert refused(create, **request | variables)[1].endswith("Reserved keys used in this request: AWS_REGION")
    assert refused(create, **request | {"Runtime": "nodejs22.x"})[0] == "UnknownOperationException"
    assert refused(create, **request | {"Code": {"ZipFile": b"no zip"}})[1].startswith("Could not unzip uploaded file")
    create(**request)
    assert refused(create, **request) == ("ResourceConflictException", "Function already exist: bad")
    assert refused(aws.client.invoke, FunctionName="bad", Payload=b"{")[0] == "InvalidRequestContentException"
    assert refused(aws.client.list_layers)[0] == "UnknownOperationException"


@pytest.mark.parametrize("hostile", ["../out.py", "/tmp/out.py", "a/../../out.py", "..\\out.py", "link"])  # noqa: S108
def test_hostile_packages_are_refused_and_write_nothing(aws: Functions, hostile: str) -> None:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        entry = zipfile.ZipInfo(hostile)
        if hostile == "link":
            entry.external_attr = (stat.S_IFLNK | 0o777) << 16
        archive.writestr(entry, "/etc/passwd")
    folder = aws.inside.world.folder
    before = sorted(folder.rglob("*"))
    code = {"ZipFile": buffer.getvalue()}
    asked = {"FunctionName": "hostile", "Runtime": "python3.12", "Role": ROLE, "Handler": "a.b", "Code": code}
    assert refused(aws.client.create_function, **asked)[1].startswith("Could not unzip uploaded file")
    assert sorted(folder.rglob("*")) == before
    assert not (folder / "out.py").exists()


def test_a_bomb_is_refused(aws: Functions) -> None:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a.py", b"\0" * 263_000_000)
    asked = {
        "FunctionName": "bomb",
        "Runtime": "python3.12",
        "Role": ROLE,
        "Handler": "a.b",
        "Code": {"ZipFile": buffer.getvalue()},
    }
    assert refused(aws.client.create_function, **asked)[1] == "Unzipped size must be smaller than 262144000 bytes"


def test_an_event_is_retried_and_then_a_dead_letter(aws: Functions) -> None:
    url, arn = aws.queue("dead")
    told, destination = aws.queue("told")
    aws.make("fails", "def handler(e, c): raise ValueError('no')", Timeout=20, DeadLetterConfig={"TargetArn": arn})
    where = {"OnFailure": {"Destination": destination}}
    aws.client.put_function_event_invoke_config(FunctionName="fails", MaximumRetryAttempts=1, DestinationConfig=where)
    assert aws.client.invoke(FunctionName="fails", InvocationType="Event", Payload=b'{"n": 7}')["StatusCode"] == 202
    message = aws.said(url)
    assert json.loads(message["Body"]) == {"n": 7}
    assert message["MessageAttributes"]["ErrorMessage"]["StringValue"] == "no"
    found = json.loads(aws.said(told)["Body"])
    assert (found["requestContext"]["condition"], found["requestContext"]["approximateInvokeCount"]) == (
        "RetriesExhausted",
        2,
    )


def test_an_object_in_s3_sets_off_a_function(aws: Functions) -> None:
    url, _ = aws.queue("objects")
    arn = aws.make("on-object", TELLS, Timeout=20, Environment={"Variables": {"QUEUE": "objects"}})
    aws.s3.create_bucket(Bucket="watched")
    aws.permit("on-object", "s3", "arn:aws:s3:::watched")
    rules = [{"Name": "prefix", "Value": "in/"}, {"Name": "suffix", "Value": ".csv"}]
    settings = {"LambdaFunctionArn": arn, "Events": ["s3:ObjectCreated:*"], "Filter": {"Key": {"FilterRules": rules}}}
    aws.s3.put_bucket_notification_configuration(
        Bucket="watched", NotificationConfiguration={"LambdaFunctionConfigurations": [settings]}
    )
    for key in ("out/a.csv", "in/a.txt", "in/a b.csv"):
        aws.s3.put_object(Bucket="watched", Key=key, Body=b"12345")
    record = json.loads(aws.said(url)["Body"])["Records"][0]
    assert (record["eventName"], record["eventSource"]) == ("ObjectCreated:Put", "aws:s3")
    assert (record["s3"]["bucket"]["name"], record["s3"]["object"]["key"], record["s3"]["object"]["size"]) == (
        "watched",
        "in/a+b.csv",
        5,
    )


def test_an_event_of_sagemaker_sets_off_a_function(aws: Functions) -> None:
    url, _ = aws.queue("states")
    arn = aws.make("on-state", TELLS, Timeout=20, Environment={"Variables": {"QUEUE": "states"}})
    pattern = {"source": ["aws.sagemaker"], "detail": {"TrainingJobStatus": ["Failed"]}}
    rule = aws.events.put_rule(Name="failed-jobs", EventPattern=json.dumps(pattern))["RuleArn"]
    aws.permit("on-state", "events", rule)
    paths = {"name": "$.detail.TrainingJobName", "all": "$.detail"}
    transformer = {"InputPathsMap": paths, "InputTemplate": '{"text": "job <name>", "detail": <all>}'}
    aws.events.put_targets(Rule="failed-jobs", Targets=[{"Id": "1", "Arn": arn, "InputTransformer": transformer}])
    for status in ("Completed", "Failed"):
        detail = {"TrainingJobName": f"job-{status}", "TrainingJobStatus": status}
        aws.inside.world.events.publish(Event("aws.sagemaker", "SageMaker Training Job State Change", detail))
    found = json.loads(aws.said(url)["Body"])
    assert found == {
        "text": "job job-Failed",
        "detail": {"TrainingJobName": "job-Failed", "TrainingJobStatus": "Failed"},
    }


@pytest.mark.parametrize(
    ("pattern", "fits"),
    [
        ({"source": ["a", "b"]}, True),
        ({"source": ["c"]}, False),
        ({"detail": {"n": [{"numeric": [">", 1, "<=", 5]}]}}, True),
        ({"detail": {"n": [{"numeric": [">", 5]}]}}, False),
        ({"detail": {"n": [5.0]}}, True),
        ({"detail": {"s": [{"prefix": "ab"}]}}, True),
        ({"detail": {"s": [{"suffix": "ab"}]}}, False),
        ({"detail": {"s": [{"anything-but": ["x"]}]}}, True),
        ({"detail": {"s": [{"anything-but": {"prefix": "ab"}}]}}, False),
        ({"detail": {"none": [{"exists": False}]}}, True),
        ({"detail": {"s": [{"exists": False}]}}, False),
        ({"detail": {"list": ["two"]}}, True),
        ({"detail": {"s": [{"wildcard": "a*d"}]}}, True),
        ({"$or": [{"source": ["c"]}, {"detail": {"s": ["abcd"]}}]}, True),
        ({"detail": {"flag": [True]}}, True),
        ({"detail": {"flag": [1]}}, False),
    ],
)
def test_event_patterns(pattern: dict[str, Any], fits: bool) -> None:  # noqa: FBT001
    event = {"source": "a", "detail": {"n": 5, "s": "abcd", "list": ["one", "two"], "flag": True}}
    assert matches(pattern, event) is fits


def test_functions_run_side_by_side(aws: Functions) -> None:
    aws.make("waits", "import time\ndef handler(e, c):\n    time.sleep(0.2)\n    return e", Timeout=20)
    answers: queue.Queue[Any] = queue.Queue()
    threads = [threading.Thread(target=lambda n=n: answers.put(aws.call("waits", n)[0])) for n in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(PATIENCE)
    assert sorted(answers.get(timeout=PATIENCE) for _ in threads) == list(range(8))


def test_permissions_of_a_function(aws: Functions) -> None:
    aws.make("open", "def handler(e, c): pass")
    given = {
        "FunctionName": "open",
        "StatementId": "s3",
        "Action": "lambda:InvokeFunction",
        "Principal": "s3.amazonaws.com",
    }
    aws.client.add_permission(**given, SourceArn="arn:aws:s3:::watched")
    policy = json.loads(aws.client.get_policy(FunctionName="open")["Policy"])
    assert policy["Statement"][0]["Condition"] == {"ArnLike": {"AWS:SourceArn": "arn:aws:s3:::watched"}}
    assert refused(aws.client.add_permission, **given)[0] == "ResourceConflictException"
    aws.client.remove_permission(FunctionName="open", StatementId="s3")
    assert refused(aws.client.get_policy, FunctionName="open")[0] == "ResourceNotFoundException"
