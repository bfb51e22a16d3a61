import json
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT))


@pytest.fixture(scope="session", autouse=True)
def trained():
    """Train once if nobody has."""
    if not (ROOT / "model" / "model.json").exists():
        subprocess.run([sys.executable, str(ROOT / "train.py")], check=True)


@pytest.fixture
def example():
    return json.loads((ROOT / "example.json").read_text(encoding="utf-8"))


@pytest.fixture(scope="session")
def client(trained):  # noqa: ARG001 - the service needs the file
    from app.main import app  # noqa: PLC0415
    from fastapi.testclient import TestClient  # noqa: PLC0415 - after the training

    with TestClient(app, raise_server_exceptions=False) as one:
        yield one
