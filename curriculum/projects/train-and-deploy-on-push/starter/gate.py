"""Is the new run good enough to be delivered? `tests/test_gate.py` says what is wanted.

python gate.py PRESENT.json NEW.json leaves with 0 if it is, with 1 if not, and prints the reason.
"""

import json
import sys
from pathlib import Path


def judge(present: dict | None, new: dict, *, metric: str = "macro_f1", margin: float = 0.005) -> tuple[bool, str]:
    """Whether to deliver, and why, in a sentence for the run's summary.

    Refused are: a metric that is missing or no finite number; another checksum of the test data (`test_sha256`) than
    the present run's; a gain below the margin. Without a present run a sound new one is delivered.
    """
    raise NotImplementedError


if __name__ == "__main__":
    before, now = (Path(name) for name in sys.argv[1:3])
    kept = json.loads(before.read_text(encoding="utf-8")) if before.exists() else None
    good, why = judge(kept, json.loads(now.read_text(encoding="utf-8")))
    print(why)
    sys.exit(0 if good else 1)
