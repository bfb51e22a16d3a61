"""How the first-party algorithms keep a model: named arrays and a little JSON in one file."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from mlacoach.sandbox.algorithms import Refused
from mlacoach.sandbox.algorithms.tables import Array

FILE = "model_algo-1"


def keep(folder: Path, arrays: Mapping[str, Array], **facts: Any) -> None:  # noqa: ANN401 - JSON
    """Write a model into the job's `model` folder."""
    (folder / "model").mkdir(parents=True, exist_ok=True)
    with (folder / "model" / FILE).open("wb") as file:
        np.savez(file, **arrays, facts=np.frombuffer(json.dumps(facts).encode(), np.uint8))  # type: ignore[arg-type]


def kept(model_folder: Path, kind: str) -> tuple[dict[str, Array], dict[str, Any]]:
    """Read it again.

    Raises:
        Refused: there is no such model.
    """
    try:
        with np.load(model_folder / FILE, allow_pickle=False) as found:
            arrays = {name: found[name] for name in found.files}
        facts: dict[str, Any] = json.loads(arrays.pop("facts").tobytes())
    except (OSError, ValueError, KeyError) as error:
        raise Refused(f"Unable to load model: there is no {FILE} of this algorithm.") from error
    if facts.get("kind") != kind:
        raise Refused(f"Unable to load model: it is a {facts.get('kind')} model, not a {kind} one.")
    return arrays, facts
