"""What is told to an execution: try again, and how a callback has gone."""

from collections.abc import Mapping
from typing import Any

from mlacoach.sandbox.aws_error import AwsError, invalid
from mlacoach.sandbox.call import Call, Engine
from mlacoach.sandbox.control.pipelines import KIND, STATUS, execution
from mlacoach.sandbox.pipelines.asking import callback
from mlacoach.sandbox.pipelines.execution import again
from mlacoach.sandbox.records import Record


def _retry(call: Call) -> Mapping[str, Any]:
    record = execution(call)
    if record[STATUS] not in {"Failed", "Stopped"}:
        raise AwsError(
            "ConflictException", f"Pipeline execution {record.arn} is {record[STATUS]}: only a failed or stopped one "
            "can be retried.",
        )  # fmt: skip
    parallel = call.request.get("ParallelismConfiguration")
    changed = call.world.store.change(record, {"ParallelismConfiguration": parallel} if parallel else {})
    again(call.world, changed or record)
    return {"PipelineExecutionArn": record.arn}


def _succeed(call: Call) -> Mapping[str, Any]:
    return _call_back(call, {"outputs": call.request.get("OutputParameters", [])})


def _fail(call: Call) -> Mapping[str, Any]:
    return _call_back(call, {"reason": call.request.get("FailureReason", "The callback reported a failure.")})


def _call_back(call: Call, answer: Mapping[str, Any]) -> Mapping[str, Any]:
    token = call.request["CallbackToken"]
    record = _waiting(call, token)
    call.world.store.change(record, {}, {callback(token): answer})
    return {"PipelineExecutionArn": record.arn}


def _waiting(call: Call, token: str) -> Record:
    for record in call.world.store.all(KIND, call.region):
        if callback(token) in record.private:
            if record.private[callback(token)] is not None:
                raise invalid(f"The step of the callback token {token} has ended already.")
            return record
    raise AwsError("ResourceNotFound", f"Callback token {token} does not exist.")


ENGINES: Mapping[str, Engine] = {
    "RetryPipelineExecution": _retry,
    "SendPipelineExecutionStepSuccess": _succeed,
    "SendPipelineExecutionStepFailure": _fail,
}
