"""Job runs: Python scripts in a child of their own; Spark where it is installed."""

import hashlib
import logging
import shutil
import sys
import threading
from collections.abc import Mapping
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from mlacoach.sandbox.athena.objects import download
from mlacoach.sandbox.aws_error import AwsError
from mlacoach.sandbox.call import Call, Engine
from mlacoach.sandbox.child_settings import settings_as
from mlacoach.sandbox.control.required import object_exists, s3_place
from mlacoach.sandbox.glue.asking import not_found, page, role_arn
from mlacoach.sandbox.records import Record
from mlacoach.sandbox.supervisor import Child, Command, Ended, Exit
from mlacoach.sandbox.telling import Event
from mlacoach.sandbox.world import World

LOG = logging.getLogger("mlacoach.sandbox")
RUN = "GlueJobRun"
OVER = frozenset({"SUCCEEDED", "FAILED", "STOPPED", "TIMEOUT", "ERROR"})
MINUTE = 60.0
TIMEOUT = 2880
MEMORY_MB = 4000
AWSGLUE = Path(__file__).parent / "awsglue_path"
NO_SPARK = (
    "Spark is not installed here, so this job cannot run in the sandbox. Install it with: pip install pyspark "
    "(it needs Java 17), or make the job a Python shell job (Command Name pythonshell)."
)


def _start(call: Call) -> Mapping[str, Any]:
    name = call.request["JobName"]
    job = _job(call, name)
    running = [each for each in _runs(call, name) if each["JobRunState"] not in OVER]
    if len(running) >= int(job.get("ExecutionProperty", {}).get("MaxConcurrentRuns") or 1):
        raise AwsError("ConcurrentRunsExceededException", f"Concurrent runs exceeded for {name}")
    role = role_arn(call, job["Role"])
    record = _record(call, job, len(_runs(call, name)))
    call.world.store.add(record)
    threading.Thread(target=_begin, args=(call.world, record, job, role), name=f"job {name}", daemon=True).start()
    return {"JobRunId": record["Id"]}


def _job(call: Call, name: str) -> Mapping[str, Any]:
    glue = call.world.client("glue", call.region)
    try:
        job: Mapping[str, Any] = glue.get_job(JobName=name)["Job"]
    except glue.exceptions.EntityNotFoundException as error:
        raise not_found(f"Failed to start job run due to missing metadata: Job {name} not found") from error
    return job


def _runs(call: Call, name: str) -> list[Record]:
    return [each for each in call.world.store.all(RUN, call.region) if each["JobName"] == name]


def _record(call: Call, job: Mapping[str, Any], number: int) -> Record:
    name = call.request["JobName"]
    key = f"jr_{hashlib.sha256(f'{name}/{number}/{call.world.now()}'.encode()).hexdigest()}"
    is_shell = job["Command"]["Name"] == "pythonshell"
    fields = {
        "Id": key,
        "JobName": name,
        "Attempt": 0,
        "StartedOn": call.world.now(),
        "LastModifiedOn": call.world.now(),
        "JobRunState": "STARTING",
        "Arguments": {**job.get("DefaultArguments", {}), **call.request.get("Arguments", {})},
        "Timeout": call.request.get("Timeout") or job.get("Timeout") or TIMEOUT,
        "ExecutionTime": 0,
        "LogGroupName": "/aws-glue/python-jobs" if is_shell else "/aws-glue/jobs",
        "MaxCapacity": float(
            call.request.get("MaxCapacity") or job.get("MaxCapacity") or (0.0625 if is_shell else 2.0)
        ),
        "PredecessorRuns": [],
        **({"GlueVersion": job["GlueVersion"]} if job.get("GlueVersion") else {}),
    }
    arn = call.world.arn(f"jobRun/{name}/{key}", "glue", call.region)
    return Record(RUN, f"{name}/{key}", arn, fields, region=call.region)


def _begin(world: World, record: Record, job: Mapping[str, Any], role: str) -> None:
    try:
        if job["Command"]["Name"] != "pythonshell" and find_spec("pyspark") is None:
            _end(world, record, "FAILED", NO_SPARK)
            return
        _launch(world, record, job, role)
    except Exception as error:
        LOG.exception("Job run %s could not begin.", record.key)
        _end(world, record, "FAILED", f"LAUNCH ERROR | {error}")


def _launch(world: World, record: Record, job: Mapping[str, Any], role: str) -> None:
    script = job["Command"].get("ScriptLocation", "")
    if not script.startswith("s3://") or not object_exists(world, script):
        message = f"LAUNCH ERROR | File {script} does not exist. Please refer logs for details."
        _end(world, record, "FAILED", message)
        return
    folder = world.folder / "glue" / record["Id"]
    (folder / "tmp").mkdir(parents=True, mode=0o700)
    download(world.client("s3"), *s3_place(script), folder / "script.py")
    words = [sys.executable, "-P", "script.py"]
    for name, value in record["Arguments"].items():
        words += [name, str(value)]
    environment = dict(settings_as(world, role, f"GlueJobRunnerSession-{record['JobName']}", record.region, [AWSGLUE]))
    environment |= {"TMPDIR": str(folder / "tmp"), "HOME": str(folder)}
    command = Command(
        name=f"glue-job/{record['JobName']}",
        words=words,
        folder=folder,
        environment=environment,
        log=folder / "log.txt",
        seconds=record["Timeout"] * MINUTE,
        memory_mb=MEMORY_MB,
        grace=1.0,
    )
    _run_child(world, record, command)


def _run_child(world: World, record: Record, command: Command) -> None:
    now = world.store.change(record, lambda it: {"JobRunState": "RUNNING"} if it["JobRunState"] == "STARTING" else {})
    if now is None or now["JobRunState"] != "RUNNING":
        _end(world, record, "STOPPED")
        return
    child = world.supervisor.start(command, lambda child, how: _ended(world, record, child, how))
    now = world.store.change(record, {}, {"child": child})
    if now is None or now["JobRunState"] == "STOPPING":
        child.stop()


def _ended(world: World, record: Record, child: Child, how: Exit) -> None:
    lines = child.command.log.read_text(encoding="utf-8", errors="replace").splitlines()
    world.logs.write(f"{record['LogGroupName']}/output", record["Id"], lines)
    state = {Ended.STOPPED: "STOPPED", Ended.TIMED_OUT: "TIMEOUT"}.get(
        how.why, "SUCCEEDED" if how.is_success else "FAILED"
    )
    message = ""
    if state == "FAILED":
        world.logs.write(f"{record['LogGroupName']}/error", record["Id"], lines)
        message = _message(how, lines)
    shutil.rmtree(child.command.folder, ignore_errors=True)
    _end(world, record, state, message, how.seconds)


def _message(how: Exit, lines: list[str]) -> str:
    """The last line of a traceback, as AWS shows it."""
    if how.why is Ended.OUT_OF_MEMORY:
        return "Command failed with exit code 137 - OutOfMemory"
    if how.why is Ended.KILLED:
        return f"Command failed with exit code {128 - how.code}"
    said = [line for line in lines if line.strip()]
    if any(line.startswith("Traceback ") for line in lines):
        return said[-1]
    return f"Command failed with exit code {how.code}"


def _end(world: World, record: Record, state: str, message: str = "", seconds: float = 0.0) -> None:
    changes = {
        "JobRunState": state,
        "CompletedOn": world.now(),
        "LastModifiedOn": world.now(),
        "ExecutionTime": round(seconds),
    }
    if state == "TIMEOUT":
        message = f"Job run timed out after {record['Timeout']} minutes."
    now = world.store.change(record, {**changes, **({"ErrorMessage": message} if message else {})}, {"child": None})
    if now is not None:
        severity = "INFO" if state == "SUCCEEDED" else "ERROR"
        detail = {"jobName": now["JobName"], "severity": severity, "state": state, "jobRunId": now["Id"]}
        world.events.publish(
            Event("aws.glue", "Glue Job State Change", {**detail, "message": message or "Job run succeeded"})
        )


def _get(call: Call) -> Mapping[str, Any]:
    found = call.world.store.get(RUN, f"{call.request['JobName']}/{call.request['RunId']}", call.region)
    if found is None:
        raise not_found(f"Job Run {call.request['RunId']} not found for job {call.request['JobName']}")
    return {"JobRun": dict(found.fields)}


def _get_all(call: Call) -> Mapping[str, Any]:
    _job(call, call.request["JobName"])
    rows, more = page(_runs(call, call.request["JobName"])[::-1], call.request)
    return {"JobRuns": [dict(each.fields) for each in rows], **more}


def _stop(call: Call) -> Mapping[str, Any]:
    name = call.request["JobName"]
    stopped, errors = [], []
    for key in call.request["JobRunIds"]:
        found = call.world.store.get(RUN, f"{name}/{key}", call.region)
        if found is None or found["JobRunState"] in OVER:
            detail = {"ErrorCode": "InvalidInputException", "ErrorMessage": f"Job run {key} is not running."}
            errors.append({"JobName": name, "JobRunId": key, "ErrorDetail": detail})
            continue
        now = call.world.store.change(
            found, lambda it: {"JobRunState": "STOPPING"} if it["JobRunState"] not in OVER else {}
        )
        child = now.private.get("child") if now else None
        if child is not None:
            child.stop()
        stopped.append({"JobName": name, "JobRunId": key})
    return {"SuccessfulSubmissions": stopped, "Errors": errors}


ENGINES: Mapping[str, Engine] = {
    "StartJobRun": _start,
    "GetJobRun": _get,
    "GetJobRuns": _get_all,
    "BatchStopJobRun": _stop,
}
