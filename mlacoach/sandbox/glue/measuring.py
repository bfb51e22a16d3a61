"""Rules of data quality, measured on a table that the engine holds."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from mlacoach.sandbox.athena.sources import name_of, quoted
from mlacoach.sandbox.glue.dqdl import AnyRule, Joined, Rule, Test, Value

PRIMARY = "primary_data"
KINDS = {
    "BOOLEAN": ("BOOLEAN",),
    "DATE": ("DATE",),
    "TIMESTAMP": ("TIMESTAMP",),
    "INTEGER": ("INTEGER",),
    "INT": ("INTEGER",),
    "DOUBLE": ("DOUBLE",),
    "FLOAT": ("FLOAT",),
    "LONG": ("BIGINT",),
    "BIGINT": ("BIGINT",),
    "STRING": ("VARCHAR",),
}


@dataclass(frozen=True, slots=True)
class Found:
    """What a rule came to: PASS, FAIL or ERROR."""

    result: str
    message: str = ""
    metrics: Mapping[str, float] = field(default_factory=dict)


class CannotMeasure(Exception):
    """A rule that fits no column, or is none of those that are here."""


class Measure:
    """Measures rules.

    Args:
        engine: DuckDB's connection; it holds `primary_data`, and a table of each other source by its alias.
    """

    def __init__(self, engine: Any) -> None:  # noqa: ANN401 - DuckDB's connection
        self._engine = engine
        rows = engine.execute(f"DESCRIBE {PRIMARY}").fetchall()
        self._columns = {str(row[0]).lower(): str(row[1]) for row in rows}

    def rule(self, rule: AnyRule) -> Found:
        """What a rule comes to."""
        if isinstance(rule, Joined):
            return self._joined(rule)
        measure = RULES.get(rule.name.lower())
        if measure is None:
            return Found("ERROR", f"{rule.name} is not emulated by the sandbox.")
        try:
            return measure(self, rule)
        except CannotMeasure as error:
            return Found("FAIL", str(error))
        except self._error() as error:
            return Found("ERROR", str(error).partition("\n")[0])

    def _error(self) -> type[Exception]:
        import duckdb  # noqa: PLC0415 - slow to import

        return duckdb.Error

    def _joined(self, rule: Joined) -> Found:
        found = [self.rule(part) for part in rule.parts]
        passed = [each.result == "PASS" for each in found]
        metrics = {name: value for each in found for name, value in each.metrics.items()}
        is_good = all(passed) if rule.word == "and" else any(passed)
        message = "" if is_good else " ".join(each.message for each in found if each.message)
        return Found("PASS" if is_good else "FAIL", message, metrics)

    def value(self, sql: str, where: str = "") -> float:
        """One number that a query gives."""
        clause = f" WHERE {where}" if where else ""
        found = self._engine.execute(f"SELECT {sql} FROM {PRIMARY}{clause}").fetchone()[0]  # noqa: S608 - locked in
        return float(found if found is not None else 0)

    def column(self, name: str) -> str:
        """A column, quoted.

        Raises:
            CannotMeasure: there is none such.
        """
        if name.lower() not in self._columns:
            raise CannotMeasure(f"Column {name} does not exist in the dataset")
        return name_of(name)

    def kind(self, name: str) -> str:
        """A column's type."""
        self.column(name)
        return self._columns[name.lower()]

    def has(self, name: str) -> bool:
        """Is there such a column?"""
        return name.lower() in self._columns

    @property
    def width(self) -> int:
        """How many columns there are."""
        return len(self._columns)

    def run(self, sql: str) -> list[tuple[Any, ...]]:
        """The rows of a query."""
        rows: list[tuple[Any, ...]] = self._engine.execute(sql).fetchall()
        return rows


def meets(value: float, test: Test) -> bool:
    """Does a number meet a test? `between` leaves its ends out, as DQDL has it."""
    given = [float(each) for each in test.values if isinstance(each, int | float)]
    if test.sign == "between":
        return (given[0] < value < given[1]) is not test.negated
    if test.sign == "in":
        return (value in given) is not test.negated
    compare: Mapping[str, Callable[[float, float], bool]] = {
        "=": lambda one, other: one == other,
        "!=": lambda one, other: one != other,
        ">": lambda one, other: one > other,
        ">=": lambda one, other: one >= other,
        "<": lambda one, other: one < other,
        "<=": lambda one, other: one <= other,
    }
    return bool(given) and compare[test.sign](value, given[0])


def _judged(value: float, test: Test, metric: str) -> Found:
    is_good = meets(value, test)
    return Found(
        "PASS" if is_good else "FAIL",
        "" if is_good else f"Value: {value} does not meet the constraint requirement!",
        {metric: value},
    )


Rater = Callable[[Measure, Rule], Found]
IS_ONE = Test("=", (1.0,))


def _of_column(sql: str, metric: str, always: Test | None = None) -> Rater:
    """A rule about one number of one column; `{0}` is the column."""

    def rate(measure: Measure, rule: Rule) -> Found:
        if not rule.arguments:
            raise CannotMeasure(f"{rule.name} needs a column.")
        test = always or rule.test
        if test is None:
            raise CannotMeasure(f"{rule.name} needs an expression.")
        names = [measure.column(each) for each in rule.arguments]
        value = measure.value(sql.format(names[0] if len(names) == 1 else f"({', '.join(names)})"), rule.where)
        return _judged(value, test, f"Column.{','.join(rule.arguments)}.{metric}")

    return rate


def _row_count(measure: Measure, rule: Rule) -> Found:
    return _judged(measure.value("count(*)", rule.where), rule.test or Test(">", (0.0,)), "Dataset.*.RowCount")


def _column_count(measure: Measure, rule: Rule) -> Found:
    return _judged(float(measure.width), rule.test or IS_ONE, "Dataset.*.ColumnCount")


def _column_exists(measure: Measure, rule: Rule) -> Found:
    measure.column(rule.arguments[0])
    return Found("PASS")


def _column_data_type(measure: Measure, rule: Rule) -> Found:
    wanted = str(rule.test.values[0]).upper() if rule.test else ""
    kind = measure.kind(rule.arguments[0])
    if rule.threshold is None and kind in KINDS.get(wanted, (wanted,)):
        return Found("PASS", metrics={f"Column.{rule.arguments[0]}.ColumnDataType.Compliance": 1.0})
    duck = KINDS.get(wanted, (wanted,))[0]
    column = measure.column(rule.arguments[0])
    share = measure.value(f"avg(CASE WHEN TRY_CAST({column} AS {duck}) IS NULL THEN 0 ELSE 1 END)")
    metric = f"Column.{rule.arguments[0]}.ColumnDataType.Compliance"
    return _judged(share, rule.threshold or IS_ONE, metric)


def _column_values(measure: Measure, rule: Rule) -> Found:
    if rule.test is None:
        raise CannotMeasure("ColumnValues needs an expression.")
    column = measure.column(rule.arguments[0])
    is_null_test = None in rule.test.values
    met = condition(column, rule.test)
    counted = met if is_null_test else f"({column} IS NULL OR {met})"
    share = measure.value(f"avg(CASE WHEN {counted} THEN 1.0 ELSE 0.0 END)", rule.where)
    return _judged(share, rule.threshold or IS_ONE, f"Column.{rule.arguments[0]}.ColumnValues.Compliance")


def condition(column: str, test: Test) -> str:
    """A test as SQL."""
    values = [_literal(each) for each in test.values]
    negation = "NOT " if test.negated else ""
    if test.sign == "between":
        return f"{negation}({column} > {values[0]} AND {column} < {values[1]})"
    if test.sign == "in":
        return f"{negation}(CAST({column} AS VARCHAR) IN ({', '.join(values)}))"
    if test.sign == "matches":
        return f"{negation}regexp_full_match(CAST({column} AS VARCHAR), {values[0]})"
    if test.values[0] is None:
        return f"{column} IS {'NOT ' if test.sign == '!=' else ''}NULL"
    return f"{column} {test.sign} {values[0]}"


def _literal(value: Value) -> str:
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() else repr(value)
    now = re.fullmatch(r"now\(\)", value or "")
    return "now()" if now else quoted(value or "")


def _column_length(measure: Measure, rule: Rule) -> Found:
    column = measure.column(rule.arguments[0])
    met = condition(f"length(CAST({column} AS VARCHAR))", rule.test or Test(">", (0.0,)))
    share = measure.value(f"avg(CASE WHEN {met} THEN 1.0 ELSE 0.0 END)", rule.where)
    return _judged(share, rule.threshold or IS_ONE, f"Column.{rule.arguments[0]}.ColumnLength.Compliance")


def _custom_sql(measure: Measure, rule: Rule) -> Found:
    from sqlglot import exp  # noqa: PLC0415 - slow to import

    from mlacoach.sandbox.athena.reading import parse  # noqa: PLC0415

    try:
        tree = parse(rule.arguments[0])
    except SyntaxError as error:
        raise CannotMeasure(str(error)) from error
    for table in tree.find_all(exp.Table):
        if table.name.lower() == "primary":
            table.set("this", exp.to_identifier(PRIMARY))
    sql = tree.sql(dialect="duckdb")
    if rule.test is None or rule.threshold is not None:
        # The query names the rows that are good.
        total = measure.value("count(*)")
        share = len(measure.run(sql)) / total if total else 1.0
        return _judged(share, rule.threshold or IS_ONE, "Dataset.*.CustomSQL.Compliance")
    rows = measure.run(sql)
    if len(rows) != 1 or len(rows[0]) != 1:
        raise CannotMeasure("CustomSql must give one value.")
    return _judged(float(rows[0][0] or 0), rule.test, "Dataset.*.CustomSQL")


def _referential(measure: Measure, rule: Rule) -> Found:
    alias, _, there = rule.arguments[1].partition(".")
    columns = [each.strip() for each in rule.arguments[0].split(",")]
    others = [each.strip() for each in there.strip("{}").split(",")]
    joined = " AND ".join(
        f"p.{measure.column(one)} = r.{name_of(other)}" for one, other in zip(columns, others, strict=True)
    )
    sql = f"avg(CASE WHEN EXISTS (SELECT 1 FROM {name_of(alias)} r WHERE {joined}) THEN 1.0 ELSE 0.0 END)"  # noqa: S608
    found = measure.run(f"SELECT {sql} FROM {PRIMARY} p")[0][0]  # noqa: S608
    metric = f"Column.{rule.arguments[0]}.ReferentialIntegrity"
    return _judged(float(found or 0), rule.test or IS_ONE, metric)


COMPLETE = "CAST(count({0}) AS DOUBLE) / nullif(count(*), 0)"


def _uniqueness(always: Test | None) -> Rater:
    def rate(measure: Measure, rule: Rule) -> Found:
        names = [measure.column(each) for each in rule.arguments]
        grouped = ", ".join(names)
        inner = f"SELECT count(*) AS n FROM {PRIMARY} GROUP BY {grouped}"  # noqa: S608 - names are quoted
        rows = measure.run(f"SELECT count(*) FILTER (n = 1) * 1.0::DOUBLE / sum(n) FROM ({inner})")  # noqa: S608
        test = always or rule.test or IS_ONE
        return _judged(float(rows[0][0] or 0), test, f"Column.{','.join(rule.arguments)}.Uniqueness")

    return rate


def _primary_key(measure: Measure, rule: Rule) -> Found:
    unique = _uniqueness(IS_ONE)(measure, rule)
    complete = [
        RULES["iscomplete"](measure, Rule("IsComplete", (each,), None, None, "", "")) for each in rule.arguments
    ]
    bad = next((each for each in [unique, *complete] if each.result != "PASS"), None)
    return Found(bad.result if bad else "PASS", bad.message if bad else "", unique.metrics)


RULES: Mapping[str, Rater] = {
    "rowcount": _row_count,
    "columncount": _column_count,
    "columnexists": _column_exists,
    "columndatatype": _column_data_type,
    "columnvalues": _column_values,
    "columnlength": _column_length,
    "customsql": _custom_sql,
    "referentialintegrity": _referential,
    "iscomplete": _of_column(COMPLETE, "Completeness", IS_ONE),
    "completeness": _of_column(COMPLETE, "Completeness"),
    "isunique": _uniqueness(IS_ONE),
    "uniqueness": _uniqueness(None),
    "isprimarykey": _primary_key,
    "mean": _of_column("avg({0})", "Mean"),
    "sum": _of_column("sum({0})", "Sum"),
    "standarddeviation": _of_column("stddev_pop({0})", "StandardDeviation"),
    "distinctvaluescount": _of_column("count(DISTINCT {0})", "DistinctValuesCount"),
}


def recommended(measure: Measure, columns: Mapping[str, str]) -> str:
    """Rules that the data meets as it is."""
    count = measure.value("count(*)")
    rules = [f"RowCount between {int(count / 2)} and {int(count * 2) + 1}"]
    for name, kind in columns.items():
        quoted_name = f'"{name}"'
        share = measure.value(COMPLETE.format(name_of(name)))
        rules.append(
            f"IsComplete {quoted_name}" if share == 1 else f"Completeness {quoted_name} >= {int(share * 100) / 100}"
        )
        distinct = measure.value(f"count(DISTINCT {name_of(name)})")
        if distinct == count and share == 1 and count > 1:
            rules.append(f"Uniqueness {quoted_name} > 0.95")
        if kind in {"INTEGER", "BIGINT", "DOUBLE", "FLOAT"} and share > 0:
            low, high = (measure.value(f"{each}({name_of(name)})") for each in ("min", "max"))
            rules.append(f"ColumnValues {quoted_name} between {low - 1:g} and {high + 1:g}")
        elif kind == "VARCHAR" and 0 < distinct <= 10:  # noqa: PLR2004 - a category
            column = name_of(name)
            rows = measure.run(f"SELECT DISTINCT {column} FROM {PRIMARY} WHERE {column} IS NOT NULL ORDER BY 1")  # noqa: S608
            values = ", ".join(f'"{row[0]}"' for row in rows)
            rules.append(f"ColumnValues {quoted_name} in [{values}]")
    return "Rules = [\n    " + ",\n    ".join(rules) + "\n]"
