"""Trial components of jobs: parameters, inputs, outputs, metrics, and their place in an experiment."""

import statistics
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from datetime import datetime
from typing import Any

from mlacoach.sandbox.lineage.graph import artifact, associate
from mlacoach.sandbox.records import Record, Taken
from mlacoach.sandbox.world import World

KIND = "TrialComponent"
LONGEST = 120
# The status of a job, and what its component says.
STATES = {"Completed": "Completed", "Failed": "Failed", "Stopping": "Stopping", "Stopped": "Stopped"}
SUFFIX = {"TrainingJob": "aws-training-job", "ProcessingJob": "aws-processing-job", "TransformJob": "aws-transform-job"}
Artifacts = dict[str, dict[str, str]]


def note(world: World, job: Record) -> None:
    """Let a job's trial component be as the job is now; it is made with the job."""
    component = _component(world, job)
    world.store.change(component, _state(world, job))
    if job[f"{job.kind}Status"] == "Completed":
        _link(world, job, component)


def _component(world: World, job: Record) -> Record:
    name = f"{job.key}-{SUFFIX[job.kind]}"[:LONGEST]
    arn = world.arn(f"experiment-trial-component/{name}", region=job.region)
    config = job.get("ExperimentConfig") or {}
    fields = {
        "TrialComponentName": name,
        "DisplayName": config.get("TrialComponentDisplayName", name),
        "TrialComponentArn": arn,
        "Source": {"SourceArn": job.arn, "SourceType": f"SageMaker{job.kind}"},
        "CreationTime": world.now(),
        "Parameters": dict(_parameters(job)),
        "InputArtifacts": dict(_inputs(job)),
        "Metrics": [],
        "Parents": _parents(world, job, config),
    }
    component = Record(KIND, name, arn, fields, region=job.region)
    with suppress(Taken):
        world.store.add(component)
    return world.store.get(KIND, name, job.region) or component


def _parents(world: World, job: Record, config: Mapping[str, str]) -> list[dict[str, str]]:
    trial = world.store.get("Trial", config.get("TrialName", ""), job.region)
    return [{"TrialName": trial.key, "ExperimentName": str(trial.get("ExperimentName", ""))}] if trial else []


def _state(world: World, job: Record) -> dict[str, Any]:
    status = STATES.get(job[f"{job.kind}Status"], "InProgress")
    message = str(job.get("FailureReason") or f"Status: {status}")[:1024]
    prefix = job.kind.removesuffix("Job")
    times = {"StartTime": job.get(f"{prefix}StartTime"), "EndTime": job.get(f"{prefix}EndTime")}
    return {
        "Status": {"PrimaryStatus": status, "Message": message},
        **{name: moment for name, moment in times.items() if moment},
        "OutputArtifacts": dict(_outputs(job)),
        "Metrics": _metrics(job),
        "LastModifiedTime": world.now(),
    }


def _parameters(job: Record) -> Iterator[tuple[str, dict[str, Any]]]:
    """Hyperparameters, and what the job ran on."""
    for name, text in (job.get("HyperParameters") or {}).items():
        yield name, _value(text)
    cluster = job.get("ResourceConfig") or (job.get("ProcessingResources") or {}).get("ClusterConfig") or {}
    for name in ("InstanceCount", "InstanceType", "VolumeSizeInGB"):
        if name in cluster:
            yield f"SageMaker.{name}", _value(cluster[name])
    image = _image(job)
    if image:
        yield "SageMaker.ImageUri", _value(image)


def _value(value: Any) -> dict[str, Any]:  # noqa: ANN401 - text or number
    try:
        return {"NumberValue": float(value)}
    except ValueError:
        return {"StringValue": str(value).strip('"')}


def _image(job: Record) -> str:
    spec = job.get("AlgorithmSpecification") or job.get("AppSpecification") or {}
    return str(spec.get("TrainingImage") or spec.get("ImageUri") or "")


def _inputs(job: Record) -> Iterator[tuple[str, dict[str, str]]]:
    for channel in job.get("InputDataConfig") or []:
        source = channel.get("DataSource", {}).get("S3DataSource")
        if source:
            kind = {"MediaType": channel["ContentType"]} if channel.get("ContentType") else {}
            yield channel["ChannelName"], {**kind, "Value": source["S3Uri"]}
    for each in job.get("ProcessingInputs") or []:
        if "S3Input" in each:
            yield each["InputName"], {"Value": each["S3Input"]["S3Uri"]}
    source = ((job.get("TransformInput") or {}).get("DataSource") or {}).get("S3DataSource")
    if source:
        yield "SageMaker.TransformInput", {"Value": source["S3Uri"]}


def _outputs(job: Record) -> Iterator[tuple[str, dict[str, str]]]:
    model = (job.get("ModelArtifacts") or {}).get("S3ModelArtifacts")
    if model:
        yield "SageMaker.ModelArtifact", {"Value": model}
    for each in (job.get("ProcessingOutputConfig") or {}).get("Outputs") or []:
        if "S3Output" in each:
            yield each["OutputName"], {"Value": each["S3Output"]["S3Uri"]}
    place = (job.get("TransformOutput") or {}).get("S3OutputPath")
    if place:
        yield "SageMaker.TransformOutput", {"Value": place}


def _metrics(job: Record) -> list[dict[str, Any]]:
    """A summary of each metric of a training job, over all its values."""
    every: Mapping[str, Sequence[float]] = job.private.get("metrics", {})
    return [
        _summary(job, each["MetricName"], every.get(each["MetricName"]) or [each["Value"]], each["Timestamp"])
        for each in job.get("FinalMetricDataList") or []
    ]


def _summary(job: Record, name: str, values: Sequence[float], moment: datetime) -> dict[str, Any]:
    return {
        "MetricName": name,
        "SourceArn": job.arn,
        "TimeStamp": moment,
        "Count": len(values),
        "Min": min(values),
        "Max": max(values),
        "Avg": statistics.fmean(values),
        "StdDev": statistics.pstdev(values),
        "Last": values[-1],
    }


def _link(world: World, job: Record, component: Record) -> None:
    """What a job used contributed to it; what it made was produced by it."""
    used = [(each["Value"], "DataSet") for each in dict(_inputs(job)).values()]
    image = _image(job)
    used += [(image, "Image")] if image else []
    used += [(url, "Model") for url in _model_urls(world, job)]
    for url, kind in used:
        associate(world, job.region, artifact(world, job.region, url, kind), component.arn, "ContributedTo")
    for name, each in dict(_outputs(job)).items():
        kind = "Model" if name == "SageMaker.ModelArtifact" else "DataSet"
        associate(world, job.region, component.arn, artifact(world, job.region, each["Value"], kind), "Produced")


def _model_urls(world: World, job: Record) -> list[str]:
    """The artifacts of the model that a transform job asks."""
    model = world.store.get("Model", str(job.get("ModelName") or ""), job.region)
    containers = [model.get("PrimaryContainer"), *(model.get("Containers") or [])] if model else []
    return [each["ModelDataUrl"] for each in containers if each and each.get("ModelDataUrl")]
