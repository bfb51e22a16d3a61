import json
import math
import sys
from pathlib import Path


def judge(present, new, *, metric="macro_f1", margin=0.005):
    value = new.get(metric)
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        return False, f"The new run has no usable {metric}."
    if present is None:
        return True, f"There is no run in use yet; the new one has {metric} {value}."
    if present["test_sha256"] != new.get("test_sha256"):
        return False, "The runs were measured on different test data."
    good = value - present[metric] >= margin
    return good, f"{metric} {value} against {present[metric]}: {'delivered' if good else 'not enough gain'}."


if __name__ == "__main__":
    before, now = (Path(name) for name in sys.argv[1:3])
    kept = json.loads(before.read_text(encoding="utf-8")) if before.exists() else None
    good, why = judge(kept, json.loads(now.read_text(encoding="utf-8")))
    print(why)
    sys.exit(0 if good else 1)
