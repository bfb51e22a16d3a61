"""Model packages: versions in groups, approval, and what cannot be deleted."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from mlacoach.sandbox.aws_error import AwsError, invalid
from mlacoach.sandbox.call import Call, Engine
from mlacoach.sandbox.control.crud import absent, answer
from mlacoach.sandbox.control.differences import Difference
from mlacoach.sandbox.control.families import Family, families
from mlacoach.sandbox.control.listing import listed
from mlacoach.sandbox.control.projection import project
from mlacoach.sandbox.protocol.models import service_model
from mlacoach.sandbox.records import Record, Taken
from mlacoach.sandbox.telling import Event

KIND = "ModelPackage"
GROUP = "ModelPackageGroup"
PENDING = "PendingManualApproval"
# No shape has this member, so no answer shows it.
LAST = "_LastVersion"
PACKAGES = Family(
    KIND, ("ModelPackageName",), "ModelPackageArn", "model-package", "ModelPackageStatus", (), "", Difference()
)


def create(call: Call) -> Mapping[str, Any]:
    """CreateModelPackage: the next version of a group, or a package without versions."""
    group, name = call.request.get("ModelPackageGroupName"), call.request.get("ModelPackageName")
    if group and name:
        raise invalid(
            "Both ModelPackageName and ModelPackageGroupName are provided in the input. "
            "Cannot determine which one to use."
        )
    if not group and not name:
        raise invalid("Missing ARN.")
    record = _version(call, _name(group)) if group else _package(call, str(name), {})
    call.world.store.tag(record.arn, {tag["Key"]: tag["Value"] for tag in call.request.get("Tags", [])})
    _tell(call, record)
    return {"ModelPackageArn": record.arn}


def _name(name_or_arn: Any) -> str:  # noqa: ANN401
    return str(name_or_arn).rpartition("/")[2]


def _version(call: Call, group: str) -> Record:
    found = call.world.store.get(GROUP, group, call.region)
    if found is None:
        raise absent(families()[GROUP], call, group)
    # A number is never given again, so the group counts, not the packages that are left.
    counted = call.world.store.change(found, lambda now: {LAST: int(now.get(LAST, 0)) + 1})
    number = int(counted[LAST]) if counted else 1
    fields = {"ModelPackageGroupName": group, "ModelPackageVersion": number}
    return _package(call, f"{group}/{number}", fields)


def _package(call: Call, key: str, fields: Mapping[str, Any]) -> Record:
    now = call.world.now()
    arn = call.world.arn(f"model-package/{key}", region=call.region)
    done = [{"Name": key.replace("/", "-"), "Status": "Completed"}]
    given = {name: value for name, value in call.request.items() if name != "Tags"}
    status = {"ModelPackageStatus": "Completed", "ModelPackageStatusDetails": {"ValidationStatuses": done}}
    if "ModelPackageVersion" in fields:
        given.setdefault("ModelApprovalStatus", PENDING)
    name = {"ModelPackageName": key.partition("/")[0], "ModelPackageArn": arn, "CreationTime": now}
    record = Record(KIND, key, arn, {**given, **fields, **status, **name}, region=call.region)
    try:
        call.world.store.add(record)
    except Taken as taken:
        raise invalid(f"Model Package already exists: {arn}") from taken
    return record


def existing(call: Call, named: str) -> Record:
    """The package of a name or an ARN.

    Raises:
        AwsError: there is none.
    """
    key = named.partition(":model-package/")[2] or named
    record = call.world.store.get(KIND, key, call.region)
    if record is None:
        arn = call.world.arn(f"model-package/{key}", region=call.region)
        raise invalid(f"ModelPackage {arn} does not exist.")
    return record


def describe(call: Call) -> Mapping[str, Any]:
    """DescribeModelPackage."""
    return answer(call.operation, existing(call, call.request["ModelPackageName"]))


def batch_describe(call: Call) -> Mapping[str, Any]:
    """BatchDescribeModelPackage: those that are there, and an error for each other."""
    shape = service_model("sagemaker").shape_for("BatchDescribeModelPackageSummary")
    found: dict[str, Any] = {}
    errors: dict[str, Any] = {}
    for arn in call.request["ModelPackageArnList"]:
        try:
            found[arn] = project(shape, existing(call, arn).fields)
        except AwsError as error:
            errors[arn] = {"ErrorCode": error.code, "ErrorResponse": error.message}
    return {"ModelPackageSummaries": found, "BatchDescribeModelPackageErrorMap": errors}


def update(call: Call) -> Mapping[str, Any]:
    """UpdateModelPackage: approval, its reason, metadata, further inference specifications."""
    record = existing(call, call.request["ModelPackageArn"])
    request = dict(call.request)
    changes = {name: request[name] for name in SETTABLE if name in request} | {"LastModifiedTime": call.world.now()}
    metadata = {**(record.get("CustomerMetadataProperties") or {}), **request.get("CustomerMetadataProperties", {})}
    gone = request.get("CustomerMetadataPropertiesToRemove", [])
    changes["CustomerMetadataProperties"] = {key: value for key, value in metadata.items() if key not in gone} or None
    added = request.get("AdditionalInferenceSpecificationsToAdd")
    if added:
        present = record.get("AdditionalInferenceSpecifications") or []
        changes["AdditionalInferenceSpecifications"] = [*present, *added]
    changed = call.world.store.change(record, changes) or record
    if "ModelApprovalStatus" in request:
        _tell(call, changed)
    return {"ModelPackageArn": record.arn}


SETTABLE = (
    "ModelApprovalStatus",
    "ApprovalDescription",
    "InferenceSpecification",
    "SourceUri",
    "ModelCard",
    "ModelLifeCycle",
    "ModelPackageRegistrationType",
)


def delete(call: Call) -> Mapping[str, Any]:
    """DeleteModelPackage."""
    call.world.store.remove(existing(call, call.request["ModelPackageName"]))
    return {}


def list_(call: Call) -> Mapping[str, Any]:
    """ListModelPackages: by the rule those without versions, of a group its versions, or both."""
    group = call.request.get("ModelPackageGroupName")
    kind = "Versioned" if group else call.request.get("ModelPackageType", "Unversioned")
    records = [
        record
        for record in call.world.store.all(KIND, call.region)
        if kind == "Both" or ("ModelPackageVersion" in record.fields) == (kind == "Versioned")
    ]
    others = {name: value for name, value in call.request.items() if name != "ModelPackageType"}
    return listed(replace(call, request=others), PACKAGES, records)


def refuse_group_with_packages(call: Call, group: Record) -> None:
    """A group that holds packages stays.

    Raises:
        AwsError: it holds some.
    """
    held = [one for one in call.world.store.all(KIND, call.region) if one.get("ModelPackageGroupName") == group.key]
    if held:
        raise AwsError(
            "ConflictException", "Model Package Group cannot be deleted because it still contains Model Packages."
        )


def _tell(call: Call, record: Record) -> None:
    detail = {name: record.get(name) for name in TOLD if record.get(name) is not None}
    event = Event("aws.sagemaker", "SageMaker Model Package State Change", detail, [record.arn])
    call.world.events.publish(event)


TOLD = (
    "ModelPackageName",
    "ModelPackageGroupName",
    "ModelPackageVersion",
    "ModelPackageArn",
    "ModelPackageStatus",
    "ModelApprovalStatus",
    "CreationTime",
)

ENGINES: Mapping[str, Engine] = {
    "CreateModelPackage": create,
    "DescribeModelPackage": describe,
    "BatchDescribeModelPackage": batch_describe,
    "UpdateModelPackage": update,
    "DeleteModelPackage": delete,
    "ListModelPackages": list_,
}
