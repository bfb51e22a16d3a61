"""Endpoints for tests: models made of scripts, brought up on a sandbox of the test module's own."""

import io
import itertools
import json
import tarfile
import threading
import time
from collections.abc import Callable, Mapping
from typing import Any

from botocore.config import Config

from mlacoach.sandbox import REGION, ROLE_ARN
from tests.sandbox_clients import session_of

BUCKET = "endpoint-models"
PATIENCE = 30.0
SKLEARN = "683313688378.dkr.ecr.us-east-1.amazonaws.com/sagemaker-scikit-learn:1.2-1-cpu-py3"
XGBOOST = "683313688378.dkr.ecr.us-east-1.amazonaws.com/sagemaker-xgboost:1.7-1"
OWN = "123456789012.dkr.ecr.us-east-1.amazonaws.com/own:1"
ONCE = Config(retries={"total_max_attempts": 1}, max_pool_connections=250, proxies={})
NUMBERS = itertools.count(1)
# Says its own name and what it was sent.
NAMED = """
def model_fn(folder):
    return "{name}"
def transform_fn(model, data, content_type, accept):
    return model + ":" + (data if isinstance(data, str) else data.decode())
"""


def until(done: Callable[[], Any], what: str = "it") -> Any:  # noqa: ANN401
    """Wait until something is true, and give it."""
    end = time.monotonic() + PATIENCE
    pause = threading.Event()
    while time.monotonic() < end:
        found = done()
        if found:
            return found
        pause.wait(0.05)
    raise AssertionError(f"{what} did not come about.")


def archive(files: Mapping[str, bytes | str]) -> bytes:
    """A model.tar.gz."""
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w:gz") as tar:
        for name, content in files.items():
            data = content.encode() if isinstance(content, str) else content
            entry = tarfile.TarInfo(name)
            entry.size = len(data)
            tar.addfile(entry, io.BytesIO(data))
    return packed.getvalue()


class Endpoints:
    """Clients of a sandbox, and short ways to an endpoint."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.clients: dict[str, Any] = {}
        self.sagemaker = self.client("sagemaker")
        self.runtime = self.client("sagemaker-runtime")
        self.s3 = self.client("s3")
        self.s3.create_bucket(Bucket=BUCKET)

    def client(self, service: str) -> Any:  # noqa: ANN401
        """A client that sends once; the same one each time."""
        if service not in self.clients:
            self.clients[service] = session_of(REGION).client(service, endpoint_url=self.url, config=ONCE)
        return self.clients[service]

    def put(self, files: Mapping[str, bytes | str], key: str = "") -> str:
        """Pack a model into S3; its address."""
        key = key or f"model-{next(NUMBERS)}.tar.gz"
        self.s3.put_object(Bucket=BUCKET, Key=key, Body=archive(files))
        return f"s3://{BUCKET}/{key}"

    def script(self, code: str) -> dict[str, Any]:
        """A container whose model is a script."""
        return {"Image": SKLEARN, "ModelDataUrl": self.put({"code/inference.py": code})}

    def model(self, *containers: Mapping[str, Any], **more: Any) -> str:  # noqa: ANN401
        """A model; its name."""
        name = f"model-{next(NUMBERS)}"
        what = {"PrimaryContainer": containers[0]} if len(containers) == 1 else {"Containers": list(containers)}
        self.sagemaker.create_model(ModelName=name, ExecutionRoleArn=ROLE_ARN, **what, **more)
        return name

    def config(self, *variants: Mapping[str, Any], **more: Any) -> str:  # noqa: ANN401
        """An endpoint configuration; its name."""
        name = f"config-{next(NUMBERS)}"
        self.sagemaker.create_endpoint_config(EndpointConfigName=name, ProductionVariants=list(variants), **more)
        return name

    def variant(self, model: str, name: str = "AllTraffic", weight: float = 1, count: int = 1) -> dict[str, Any]:
        """A variant on instances."""
        return {
            "VariantName": name,
            "ModelName": model,
            "InstanceType": "ml.m5.large",
            "InitialInstanceCount": count,
            "InitialVariantWeight": weight,
        }

    def named(self, name: str, variant: str = "AllTraffic", weight: float = 1, count: int = 1) -> dict[str, Any]:
        """A variant that says its name."""
        return self.variant(self.model(self.script(NAMED.format(name=name))), variant, weight, count)

    def create(self, config: str, **more: Any) -> str:  # noqa: ANN401
        """An endpoint that is coming up; its name."""
        name = f"endpoint-{next(NUMBERS)}"
        self.sagemaker.create_endpoint(EndpointName=name, EndpointConfigName=config, **more)
        return name

    def settled(self, name: str) -> dict[str, Any]:
        """The endpoint, once it has come to rest."""

        def look() -> dict[str, Any] | None:
            found: dict[str, Any] = self.sagemaker.describe_endpoint(EndpointName=name)
            return found if found["EndpointStatus"] in {"InService", "Failed"} else None

        found: dict[str, Any] = until(look, f"{name} at rest")
        return found

    def serve(self, *variants: Mapping[str, Any], **more: Any) -> str:  # noqa: ANN401
        """An endpoint in service; its name."""
        name = self.create(self.config(*variants, **more))
        found = self.settled(name)
        assert found["EndpointStatus"] == "InService", (found.get("FailureReason"), self.log(name))
        return name

    def ask(self, name: str, body: bytes = b"x", **more: Any) -> str:  # noqa: ANN401
        """What an endpoint answers."""
        answer = self.runtime.invoke_endpoint(
            EndpointName=name, Body=body, **{"ContentType": "text/csv", "Accept": "text/csv", **more}
        )
        text: str = answer["Body"].read().decode()
        return text

    def log(self, name: str) -> str:
        """What the containers of an endpoint have said."""
        logs = self.client("logs")
        group = f"/aws/sagemaker/Endpoints/{name}"
        try:
            streams = logs.describe_log_streams(logGroupName=group)["logStreams"]
        except logs.exceptions.ResourceNotFoundException:
            return ""
        names = [stream["logStreamName"] for stream in streams]
        found = [logs.get_log_events(logGroupName=group, logStreamName=each)["events"] for each in names]
        return "\n".join(event["message"] for events in found for event in events)

    def objects(self, prefix: str) -> dict[str, bytes]:
        """What lies in S3 under a prefix."""
        found = self.s3.list_objects_v2(Bucket=BUCKET, Prefix=prefix).get("Contents", [])
        return {each["Key"]: self.s3.get_object(Bucket=BUCKET, Key=each["Key"])["Body"].read() for each in found}

    def metric(self, endpoint: str, name: str, statistic: str = "Sum", variant: str = "AllTraffic") -> float:
        """A figure of a variant since it began."""
        points = self.client("cloudwatch").get_metric_statistics(
            Namespace="AWS/SageMaker",
            MetricName=name,
            Dimensions=[{"Name": "EndpointName", "Value": endpoint}, {"Name": "VariantName", "Value": variant}],
            StartTime=time.time() - 1000,
            EndTime=time.time() + 1000,
            Period=3600,
            Statistics=[statistic],
        )["Datapoints"]
        return float(sum(point[statistic] for point in points))


def lines(body: bytes) -> list[Any]:
    """JSON lines."""
    return [json.loads(line) for line in body.splitlines()]
