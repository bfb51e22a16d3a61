"""Runs in the child: imports the handler, calls it with the event, leaves its answer in a file.

`python bootstrap.py EVENT ANSWER`: it imports nothing of ours.
"""

import importlib
import json
import os
import sys
import time
import traceback
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any


class Context:
    """What a handler gets beside the event."""

    def __init__(self) -> None:
        env = os.environ
        self.function_name = env["AWS_LAMBDA_FUNCTION_NAME"]
        self.function_version = env["AWS_LAMBDA_FUNCTION_VERSION"]
        self.memory_limit_in_mb = env["AWS_LAMBDA_FUNCTION_MEMORY_SIZE"]
        self.invoked_function_arn = env["MLACOACH_FUNCTION_ARN"]
        self.aws_request_id = env["MLACOACH_REQUEST_ID"]
        self.log_group_name = env["AWS_LAMBDA_LOG_GROUP_NAME"]
        self.log_stream_name = env["AWS_LAMBDA_LOG_STREAM_NAME"]
        self.identity = self.client_context = None
        self._end = time.monotonic() + float(env["MLACOACH_SECONDS"])

    def get_remaining_time_in_millis(self) -> int:
        """How long it may still run."""
        return max(0, int((self._end - time.monotonic()) * 1000))


def failed(kind: str, message: str, trace: Sequence[str] = ()) -> dict[str, Any]:
    """An error as Lambda answers it."""
    request = os.environ["MLACOACH_REQUEST_ID"]
    return {"errorMessage": message, "errorType": kind, "requestId": request, "stackTrace": list(trace)}


def find(handler: str) -> tuple[Callable[..., Any] | None, dict[str, Any] | None]:
    """The handler, or the error that there is none."""
    module, _, name = handler.rpartition(".")
    try:
        found = importlib.import_module(module.replace("/", "."))
    except ImportError as error:
        return None, failed("Runtime.ImportModuleError", f"Unable to import module '{module}': {error}")
    except SyntaxError as error:
        return None, failed("Runtime.UserCodeSyntaxError", f"Syntax error in module '{module}': {error}")
    if not hasattr(found, name):
        return None, failed("Runtime.HandlerNotFound", f"Handler '{name}' missing on module '{module}'")
    return getattr(found, name), None


def call(event: object) -> tuple[str, bool]:
    """Call the handler; its answer as JSON, and whether it is an error."""
    handler, error = find(os.environ["_HANDLER"])
    if handler is None:
        return json.dumps(error), True
    answer = handler(event, Context())
    try:
        return json.dumps(answer), False
    except TypeError as error:
        return json.dumps(failed("Runtime.MarshalError", f"Unable to marshal response: {error}")), True


def main() -> None:
    """Call the handler and write down what came of it."""
    sys.path.insert(0, os.environ["LAMBDA_TASK_ROOT"])
    event = json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))
    try:
        body, is_error = call(event)
    except Exception as error:  # noqa: BLE001 - whatever the handler raises is its answer
        trace = traceback.format_tb(error.__traceback__)[2:]
        body, is_error = json.dumps(failed(type(error).__name__, str(error), trace)), True
    if is_error:
        said = json.loads(body)
        print(f"[ERROR] {said['errorType']}: {said['errorMessage']}\n" + "".join(said["stackTrace"]))  # noqa: T201
    Path(sys.argv[2]).write_text(("E" if is_error else "A") + body, encoding="utf-8")


if __name__ == "__main__":
    main()
