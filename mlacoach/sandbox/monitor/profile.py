"""What is in a column: its type, its statistics, its distribution, as statistics.json has them."""

import math
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from mlacoach.sandbox.monitor.reading import Dataset, Text

INTEGRAL = re.compile(r"[+-]?\d{1,19}")
FRACTIONAL = re.compile(r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?")
BUCKETS = 10
# The parameters of the analyzer's KLL sketches.
SKETCH = {"c": 0.64, "k": 2048.0}
MOST_CATEGORIES = 100
Document = dict[str, Any]


def kinds(values: Sequence[Text]) -> Counter[str]:
    """How many of a column's values are Integral, Fractional and String."""
    return Counter(kind_of(value) for value in values if value is not None)


def kind_of(value: str) -> str:
    """The type of one value."""
    if INTEGRAL.fullmatch(value):
        return "Integral"
    return "Fractional" if FRACTIONAL.fullmatch(value) else "String"


def inferred(values: Sequence[Text]) -> str:
    """The type that all values of a column have."""
    found = kinds(values)
    return next((kind for kind in ("String", "Fractional", "Integral") if found[kind]), "Unknown")


def statistics(dataset: Dataset) -> Document:
    """statistics.json (AWS: "Schema for Statistics")."""
    features = [
        feature(name, values, inferred(values)) for name, values in zip(dataset.names, dataset.columns, strict=True)
    ]
    return {"version": 0.0, "dataset": {"item_count": dataset.count}, "features": features}


def feature(name: str, values: Sequence[Text], kind: str) -> Document:
    """The statistics of one column.

    Args:
        name: of the column.
        values: of all rows.
        kind: its type.
    """
    present = [value for value in values if value is not None]
    common = {"num_present": len(present), "num_missing": len(values) - len(present)}
    if kind in {"Integral", "Fractional"}:
        return {"name": name, "inferred_type": kind, "numerical_statistics": {"common": common, **_numbers(present)}}
    texts = Counter(present)
    found: Document = {"common": common, "distinct_count": float(len(texts))}
    if 0 < len(texts) <= MOST_CATEGORIES:
        buckets = [{"value": value, "count": count} for value, count in texts.most_common()]
        found["distribution"] = {"categorical": {"buckets": buckets}}
    return {"name": name, "inferred_type": kind, "string_statistics": found}


def _numbers(present: Sequence[str]) -> Document:
    numbers = np.sort(np.array(present, dtype=float))
    return {
        "mean": float(numbers.mean()),
        "sum": float(numbers.sum()),
        "std_dev": float(numbers.std()),
        "min": float(numbers[0]),
        "max": float(numbers[-1]),
        "distribution": {"kll": {"buckets": _buckets(numbers), "sketch": _sketch(numbers)}},
    }


def _buckets(numbers: Any) -> list[Document]:  # noqa: ANN401 - a NumPy array
    """Ten buckets of the same width; the last holds its upper bound too."""
    counts, edges = np.histogram(numbers, bins=BUCKETS)
    return [
        {"lower_bound": float(edges[at]), "upper_bound": float(edges[at + 1]), "count": float(counts[at])}
        for at in range(BUCKETS)
    ]


def _sketch(numbers: Any) -> Document:  # noqa: ANN401
    """A sketch of quantiles. An element of level n stands for 2^n values, as in KLL; ours are evenly spaced."""
    level = max(0, math.ceil(math.log2(len(numbers) / SKETCH["k"])))
    step = 2**level
    whole = len(numbers) // step
    # The middle of each run of `step` values stands for the run.
    top = numbers[: whole * step].reshape(whole, step)[:, step // 2].tolist()
    rest = numbers[whole * step :].tolist()
    data = [top] if level == 0 else [rest, *([[]] * (level - 1)), top]
    return {"parameters": SKETCH, "data": data}


def weighted(statistics: Mapping[str, Any]) -> tuple[Any, Any]:
    """The values and the weights of a sketch, in order; of the buckets' middles where there is no sketch."""
    kll = statistics["distribution"]["kll"]
    levels = (kll.get("sketch") or {}).get("data")
    if levels:
        values = np.concatenate([np.array(level, dtype=float) for level in levels])
        weights = np.concatenate([np.full(len(level), 2.0**at) for at, level in enumerate(levels)])
    else:
        values = np.array([(one["lower_bound"] + one["upper_bound"]) / 2 for one in kll["buckets"]])
        weights = np.array([one["count"] for one in kll["buckets"]], dtype=float)
    order = np.argsort(values, kind="stable")
    return values[order], weights[order]
