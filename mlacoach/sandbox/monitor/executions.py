"""One run of a schedule: a processing job over a stretch of captured data, and what came of it."""

import json
import threading
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from botocore.exceptions import ClientError

from mlacoach.sandbox.call import Call, Engine
from mlacoach.sandbox.control.crud import ID_LENGTH, ID_LETTERS
from mlacoach.sandbox.control.listing import answered, page
from mlacoach.sandbox.monitor.definitions import Definition, offset
from mlacoach.sandbox.records import Record
from mlacoach.sandbox.world import World

KIND = "MonitoringExecution"
STATUS = "MonitoringExecutionStatus"
HOUR = timedelta(hours=1)
INPUT = "/opt/ml/processing/input"
BASELINE = "/opt/ml/processing/baseline"
RUNNING = ("InProgress", "Stopping")
LONGEST = 100_000.0
MOMENT = "%Y-%m-%dT%H:%M:%SZ"
CLARIFY = ("ModelBias", "ModelExplainability")


def begin(world: World, schedule: Record, definition: Definition) -> None:
    """Run a schedule's monitoring once, in a thread."""
    record = _new(world, schedule, definition)
    world.store.add(record)
    threading.Thread(target=_run, args=(world, schedule, record, definition), name=record.arn, daemon=True).start()


def _new(world: World, schedule: Record, definition: Definition) -> Record:
    now = world.now()
    number = len(world.store.all(KIND, schedule.region))
    identity = "".join(world.rng(f"{schedule.arn}/{number}/{now.timestamp()}").choices(ID_LETTERS, k=ID_LENGTH))
    fields = {
        "MonitoringScheduleName": schedule.key,
        "ScheduledTime": now,
        "CreationTime": now,
        "LastModifiedTime": now,
        STATUS: "Pending",
        "EndpointName": definition.endpoint or None,
        "MonitoringJobDefinitionName": definition.name or None,
        "MonitoringType": definition.kind,
    }
    known = {name: value for name, value in fields.items() if value is not None}
    arn = f"{schedule.arn}/execution/{identity}"
    return Record(KIND, f"{schedule.key}/{identity}", arn, known, region=schedule.region)


def _run(world: World, schedule: Record, record: Record, definition: Definition) -> None:
    try:
        request = _request(world, schedule, record, definition)
        arn = world.client("sagemaker", record.region).create_processing_job(**request)["ProcessingJobArn"]
    except ClientError as error:
        _change(world, schedule, record, {STATUS: "Failed", "FailureReason": error.response["Error"]["Message"]})
        return
    _change(world, schedule, record, {STATUS: "InProgress", "ProcessingJobArn": arn})
    job = world.store.by_arn(arn)
    ended = (
        world.store.wait(job, lambda now: now is None or now["ProcessingJobStatus"] not in RUNNING, LONGEST)
        if job
        else None
    )
    _change(world, schedule, record, _outcome(ended))


def _outcome(job: Record | None) -> dict[str, Any]:
    status = job["ProcessingJobStatus"] if job else "Stopped"
    message = str(job.get("ExitMessage", "")) if job else ""
    if status == "Completed":
        return {STATUS: "CompletedWithViolations" if message.startswith("CompletedWithViolations") else "Completed"}
    reason = str(job.get("FailureReason", "")) if job else "The processing job was deleted."
    return {STATUS: "Failed" if status == "Failed" else "Stopped", "FailureReason": message or reason}


def _change(world: World, schedule: Record, record: Record, changes: Mapping[str, Any]) -> None:
    changed = world.store.change(record, {**changes, "LastModifiedTime": world.now()})
    if changed:
        world.store.change(schedule, {"LastMonitoringExecutionSummary": dict(changed.fields)})


def _request(world: World, schedule: Record, record: Record, definition: Definition) -> dict[str, Any]:
    """The processing job that does it."""
    now = record["ScheduledTime"]
    start = now + offset(definition.source.get("StartTimeOffset"), -HOUR)
    end = now + offset(definition.source.get("EndTimeOffset"), timedelta())
    name = f"model-monitoring-{now:%Y%m%d%H%M}-{record.key.rpartition('/')[2]}"
    output = {**definition.output, "S3UploadMode": definition.output.get("S3UploadMode", "EndOfJob")}
    where = [output["S3Uri"].rstrip("/"), definition.endpoint, schedule.key, f"{now:%Y/%m/%d/%H}"]
    output["S3Uri"] = "/".join(part for part in where if part)
    application = {
        name: definition.application[name]
        for name in ("ImageUri", "ContainerEntrypoint", "ContainerArguments")
        if name in definition.application
    }
    request = {
        "ProcessingJobName": name,
        "RoleArn": definition.more["RoleArn"],
        "AppSpecification": application,
        "ProcessingResources": definition.more["Resources"],
        "ProcessingInputs": _inputs(world, record, definition),
        "ProcessingOutputConfig": {"Outputs": [{"OutputName": "result", "S3Output": output}]},
        "Environment": _environment(schedule, definition, start, end),
        "StoppingCondition": definition.more["StoppingCondition"],
    }
    return {name: value for name, value in request.items() if value}


def _inputs(world: World, record: Record, definition: Definition) -> list[dict[str, Any]]:
    inputs = [_input("endpoint_input", _captured(world, record, definition), definition.source["LocalPath"])]
    if definition.truth:
        inputs.append(_input("ground_truth", definition.truth, f"{INPUT}/ground_truth"))
    if "ConfigUri" in definition.application:
        inputs.append(_input("analysis_config", definition.application["ConfigUri"], f"{INPUT}/config"))
    for member, folder in (("ConstraintsResource", "constraints"), ("StatisticsResource", "stats")):
        url = (definition.baseline.get(member) or {}).get("S3Uri")
        if url:
            inputs.append(_input(f"baseline_{folder}", url, f"{BASELINE}/{folder}"))
    return inputs


def _input(name: str, url: str, path: str) -> dict[str, Any]:
    place = {"S3Uri": url, "LocalPath": path, "S3DataType": "S3Prefix", "S3InputMode": "File"}
    return {"InputName": name, "S3Input": place}


def _captured(world: World, record: Record, definition: Definition) -> str:
    """Where the data lies that is looked at."""
    if not definition.endpoint:
        return str(definition.source["DataCapturedDestinationS3Uri"])
    endpoint = world.store.get("Endpoint", definition.endpoint, record.region)
    config = world.store.get("EndpointConfig", endpoint["EndpointConfigName"], record.region) if endpoint else None
    capture = (config.get("DataCaptureConfig") if config else None) or {}
    if not capture.get("DestinationS3Uri"):
        # What AWS finds under the place of an endpoint that captures nothing is nothing.
        return f"s3://sagemaker-{record.region}-{world.account}/no-data-capture/{definition.endpoint}/"
    return f"{capture['DestinationS3Uri'].rstrip('/')}/{definition.endpoint}/"


def _environment(schedule: Record, definition: Definition, start: datetime, end: datetime) -> dict[str, str]:
    """The contract of monitoring containers (AWS: Container Contract Inputs), and what the analysis needs to know."""
    source = definition.source
    if definition.endpoint:
        form: Mapping[str, Any] = {"sagemakerCaptureJson": {"captureIndexNames": ["endpointInput", "endpointOutput"]}}
    else:
        form = {name.lower(): {key.lower(): value for key, value in given.items()} for name, given in
                source["DatasetFormat"].items()}  # fmt: skip
    own = {
        "dataset_format": json.dumps(form),
        "dataset_source": source["LocalPath"],
        "output_path": definition.output["LocalPath"],
        "start_time": start.strftime(MOMENT),
        "end_time": end.strftime(MOMENT),
        "publish_cloudwatch_metrics": "Enabled",
        "sagemaker_endpoint_name": definition.endpoint,
        "sagemaker_monitoring_schedule_name": schedule.key,
        "ground_truth_source": f"{INPUT}/ground_truth" if definition.truth else "",
        **_baselines(definition),
        **_attributes(definition),
    }
    return {name: text for name, text in {**own, **definition.more["Environment"]}.items() if text}


def _baselines(definition: Definition) -> dict[str, str]:
    found = {}
    for variable, member, folder in (
        ("baseline_constraints", "ConstraintsResource", "constraints"),
        ("baseline_statistics", "StatisticsResource", "stats"),
    ):
        url = (definition.baseline.get(member) or {}).get("S3Uri", "")
        if url:
            name = url.rpartition("/")[2] or f"{variable.removeprefix('baseline_')}.json"
            found[variable] = f"{BASELINE}/{folder}/{name}"
    return found


def _attributes(definition: Definition) -> dict[str, str]:
    source, kinds = definition.source, {"ModelQuality": "MODEL_QUALITY", "ModelBias": "MODEL_BIAS"}
    found = {
        "analysis_type": kinds.get(definition.kind, "MODEL_EXPLAINABILITY" if definition.kind in CLARIFY else ""),
        "problem_type": definition.application.get("ProblemType", ""),
        "features_attribute": source.get("FeaturesAttribute", ""),
        "inference_attribute": source.get("InferenceAttribute", ""),
        "probability_attribute": source.get("ProbabilityAttribute", ""),
        "probability_threshold_attribute": str(source.get("ProbabilityThresholdAttribute", "")),
        "exclude_features_attribute": source.get("ExcludeFeaturesAttribute", ""),
    }
    return {name: text for name, text in found.items() if text}


def _list(call: Call) -> Mapping[str, Any]:
    """ListMonitoringExecutions, the latest first."""
    rows = [record for record in call.world.store.all(KIND, call.region) if _passes(record, call.request)]
    by = {"Status": STATUS}.get(call.request.get("SortBy", ""), call.request.get("SortBy", "CreationTime"))
    found, token = page(call, rows, lambda record: record.get(by))
    return answered(call.operation, [record.fields for record in found], token)


EQUALS = {
    "MonitoringScheduleName": "MonitoringScheduleName",
    "EndpointName": "EndpointName",
    "StatusEquals": STATUS,
    "MonitoringJobDefinitionName": "MonitoringJobDefinitionName",
    "MonitoringTypeEquals": "MonitoringType",
}


def _passes(record: Record, request: Mapping[str, Any]) -> bool:
    if any(name in request and record.get(field) != request[name] for name, field in EQUALS.items()):
        return False
    for field in ("ScheduledTime", "CreationTime", "LastModifiedTime"):
        after, before = request.get(f"{field}After"), request.get(f"{field}Before")
        if (after and record[field] <= after) or (before and record[field] >= before):
            return False
    return True


ENGINES: Mapping[str, Engine] = {"ListMonitoringExecutions": _list}
