"""The capstone's starter runs: it trains, its tests pass, it answers on a port, its manifests are sound."""

import http.client
import json
import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from mlacoach.coach.project.checking import OK, UNSEEN, WRONG, check
from mlacoach.coach.project.manifests import problems_of
from mlacoach.content import Library

pytest.importorskip("fastapi", reason="FastAPI is in the dependency group `dev`")
pytest.importorskip("kubernetes_validate", reason="Kubernetes' schemas are in the dependency group `dev`")

PATIENCE = 60
DEPLOYMENT = "k8s/deployment.yaml"


@pytest.fixture(scope="module")
def folder(library: Library, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The starter, trained."""
    place = tmp_path_factory.mktemp("capstone")
    shutil.copytree(library.projects["inference-api-capstone"].starter, place, dirs_exist_ok=True)
    subprocess.run([sys.executable, "train.py"], cwd=place, check=True, capture_output=True)
    return place


def test_its_own_tests_pass_and_nothing_is_wrong_but_what_the_learner_writes(library: Library, folder: Path) -> None:
    findings = check(library.projects["inference-api-capstone"], folder, tests=True)

    assert [
        one.sentence for one in findings if one.about == "tests" and "18 passed" in one.sentence and one.state == OK
    ]
    wrong = {(one.about, one.sentence) for one in findings if one.state == WRONG}
    assert wrong == {
        ("load", "notes/load.md is missing or empty."),
        ("eks", "eks/transcript.json is missing or empty."),
        ("readme", "README.md has 4 places left marked TODO."),
    }
    kinds = {one.sentence.split(", ")[1].split()[0] for one in findings if one.about == "kubernetes"}
    assert kinds == {
        "ConfigMap", "Deployment", "Service", "HorizontalPodAutoscaler", "PodDisruptionBudget", "ClusterConfig"
    }  # fmt: skip
    assert not [one for one in findings if one.state == UNSEEN]


@pytest.fixture(scope="module")
def port(folder: Path) -> Iterator[int]:
    """The service on a port of this machine."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        number = free.getsockname()[1]
    command = [sys.executable, "-m", "uvicorn", "app.main:app", "--host", "127.0.0.1", "--port", str(number)]
    service = subprocess.Popen(command, cwd=folder, stderr=subprocess.PIPE, env={**os.environ, "LOG_LEVEL": "WARNING"})
    try:
        until_ready(number, service)
        yield number
    finally:
        service.terminate()
        service.communicate(timeout=PATIENCE)
    # It ends as Kubernetes wants it: on SIGTERM, by itself.
    assert service.returncode in {0, -15}


def until_ready(port: int, service: "subprocess.Popen[bytes]") -> None:
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline and service.poll() is None:
        try:
            if ask(port, "GET", "/readyz")[0] == 200:
                return
        except OSError:
            time.sleep(0.05)
    pytest.fail(f"The service never became ready (left with {service.poll()}).")


def ask(port: int, method: str, path: str, body: object = None) -> tuple[int, str]:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    try:
        connection.request(method, path, json.dumps(body), {"Content-Type": "application/json"})
        answer = connection.getresponse()
        return answer.status, answer.read().decode()
    finally:
        connection.close()


def test_the_service_answers_the_example_on_a_port(port: int, folder: Path) -> None:
    example = json.loads((folder / "example.json").read_text(encoding="utf-8"))

    status, answer = ask(port, "POST", "/predict", example)
    refused, why = ask(port, "POST", "/predict", {"rows": [{"alcohol": "much"}]})

    assert (status, json.loads(answer)["predictions"][0]["label"]) == (200, "class_0")
    assert refused == 422
    assert json.loads(why)["detail"][0]["loc"][:2] == ["body", "rows"]
    assert "inference_faults_total 1" in ask(port, "GET", "/metrics")[1]


def deployment(folder: Path) -> dict[str, Any]:
    loaded: dict[str, Any] = yaml.safe_load((folder / DEPLOYMENT).read_text(encoding="utf-8"))
    return loaded


@pytest.mark.parametrize(
    ("taken", "says"),
    [
        ("readinessProbe", "no readinessProbe"),
        ("livenessProbe", "no livenessProbe"),
        ("resources", "requests no CPU or no memory"),
        ("name", "'name' is a required property"),
    ],
)
def test_a_container_without_what_it_needs_is_seen(folder: Path, taken: str, says: str) -> None:
    manifest = deployment(folder)
    del manifest["spec"]["template"]["spec"]["containers"][0][taken]

    assert any(says in problem for problem in problems_of(manifest) or [])


@pytest.mark.parametrize(
    ("image", "sound"),
    [("api:1.0.0", True), ("host:5000/api:2", True), ("api@sha256:0", True), ("api", False), ("api:latest", False),
     ("host:5000/api", False)],
)  # fmt: skip
def test_an_image_without_a_fixed_version_is_seen(folder: Path, image: str, sound: bool) -> None:  # noqa: FBT001
    manifest = deployment(folder)
    manifest["spec"]["template"]["spec"]["containers"][0]["image"] = image

    assert (problems_of(manifest) == []) is sound


def test_misspelt_keys_and_old_versions_are_seen(folder: Path) -> None:
    misspelt = deployment(folder)
    misspelt["spec"]["replica"] = 2
    old = {**deployment(folder), "apiVersion": "apps/v1beta1"}

    assert "replica" in (problems_of(misspelt) or [""])[0]
    assert problems_of(old) == ["there is no Deployment in apps/v1beta1"]
    assert problems_of({"apiVersion": "eksctl.io/v1alpha5", "kind": "ClusterConfig"}) == []
