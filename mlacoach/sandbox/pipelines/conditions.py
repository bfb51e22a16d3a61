"""The conditions of a Condition step."""

from collections.abc import Callable, Mapping
from operator import ge, gt, le, lt
from typing import Any

from mlacoach.sandbox.pipelines.references import StepFailed

Resolve = Callable[[Any], Any]
COMPARISONS: Mapping[str, Callable[[Any, Any], bool]] = {
    "GreaterThan": gt,
    "GreaterThanOrEqualTo": ge,
    "LessThan": lt,
    "LessThanOrEqualTo": le,
}


def holds(condition: Mapping[str, Any], resolve: Resolve) -> bool:
    """Does a condition hold?

    Args:
        condition: as the definition says it.
        resolve: replaces references by what they refer to.

    Raises:
        StepFailed: it compares what cannot be compared, or is none that is known.
    """
    kind = condition.get("Type")
    if kind == "Not":
        return not holds(condition["Expression"], resolve)
    if kind == "Or":
        return any(holds(one, resolve) for one in condition["Conditions"])
    if kind == "In":
        wanted = resolve(condition["QueryValue"])
        return any(_equal(wanted, resolve(one)) for one in condition["Values"])
    left, right = resolve(condition.get("LeftValue")), resolve(condition.get("RightValue"))
    if kind == "Equals":
        return _equal(left, right)
    if kind not in COMPARISONS:
        raise StepFailed(f"ClientError: There is no condition of the type {kind}.")
    return _compared(str(kind), left, right)


def _equal(left: Any, right: Any) -> bool:  # noqa: ANN401 - JSON
    numbers = _numbers(left, right)
    return numbers[0] == numbers[1] if numbers else str(left) == str(right)


def _compared(kind: str, left: Any, right: Any) -> bool:  # noqa: ANN401 - JSON
    numbers = _numbers(left, right)
    if numbers is None:
        raise StepFailed(f"ClientError: {kind} compares numbers, and not {left!r} with {right!r}.")
    return COMPARISONS[kind](*numbers)


def _numbers(left: Any, right: Any) -> tuple[float, float] | None:  # noqa: ANN401 - JSON
    """Both as numbers; a property may be one that is written as text."""
    if isinstance(left, bool) or isinstance(right, bool):
        return None
    try:
        return float(left), float(right)
    except (TypeError, ValueError):
        return None
