"""Metric math: arithmetic, comparisons and the usual functions over series of metrics, period by period."""

import ast
import math
import operator
import re
from collections.abc import Callable, Mapping, Sequence

Series = Sequence[float | None]
Value = Series | float | list[Series]
BINARY: Mapping[type[ast.AST], Callable[[float, float], float]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.Pow: operator.pow,
    ast.BitXor: operator.pow,
}
COMPARE: Mapping[type[ast.AST], Callable[[float, float], bool]] = {
    ast.Gt: operator.gt,
    ast.GtE: operator.ge,
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
    ast.Eq: operator.eq,
    ast.NotEq: operator.ne,
}
LOGIC: Mapping[type[ast.AST], Callable[[Sequence[float]], bool]] = {ast.And: all, ast.Or: any}
ALONE: Mapping[str, Callable[[float], float]] = {"ABS": abs, "CEIL": math.ceil, "FLOOR": math.floor}
TOGETHER: Mapping[str, Callable[[Sequence[float]], float]] = {
    "SUM": sum,
    "MIN": min,
    "MAX": max,
    "AVG": lambda values: sum(values) / len(values),
}


class NotMath(ValueError):
    """The expression is none that is understood here."""


def evaluate(expression: str, metrics: Mapping[str, Series]) -> list[float | None]:
    """The series that an expression gives; a period is None where what it needs is missing.

    Args:
        expression: such as `100 * errors / FILL(calls, 0)`.
        metrics: the series by their ids, all of one length.

    Raises:
        NotMath: it uses something else than arithmetic, comparisons, AND, OR, METRICS, FILL, IF, SUM, AVG, MIN, MAX,
            ABS, CEIL and FLOOR.
    """
    # The language's logic and power in Python's spelling.
    text = re.sub(r"\b(AND|OR)\b", lambda found: found[0].lower(), expression).replace("&&", " and ")
    try:
        tree = ast.parse(text.replace("||", " or "), mode="eval").body
    except SyntaxError as error:
        raise NotMath(expression) from error
    length = max((len(series) for series in metrics.values()), default=0)
    found = _value(tree, metrics)
    return list(_as_series(found, length))


def _as_series(value: Value, length: int) -> Series:
    if isinstance(value, int | float):
        return [float(value)] * length
    if value and isinstance(value[0], list | tuple):
        raise NotMath("The expression gives many series.")
    return value  # type: ignore[return-value]


def _value(node: ast.AST, metrics: Mapping[str, Series]) -> Value:
    if isinstance(node, ast.Constant) and isinstance(node.value, int | float):
        return float(node.value)
    if isinstance(node, ast.Name) and node.id in metrics:
        return metrics[node.id]
    if isinstance(node, ast.List):
        return [_one(each, metrics) for each in node.elts]
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
        return _call(node.func.id, node.args, metrics)
    apply, parts = _operation(node)
    return _each(apply, [_one(part, metrics) for part in parts])


def _operation(node: ast.AST) -> tuple[Callable[[Sequence[float]], float], Sequence[ast.AST]]:
    """What an operator does with the values of its parts, and the parts."""
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
        return lambda values: -values[0], [node.operand]
    if isinstance(node, ast.BinOp) and type(node.op) in BINARY:
        apply = BINARY[type(node.op)]
        return lambda both: apply(*both), [node.left, node.right]
    if isinstance(node, ast.Compare) and len(node.ops) == 1 and type(node.ops[0]) in COMPARE:
        test = COMPARE[type(node.ops[0])]
        return lambda both: float(test(*both)), [node.left, node.comparators[0]]
    if isinstance(node, ast.BoolOp):
        join = LOGIC[type(node.op)]
        return lambda values: float(join(values)), node.values
    raise NotMath(ast.unparse(node))


def _one(node: ast.AST, metrics: Mapping[str, Series]) -> Series:
    length = max((len(series) for series in metrics.values()), default=0)
    return _as_series(_value(node, metrics), length)


def _call(name: str, given: Sequence[ast.expr], metrics: Mapping[str, Series]) -> Value:
    if name == "METRICS":
        return list(metrics.values())
    if name == "FILL":
        series, other = (_one(each, metrics) for each in given)
        return [by if value is None else value for value, by in zip(series, other, strict=True)]
    if name == "IF":
        parts = [_one(each, metrics) for each in given]
        return [_chosen(values) for values in zip(*parts, strict=True)]
    if name in ALONE:
        return _each(lambda values: float(ALONE[name](values[0])), [_one(given[0], metrics)])
    if name in TOGETHER:
        value = _value(given[0], metrics)
        many = value if isinstance(value, list) and value and isinstance(value[0], list | tuple) else None
        if many is not None:
            return [_gathered(name, values) for values in zip(*many, strict=True)]
        # Of one series it is one number: that of all its periods.
        found = _gathered(name, _one(given[0], metrics))
        return [found] * len(_one(given[0], metrics))
    raise NotMath(name)


def _chosen(values: Sequence[float | None]) -> float | None:
    test, then, *other = values
    if test is None:
        return None
    return then if test else (other[0] if other else None)


def _gathered(name: str, values: Sequence[float | None]) -> float | None:
    there = [value for value in values if value is not None]
    return float(TOGETHER[name](there)) if there else None


def _each(apply: Callable[[Sequence[float]], float], parts: Sequence[Series]) -> list[float | None]:
    found: list[float | None] = []
    for values in zip(*parts, strict=True):
        there = [value for value in values if value is not None]
        try:
            found.append(float(apply(there)) if len(there) == len(values) else None)
        except (ZeroDivisionError, OverflowError):
            found.append(None)
    return found
