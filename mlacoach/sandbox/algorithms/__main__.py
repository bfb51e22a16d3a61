"""`python -m mlacoach.sandbox.algorithms NAME FOLDER`: one training, in a child of its own."""

import sys
import traceback
from pathlib import Path

from mlacoach.sandbox.algorithms import Refused, train

CUSTOMER_ERROR, ALGORITHM_ERROR = 2, 1


def main() -> int:
    """Train; a failure leaves its reason in `output/failure`."""
    name, folder = sys.argv[1], Path(sys.argv[2])
    try:
        train(name, folder)
    except Refused as no:
        sys.stderr.write(f"Customer Error: {no.message}\n")
        _leave(folder, f"ClientError: {no.message}")
        return CUSTOMER_ERROR
    except Exception as error:  # noqa: BLE001 - the job's failure reason says it
        traceback.print_exc()
        _leave(folder, f"AlgorithmError: {type(error).__name__}: {error}")
        return ALGORITHM_ERROR
    return 0


def _leave(folder: Path, reason: str) -> None:
    (folder / "output").mkdir(parents=True, exist_ok=True)
    (folder / "output/failure").write_text(reason, encoding="utf-8")


sys.exit(main())
