"""Crawlers: kept, started, stopped; and the custom classifiers for CSV."""

import logging
import shutil
import threading
import time
import uuid
from collections.abc import Mapping
from typing import Any

from mlacoach.sandbox.athena.catalog import Catalog
from mlacoach.sandbox.athena.failure import QueryFailed
from mlacoach.sandbox.athena.files import Files
from mlacoach.sandbox.aws_error import AwsError, not_emulated
from mlacoach.sandbox.call import Call, Engine
from mlacoach.sandbox.glue.asking import need, page, role_arn, wrong_input
from mlacoach.sandbox.glue.crawling import Crawl, put, table_input
from mlacoach.sandbox.glue.inference import CsvRule
from mlacoach.sandbox.records import Record, Taken
from mlacoach.sandbox.telling import Event
from mlacoach.sandbox.world import World

LOG = logging.getLogger("mlacoach.sandbox")
CRAWLER, CLASSIFIER = "GlueCrawler", "GlueClassifier"
LOGS = "/aws-glue/crawlers"
POLICY = {"UpdateBehavior": "UPDATE_IN_DATABASE", "DeleteBehavior": "DEPRECATE_IN_DATABASE"}


class Stopped(Exception):
    """Somebody stopped the crawler."""


def _create(call: Call) -> Mapping[str, Any]:
    request = dict(call.request)
    _check_targets(request["Targets"])
    role_arn(call, request["Role"])
    tags = request.pop("Tags", {})
    name = request["Name"]
    arn = call.world.arn(f"crawler/{name}", "glue", call.region)
    fields = {"SchemaChangePolicy": POLICY, "RecrawlPolicy": {"RecrawlBehavior": "CRAWL_EVERYTHING"}, **_shown(request)}
    fields |= {"State": "READY", "Version": 1, "CreationTime": call.world.now(), "LastUpdated": call.world.now()}
    try:
        call.world.store.add(Record(CRAWLER, name, arn, {**fields, "CrawlElapsedTime": 0}, region=call.region))
    except Taken as error:
        raise AwsError("AlreadyExistsException", f"{name} already exists") from error
    if tags:
        call.world.client("glue", call.region).tag_resource(ResourceArn=arn, TagsToAdd=tags)
    return {}


def _shown(request: Mapping[str, Any]) -> dict[str, Any]:
    shown = dict(request)
    if "Schedule" in shown:
        shown["Schedule"] = {"ScheduleExpression": shown["Schedule"], "State": "SCHEDULED"}
    return shown


def _check_targets(targets: Mapping[str, Any]) -> None:
    others = [name for name in targets if name != "S3Targets" and targets[name]]
    if others:
        raise not_emulated(f"A crawler with {others[0]}", "It crawls S3Targets.")
    if not targets.get("S3Targets"):
        raise wrong_input("Targets cannot be empty: at least one target is needed.")


def _crawler(call: Call, name: str = "") -> Record:
    return need(call, CRAWLER, name or call.request["Name"], "Crawler entry with name")


def _get(call: Call) -> Mapping[str, Any]:
    return {"Crawler": dict(_crawler(call).fields)}


def _get_all(call: Call) -> Mapping[str, Any]:
    rows, more = page(call.world.store.all(CRAWLER, call.region), call.request)
    return {"Crawlers": [dict(each.fields) for each in rows], **more}


def _batch(call: Call) -> Mapping[str, Any]:
    found = {name: call.world.store.get(CRAWLER, name, call.region) for name in call.request["CrawlerNames"]}
    return {
        "Crawlers": [dict(each.fields) for each in found.values() if each],
        "CrawlersNotFound": [name for name, each in found.items() if each is None],
    }


def _list(call: Call) -> Mapping[str, Any]:
    rows, more = page(call.world.store.all(CRAWLER, call.region), call.request)
    return {"CrawlerNames": [each.key for each in rows], **more}


def _update(call: Call) -> Mapping[str, Any]:
    record = _crawler(call)
    _must_rest(record)
    if "Targets" in call.request:
        _check_targets(call.request["Targets"])
    changes = {**_shown(call.request), "LastUpdated": call.world.now(), "Version": record["Version"] + 1}
    call.world.store.change(record, changes)
    return {}


def _must_rest(record: Record) -> None:
    if record["State"] != "READY":
        raise AwsError("CrawlerRunningException", f"Crawler with name {record.key} has already started")


def _delete(call: Call) -> Mapping[str, Any]:
    record = _crawler(call)
    _must_rest(record)
    call.world.store.remove(record)
    return {}


def _start(call: Call) -> Mapping[str, Any]:
    record = _crawler(call)

    def begin(now: Record) -> Mapping[str, Any]:
        _must_rest(now)
        return {"State": "RUNNING"}

    crawl = {"CrawlId": str(uuid.uuid4()), "State": "RUNNING", "StartTime": call.world.now(), "LogGroup": LOGS}
    crawls = [*record.private.get("crawls", []), {**crawl, "LogStream": record.key}]
    now = call.world.store.change(record, begin, {"crawls": crawls, "stopped": False})
    if now is not None:
        threading.Thread(target=_run, args=(call.world, now), name=f"crawler {now.key}", daemon=True).start()
    return {}


def _stop(call: Call) -> Mapping[str, Any]:
    record = _crawler(call)
    if record["State"] == "READY":
        raise AwsError("CrawlerNotRunningException", f"Crawler with name {record.key} isn't running.")
    if record["State"] == "STOPPING":
        raise AwsError("CrawlerStoppingException", f"Crawler with name {record.key} is already stopping.")
    call.world.store.change(record, {"State": "STOPPING"}, {"stopped": True})
    return {}


def _run(world: World, record: Record) -> None:
    began, clock = world.now(), time.monotonic()
    _tell(world, record, "Started", {})
    folder = world.folder / "glue" / str(uuid.uuid4())
    folder.mkdir(parents=True, mode=0o700)
    status, message, counts = "SUCCEEDED", "", {"created": 0, "updated": 0}
    try:
        _crawl(world, record, Files(world.client("s3"), folder), counts)
    except Stopped:
        status = "CANCELLED"
    except QueryFailed as error:
        status, message = "FAILED", error.reason
    except Exception as error:
        LOG.exception("Crawler %s failed.", record.key)
        status, message = "FAILED", f"Internal Service Exception: {error}"
    shutil.rmtree(folder, ignore_errors=True)
    last = {
        "Status": status,
        "LogGroup": LOGS,
        "LogStream": record.key,
        "MessagePrefix": str(uuid.uuid4()),
        "StartTime": began,
    }
    last |= {"ErrorMessage": message} if message else {}
    _say(world, record, counts, message)
    _tell(world, record, {"SUCCEEDED": "Succeeded", "FAILED": "Failed"}.get(status, "Stopped"), counts)
    crawls = [*record.private["crawls"][:-1], {**record.private["crawls"][-1], **_ended(world, status, message)}]
    private = {"counts": counts, "crawls": crawls, "seconds": time.monotonic() - clock}
    world.store.change(record, {"State": "STOPPING"})
    world.store.change(record, {"State": "READY", "LastCrawl": last}, private)


def _ended(world: World, status: str, message: str) -> dict[str, Any]:
    state = {"SUCCEEDED": "COMPLETED", "CANCELLED": "STOPPED"}.get(status, status)
    return {"State": state, "EndTime": world.now(), **({"ErrorMessage": message} if message else {})}


def _crawl(world: World, record: Record, files: Files, counts: dict[str, int]) -> None:
    catalog = Catalog(world, record.region)
    database = record.get("DatabaseName", "default").lower()
    if not catalog.has_database(database):
        catalog.glue.create_database(DatabaseInput={"Name": database})
    may_update = record["SchemaChangePolicy"].get("UpdateBehavior", "UPDATE_IN_DATABASE") == "UPDATE_IN_DATABASE"
    for target in record["Targets"]["S3Targets"]:
        crawl = Crawl(files, _rule(world, record), target.get("Exclusions", ()))
        for found in crawl.look(target["Path"]):
            now = world.store.get(CRAWLER, record.key, record.region)
            if now is None or now.private.get("stopped"):
                raise Stopped
            name = record.get("TablePrefix", "") + found.name
            given = table_input(found, name, record.key)
            change = put(catalog, database, given, found, may_update=may_update)
            if change:
                counts[change] += 1


def _rule(world: World, record: Record) -> CsvRule | None:
    for name in record.get("Classifiers", []):
        found = world.store.get(CLASSIFIER, name, record.region)
        if found is not None:
            given = found.fields
            return CsvRule(
                given.get("Delimiter", ""),
                given.get("QuoteSymbol", '"'),
                given.get("ContainsHeader", "UNKNOWN"),
                tuple(given.get("Header", ())),
                given.get("Serde", ""),
            )
    return None


def _say(world: World, record: Record, counts: Mapping[str, int], message: str) -> None:
    lines = [f"BENCHMARK : Running Start Crawl for Crawler {record.key}"]
    lines += (
        [f"ERROR : {message}"]
        if message
        else [f"INFO : Created {counts['created']} tables, updated {counts['updated']}."]
    )
    world.logs.write(LOGS, record.key, [*lines, "BENCHMARK : Crawler has finished running and is in state READY"])


def _tell(world: World, record: Record, state: str, counts: Mapping[str, int]) -> None:
    detail: dict[str, Any] = {"crawlerName": record.key, "state": state}
    if counts:
        detail |= {
            "tablesCreated": str(counts["created"]),
            "tablesUpdated": str(counts["updated"]),
            "tablesDeleted": "0",
        }
    world.events.publish(Event("aws.glue", "Glue Crawler State Change", detail))


def _metrics(call: Call) -> Mapping[str, Any]:
    names = call.request.get("CrawlerNameList") or [each.key for each in call.world.store.all(CRAWLER, call.region)]
    found = [call.world.store.get(CRAWLER, name, call.region) for name in names]
    rows, more = page([_measured(each) for each in found if each], call.request)
    return {"CrawlerMetricsList": rows, **more}


def _measured(record: Record) -> dict[str, Any]:
    counts = record.private.get("counts", {"created": 0, "updated": 0})
    seconds = float(record.private.get("seconds", 0.0))
    return {
        "CrawlerName": record.key,
        "StillEstimating": False,
        "TimeLeftSeconds": 0.0,
        "LastRuntimeSeconds": seconds,
        "MedianRuntimeSeconds": seconds,
        "TablesCreated": counts["created"],
        "TablesUpdated": counts["updated"],
        "TablesDeleted": 0,
    }


def _crawls(call: Call) -> Mapping[str, Any]:
    record = _crawler(call, call.request["CrawlerName"])
    rows, more = page(record.private.get("crawls", [])[::-1], call.request)
    return {"Crawls": rows, **more}


def _create_classifier(call: Call) -> Mapping[str, Any]:
    given = call.request.get("CsvClassifier")
    if given is None:
        raise not_emulated("A classifier other than CsvClassifier")
    fields = {**given, "CreationTime": call.world.now(), "LastUpdated": call.world.now(), "Version": 1}
    arn = call.world.arn(f"classifier/{given['Name']}", "glue", call.region)
    try:
        call.world.store.add(Record(CLASSIFIER, given["Name"], arn, fields, region=call.region))
    except Taken as error:
        raise AwsError("AlreadyExistsException", f"{given['Name']} already exists") from error
    return {}


def _get_classifier(call: Call) -> Mapping[str, Any]:
    return {"Classifier": {"CsvClassifier": dict(need(call, CLASSIFIER, call.request["Name"], "Classifier").fields)}}


def _get_classifiers(call: Call) -> Mapping[str, Any]:
    rows, more = page(call.world.store.all(CLASSIFIER, call.region), call.request)
    return {"Classifiers": [{"CsvClassifier": dict(each.fields)} for each in rows], **more}


def _delete_classifier(call: Call) -> Mapping[str, Any]:
    call.world.store.remove(need(call, CLASSIFIER, call.request["Name"], "Classifier"))
    return {}


ENGINES: Mapping[str, Engine] = {
    "CreateCrawler": _create,
    "GetCrawler": _get,
    "GetCrawlers": _get_all,
    "BatchGetCrawlers": _batch,
    "ListCrawlers": _list,
    "UpdateCrawler": _update,
    "DeleteCrawler": _delete,
    "StartCrawler": _start,
    "StopCrawler": _stop,
    "GetCrawlerMetrics": _metrics,
    "ListCrawls": _crawls,
    "CreateClassifier": _create_classifier,
    "GetClassifier": _get_classifier,
    "GetClassifiers": _get_classifiers,
    "DeleteClassifier": _delete_classifier,
}
