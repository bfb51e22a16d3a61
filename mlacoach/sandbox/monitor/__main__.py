"""`python -m mlacoach.sandbox.monitor FOLDER`: the analyzer's container, run by a processing job.

FOLDER is `/opt/ml`. What to analyse stands in the environment, as AWS's "Container Contract Inputs" says.
"""

import os
import sys
import traceback
from pathlib import Path

from mlacoach.sandbox.monitor.analysis import analyse
from mlacoach.sandbox.monitor.reading import Unreadable


def main() -> int:
    """Analyse; the job's ExitMessage says what was found."""
    folder = Path(sys.argv[1])
    try:
        message = analyse(folder, dict(os.environ))
        code = 0
    except Unreadable as error:
        message, code = f"Error: {error}", 1
    except Exception as error:  # noqa: BLE001 - the job's exit message says it
        traceback.print_exc()
        message, code = f"Error: {type(error).__name__}: {error}", 1
    (folder / "output").mkdir(parents=True, exist_ok=True)
    (folder / "output/message").write_text(message, encoding="utf-8")
    sys.stdout.write(f"{message}\n")
    return code


sys.exit(main())
