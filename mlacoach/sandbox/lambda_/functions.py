"""Functions: kept, described, changed, deleted."""

import base64
import hashlib
import json
import re
import shutil
import uuid
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from botocore.exceptions import ClientError

from mlacoach.sandbox.aws_error import AwsError, not_emulated
from mlacoach.sandbox.call import Call, Engine
from mlacoach.sandbox.control.required import can_assume
from mlacoach.sandbox.lambda_.packages import refuse, unpack
from mlacoach.sandbox.records import Record, Taken
from mlacoach.sandbox.world import World

FUNCTION = "LambdaFunction"
PRINCIPAL = "lambda.amazonaws.com"
DEFAULTS: Mapping[str, Any] = {
    "Description": "",
    "Timeout": 3,
    "MemorySize": 128,
    "Architectures": ["x86_64"],
    "PackageType": "Zip",
    "EphemeralStorage": {"Size": 512},
    "TracingConfig": {"Mode": "PassThrough"},
    "SnapStart": {"ApplyOn": "None", "OptimizationStatus": "Off"},
}
CONFIGURABLE = (
    "Description", "Timeout", "MemorySize", "Handler", "Role", "Runtime", "EphemeralStorage", "DeadLetterConfig",
    "TracingConfig", "VpcConfig", "KMSKeyArn", "Architectures", "LoggingConfig",
)  # fmt: skip
RESERVED = frozenset(
    """
    AWS_REGION AWS_DEFAULT_REGION AWS_ACCESS_KEY AWS_ACCESS_KEY_ID AWS_SECRET_ACCESS_KEY AWS_SESSION_TOKEN _HANDLER
    AWS_LAMBDA_FUNCTION_NAME AWS_LAMBDA_FUNCTION_VERSION AWS_LAMBDA_FUNCTION_MEMORY_SIZE AWS_LAMBDA_RUNTIME_API
    AWS_LAMBDA_LOG_GROUP_NAME AWS_LAMBDA_LOG_STREAM_NAME LAMBDA_TASK_ROOT LAMBDA_RUNTIME_DIR
    """.split()  # noqa: SIM905 - a list of names
)
NAME = re.compile(
    r"(?:arn:aws:lambda:([a-z0-9-]+):\d{12}:function:)?(?:\d{12}:function:|function:)?([\w-]+)(?::([\w$-]+))?"
)


def name_of(text: str) -> str:
    """A function's name, of its name or of its whole or partial ARN."""
    found = NAME.fullmatch(text)
    return found[2] if found else text


def existing(world: World, text: str, region: str) -> Record:
    """A function.

    Raises:
        AwsError: there is none.
    """
    found = world.store.get(FUNCTION, name_of(text), region)
    if found is None:
        raise AwsError("ResourceNotFoundException", f"Function not found: {_arn(world, name_of(text), region)}", 404)
    return found


def _arn(world: World, name: str, region: str) -> str:
    return world.arn(f"function:{name}", "lambda", region)


def _create(call: Call) -> Mapping[str, Any]:
    request, world = call.request, call.world
    _must_run_here(request)
    _check(call)
    name = name_of(request["FunctionName"])
    folder, shown = _code(call, request["Code"])
    given = {key: request[key] for key in CONFIGURABLE if key in request}
    arn = _arn(world, name, call.region)
    fields = {**DEFAULTS, **given, **_more(request), **shown, "FunctionName": name, "FunctionArn": arn}
    fields |= {"Version": "$LATEST", "RevisionId": str(uuid.uuid4()), "LastModified": _moment(world)}
    fields |= {"State": "Active", "LastUpdateStatus": "Successful"}
    fields.setdefault("LoggingConfig", {"LogFormat": "Text", "LogGroup": f"/aws/lambda/{name}"})
    try:
        world.store.add(Record(FUNCTION, name, arn, fields, {"code": folder}, call.region))
    except Taken as error:
        shutil.rmtree(folder, ignore_errors=True)
        raise AwsError("ResourceConflictException", f"Function already exist: {name}", 409) from error
    world.store.tag(arn, request.get("Tags", {}))
    return fields


def _must_run_here(request: Mapping[str, Any]) -> None:
    if request.get("PackageType") == "Image":
        raise not_emulated("A function of an image", "Give it a zip file with Python code.")
    if not request.get("Runtime", "").startswith("python"):
        raise not_emulated(f"The runtime {request.get('Runtime')}", "The sandbox runs Python functions.")
    if "." not in request.get("Handler", ""):
        raise refuse(f"Bad handler '{request.get('Handler', '')}': not enough values to unpack (expected 2, got 1)")


def _moment(world: World) -> str:
    return world.now().strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3] + "+0000"


def _check(call: Call) -> None:
    role = call.request.get("Role")
    if role and not can_assume(call.world, role, PRINCIPAL):
        raise refuse("The role defined for the function cannot be assumed by Lambda.")
    taken = sorted(RESERVED & set(call.request.get("Environment", {}).get("Variables", {})))
    if taken:
        raise refuse(
            "Lambda was unable to configure your environment variables because the environment variables you have "
            "provided contains reserved keys that are currently not supported for modification. "
            f"Reserved keys used in this request: {', '.join(taken)}"
        )


def _more(request: Mapping[str, Any]) -> dict[str, Any]:
    more: dict[str, Any] = {}
    if "Environment" in request:
        more["Environment"] = {"Variables": dict(request["Environment"].get("Variables", {}))}
    if "Layers" in request:
        more["Layers"] = [{"Arn": each, "CodeSize": 0} for each in request["Layers"]]
    return more


def _code(call: Call, given: Mapping[str, Any]) -> tuple[Path, dict[str, Any]]:
    package = given.get("ZipFile")
    if package is None and given.get("S3Bucket"):
        package = _from_s3(call.world, given)
    if package is None:
        raise refuse("Please provide a source for function code.")
    folder = call.world.folder / "lambda" / str(uuid.uuid4())
    try:
        unpack(package, folder)
    except AwsError:
        shutil.rmtree(folder, ignore_errors=True)
        raise
    digest = base64.b64encode(hashlib.sha256(package).digest()).decode()
    return folder, {"CodeSize": len(package), "CodeSha256": digest}


def _from_s3(world: World, given: Mapping[str, Any]) -> bytes:
    version = {"VersionId": given["S3ObjectVersion"]} if given.get("S3ObjectVersion") else {}
    try:
        found = world.client("s3").get_object(Bucket=given["S3Bucket"], Key=given["S3Key"], **version)
    except ClientError as error:
        said = error.response["Error"]
        raise refuse(
            f"Error occurred while GetObject. S3 Error Code: {said['Code']}. S3 Error Message: {said['Message']}"
        ) from error
    body: bytes = found["Body"].read()
    return body


def _get(call: Call) -> Mapping[str, Any]:
    record = existing(call.world, call.request["FunctionName"], call.region)
    tags = call.world.store.tags(record.arn)
    code = {"RepositoryType": "S3", "Location": f"{call.world.url}/lambda/{record.key}"}
    return {"Configuration": dict(record.fields), "Code": code, **({"Tags": tags} if tags else {})}


def _get_configuration(call: Call) -> Mapping[str, Any]:
    return dict(existing(call.world, call.request["FunctionName"], call.region).fields)


def _update_code(call: Call) -> Mapping[str, Any]:
    record = existing(call.world, call.request["FunctionName"], call.region)
    folder, shown = _code(call, call.request)
    changes = {**shown, "LastModified": _moment(call.world), "RevisionId": str(uuid.uuid4())}
    now = call.world.store.change(record, changes, {"code": folder})
    _forget(record)
    return dict(now.fields) if now else {}


def _update_configuration(call: Call) -> Mapping[str, Any]:
    record = existing(call.world, call.request["FunctionName"], call.region)
    _check(call)
    changes = {key: call.request[key] for key in CONFIGURABLE if key in call.request} | _more(call.request)
    now = call.world.store.change(
        record, {**changes, "LastModified": _moment(call.world), "RevisionId": str(uuid.uuid4())}
    )
    return dict(now.fields) if now else {}


def _forget(record: Record) -> None:
    folder = record.private.get("code")
    if isinstance(folder, Path):
        shutil.rmtree(folder, ignore_errors=True)


def _delete(call: Call) -> Mapping[str, Any]:
    record = existing(call.world, call.request["FunctionName"], call.region)
    call.world.store.remove(record)
    _forget(record)
    return {"StatusCode": 204}


def _list(call: Call) -> Mapping[str, Any]:
    found = call.world.store.all(FUNCTION, call.region)
    begin = int(call.request.get("Marker") or 0)
    end = begin + int(call.request.get("MaxItems") or 50)
    more = {"NextMarker": str(end)} if end < len(found) else {}
    return {"Functions": [dict(each.fields) for each in found[begin:end]], **more}


def _permit(call: Call) -> Mapping[str, Any]:
    record = existing(call.world, call.request["FunctionName"], call.region)
    request = call.request
    there = dict(record.private.get("policy", {}))
    if request["StatementId"] in there:
        raise AwsError(
            "ResourceConflictException", f"The statement id ({request['StatementId']}) provided already exists.", 409
        )
    is_service = request["Principal"].endswith(".amazonaws.com")
    statement = {
        "Sid": request["StatementId"],
        "Effect": "Allow",
        "Principal": {"Service" if is_service else "AWS": request["Principal"]},
        "Action": request["Action"],
        "Resource": record.arn,
    }
    conditions = {}
    if request.get("SourceArn"):
        conditions["ArnLike"] = {"AWS:SourceArn": request["SourceArn"]}
    if request.get("SourceAccount"):
        conditions["StringEquals"] = {"AWS:SourceAccount": request["SourceAccount"]}
    if conditions:
        statement["Condition"] = conditions
    call.world.store.change(record, {}, {"policy": {**there, request["StatementId"]: statement}})
    return {"Statement": json.dumps(statement)}


def _forbid(call: Call) -> Mapping[str, Any]:
    record = existing(call.world, call.request["FunctionName"], call.region)
    there = dict(record.private.get("policy", {}))
    if there.pop(call.request["StatementId"], None) is None:
        raise AwsError(
            "ResourceNotFoundException",
            f"Statement {call.request['StatementId']} is not found in resource policy.",
            404,
        )
    call.world.store.change(record, {}, {"policy": there})
    return {}


def _policy(call: Call) -> Mapping[str, Any]:
    record = existing(call.world, call.request["FunctionName"], call.region)
    there = record.private.get("policy")
    if not there:
        raise AwsError("ResourceNotFoundException", "The resource you requested does not exist.", 404)
    policy = {"Version": "2012-10-17", "Id": "default", "Statement": list(there.values())}
    return {"Policy": json.dumps(policy), "RevisionId": record["RevisionId"]}


def _tag(call: Call) -> Mapping[str, Any]:
    call.world.store.tag(existing(call.world, call.request["Resource"], call.region).arn, call.request["Tags"])
    return {}


def _untag(call: Call) -> Mapping[str, Any]:
    call.world.store.untag(existing(call.world, call.request["Resource"], call.region).arn, call.request["TagKeys"])
    return {}


def _tags(call: Call) -> Mapping[str, Any]:
    return {"Tags": call.world.store.tags(existing(call.world, call.request["Resource"], call.region).arn)}


def _put_retries(call: Call) -> Mapping[str, Any]:
    record = existing(call.world, call.request["FunctionName"], call.region)
    names = ("MaximumRetryAttempts", "MaximumEventAgeInSeconds", "DestinationConfig")
    before = (record.private.get("retries") or {}) if call.operation.startswith("Update") else {}
    given = {name: call.request[name] for name in names if name in call.request}
    given = before | given | {"LastModified": call.world.now(), "FunctionArn": record.arn}
    call.world.store.change(record, {}, {"retries": given})
    return given


def _get_retries(call: Call) -> Mapping[str, Any]:
    record = existing(call.world, call.request["FunctionName"], call.region)
    found: Mapping[str, Any] | None = record.private.get("retries")
    if found is None:
        raise AwsError("ResourceNotFoundException", f"The function {record.arn} doesn't have an EventInvokeConfig", 404)
    return found


def _delete_retries(call: Call) -> Mapping[str, Any]:
    _get_retries(call)
    record = existing(call.world, call.request["FunctionName"], call.region)
    call.world.store.change(record, {}, {"retries": None})
    return {}


ENGINES: Mapping[str, Engine] = {
    "CreateFunction": _create,
    "GetFunction": _get,
    "GetFunctionConfiguration": _get_configuration,
    "UpdateFunctionCode": _update_code,
    "UpdateFunctionConfiguration": _update_configuration,
    "DeleteFunction": _delete,
    "ListFunctions": _list,
    "AddPermission": _permit,
    "RemovePermission": _forbid,
    "GetPolicy": _policy,
    "TagResource": _tag,
    "UntagResource": _untag,
    "ListTags": _tags,
    "PutFunctionEventInvokeConfig": _put_retries,
    "GetFunctionEventInvokeConfig": _get_retries,
    "UpdateFunctionEventInvokeConfig": _put_retries,
    "DeleteFunctionEventInvokeConfig": _delete_retries,
}
