"""The recorded plan of a lab, `plan.json`."""

import json
from pathlib import Path

from mlacoach.errors import MlacoachError
from mlacoach.labs.plan import LabPlan


def load_plan(folder: Path) -> LabPlan | None:
    """The plan of the lab in this folder, or None where none was recorded.

    Raises:
        MlacoachError: the file is not what `python -m tests.lab_plans` writes.
    """
    path = folder / "plan.json"
    if not path.exists():
        return None
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
        resources = tuple((each["kind"], each["name"]) for each in data["resources"])
        return LabPlan(resources, tuple(data["actions"]), dict(data["quotas"]))
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise MlacoachError(f"{path} cannot be used: {error!r}", "Write it with: python -m tests.lab_plans") from error


def write_plan(folder: Path, plan: LabPlan) -> None:
    """Keep a recorded plan."""
    data = {
        "resources": [{"kind": kind, "name": name} for kind, name in plan.resources],
        "actions": list(plan.actions),
        "quotas": dict(sorted(plan.quotas.items())),
    }
    (folder / "plan.json").write_text(json.dumps(data, indent=2) + "\n", encoding="utf-8")
