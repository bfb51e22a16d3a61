"""A sandbox whose jobs run, and what tests of jobs ask of it."""

import io
import json
import os
import tarfile
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from mlacoach.sandbox import jobs
from mlacoach.sandbox.assemble import control
from mlacoach.sandbox.engines import Engines
from tests.sandbox_clients import ROLE, client_of
from tests.sandbox_inside import Inside

PATIENCE = 180.0
BUCKET = "jobs-bucket"
RUNNING = ("InProgress", "Stopping")
REGISTRY = "683313688378.dkr.ecr.us-east-1.amazonaws.com"
XGBOOST = f"{REGISTRY}/sagemaker-xgboost:1.7-1"
SKLEARN = f"{REGISTRY}/sagemaker-scikit-learn:1.2-1-cpu-py3"
Array = np.ndarray[Any, Any]


def register(engines: Engines) -> None:
    control.register(engines)
    jobs.register(engines)


class Lab:
    """A sandbox with a bucket, and short words for what tests do with jobs."""

    def __init__(self, folder: Path, parts: Callable[[Engines], None] = register) -> None:
        os.environ["OMP_NUM_THREADS"] = "1"
        self.inside = Inside(folder, parts)
        self.inside.__enter__()
        self.world = self.inside.world
        self.sagemaker = client_of(self.inside.url, "sagemaker")
        self.s3 = client_of(self.inside.url, "s3")
        self.s3.create_bucket(Bucket=BUCKET)

    def close(self) -> None:
        self.inside.__exit__(None, None, None)

    def put(self, key: str, body: bytes | str) -> str:
        self.s3.put_object(Bucket=BUCKET, Key=key, Body=body)
        return f"s3://{BUCKET}/{key}"

    def get(self, key: str) -> bytes:
        return bytes(self.s3.get_object(Bucket=BUCKET, Key=key)["Body"].read())

    def keys(self, prefix: str) -> list[str]:
        return [one["Key"] for one in self.s3.list_objects_v2(Bucket=BUCKET, Prefix=prefix).get("Contents", [])]

    def logs(self, group: str, job: str) -> list[str]:
        logs = client_of(self.inside.url, "logs")
        found = logs.filter_log_events(logGroupName=f"/aws/sagemaker/{group}", logStreamNamePrefix=f"{job}/")
        return [event["message"] for event in found["events"]]

    def train(self, name: str, image: str = XGBOOST, **more: Any) -> None:  # noqa: ANN401
        self.sagemaker.create_training_job(TrainingJobName=name, **training(image, **more))

    def trained(self, name: str, image: str = XGBOOST, **more: Any) -> dict[str, Any]:  # noqa: ANN401
        self.train(name, image, **more)
        return self.ended("TrainingJob", name)

    def ended(self, kind: str, name: str) -> dict[str, Any]:
        """The job once it has ended; the store wakes us, nobody polls."""
        record = self.world.store.get(kind, name)
        assert record is not None
        last = self.world.store.wait(record, lambda now: now is None or now[f"{kind}Status"] not in RUNNING, PATIENCE)
        assert last is not None
        assert last[f"{kind}Status"] not in RUNNING, f"{kind} {name} did not end within {PATIENCE} s"
        return dict(last.fields)

    def until(self, kind: str, name: str, state: str) -> None:
        """Wait until a job is in a secondary state."""
        record = self.world.store.get(kind, name)
        assert record is not None
        now = self.world.store.wait(record, lambda now: now is None or now.get("SecondaryStatus") == state, PATIENCE)
        assert now is not None
        assert now["SecondaryStatus"] == state

    def child(self, name: str) -> int:
        """The process of a job, once there is one."""
        until = time.monotonic() + PATIENCE
        while time.monotonic() < until:
            found = [child.pid for child in self.world.supervisor.running() if child.command.name.endswith(f"/{name}")]
            if found:
                return found[0]
        raise AssertionError(f"{name} has no process")


def training(image: str, data: Mapping[str, str] | None = None, **more: Any) -> dict[str, Any]:  # noqa: ANN401
    """The request of a training job; `data` maps channels to addresses, `hyperparameters` and `spec` are added."""
    content_type = more.pop("content_type", "text/csv")
    spec = {"TrainingImage": image, "TrainingInputMode": "File", **more.pop("spec", {})}
    return {
        "RoleArn": ROLE,
        "AlgorithmSpecification": spec,
        "HyperParameters": {key: str(value) for key, value in more.pop("hyperparameters", {}).items()},
        **({"InputDataConfig": channels(data, content_type)} if data else {}),
        "OutputDataConfig": {"S3OutputPath": f"s3://{BUCKET}/out"},
        "ResourceConfig": {"InstanceCount": 1, "InstanceType": "ml.m5.large", "VolumeSizeInGB": 1},
        "StoppingCondition": {"MaxRuntimeInSeconds": 600},
        **more,
    }


def channels(data: Mapping[str, str], content_type: str) -> list[dict[str, Any]]:
    return [
        {
            "ChannelName": name,
            "ContentType": content_type,
            "DataSource": {"S3DataSource": {"S3DataType": "S3Prefix", "S3Uri": url}},
        }
        for name, url in data.items()
    ]


def csv(*columns: Array) -> str:
    out = io.StringIO()
    np.savetxt(out, np.column_stack(columns), delimiter=",", fmt="%.6g")
    return out.getvalue()


def tar(files: Mapping[str, str | bytes]) -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w:gz") as archive:
        for name, text in files.items():
            data = text.encode() if isinstance(text, str) else text
            member = tarfile.TarInfo(name)
            member.size = len(data)
            archive.addfile(member, io.BytesIO(data))
    return out.getvalue()


def untar(data: bytes, folder: Path) -> Path:
    with tarfile.open(fileobj=io.BytesIO(data)) as archive:
        archive.extractall(folder, filter="data")
    return folder


def script(url: str, program: str, **values: object) -> dict[str, str]:
    """The hyperparameters with which the SDK's estimators send a script."""
    own = {"sagemaker_program": program, "sagemaker_submit_directory": url}
    return {key: json.dumps(value) for key, value in {**own, **values}.items()}


def statuses(job: Mapping[str, Any]) -> Sequence[str]:
    return [one["Status"] for one in job["SecondaryStatusTransitions"]]


def churn(rows: int, seed: int = 0) -> tuple[Array, Array]:
    """Features and labels with a planted linear structure."""
    rng = np.random.default_rng(seed)
    features = rng.normal(size=(rows, 8))
    labels = (2 * features[:, 0] - features[:, 1] + 0.5 * rng.normal(size=rows) > 0).astype(int)
    return features, labels
