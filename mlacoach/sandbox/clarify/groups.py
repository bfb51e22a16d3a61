"""Which rows belong to the group that may be disadvantaged, and which have the wanted outcome."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from mlacoach.sandbox.clarify.settings import BadSettings
from mlacoach.sandbox.monitor.profile import inferred

# A column of whole numbers is continuous if at least this share of its values differ (AWS's open-source smclarify).
CONTINUOUS = 0.05
Mask = Any  # a NumPy array of truths


def is_continuous(values: Sequence[str | None]) -> bool:
    """Is a column a measure, rather than a set of categories?"""
    kind = inferred(values)
    present = [value for value in values if value is not None]
    return kind == "Fractional" or (kind == "Integral" and len(set(present)) / len(present) >= CONTINUOUS)


def is_one_of(values: Sequence[str | None], wanted: Sequence[Any], name: str) -> Mask:
    """Which rows of a column have one of these values, or are above this threshold.

    Args:
        values: the column.
        wanted: values, or a single threshold if the column is continuous.
        name: of the column, for the sentence of a fault.

    Raises:
        BadSettings: none of the values occurs.
    """
    if len(wanted) == 1 and is_continuous(values):
        return _numbers(values) > float(wanted[0])
    texts = {_plain(each) for each in wanted}
    mask = np.array([value is not None and _plain(value) in texts for value in values])
    if not mask.any():
        raise BadSettings(f"None of the values {', '.join(sorted(texts))} occurs in the column {name}.")
    return mask


def _numbers(values: Sequence[str | None]) -> Any:  # noqa: ANN401 - a NumPy array
    return np.array([float("nan") if value is None else float(value) for value in values])


def _plain(value: Any) -> str:  # noqa: ANN401 - JSON's number, truth or text
    """1, 1.0 and "1" are the same category."""
    if isinstance(value, bool):
        return str(value).lower()
    try:
        number = float(value)
    except (TypeError, ValueError):
        return str(value)
    return str(int(number)) if number.is_integer() else str(number)


def said(values: Sequence[str | None], wanted: Sequence[Any]) -> str:
    """The value or the threshold as analysis.json has it."""
    if len(wanted) == 1 and is_continuous(values):
        return f"({float(wanted[0])}, {max(float(value) for value in values if value is not None)}]"
    return ",".join(_plain(each) for each in wanted)
