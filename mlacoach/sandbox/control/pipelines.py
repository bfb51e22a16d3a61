"""Pipelines and their executions. A definition is checked and stored; the runner of PipelineExecution runs it."""

import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from mlacoach.sandbox.aws_error import AwsError, invalid, not_emulated
from mlacoach.sandbox.call import Call, Engine
from mlacoach.sandbox.control.crud import ID_LENGTH, ID_LETTERS, answer, create, existing, update
from mlacoach.sandbox.control.differences import Difference
from mlacoach.sandbox.control.families import Family, families
from mlacoach.sandbox.control.listing import answered, listed, page
from mlacoach.sandbox.engines import Engines
from mlacoach.sandbox.records import Record

KIND = "PipelineExecution"
STATUS = "PipelineExecutionStatus"
EXECUTIONS = Family(KIND, ("PipelineExecutionArn",), "PipelineExecutionArn", "pipeline", STATUS, (), "", Difference())
RUNNING = ("Executing", "Stopping")
# Members that no shape has, and so no answer shows. The runner reads the first two and keeps the third.
DEFINITION, PARAMETERS, STEPS = "_Definition", "_Parameters", "_Steps"
CASTS: Mapping[str, Any] = {"Integer": int, "Float": float, "String": str}


def engines_of(engines: Engines) -> Mapping[str, Engine]:
    """The engines of pipelines."""
    pipeline = families()["Pipeline"]
    return {
        "CreatePipeline": _with_definition(create(pipeline, engines)),
        "UpdatePipeline": _with_definition(update(pipeline, engines)),
        "StartPipelineExecution": lambda call: _start(call, engines),
        "StopPipelineExecution": lambda call: _stop(call, engines),
        "DescribePipelineExecution": lambda call: answer(call.operation, execution(call)),
        "UpdatePipelineExecution": _update,
        "ListPipelineExecutions": _list,
        "ListPipelineExecutionSteps": _steps,
        "ListPipelineParametersForExecution": _parameters,
        "DescribePipelineDefinitionForExecution": _definition,
    }


def _with_definition(engine: Engine) -> Engine:
    def checked(call: Call) -> Any:  # noqa: ANN401 - an engine's answer
        request = dict(call.request)
        place = request.pop("PipelineDefinitionS3Location", None)
        if place:
            request["PipelineDefinition"] = _from_s3(call, place)
        if request.get("PipelineDefinition"):
            _check(request["PipelineDefinition"])
        elif call.operation == "CreatePipeline":
            raise invalid("Either PipelineDefinition or PipelineDefinitionS3Location must be provided.")
        return engine(replace(call, request=request))

    return checked


def _from_s3(call: Call, place: Mapping[str, str]) -> str:
    from botocore.exceptions import ClientError  # noqa: PLC0415 - beside the client

    try:
        found = call.world.client("s3").get_object(Bucket=place["Bucket"], Key=place["ObjectKey"])
    except ClientError as error:
        raise invalid(f"Unable to read the pipeline definition from S3: {error}") from error
    return str(found["Body"].read().decode("utf-8", "replace"))


def _check(text: str) -> None:
    """The definition can be read, and its steps have names of their own.

    Raises:
        AwsError: it cannot, or two have the same.
    """
    try:
        definition = json.loads(text)
        names = [step["Name"] for step in definition["Steps"]]
        [step["Type"] for step in definition["Steps"]]
    except (ValueError, TypeError, KeyError) as error:
        raise invalid(f"Unable to parse pipeline definition. {type(error).__name__}: {error}") from error
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise invalid(f"Unable to parse pipeline definition. Step names must be unique: {', '.join(twice)}")


def _start(call: Call, engines: Engines) -> Mapping[str, Any]:
    pipeline = existing(families()["Pipeline"], call)
    runner = engines.runners.get(KIND)
    if runner is None:
        raise not_emulated(f"{call.service} {call.operation}", "Nothing here runs a pipeline.")
    record = _new(call, pipeline)
    call.world.store.add(record)
    call.world.store.change(pipeline, {"LastRunTime": call.world.now()})
    try:
        runner.start(call.world, record)
    except BaseException:
        call.world.store.remove(record)
        raise
    return {"PipelineExecutionArn": record.arn}


def _new(call: Call, pipeline: Record) -> Record:
    definition = json.loads(pipeline["PipelineDefinition"])
    now = call.world.now()
    identity = "".join(call.world.rng(f"{KIND}/{now.timestamp()}/{pipeline.key}").choices(ID_LETTERS, k=ID_LENGTH))
    arn = f"{pipeline.arn}/execution/{identity}"
    fields = {
        **{name: value for name, value in call.request.items() if name not in {"PipelineParameters", "PipelineName"}},
        "PipelineArn": pipeline.arn,
        "PipelineName": pipeline.key,
        "PipelineExecutionArn": arn,
        "PipelineExecutionDisplayName": call.request.get("PipelineExecutionDisplayName", f"execution-{identity}"),
        "RoleArn": call.request.get("RoleArn") or pipeline.get("RoleArn"),
        STATUS: "Executing",
        "CreationTime": now,
        "LastModifiedTime": now,
        "StartTime": now,
        DEFINITION: definition,
        PARAMETERS: parameters(definition, call.request.get("PipelineParameters", [])),
        STEPS: [],
    }
    return Record(KIND, identity, arn, fields, region=call.region)


def parameters(definition: Mapping[str, Any], given: list[Mapping[str, str]]) -> dict[str, Any]:
    """The value of each parameter of a definition, as its type says; parameters come over the wire as text.

    Raises:
        AwsError: one is unknown, missing, or cannot be of its type.
    """
    declared = {each["Name"]: each for each in definition.get("Parameters", [])}
    values = {each["Name"]: each["Value"] for each in given}
    unknown = sorted(set(values) - set(declared))
    if unknown:
        raise invalid(f"Parameter {', '.join(unknown)} is not defined in the pipeline definition.")
    return {name: _parameter(each, values.get(name)) for name, each in declared.items()}


def _parameter(declared: Mapping[str, Any], given: str | None) -> Any:  # noqa: ANN401 - text, number or truth
    value = declared.get("DefaultValue") if given is None else given
    name, kind = declared["Name"], declared.get("Type", "String")
    if value is None:
        raise invalid(f"Parameter {name} has no default value and must be provided.")
    try:
        found = str(value).lower() == "true" if kind == "Boolean" else CASTS[kind](value)
    except (ValueError, KeyError) as error:
        raise invalid(f"Parameter {name} is not of the type {kind}: {value}") from error
    allowed = declared.get("EnumValues")
    if allowed and found not in allowed:
        raise invalid(f"Parameter {name} must be one of {', '.join(map(str, allowed))}.")
    return found


def execution(call: Call) -> Record:
    """The execution that a request names.

    Raises:
        AwsError: there is none.
    """
    arn = str(call.request["PipelineExecutionArn"])
    record = call.world.store.get(KIND, arn.rpartition("/")[2], call.region)
    if record is None or record.arn != arn:
        raise AwsError("ResourceNotFound", f"Pipeline execution '{arn}' does not exist.")
    return record


def _stop(call: Call, engines: Engines) -> Mapping[str, Any]:
    record = execution(call)
    if record[STATUS] not in RUNNING:
        raise AwsError(
            "ConflictException", f"Pipeline execution {record.arn} cannot be stopped: it is {record[STATUS]}."
        )
    changed = call.world.store.change(record, {STATUS: "Stopping", "LastModifiedTime": call.world.now()}) or record
    runner = engines.runners.get(KIND)
    if runner and runner.stop:
        runner.stop(call.world, changed)
    return {"PipelineExecutionArn": record.arn}


def _update(call: Call) -> Mapping[str, Any]:
    record = execution(call)
    call.world.store.change(record, {**call.request, "LastModifiedTime": call.world.now()})
    return {"PipelineExecutionArn": record.arn}


def _list(call: Call) -> Mapping[str, Any]:
    name = str(call.request["PipelineName"]).rpartition("/")[2]
    existing(families()["Pipeline"], call)
    records = [one for one in call.world.store.all(KIND, call.region) if one["PipelineName"] == name]
    request = {key: value for key, value in call.request.items() if key != "PipelineName"}
    return listed(replace(call, request=request), EXECUTIONS, records)


def _steps(call: Call) -> Mapping[str, Any]:
    record = execution(call)
    rows = [
        Record("Step", f"{number:06}", "", {**step, "Row": number}) for number, step in enumerate(record.get(STEPS, []))
    ]
    found, token = page(call, rows, lambda row: row["Row"])
    return answered(call.operation, [row.fields for row in found], token)


def _parameters(call: Call) -> Mapping[str, Any]:
    values = execution(call).get(PARAMETERS, {})
    return {"PipelineParameters": [{"Name": name, "Value": str(value)} for name, value in sorted(values.items())]}


def _definition(call: Call) -> Mapping[str, Any]:
    record = execution(call)
    return {"PipelineDefinition": json.dumps(record[DEFINITION]), "CreationTime": record["CreationTime"]}


def refuse_running(call: Call, pipeline: Record) -> None:
    """A pipeline that is being executed stays.

    Raises:
        AwsError: it is.
    """
    executions = call.world.store.all(KIND, call.region)
    if any(one["PipelineName"] == pipeline.key and one[STATUS] in RUNNING for one in executions):
        raise AwsError("ConflictException", f"Pipeline {pipeline.arn} has running executions and cannot be deleted.")
