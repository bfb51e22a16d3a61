"""Query executions: accepted, queued, run in a thread, ended."""

import logging
import re
import shutil
import threading
import time
import uuid
from collections.abc import Mapping
from typing import Any

from botocore.exceptions import ClientError

from mlacoach.sandbox.athena.failure import QueryCancelled, QueryFailed
from mlacoach.sandbox.athena.reading import parse
from mlacoach.sandbox.athena.results import page_of
from mlacoach.sandbox.athena.running import Outcome, Running
from mlacoach.sandbox.athena.statements import Statement, statement_of
from mlacoach.sandbox.athena.workgroups import PRIMARY, VERSION, group_of, page, refuse, statement_in
from mlacoach.sandbox.call import Call, Engine
from mlacoach.sandbox.control.required import s3_place
from mlacoach.sandbox.records import Record
from mlacoach.sandbox.world import World

LOG = logging.getLogger("mlacoach.sandbox")
QUERY = "AthenaQuery"
OVER = frozenset({"SUCCEEDED", "FAILED", "CANCELLED"})
EXECUTE = re.compile(r"EXECUTE\s+[\"`]?([\w@:]+)[\"`]?\s*(?:USING\s+(.*))?\Z", re.IGNORECASE | re.DOTALL)
# How many queries run at once; the others are QUEUED, as on AWS.
SLOTS = threading.BoundedSemaphore(4)
SUBSTATEMENTS = {"create_as": "CREATE_TABLE_AS_SELECT"}


def _start(call: Call) -> Mapping[str, Any]:
    request, world = call.request, call.world
    group = group_of(world, request.get("WorkGroup", PRIMARY), call.region)
    if group["State"] != "ENABLED":
        raise refuse(f"WorkGroup {group.key} is disabled.")
    again = _with_token(call)
    if again:
        return {"QueryExecutionId": again.key}
    place = _output(call, group)
    statement = _understood(request["QueryString"])
    record = _record(call, group, statement, place)
    world.store.add(record)
    run = Running(world, record, statement, place, group["Configuration"].get("BytesScannedCutoffPerQuery"))
    world.store.change(record, {}, {"run": run, "token": request.get("ClientRequestToken")})
    threading.Thread(target=_run, args=(world, record, run), name=f"query {record.key}", daemon=True).start()
    return {"QueryExecutionId": record.key}


def _with_token(call: Call) -> Record | None:
    token = call.request.get("ClientRequestToken")
    found = call.world.store.all(QUERY, call.region) if token else []
    return next((each for each in found if each.private.get("token") == token), None)


def _understood(sql: str) -> Statement:
    try:
        statement = statement_of(sql)
        if statement.name == "select":
            parse(statement.text)
    except SyntaxError as error:
        raise refuse(str(error)) from error
    return statement


def _output(call: Call, group: Record) -> str:
    """Where the results go: the work group's place, if it enforces its own or the request names none."""
    own = group["Configuration"].get("ResultConfiguration", {}).get("OutputLocation")
    asked = call.request.get("ResultConfiguration", {}).get("OutputLocation")
    place = own if own and (group["Configuration"]["EnforceWorkGroupConfiguration"] or not asked) else asked
    if not place:
        raise refuse(
            "No output location provided. An output location is required either through the Workgroup result "
            "configuration setting or as an API input."
        )
    if not place.startswith("s3://"):
        raise refuse(f"outputLocation is not a valid S3 path. {place}")
    bucket = s3_place(place)[0]
    try:
        call.world.client("s3").head_bucket(Bucket=bucket)
    except ClientError as error:
        raise refuse(f"Unable to verify/create output bucket {bucket}") from error
    return str(place).rstrip("/") + "/"


def _record(call: Call, group: Record, statement: Statement, place: str) -> Record:
    key = str(uuid.uuid4())
    ending = ".csv" if statement.name in {"select", "execute"} else ".txt" if statement.kind != "DML" else ""
    fields = {
        "QueryExecutionId": key,
        "Query": call.request["QueryString"],
        "StatementType": statement.kind,
        "SubstatementType": SUBSTATEMENTS.get(statement.name, statement.name.upper()),
        "ResultConfiguration": {"OutputLocation": f"{place}{key}{ending}"},
        "QueryExecutionContext": call.request.get("QueryExecutionContext", {}),
        "ExecutionParameters": call.request.get("ExecutionParameters"),
        "Status": {"State": "QUEUED", "SubmissionDateTime": call.world.now()},
        "Statistics": {"DataScannedInBytes": 0},
        "WorkGroup": group.key,
        "EngineVersion": VERSION,
    }
    kept = {name: value for name, value in fields.items() if value is not None}
    return Record(QUERY, key, call.world.arn(f"query/{key}", "athena", call.region), kept, region=call.region)


def _run(world: World, record: Record, run: Running) -> None:
    began = time.monotonic()
    with SLOTS:
        queued = time.monotonic() - began
        if not _goes_on(world, record):
            return
        outcome = _outcome(world, record, run)
    total = time.monotonic() - began
    _end(world, record, outcome, {"queued": queued, "total": total})
    shutil.rmtree(run.folder / "work", ignore_errors=True)


def _goes_on(world: World, record: Record) -> bool:
    def step(now: Record) -> Mapping[str, Any]:
        return {"Status": {**now["Status"], "State": "RUNNING"}} if now["Status"]["State"] == "QUEUED" else {}

    now = world.store.change(record, step)
    return now is not None and now["Status"]["State"] == "RUNNING"


def _outcome(world: World, record: Record, run: Running) -> Outcome:
    try:
        if run.statement.name == "execute":
            run.statement, run.parameters = _prepared(world, record, run.statement)
        return run.go()
    except QueryCancelled as error:
        return Outcome("CANCELLED", run.scanned, error.reason)
    except QueryFailed as error:
        return Outcome("FAILED", run.scanned, error.reason, error.category)
    except SyntaxError as error:
        return Outcome("FAILED", run.scanned, str(error))
    except Exception as error:
        LOG.exception("Query %s failed.", record.key)
        return Outcome("FAILED", run.scanned, f"GENERIC_INTERNAL_ERROR: {error}", 1)


def _prepared(world: World, record: Record, statement: Statement) -> tuple[Statement, list[str]]:
    found = EXECUTE.match(statement.text)
    if not found:
        raise QueryFailed("line 1:1: mismatched input. Expecting: EXECUTE name USING …")
    try:
        stored = statement_in(world, record.region, record["WorkGroup"], found[1])
    except Exception as error:
        raise QueryFailed(f"NOT_FOUND: Prepared statement not found: {found[1]}") from error
    given = re.findall(r"'(?:[^']|'')*'|[^,]+", found[2] or "")
    using = [each.strip() for each in given if each.strip()]
    return statement_of(stored["QueryStatement"]), using or list(record.get("ExecutionParameters") or [])


def _end(world: World, record: Record, outcome: Outcome, seconds: Mapping[str, float]) -> None:
    def step(now: Record) -> Mapping[str, Any]:
        if now["Status"]["State"] in OVER:
            return {}
        status = {**now["Status"], "State": outcome.state, "CompletionDateTime": world.now()}
        if outcome.reason:
            status["StateChangeReason"] = outcome.reason
        if outcome.state == "FAILED":
            status["AthenaError"] = {
                "ErrorCategory": outcome.category,
                "ErrorType": 1100,
                "Retryable": False,
                "ErrorMessage": outcome.reason,
            }
        return {"Status": status, "Statistics": _statistics(outcome, seconds)}

    world.store.change(record, step, {"run": None, "columns": outcome.columns, "update_count": outcome.rows_written})


def _statistics(outcome: Outcome, seconds: Mapping[str, float]) -> dict[str, Any]:
    engine = round((seconds["total"] - seconds["queued"]) * 1000)
    return {
        "EngineExecutionTimeInMillis": engine,
        "DataScannedInBytes": outcome.scanned,
        "TotalExecutionTimeInMillis": round(seconds["total"] * 1000),
        "QueryQueueTimeInMillis": round(seconds["queued"] * 1000),
        "ServiceProcessingTimeInMillis": 0,
        "ResultReuseInformation": {"ReusedPreviousResult": False},
        **({"DataManifestLocation": outcome.manifest} if outcome.manifest else {}),
    }


def existing(call: Call, key: str) -> Record:
    """A query execution.

    Raises:
        AwsError: there is none.
    """
    found = call.world.store.get(QUERY, key, call.region)
    if found is None:
        raise refuse(f"QueryExecution {key} was not found")
    return found


def _get(call: Call) -> Mapping[str, Any]:
    return {"QueryExecution": dict(existing(call, call.request["QueryExecutionId"]).fields)}


def _batch(call: Call) -> Mapping[str, Any]:
    asked = call.request["QueryExecutionIds"]
    found = {key: call.world.store.get(QUERY, key, call.region) for key in asked}
    missing = [
        {
            "QueryExecutionId": key,
            "ErrorCode": "INVALID_QUERY_EXECUTION_ID",
            "ErrorMessage": f"QueryExecution {key} was not found",
        }
        for key in asked
        if found[key] is None
    ]
    return {
        "QueryExecutions": [dict(each.fields) for each in found.values() if each],
        "UnprocessedQueryExecutionIds": missing,
    }


def _list(call: Call) -> Mapping[str, Any]:
    group = group_of(call.world, call.request.get("WorkGroup", PRIMARY), call.region).key
    found = [each.key for each in call.world.store.all(QUERY, call.region) if each["WorkGroup"] == group]
    rows, more = page(found[::-1], call.request)
    return {"QueryExecutionIds": rows, **more}


def _stop(call: Call) -> Mapping[str, Any]:
    record = existing(call, call.request["QueryExecutionId"])

    def step(now: Record) -> Mapping[str, Any]:
        if now["Status"]["State"] in OVER:
            return {}
        more = {
            "State": "CANCELLED",
            "StateChangeReason": "Query cancelled by user",
            "CompletionDateTime": call.world.now(),
        }
        return {"Status": {**now["Status"], **more}}

    call.world.store.change(record, step)
    run = record.private.get("run")
    if run is not None:
        run.stop()
    return {}


def _results(call: Call) -> Mapping[str, Any]:
    record = existing(call, call.request["QueryExecutionId"])
    state = record["Status"]["State"]
    if state in {"QUEUED", "RUNNING"}:
        raise refuse(f"Query has not yet finished. Current state: {state}")
    if state != "SUCCEEDED":
        raise refuse(f"Query did not finish successfully. Final query state: {state}")
    return page_of(call, record)


def _runtime(call: Call) -> Mapping[str, Any]:
    record = existing(call, call.request["QueryExecutionId"])
    statistics = record["Statistics"]
    names = ("QueryQueueTimeInMillis", "EngineExecutionTimeInMillis", "TotalExecutionTimeInMillis")
    return {
        "QueryRuntimeStatistics": {
            "Timeline": {name: statistics.get(name, 0) for name in names},
            "Rows": {"InputBytes": statistics["DataScannedInBytes"]},
        }
    }


ENGINES: Mapping[str, Engine] = {
    "StartQueryExecution": _start,
    "StopQueryExecution": _stop,
    "GetQueryExecution": _get,
    "BatchGetQueryExecution": _batch,
    "ListQueryExecutions": _list,
    "GetQueryResults": _results,
    "GetQueryRuntimeStatistics": _runtime,
}
