"""`python -m mlacoach.sandbox.clarify FOLDER`: Clarify's container, run by a processing job; FOLDER is `/opt/ml`."""

import json
import os
import signal
import sys
import traceback
from pathlib import Path
from typing import Any

from mlacoach.sandbox.clarify.analysis import analyse
from mlacoach.sandbox.clarify.settings import BadSettings
from mlacoach.sandbox.monitor.reading import Unreadable

LONGEST = 1024
STOPPED = 128 + signal.SIGTERM


def main() -> int:
    """Analyse; the job's ExitMessage says what was wrong, if anything was."""
    folder = Path(sys.argv[1])
    # A job that is stopped takes its shadow endpoint away before it ends.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(STOPPED))
    try:
        inputs, output = _places(folder)
        message, code = analyse(folder, inputs, output, dict(os.environ)), 0
    except (BadSettings, Unreadable) as error:
        message, code = f"Customer Error: {error}", 1
    except Exception as error:  # noqa: BLE001 - the job's exit message says it
        traceback.print_exc()
        message, code = f"Internal Error: {type(error).__name__}: {error}", 1
    (folder / "output").mkdir(parents=True, exist_ok=True)
    (folder / "output/message").write_text(message[:LONGEST], encoding="utf-8")
    sys.stdout.write(f"{message}\n")
    return code


def _places(folder: Path) -> tuple[dict[str, Path], Path]:
    """The job's inputs by name, and its first output, as the job's own configuration has them."""
    job: dict[str, Any] = json.loads((folder / "config/processingjobconfig.json").read_text(encoding="utf-8"))
    inputs = {each["InputName"]: Path(each["S3Input"]["LocalPath"]) for each in job["ProcessingInputs"]}
    output = Path(job["ProcessingOutputConfig"]["Outputs"][0]["S3Output"]["LocalPath"])
    return inputs, output


sys.exit(main())
