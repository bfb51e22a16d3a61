"""QualityCheck and ClarifyCheck: a job that calculates a baseline anew, and what it finds against the one before."""

from collections.abc import Mapping
from typing import Any

from mlacoach.sandbox.pipelines.doing import Result, Surroundings
from mlacoach.sandbox.pipelines.making import MAKINGS, create, finish
from mlacoach.sandbox.pipelines.plan import Step
from mlacoach.sandbox.pipelines.references import StepFailed
from mlacoach.sandbox.records import Record

FOLDER = "/opt/ml/processing/baseline"
PARTS = ("Statistics", "Constraints")
# Where the drift check baselines of a model package have those of a type of check.
KEPT: Mapping[str, Mapping[str, tuple[str, str]]] = {
    "DATA_QUALITY": {part: ("ModelDataQuality", part) for part in PARTS},
    "MODEL_QUALITY": {part: ("ModelQuality", part) for part in PARTS},
    "DATA_BIAS": {"Constraints": ("Bias", "PreTrainingConstraints")},
    "MODEL_BIAS": {"Constraints": ("Bias", "PostTrainingConstraints")},
    "MODEL_EXPLAINABILITY": {"Constraints": ("Explainability", "Constraints")},
}
FILES = {
    "QualityCheck": {"Statistics": "statistics.json", "Constraints": "constraints.json"},
    "ClarifyCheck": {"Constraints": "analysis.json"},
}
VIOLATIONS = "constraint_violations.json"


def run(step: Step, arguments: Mapping[str, Any], around: Surroundings) -> Result:
    """Run the job, and say what it found.

    Raises:
        StepFailed: there is no baseline to check against, the job failed, or it found violations that are to fail.
        StepStopped: the execution was stopped.
    """
    skips = bool(step.document.get("SkipCheck"))
    before = _before(step, around)
    if not skips and "Constraints" not in before:
        raise StepFailed(
            "ClientError: There is no previous baseline to check against. Supply one, approve a model package that has "
            "drift check baselines, or set SkipCheck."
        )
    request = arguments if skips else _with_baselines(arguments, before)
    job = create(MAKINGS["Processing"], step, request, around)
    told = {name: step.document[name] for name in ("CheckType", "ModelPackageGroupName") if step.document.get(name)}
    told |= {"CheckJobArn": job.arn, "SkipCheck": skips}
    told |= {"RegisterNewBaseline": bool(step.document.get("RegisterNewBaseline"))}
    around.rows.change(step, Metadata={step.kind: told})
    finish(MAKINGS["Processing"], job, around, {step.kind: told})
    return _result(step, job, around, before, told)


def _before(step: Step, around: Surroundings) -> dict[str, str]:
    """The addresses of the baseline before: what is supplied, or that of the latest approved model."""
    supplied = {part: str(step.document.get(f"SuppliedBaseline{part}") or "") for part in PARTS}
    kept = _of_package(around, step)
    return {part: url for part in PARTS if (url := supplied[part] or kept.get(part, ""))}


def _of_package(around: Surroundings, step: Step) -> dict[str, str]:
    group = str(step.document.get("ModelPackageGroupName") or "").rpartition("/")[2]
    packages = [
        one
        for one in around.world.store.all("ModelPackage", around.execution.region)
        if one.get("ModelPackageGroupName") == group and one.get("ModelApprovalStatus") == "Approved"
    ]
    baselines = packages[-1].get("DriftCheckBaselines", {}) if group and packages else {}
    places = KEPT.get(str(step.document.get("CheckType")), {})
    found = {part: baselines.get(side, {}).get(member, {}) for part, (side, member) in places.items()}
    return {part: source["S3Uri"] for part, source in found.items() if source.get("S3Uri")}


def _with_baselines(arguments: Mapping[str, Any], before: Mapping[str, str]) -> dict[str, Any]:
    """The job's request, with the baseline before as inputs and in its environment."""
    inputs, environment = list(arguments.get("ProcessingInputs", [])), dict(arguments.get("Environment") or {})
    for part, url in before.items():
        name = f"baseline_{part.lower()}"
        place = {"S3Uri": url, "LocalPath": f"{FOLDER}/{name}", "S3DataType": "S3Prefix", "S3InputMode": "File"}
        inputs.append({"InputName": name, "S3Input": place})
        environment[name] = f"{FOLDER}/{name}/{url.rpartition('/')[2]}"
    return {**arguments, "ProcessingInputs": inputs, "Environment": environment}


def _result(
    step: Step, job: Record, around: Surroundings, before: Mapping[str, str], told: Mapping[str, Any]
) -> Result:
    place = str(job["ProcessingOutputConfig"]["Outputs"][0]["S3Output"]["S3Uri"]).rstrip("/")
    calculated = {part: f"{place}/{name}" for part, name in FILES[step.kind].items()}
    used = calculated if told["RegisterNewBaseline"] or not before else before
    properties = {f"CalculatedBaseline{part}": url for part, url in calculated.items()}
    properties |= {f"BaselineUsedForDriftCheck{part}": url for part, url in used.items()}
    now = around.world.store.get(job.kind, job.key, job.region)
    message = str(now.get("ExitMessage", "")) if now else ""
    shown = {**told, **properties}
    if message.startswith("CompletedWithViolations"):
        shown["ViolationReport"] = f"{place}/{VIOLATIONS}"
        if step.document.get("FailOnViolation", True):
            raise StepFailed(f"ClientError: {message}", metadata={step.kind: shown})
    return Result(properties, {step.kind: shown})
