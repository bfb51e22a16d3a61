"""The AWS CLI goes on a tour: data, training, a model that answers, a query, a function, an alarm."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from mlacoach.sandbox import Sandbox
from mlacoach.sandbox.client import own_key
from mlacoach.sandbox.environment import SHIM
from tests.sandbox_clients import REGION, ROLE, client_of
from tests.sandbox_endpoints import XGBOOST, until
from tests.sandbox_functions import zipped

AWS = shutil.which("aws", path=os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", "")]))
ROWS = "".join(f"{int(number > 50)},{number},{number % 7}\n" for number in range(100))
ENDED = {"SUCCEEDED", "FAILED", "CANCELLED"}

pytestmark = pytest.mark.skipif(AWS is None, reason="there is no AWS CLI")


class Cli:
    """The command `aws`, as `mlacoach sandbox shell` sets it up."""

    def __init__(self, url: str, folder: Path) -> None:
        self.folder = folder
        kept = {name: os.environ[name] for name in ("PATH", "HOME", "SYSTEMROOT") if name in os.environ}
        self.env = {
            **kept,
            "AWS_ENDPOINT_URL": url,
            "AWS_ACCESS_KEY_ID": own_key(),
            "AWS_SECRET_ACCESS_KEY": "sandbox",
            "AWS_DEFAULT_REGION": REGION,
            "AWS_CONFIG_FILE": os.devnull,
            "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
            "AWS_PAGER": "",
            "MLACOACH_SANDBOX": url,
            "PYTHONPATH": str(SHIM),
        }

    def __call__(self, *words: str, **members: Any) -> Any:  # noqa: ANN401
        """What a command answers; its members are given as JSON."""
        assert AWS
        given = ["--cli-input-json", json.dumps(members)] if members else []
        ran = subprocess.run(
            [AWS, *words, *given, "--output", "json"], env=self.env, cwd=self.folder, capture_output=True, check=False
        )
        assert ran.returncode == 0, (words, ran.stderr.decode())
        try:
            return json.loads(ran.stdout or b"null")
        except ValueError:
            return ran.stdout.decode()

    def refused(self, *words: str) -> str:
        """What a command says that fails."""
        assert AWS
        ran = subprocess.run([AWS, *words], env=self.env, cwd=self.folder, capture_output=True, check=False)
        # The first version of the CLI ends with 255, the second with 254.
        assert ran.returncode in {254, 255}, ran.stdout
        return ran.stderr.decode().strip()


@pytest.fixture(scope="module")
def aws(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cli]:
    folder = tmp_path_factory.mktemp("tour")
    (folder / "train.csv").write_text(ROWS)
    (folder / "rows.csv").write_text("90,1\n10,1")
    (folder / "event.json").write_text('{"n": 21}')
    (folder / "code.zip").write_bytes(zipped(app="def handler(event, context): return event['n'] * 2"))
    with Sandbox() as sandbox:
        yield Cli(sandbox.url, folder)


def test_data_a_training_job_and_an_endpoint(aws: Cli) -> None:
    aws("s3", "mb", "s3://tour")
    aws("s3", "cp", "train.csv", "s3://tour/train/train.csv")
    assert "train.csv" in aws("s3", "ls", "s3://tour/train/")
    source = {"S3DataType": "S3Prefix", "S3Uri": "s3://tour/train/", "S3DataDistributionType": "FullyReplicated"}
    aws(
        "sagemaker",
        "create-training-job",
        TrainingJobName="tour",
        RoleArn=ROLE,
        AlgorithmSpecification={"TrainingImage": XGBOOST, "TrainingInputMode": "File"},
        HyperParameters={"num_round": "5", "objective": "binary:logistic"},
        InputDataConfig=[{"ChannelName": "train", "ContentType": "text/csv", "DataSource": {"S3DataSource": source}}],
        OutputDataConfig={"S3OutputPath": "s3://tour/out"},
        ResourceConfig={"InstanceType": "ml.m5.large", "InstanceCount": 1, "VolumeSizeInGB": 1},
        StoppingCondition={"MaxRuntimeInSeconds": 300},
    )
    aws("sagemaker", "wait", "training-job-completed-or-stopped", "--training-job-name", "tour")
    job = aws("sagemaker", "describe-training-job", "--training-job-name", "tour")
    assert job["TrainingJobStatus"] == "Completed"
    data = job["ModelArtifacts"]["S3ModelArtifacts"]
    container = {"Image": XGBOOST, "ModelDataUrl": data}
    aws("sagemaker", "create-model", ModelName="tour", ExecutionRoleArn=ROLE, PrimaryContainer=container)
    variant = {"VariantName": "a", "ModelName": "tour", "InstanceType": "ml.m5.large", "InitialInstanceCount": 1}
    aws("sagemaker", "create-endpoint-config", EndpointConfigName="tour", ProductionVariants=[variant])
    aws("sagemaker", "create-endpoint", "--endpoint-name", "tour", "--endpoint-config-name", "tour")
    aws("sagemaker", "wait", "endpoint-in-service", "--endpoint-name", "tour")
    asked = ["--endpoint-name", "tour", "--content-type", "text/csv", "--body", "fileb://rows.csv", "answer.txt"]
    aws("sagemaker-runtime", "invoke-endpoint", *asked)
    answers = [float(each) for each in (aws.folder / "answer.txt").read_text().split()]
    assert answers[0] > 0.5 > answers[1]
    said = aws.refused("sagemaker", "describe-endpoint", "--endpoint-name", "none")
    assert "(ValidationException) when calling the DescribeEndpoint operation: Could not find endpoint" in said


def test_a_function_a_query_and_a_list_in_pages(aws: Cli) -> None:
    function = ["--function-name", "doubles", "--runtime", "python3.12", "--role", ROLE, "--handler", "app.handler"]
    aws("lambda", "create-function", *function, "--timeout", "20", "--zip-file", "fileb://code.zip")
    payload = ["--payload", "fileb://event.json", "answer.json"]
    aws("lambda", "invoke", "--function-name", "doubles", *payload)
    assert (aws.folder / "answer.json").read_text() == "42"
    aws("s3", "mb", "s3://queries")
    query = aws(
        "athena",
        "start-query-execution",
        QueryString="SELECT 6 * 7 AS answer",
        ResultConfiguration={"OutputLocation": "s3://queries/"},
    )["QueryExecutionId"]
    athena = client_of(aws.env["AWS_ENDPOINT_URL"], "athena")
    until(lambda: athena.get_query_execution(QueryExecutionId=query)["QueryExecution"]["Status"]["State"] in ENDED)
    found = aws("athena", "get-query-execution", "--query-execution-id", query)
    assert found["QueryExecution"]["Status"]["State"] == "SUCCEEDED"
    rows = aws("athena", "get-query-results", "--query-execution-id", query)["ResultSet"]["Rows"]
    assert rows[1]["Data"] == [{"VarCharValue": "42"}]
    # Each start of the CLI takes most of a second.
    sagemaker = client_of(aws.env["AWS_ENDPOINT_URL"], "sagemaker")
    for number in range(3):
        sagemaker.create_model(ModelName=f"page-{number}", ExecutionRoleArn=ROLE)
    models = ["sagemaker", "list-models", "--name-contains", "page-", "--page-size", "1", "--query"]
    assert sorted(aws(*models, "Models[].ModelName")) == ["page-0", "page-1", "page-2"]
