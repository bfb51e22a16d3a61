"""Pipelines for tests: definitions as the SDKs write them, whose steps are small programs."""

import itertools
import json
from collections.abc import Mapping, Sequence
from typing import Any

from mlacoach.sandbox.control.pipelines import KIND, STATUS
from tests.sandbox_clients import ROLE
from tests.sandbox_jobs import BUCKET, SKLEARN, Lab

NUMBERS = itertools.count(1)
OUT = "/opt/ml/processing/out"
PATIENCE = 60.0


def get(path: str) -> dict[str, str]:
    return {"Get": path}


def join(*values: object, on: str = "/") -> dict[str, Any]:
    return {"Std:Join": {"On": on, "Values": list(values)}}


def step(name: str, kind: str, arguments: Mapping[str, Any], **more: Any) -> dict[str, Any]:  # noqa: ANN401
    return {"Name": name, "Type": kind, "Arguments": arguments, **more}


def program(code: str, *, words: Sequence[Any] = (), **more: Any) -> dict[str, Any]:  # noqa: ANN401
    """The arguments of a Processing step that runs a line of Python and keeps what it writes to OUT."""
    output = {"S3Uri": f"s3://{BUCKET}/steps/{next(NUMBERS)}", "LocalPath": OUT, "S3UploadMode": "EndOfJob"}
    return {
        "RoleArn": ROLE,
        "ProcessingResources": {
            "ClusterConfig": {"InstanceCount": 1, "InstanceType": "ml.m5.large", "VolumeSizeInGB": 1}
        },
        "AppSpecification": {
            "ImageUri": SKLEARN,
            "ContainerEntrypoint": ["python3", "-S", "-c", code],
            **({"ContainerArguments": list(words)} if words else {}),
        },
        "ProcessingOutputConfig": {"Outputs": [{"OutputName": "out", "S3Output": output}]},
        **more,
    }


def wrote(value: object, name: str = "report.json") -> str:
    """A program that writes JSON."""
    return f"import json; json.dump({value!r}, open('{OUT}/{name}', 'w'))"


class Pipelines:
    """A sandbox, and short words for what tests do with pipelines."""

    def __init__(self, lab: Lab) -> None:
        self.lab = lab
        self.sagemaker = lab.sagemaker

    def create(self, steps: Sequence[Mapping[str, Any]], **definition: Any) -> str:  # noqa: ANN401
        name = f"pipeline-{next(NUMBERS)}"
        text = json.dumps({"Version": "2020-12-01", "Metadata": {}, "Steps": list(steps), **definition})
        self.sagemaker.create_pipeline(
            PipelineName=name, PipelineDefinition=text, RoleArn=ROLE, ClientRequestToken="t" * 32
        )
        return name

    def start(self, name: str, **more: Any) -> str:  # noqa: ANN401
        values = [{"Name": key, "Value": str(value)} for key, value in more.pop("values", {}).items()]
        arn: str = self.sagemaker.start_pipeline_execution(
            PipelineName=name, ClientRequestToken="t" * 32, PipelineParameters=values, **more
        )["PipelineExecutionArn"]
        return arn

    def ended(self, arn: str) -> dict[str, Any]:
        """The execution, once it has ended; the store wakes us."""
        record = self.lab.world.store.get(KIND, arn.rpartition("/")[2])
        assert record is not None
        self.lab.world.store.wait(
            record, lambda now: now is None or now[STATUS] not in {"Executing", "Stopping"}, PATIENCE
        )
        found: dict[str, Any] = self.sagemaker.describe_pipeline_execution(PipelineExecutionArn=arn)
        assert found[STATUS] not in {"Executing", "Stopping"}, self.steps(arn)
        return found

    def ran(self, steps: Sequence[Mapping[str, Any]], values: Mapping[str, Any] | None = None, **more: Any) -> str:  # noqa: ANN401
        """The ARN of a new pipeline's execution that has ended."""
        arn = self.start(self.create(steps, **more), values=values or {})
        self.ended(arn)
        return arn

    def status(self, arn: str) -> str:
        return str(self.sagemaker.describe_pipeline_execution(PipelineExecutionArn=arn)[STATUS])

    def steps(self, arn: str) -> dict[str, dict[str, Any]]:
        """The rows by the names of their steps."""
        pages = self.sagemaker.get_paginator("list_pipeline_execution_steps").paginate(
            PipelineExecutionArn=arn, PaginationConfig={"PageSize": 2}
        )
        return {row["StepName"]: row for page in pages for row in page["PipelineExecutionSteps"]}

    def statuses(self, arn: str) -> dict[str, str]:
        return {name: row["StepStatus"] for name, row in self.steps(arn).items()}

    def until_row(self, arn: str, name: str, **fields: object) -> dict[str, Any]:
        """The row of a step, once it has these fields."""
        record = self.lab.world.store.get(KIND, arn.rpartition("/")[2])
        assert record is not None

        def rows(now: Any) -> list[dict[str, Any]]:  # noqa: ANN401
            return [row for row in now["_Steps"] if row["StepName"] == name and fields.items() <= row.items()]

        now = self.lab.world.store.wait(record, lambda now: now is None or bool(rows(now)), PATIENCE)
        assert now is not None
        return rows(now)[0]
