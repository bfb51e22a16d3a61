"""Step Functions: state machines that run, and make other services run."""

import io
import json
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from mlacoach.sandbox import athena, glue, lambda_, workflows
from mlacoach.sandbox.engines import Engines
from mlacoach.sandbox.workflows.executions import EXECUTION
from tests.sandbox_clients import ROLE, client_of, refused
from tests.sandbox_inside import Inside

PATIENCE = 30.0


@dataclass
class Workflows:
    """Makes machines and runs them."""

    inside: Inside
    client: Any
    number: int = 0

    def start(self, states: dict[str, Any], data: object = None) -> str:
        self.number += 1
        definition = json.dumps({"StartAt": next(iter(states)), "States": states})
        machine = self.client.create_state_machine(name=f"m{self.number}", definition=definition, roleArn=ROLE)
        started = self.client.start_execution(stateMachineArn=machine["stateMachineArn"], input=json.dumps(data or {}))
        arn: str = started["executionArn"]
        return arn

    def end(self, arn: str) -> dict[str, Any]:
        store = self.inside.world.store
        record = store.get(EXECUTION, arn)
        assert record is not None
        store.wait(record, lambda now: now is None or now["status"] != "RUNNING", PATIENCE)
        found: dict[str, Any] = self.client.describe_execution(executionArn=arn)
        return found

    def output(self, states: dict[str, Any], data: object = None) -> Any:  # noqa: ANN401
        found = self.end(self.start(states, data))
        assert found["status"] == "SUCCEEDED", (found.get("error"), found.get("cause"))
        return json.loads(found["output"])


def _register(engines: Engines) -> None:
    for each in (athena, glue, lambda_, workflows):
        each.register(engines)


@pytest.fixture(scope="module")
def aws(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Workflows]:
    with Inside(tmp_path_factory.mktemp("world"), _register) as inside:
        buffer = io.BytesIO()
        with zipfile.ZipFile(buffer, "w") as archive:
            archive.writestr("app.py", "def handler(e, c):\n    return {'twice': 2 * e['n']}\n")
        client_of(inside.url, "lambda").create_function(
            FunctionName="twice", Runtime="python3.12", Role=ROLE, Handler="app.handler", Timeout=20,
            Code={"ZipFile": buffer.getvalue()},
        )  # fmt: skip
        s3 = client_of(inside.url, "s3")
        s3.create_bucket(Bucket="flow")
        s3.put_object(Bucket="flow", Key="good.py", Body=b"print('fine')")
        s3.put_object(Bucket="flow", Key="bad.py", Body=b"raise ValueError('spoilt')")
        for name in ("good", "bad"):
            command = {"Name": "pythonshell", "ScriptLocation": f"s3://flow/{name}.py"}
            client_of(inside.url, "glue").create_job(Name=name, Role=ROLE, Command=command)
        yield Workflows(inside, client_of(inside.url, "stepfunctions"))


def test_paths_and_templates(aws: Workflows) -> None:
    states = {
        "Make": {
            "Type": "Pass",
            "Parameters": {
                "a.$": "$.x.y",
                "b": 1,
                "c.$": "States.Format('n={} {}', $.x.y, 'it')",
                "id.$": "$$.Execution.Id",
            },
            "ResultPath": "$.made",
            "OutputPath": "$.made",
            "End": True,
        }
    }
    found = aws.output(states, {"x": {"y": 5}})
    assert found.pop("id").startswith("arn:aws:states:us-east-1:123456789012:execution:m")
    assert found == {"a": 5, "b": 1, "c": "n=5 it"}


@pytest.mark.parametrize(("score", "taken"), [(0.95, "Deploy"), (0.5, "Stop"), ("high", "Stop")])
def test_choices(aws: Workflows, score: object, taken: str) -> None:
    rule = {
        "And": [{"Variable": "$.score", "IsPresent": True}, {"Variable": "$.score", "NumericGreaterThan": 0.9}],
        "Next": "Deploy",
    }
    states = {
        "Which": {"Type": "Choice", "Choices": [rule], "Default": "Stop"},
        "Deploy": {"Type": "Pass", "Result": "Deploy", "End": True},
        "Stop": {"Type": "Pass", "Result": "Stop", "End": True},
    }
    assert aws.output(states, {"score": score}) == taken


def test_map_and_parallel_call_functions(aws: Workflows) -> None:
    call = {"Type": "Task", "Resource": "arn:aws:lambda:us-east-1:123456789012:function:twice", "End": True}
    invoke = {
        "Type": "Task",
        "Resource": "arn:aws:states:::lambda:invoke",
        "Parameters": {"FunctionName": "twice", "Payload": {"n": 50}},
        "OutputPath": "$.Payload",
        "End": True,
    }
    selector = {"n.$": "$$.Map.Item.Value"}
    each = {"Type": "Map", "ItemsPath": "$.items", "ItemSelector": selector, "End": True,
            "ItemProcessor": {"StartAt": "C", "States": {"C": call}}}  # fmt: skip
    branches = [{"StartAt": "M", "States": {"M": each}}, {"StartAt": "I", "States": {"I": invoke}}]
    found = aws.output({"Both": {"Type": "Parallel", "Branches": branches, "End": True}}, {"items": [1, 2, 3]})
    assert found == [[{"twice": 2}, {"twice": 4}, {"twice": 6}], {"twice": 100}]


def test_a_failure_is_retried_and_then_caught(aws: Workflows) -> None:
    call = {
        "Type": "Task",
        "Resource": "arn:aws:lambda:us-east-1:123456789012:function:twice",
        "Retry": [{"ErrorEquals": ["KeyError"], "IntervalSeconds": 0.01, "MaxAttempts": 2}],
        "Catch": [{"ErrorEquals": ["States.ALL"], "ResultPath": "$.error", "Next": "After"}],
        "End": True,
    }
    arn = aws.start({"Call": call, "After": {"Type": "Pass", "End": True}}, {"x": 1})
    found = json.loads(aws.end(arn)["output"])
    assert (found["x"], found["error"]["Error"]) == (1, "KeyError")
    events = aws.client.get_execution_history(executionArn=arn)["events"]
    kinds = [each["type"] for each in events]
    assert (kinds.count("TaskScheduled"), kinds.count("TaskFailed")) == (3, 3)
    assert kinds[0] == "ExecutionStarted"
    assert kinds[-1] == "ExecutionSucceeded"
    assert [each["id"] for each in events] == list(range(1, len(events) + 1))


def test_a_failed_state_fails_the_execution(aws: Workflows) -> None:
    found = aws.end(aws.start({"No": {"Type": "Fail", "Error": "Mine", "Cause": "because"}}))
    assert (found["status"], found["error"], found["cause"]) == ("FAILED", "Mine", "because")
    missing = aws.end(aws.start({"P": {"Type": "Pass", "InputPath": "$.none", "End": True}}))
    assert (missing["error"], missing["cause"]) == (
        "States.Runtime", "The JSONPath '$.none' could not be found in the input '{}'",
    )  # fmt: skip


def glue_job(name: str) -> dict[str, Any]:
    resource = "arn:aws:states:::glue:startJobRun.sync"
    return {"Job": {"Type": "Task", "Resource": resource, "Parameters": {"JobName": name}, "End": True}}


def test_a_glue_job_is_waited_for(aws: Workflows) -> None:
    assert aws.output(glue_job("good"))["JobRun"]["JobRunState"] == "SUCCEEDED"
    found = aws.end(aws.start(glue_job("bad")))
    assert (found["status"], found["error"]) == ("FAILED", "States.TaskFailed")
    assert json.loads(found["cause"])["JobRun"]["ErrorMessage"] == "ValueError: spoilt"


def test_a_query_of_athena_is_waited_for(aws: Workflows) -> None:
    asked = {
        "QueryString.$": "States.Format('SELECT {} AS n', $.n)",
        "ResultConfiguration": {"OutputLocation": "s3://flow/out/"},
    }
    start = {
        "Type": "Task",
        "Resource": "arn:aws:states:::athena:startQueryExecution.sync",
        "Parameters": asked,
        "Next": "Read",
    }
    read = {
        "Type": "Task",
        "Resource": "arn:aws:states:::athena:getQueryResults",
        "Parameters": {"QueryExecutionId.$": "$.QueryExecution.QueryExecutionId"},
        "ResultSelector": {"n.$": "$.ResultSet.Rows[1].Data[0].VarCharValue"},
        "End": True,
    }
    assert aws.output({"Ask": start, "Read": read}, {"n": 42}) == {"n": "42"}


def test_stopping_and_what_is_refused(aws: Workflows) -> None:
    arn = aws.start({"Long": {"Type": "Wait", "Seconds": 600, "End": True}})
    aws.client.stop_execution(executionArn=arn, error="Enough", cause="said so")
    found = aws.end(arn)
    assert (found["status"], found["error"], found["cause"]) == ("ABORTED", "Enough", "said so")
    machine = found["stateMachineArn"]
    assert [each["status"] for each in aws.client.list_executions(stateMachineArn=machine)["executions"]] == ["ABORTED"]
    assert refused(aws.client.describe_execution, executionArn=arn + "x")[0] == "ExecutionDoesNotExist"
    assert refused(aws.client.start_execution, stateMachineArn=machine, input="{")[0] == "InvalidExecutionInput"
    unknown = aws.end(aws.start({"T": {"Type": "Task", "Resource": "arn:aws:states:::ecs:runTask.sync", "End": True}}))
    assert unknown["status"] == "FAILED"
