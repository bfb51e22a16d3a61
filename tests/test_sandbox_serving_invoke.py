"""Endpoints that predict: algorithms, scripts, containers of one's own, pipelines; and how each of them fails."""

import io
import json
import os
import signal
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from botocore.exceptions import ClientError

from mlacoach.sandbox import Sandbox
from tests.sandbox_clients import refused
from tests.sandbox_endpoints import BUCKET, NAMED, OWN, SKLEARN, XGBOOST, Endpoints, until

WHOLE = """
import json
def model_fn(folder):
    return {"factor": 3}
def input_fn(body, content_type):
    if content_type == "application/json":
        assert isinstance(body, str)
        return json.loads(body)
    if content_type == "application/octet-stream":
        assert isinstance(body, bytes)
        return list(body)
    raise ValueError("no such type: " + content_type)
def predict_fn(data, model):
    print("predicting", data)
    return [model["factor"] * each for each in data]
def output_fn(prediction, accept):
    return json.dumps({"answer": prediction, "accept": accept}), "application/vnd.test+json"
"""
GATED = """
import os, pathlib, time
def model_fn(folder):
    return pathlib.Path("{gate}")
def transform_fn(gate, data, content_type, accept):
    if data == "wait":
        gate.with_suffix(".asked").touch()
        while not gate.exists():
            time.sleep(0.01)
    return str(os.getpid())
"""
SLOW = """
import pathlib, time
def model_fn(folder):
    while not pathlib.Path("{gate}").exists():
        time.sleep(0.01)
"""
PARTS = """
def model_fn(folder):
    return 3
def transform_fn(model, data, content_type, accept):
    return (f"part {each};" for each in range(model))
"""
SERVER = """
import http.server, os
class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200); self.end_headers()
    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        answer = body[::-1] + open("/opt/ml/model/weights.txt", "rb").read() + os.environ["COLOUR"].encode()
        self.send_response(200); self.send_header("Content-Type", "text/own"); self.end_headers()
        self.wfile.write(answer)
http.server.HTTPServer(("127.0.0.1", int(os.environ["SAGEMAKER_BIND_TO_PORT"])), Handler).serve_forever()
"""


@pytest.fixture(scope="module")
def ends() -> Iterator[Endpoints]:
    with Sandbox() as sandbox:
        yield Endpoints(sandbox.url)


def _error(ends: Endpoints, name: str, body: bytes = b"x", **more: str) -> dict[str, Any]:
    with pytest.raises(ClientError) as caught:
        ends.ask(name, body, **more)
    found: dict[str, Any] = dict(caught.value.response)
    return found


def test_xgboost_answers_what_the_booster_says(ends: Endpoints, tmp_path: Path) -> None:
    import xgboost  # noqa: PLC0415 - takes two seconds, which every process that looks for tests would spend

    rng = np.random.default_rng(1)
    rows = rng.normal(size=(300, 3))
    data = xgboost.DMatrix(rows, (rows[:, 0] > 0).astype(int))
    booster = xgboost.train({"objective": "binary:logistic", "max_depth": 2, "nthread": 1}, data, 5)
    booster.save_model(tmp_path / "model.ubj")
    url = ends.put({"xgboost-model": (tmp_path / "model.ubj").read_bytes()})
    name = ends.serve(ends.variant(ends.model({"Image": XGBOOST, "ModelDataUrl": url})))
    body = "\n".join(",".join(map(repr, row.tolist())) for row in rows[:5]).encode()
    expected = booster.predict(xgboost.DMatrix(rows[:5]))
    assert np.allclose([float(line) for line in ends.ask(name, body).split()], expected, atol=1e-6)
    wrong = _error(ends, name, b"{}", ContentType="application/json")
    assert wrong["ResponseMetadata"]["HTTPStatusCode"] == 424
    assert wrong["Error"]["Code"] == "ModelError"
    assert wrong["OriginalStatusCode"] == 415
    assert wrong["Error"]["Message"].startswith('Received client error (415) from primary with message "Content type')
    assert f"/aws/sagemaker/Endpoints/{name} in account 123456789012" in wrong["Error"]["Message"]
    assert wrong["LogStreamArn"].endswith(f"log-group:/aws/sagemaker/Endpoints/{name}")


def test_scikit_learn_with_the_toolkits_own_functions(ends: Endpoints) -> None:
    code = """
from sklearn.linear_model import LinearRegression
def model_fn(folder):
    return LinearRegression().fit([[0, 0], [1, 0], [0, 1]], [1, 3, 6])
"""
    name = ends.serve(ends.variant(ends.model(ends.script(code))))
    kind = "application/json"
    assert json.loads(ends.ask(name, b"[[1, 1], [2, 0]]", ContentType=kind, Accept=kind)) == pytest.approx([8, 5])
    assert [float(line) for line in ends.ask(name, b"1,1\n0,2").split()] == pytest.approx([8, 11], abs=1e-4)
    packed = io.BytesIO()
    np.save(packed, np.array([1.0, 1.0]))
    kind = "application/x-npy"
    answer = ends.runtime.invoke_endpoint(EndpointName=name, Body=packed.getvalue(), ContentType=kind, Accept=kind)
    assert np.load(io.BytesIO(answer["Body"].read())).tolist() == pytest.approx([8.0])
    assert _error(ends, name, b"x", ContentType="image/png")["OriginalStatusCode"] == 415
    assert _error(ends, name, b"1,1", Accept="image/png")["OriginalStatusCode"] == 406


def test_a_scripts_four_functions(ends: Endpoints) -> None:
    # As an estimator is deployed: the script lies beside the model, in the training job's source archive.
    variables = {"SAGEMAKER_PROGRAM": "entry.py", "SAGEMAKER_SUBMIT_DIRECTORY": ends.put({"entry.py": WHOLE})}
    container = {"Image": SKLEARN, "ModelDataUrl": ends.put({"weights.txt": b""}), "Environment": variables}
    name = ends.serve(ends.variant(ends.model(container)))
    answer = ends.runtime.invoke_endpoint(
        EndpointName=name, Body=b"[1, 2]", ContentType="application/json", CustomAttributes="trace=7"
    )
    assert answer["Body"].read() == b'{"answer": [3, 6], "accept": "application/json"}'
    assert answer["ContentType"] == "application/vnd.test+json"
    assert answer["InvokedProductionVariant"] == "AllTraffic"
    assert answer["CustomAttributes"] == "trace=7"
    assert '"answer": [300]' in ends.ask(name, b"\x64", ContentType="application/octet-stream")
    failed = _error(ends, name, b"x", ContentType="text/odd")
    assert failed["OriginalStatusCode"] == 500
    assert failed["OriginalMessage"] == "no such type: text/odd"
    until(lambda: "predicting [1, 2]" in ends.log(name), "the script's print")
    until(lambda: "ValueError: no such type: text/odd" in ends.log(name), "the traceback")


def test_a_script_that_cannot_be_imported(ends: Endpoints) -> None:
    name = ends.create(ends.config(ends.variant(ends.model(ends.script("import no_such_package_at_all")))))
    found = ends.settled(name)
    assert found["EndpointStatus"] == "Failed"
    assert found["FailureReason"] == (
        "The primary container for production variant AllTraffic did not pass the ping health check. Please check "
        "CloudWatch logs for this endpoint."
    )
    assert "No module named 'no_such_package_at_all'" in ends.log(name)
    said = ("ValidationError", f"Endpoint {name} of account 123456789012 not found.")
    assert refused(ends.runtime.invoke_endpoint, EndpointName=name, Body=b"x") == said
    ends.sagemaker.delete_endpoint(EndpointName=name)
    assert refused(ends.sagemaker.describe_endpoint, EndpointName=name)[0] == "ValidationException"


def test_a_container_that_does_not_answer_the_ping(ends: Endpoints) -> None:
    url = ends.put({"code/quiet.py": "print('I say nothing')"})
    container = {"Image": OWN, "ModelDataUrl": url, "Environment": {"SANDBOX_COMMAND": f"{sys.executable} quiet.py"}}
    found = ends.settled(ends.create(ends.config(ends.variant(ends.model(container)))))
    assert "did not pass the ping health check" in found["FailureReason"]
    assert "I say nothing" in ends.log(found["EndpointName"])


def test_a_container_of_ones_own(ends: Endpoints) -> None:
    model = ends.model({"Image": OWN})
    code, message = refused(
        ends.sagemaker.create_endpoint, EndpointName="no", EndpointConfigName=ends.config(ends.variant(model))
    )
    assert code == "UnknownOperationException"
    assert "SANDBOX_COMMAND" in message
    tensorflow = ends.model({"Image": "763104351884.dkr.ecr.us-east-1.amazonaws.com/tensorflow-inference:2.13-cpu"})
    code, message = refused(
        ends.sagemaker.create_endpoint, EndpointName="no", EndpointConfigName=ends.config(ends.variant(tensorflow))
    )
    assert (code, "Use scikit-learn, XGBoost or PyTorch" in message) == ("UnknownOperationException", True)
    url = ends.put({"code/server.py": SERVER, "weights.txt": b"-42-"})
    variables = {"SANDBOX_COMMAND": f"{sys.executable} server.py", "COLOUR": "blue"}
    container = {"Image": OWN, "ModelDataUrl": url, "Environment": variables}
    answer = ends.runtime.invoke_endpoint(EndpointName=ends.serve(ends.variant(ends.model(container))), Body=b"abc")
    assert (answer["Body"].read(), answer["ContentType"]) == (b"cba-42-blue", "text/own")


@pytest.mark.parametrize("url", ["missing", "text", "hostile"])
def test_model_data_that_is_no_model(ends: Endpoints, url: str) -> None:
    given = {"text": b"no archive", "missing": b"gone soon"}.get(url)
    where = ends.put({"../../../outside.txt": b"x"}, f"{url}.tar.gz")
    if given:
        ends.s3.put_object(Bucket=BUCKET, Key=f"{url}.tar.gz", Body=given)
    config = ends.config(ends.variant(ends.model({"Image": SKLEARN, "ModelDataUrl": where})))
    if url == "missing":
        ends.s3.delete_object(Bucket=BUCKET, Key="missing.tar.gz")
    found = ends.settled(ends.create(config))
    wanted = "Failed to download model data" if url == "missing" else "Failed to extract model data archive"
    assert found["EndpointStatus"] == "Failed"
    assert found["FailureReason"].startswith(wanted)
    assert where in found["FailureReason"]


def test_while_it_is_created_it_can_be_neither_asked_nor_deleted(ends: Endpoints, tmp_path: Path) -> None:
    gate = tmp_path / "open"
    name = ends.create(ends.config(ends.variant(ends.model(ends.script(SLOW.format(gate=gate))))))
    assert ends.sagemaker.describe_endpoint(EndpointName=name)["EndpointStatus"] == "Creating"
    code, message = refused(ends.sagemaker.delete_endpoint, EndpointName=name)
    assert (code, "Cannot update in-progress endpoint" in message) == ("ValidationException", True)
    assert refused(ends.runtime.invoke_endpoint, EndpointName=name, Body=b"x")[0] == "ValidationError"
    gate.touch()
    assert ends.settled(name)["EndpointStatus"] == "InService"
    ends.sagemaker.delete_endpoint(EndpointName=name)
    assert refused(ends.runtime.invoke_endpoint, EndpointName=name, Body=b"x")[0] == "ValidationError"


def test_a_killed_worker_fails_its_request_and_comes_back(ends: Endpoints, tmp_path: Path) -> None:
    gate = tmp_path / "gate"
    name = ends.serve(ends.variant(ends.model(ends.script(GATED.format(gate=gate)))))
    first = int(ends.ask(name))
    errors: list[dict[str, Any]] = []
    asking = threading.Thread(target=lambda: errors.append(_error(ends, name, b"wait")))
    asking.start()
    until(gate.with_suffix(".asked").exists, "the request at the container")
    os.kill(first, signal.SIGKILL)
    asking.join(20)
    assert errors[0]["Error"]["Code"] == "ModelError"
    assert errors[0]["OriginalStatusCode"] == 502
    assert "502 Bad Gateway" in errors[0]["OriginalMessage"]
    assert int(ends.ask(name)) != first
    assert ends.sagemaker.describe_endpoint(EndpointName=name)["EndpointStatus"] == "InService"
    until(lambda: "was killed by signal 9" in ends.log(name), "a line in the log")


def test_payloads_have_a_limit(ends: Endpoints) -> None:
    name = ends.serve(ends.named("big"))
    assert len(ends.ask(name, b"1" * 6_000_000)) == 6_000_004
    code, message = refused(ends.runtime.invoke_endpoint, EndpointName=name, Body=b"1" * 6_291_457)
    assert code.startswith("Validation")
    assert "Member must have length less than or equal to 6291456" in message


def test_a_pipeline_hands_on_what_the_container_before_said(ends: Endpoints) -> None:
    second = NAMED.format(name="second").replace("return model", "assert 'bad' not in data\n    return model")
    containers = [ends.script(NAMED.format(name="first")), ends.script(second)]
    name = ends.serve(ends.variant(ends.model(*containers)))
    assert ends.ask(name, b"x") == "second:first:x"
    failed = _error(ends, name, b"bad")
    assert 'Received server error (500) from container-2 with message "' in failed["Error"]["Message"]


def test_containers_asked_by_name(ends: Endpoints) -> None:
    containers = [{**ends.script(NAMED.format(name=each)), "ContainerHostname": each} for each in ("left", "right")]
    name = ends.serve(ends.variant(ends.model(*containers, InferenceExecutionConfig={"Mode": "Direct"})))
    assert ends.ask(name, TargetContainerHostname="right") == "right:x"
    assert refused(ends.runtime.invoke_endpoint, EndpointName=name, Body=b"x")[0] == "ValidationError"


def test_a_model_from_the_registry_and_one_that_is_not_packed(ends: Endpoints) -> None:
    ends.sagemaker.create_model_package_group(ModelPackageGroupName="group")
    package = ends.sagemaker.create_model_package(
        ModelPackageGroupName="group",
        ModelApprovalStatus="Approved",
        InferenceSpecification={"Containers": [ends.script(NAMED.format(name="registered"))]},
    )["ModelPackageArn"]
    assert ends.ask(ends.serve(ends.variant(ends.model({"ModelPackageName": package})))) == "registered:x"
    ends.s3.put_object(Bucket=BUCKET, Key="loose/code/inference.py", Body=NAMED.format(name="loose").encode())
    source = {"S3Uri": f"s3://{BUCKET}/loose/", "S3DataType": "S3Prefix", "CompressionType": "None"}
    model = ends.model({"Image": SKLEARN, "ModelDataSource": {"S3DataSource": source}})
    assert ends.ask(ends.serve(ends.variant(model))) == "loose:x"


def test_an_answer_in_parts(ends: Endpoints) -> None:
    name = ends.serve(ends.variant(ends.model(ends.script(PARTS))))
    answer = ends.runtime.invoke_endpoint_with_response_stream(EndpointName=name, Body=b"x", ContentType="text/csv")
    parts = [event["PayloadPart"]["Bytes"] for event in answer["Body"]]
    assert b"".join(parts) == b"part 0;part 1;part 2;"
    assert answer["InvokedProductionVariant"] == "AllTraffic"
