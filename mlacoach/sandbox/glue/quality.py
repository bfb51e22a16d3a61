"""Data quality: rulesets, their evaluation over tables of the catalog, recommendations."""

import logging
import shutil
import threading
import uuid
from collections.abc import Callable, Mapping
from typing import Any

from mlacoach.sandbox.athena.catalog import Catalog
from mlacoach.sandbox.athena.duck import connect
from mlacoach.sandbox.athena.failure import QueryFailed
from mlacoach.sandbox.athena.files import Files
from mlacoach.sandbox.athena.reading import Reader, parse
from mlacoach.sandbox.athena.sources import name_of
from mlacoach.sandbox.aws_error import AwsError
from mlacoach.sandbox.call import Call, Engine
from mlacoach.sandbox.glue import dqdl
from mlacoach.sandbox.glue.asking import need, not_found, page, role_arn, wrong_input
from mlacoach.sandbox.glue.measuring import PRIMARY, Found, Measure, recommended
from mlacoach.sandbox.records import Record, Taken
from mlacoach.sandbox.telling import Event
from mlacoach.sandbox.world import World

LOG = logging.getLogger("mlacoach.sandbox")
RULESET, RUN, RESULT, ADVICE = "GlueRuleset", "GlueQualityRun", "GlueQualityResult", "GlueQualityAdvice"


def _create(call: Call) -> Mapping[str, Any]:
    request = {name: value for name, value in call.request.items() if name not in {"Tags", "ClientToken"}}
    _check(request["Ruleset"])
    _keep_ruleset(call.world, call.region, request)
    return {"Name": request["Name"]}


def _keep_ruleset(world: World, region: str, fields: Mapping[str, Any]) -> None:
    arn = world.arn(f"dataQualityRuleset/{fields['Name']}", "glue", region)
    times = {"CreatedOn": world.now(), "LastModifiedOn": world.now()}
    try:
        world.store.add(Record(RULESET, fields["Name"], arn, {**fields, **times}, region=region))
    except Taken as error:
        raise AwsError("AlreadyExistsException", f"Ruleset {fields['Name']} already exists") from error


def _check(text: str) -> None:
    try:
        dqdl.parse(text)
    except ValueError as error:
        raise wrong_input(f"Failed to parse the DQDL ruleset. {error}") from error


def _ruleset(call: Call) -> Record:
    return need(call, RULESET, call.request["Name"], "Data quality ruleset")


def _get(call: Call) -> Mapping[str, Any]:
    return dict(_ruleset(call).fields)


def _update(call: Call) -> Mapping[str, Any]:
    record = _ruleset(call)
    changes = {name: call.request[name] for name in ("Description", "Ruleset") if name in call.request}
    _check(changes.get("Ruleset", record["Ruleset"]))
    now = call.world.store.change(record, {**changes, "LastModifiedOn": call.world.now()})
    return {
        "Name": record.key,
        "Description": now.get("Description", "") if now else "",
        "Ruleset": changes.get("Ruleset", record["Ruleset"]),
    }


def _delete(call: Call) -> Mapping[str, Any]:
    call.world.store.remove(_ruleset(call))
    return {}


def _list(call: Call) -> Mapping[str, Any]:
    rows, more = page(call.world.store.all(RULESET, call.region), call.request)
    names = ("Name", "Description", "CreatedOn", "LastModifiedOn", "TargetTable", "RecommendationRunId")
    shown = [
        {name: each[name] for name in names if name in each.fields} | {"RuleCount": len(dqdl.parse(each["Ruleset"]))}
        for each in rows
    ]
    return {"Rulesets": shown, **more}


def _start(call: Call) -> Mapping[str, Any]:
    request = dict(call.request)
    role_arn(call, request["Role"])
    missing = [name for name in request["RulesetNames"] if not call.world.store.get(RULESET, name, call.region)]
    if missing:
        raise not_found(f"Data quality ruleset {missing[0]} not found")
    return {"RunId": _begin(call, RUN, "dqrun", request, _evaluate)}


def _begin(
    call: Call, kind: str, prefix: str, request: Mapping[str, Any], work: Callable[[World, Record], Mapping[str, Any]]
) -> str:
    key = f"{prefix}-{uuid.uuid4().hex}"
    fields = {name: value for name, value in request.items() if name != "ClientToken"}
    fields |= {"RunId": key, "Status": "STARTING", "StartedOn": call.world.now(), "LastModifiedOn": call.world.now()}
    arn = call.world.arn(f"dataQualityRun/{key}", "glue", call.region)
    record = Record(kind, key, arn, fields, region=call.region)
    call.world.store.add(record)
    threading.Thread(target=_run, args=(call.world, record, work), name=key, daemon=True).start()
    return key


def _run(world: World, record: Record, work: Callable[[World, Record], Mapping[str, Any]]) -> None:
    world.store.change(record, {"Status": "RUNNING"})
    try:
        changes = {"Status": "SUCCEEDED", **work(world, record)}
    except QueryFailed as error:
        changes = {"Status": "FAILED", "ErrorString": error.reason}
    except Exception as error:
        LOG.exception("%s failed.", record.key)
        changes = {"Status": "FAILED", "ErrorString": str(error)}
    took = round((world.now() - record["StartedOn"]).total_seconds())
    world.store.change(
        record, {**changes, "CompletedOn": world.now(), "LastModifiedOn": world.now(), "ExecutionTime": took}
    )


class _Loaded:
    """A table, and the others that rules refer to, in an engine of their own."""

    def __init__(self, world: World, record: Record) -> None:
        self._folder = world.folder / "glue" / record.key
        self._folder.mkdir(parents=True, mode=0o700)
        self.engine = connect(self._folder)
        self._reader = Reader(Catalog(world, record.region), self.engine, Files(world.client("s3"), self._folder))
        self._load(PRIMARY, record["DataSource"])
        for alias, source in (record.get("AdditionalDataSources") or {}).items():
            self._load(alias, source)

    def _load(self, name: str, source: Mapping[str, Any]) -> None:
        table = source.get("GlueTable") or source.get("DataQualityGlueTable") or {}
        tree = parse(f'SELECT * FROM "{table["DatabaseName"]}"."{table["TableName"]}"')  # noqa: S608
        self._reader.run_sql(
            f"CREATE TABLE {name_of(name)} AS {self._reader.prepare(tree, table['DatabaseName'])}", tree
        )

    def __enter__(self) -> Measure:
        return Measure(self.engine)

    def __exit__(self, *_: object) -> None:
        self.engine.close()
        shutil.rmtree(self._folder, ignore_errors=True)


def _evaluate(world: World, record: Record) -> Mapping[str, Any]:
    with _Loaded(world, record) as measure:
        results = [_result(world, record, name, measure) for name in record["RulesetNames"]]
    return {"ResultIds": results}


def _result(world: World, record: Record, name: str, measure: Measure) -> str:
    ruleset = world.store.get(RULESET, name, record.region)
    if ruleset is None:
        raise QueryFailed(f"Data quality ruleset {name} not found")
    rules = dqdl.parse(ruleset["Ruleset"])
    found = [measure.rule(rule) for rule in rules]
    passed = sum(each.result == "PASS" for each in found)
    key = f"dqresult-{uuid.uuid4().hex}"
    fields = {
        "ResultId": key,
        "Score": passed / len(found),
        "DataSource": record["DataSource"],
        "RulesetName": name,
        "StartedOn": record["StartedOn"],
        "CompletedOn": world.now(),
        "RulesetEvaluationRunId": record.key,
        "RuleResults": [
            _shown(number, rule, each) for number, (rule, each) in enumerate(zip(rules, found, strict=True), 1)
        ],
    }
    world.store.add(Record(RESULT, key, world.arn(f"dataQualityResult/{key}", "glue"), fields, region=record.region))
    state = "SUCCEEDED" if passed == len(found) else "FAILED"
    counts = {"numRulesSucceeded": passed, "numRulesFailed": sum(each.result == "FAIL" for each in found)}
    detail = {"resultId": key, "rulesetNames": [name], "state": state, "score": fields["Score"], **counts}
    world.events.publish(Event("aws.glue-dataquality", "Data Quality Evaluation Results Available", detail))
    return key


def _shown(number: int, rule: dqdl.AnyRule, found: Found) -> dict[str, Any]:
    shown: dict[str, Any] = {"Name": f"Rule_{number}", "Description": rule.text, "Result": found.result}
    shown |= {"EvaluatedMetrics": dict(found.metrics), "EvaluatedRule": rule.text}
    return shown | ({"EvaluationMessage": found.message} if found.message else {})


def _get_run(call: Call) -> Mapping[str, Any]:
    return dict(need(call, RUN, call.request["RunId"], "Data quality run").fields)


def _list_runs(call: Call) -> Mapping[str, Any]:
    rows, more = page(call.world.store.all(RUN, call.region), call.request)
    names = ("RunId", "Status", "StartedOn", "DataSource")
    return {"Runs": [{name: each[name] for name in names} for each in rows], **more}


def _get_result(call: Call) -> Mapping[str, Any]:
    return dict(need(call, RESULT, call.request["ResultId"], "Data quality result").fields)


def _batch_results(call: Call) -> Mapping[str, Any]:
    found = {key: call.world.store.get(RESULT, key, call.region) for key in call.request["ResultIds"]}
    return {
        "Results": [dict(each.fields) for each in found.values() if each],
        "ResultsNotFound": [key for key, each in found.items() if each is None],
    }


def _list_results(call: Call) -> Mapping[str, Any]:
    rows, more = page(call.world.store.all(RESULT, call.region), call.request)
    names = ("ResultId", "DataSource", "StartedOn")
    return {"Results": [{name: each[name] for name in names} for each in rows], **more}


def _start_advice(call: Call) -> Mapping[str, Any]:
    role_arn(call, call.request["Role"])
    return {"RunId": _begin(call, ADVICE, "dqrecommendation", call.request, _advise)}


def _advise(world: World, record: Record) -> Mapping[str, Any]:
    with _Loaded(world, record) as measure:
        columns = {str(row[0]): str(row[1]) for row in measure.run(f"DESCRIBE {PRIMARY}")}
        text = recommended(measure, columns)
    name = record.get("CreatedRulesetName")
    if name:
        _keep_ruleset(world, record.region, {"Name": name, "Ruleset": text, "RecommendationRunId": record.key})
    return {"RecommendedRuleset": text}


def _get_advice(call: Call) -> Mapping[str, Any]:
    return dict(need(call, ADVICE, call.request["RunId"], "Data quality recommendation run").fields)


ENGINES: Mapping[str, Engine] = {
    "CreateDataQualityRuleset": _create,
    "GetDataQualityRuleset": _get,
    "UpdateDataQualityRuleset": _update,
    "DeleteDataQualityRuleset": _delete,
    "ListDataQualityRulesets": _list,
    "StartDataQualityRulesetEvaluationRun": _start,
    "GetDataQualityRulesetEvaluationRun": _get_run,
    "ListDataQualityRulesetEvaluationRuns": _list_runs,
    "GetDataQualityResult": _get_result,
    "BatchGetDataQualityResult": _batch_results,
    "ListDataQualityResults": _list_results,
    "StartDataQualityRuleRecommendationRun": _start_advice,
    "GetDataQualityRuleRecommendationRun": _get_advice,
}
