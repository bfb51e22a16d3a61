"""A SELECT of Trino made ready for DuckDB: its tables found, its partitions pruned, its bytes counted."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from sqlglot import exp, parse_one
from sqlglot.errors import ParseError, TokenError

from mlacoach.sandbox.athena.catalog import Catalog, Partition, Table
from mlacoach.sandbox.athena.duck import failure
from mlacoach.sandbox.athena.failure import QueryCancelled, QueryFailed
from mlacoach.sandbox.athena.files import File, Files
from mlacoach.sandbox.athena.kinds import to_duck
from mlacoach.sandbox.athena.sources import name_of, quoted, select

CATALOGUES = ("", "awsdatacatalog", "hive")
DEEPEST = 8
COMPARISONS = {exp.EQ: "=", exp.NEQ: "<>", exp.GT: ">", exp.GTE: ">=", exp.LT: "<", exp.LTE: "<="}
Parts = list[tuple[Partition | None, list[File]]]


def parse(sql: str) -> exp.Expr:
    """The tree of a query.

    Raises:
        SyntaxError: it is none; with Trino's words.
    """
    try:
        tree = parse_one(sql, read="athena")
    except ParseError as error:
        at = error.errors[0] if error.errors else {}
        where = f"line {at.get('line', 1)}:{at.get('col', 1)}"
        raise SyntaxError(f"{where}: mismatched input '{at.get('highlight', '')}'") from error
    except TokenError as error:
        raise SyntaxError(f"line 1:1: {error}") from error
    if not isinstance(tree, exp.Query):
        raise SyntaxError("Queries of this type are not supported")  # noqa: TRY004 - what was sent is wrong
    return tree


class Reader:
    """Reads tables for one query and counts what is scanned.

    Args:
        catalog: the Glue catalog.
        engine: DuckDB's connection.
        files: the query's files.
        cutoff: how many bytes may be scanned; None is without limit.
    """

    def __init__(self, catalog: Catalog, engine: Any, files: Files, cutoff: int | None = None) -> None:  # noqa: ANN401
        self.catalog = catalog
        self.engine = engine
        self.files = files
        self.cutoff = cutoff
        self.scanned = 0
        self._number = 0

    @property
    def folder(self) -> Path:
        """The query's folder."""
        return self.files.folder

    def run(self, tree: exp.Expr, database: str, parameters: Sequence[str] = ()) -> Any:  # noqa: ANN401
        """Run a query; DuckDB's result.

        Raises:
            QueryFailed: it cannot be answered.
            QueryCancelled: it would scan too much, or was stopped.
        """
        prepared = bind(tree, parameters)
        places = _places(tree)
        sql = self.prepare(prepared, database)
        return self._guarded(lambda: self.engine.execute(sql), places)

    def run_sql(self, sql: str, tree: exp.Expr) -> Any:  # noqa: ANN401
        """Run what is ready for DuckDB; what goes wrong is placed in the query as it was written.

        Raises:
            QueryFailed: it cannot be answered.
        """
        return self._guarded(lambda: self.engine.execute(sql), _places(tree))

    def fetch(self, result: Any, count: int) -> list[Any]:  # noqa: ANN401 - DuckDB's
        """The next rows of a result.

        Raises:
            QueryFailed: a row cannot be computed.
        """
        rows: list[Any] = self._guarded(lambda: result.fetchmany(count), {})
        return rows

    def _guarded(self, run: Callable[[], Any], places: dict[str, tuple[int, int]]) -> Any:  # noqa: ANN401
        import duckdb  # noqa: PLC0415 - slow to import

        try:
            return run()
        except duckdb.InterruptException as error:
            raise QueryCancelled("Query cancelled by user") from error
        except duckdb.Error as error:
            raise failure(error, places) from error

    def prepare(self, tree: exp.Expr, database: str, depth: int = 0) -> str:
        """The query for DuckDB, its tables made views of the engine.

        Raises:
            QueryFailed: a table is missing, or a comparison's types do not fit.
        """
        if depth > DEEPEST:
            raise QueryFailed("STACK_OVERFLOW: Views refer to each other without end.")
        ctes = {each.alias.lower() for each in tree.find_all(exp.CTE)}
        nodes = [
            node
            for node in tree.find_all(exp.Table)
            if isinstance(node.this, exp.Identifier) and (node.db or node.name.lower() not in ctes)
        ]
        tables = [self._table(node, database) for node in nodes]
        _check_comparisons(tree, tables)
        for node, table in zip(nodes, tables, strict=True):
            self._replace(node, self._view_for(node, table, tree, depth))
        _name_columns(tree)
        return tree.sql(dialect="duckdb")

    def _table(self, node: exp.Table, database: str) -> Table:
        where = _where(node.args.get("db") or node.this)
        if node.catalog.lower() not in CATALOGUES:
            raise QueryFailed(f"CATALOG_NOT_FOUND: {where}: Catalog '{node.catalog}' does not exist")
        schema = (node.db or database).lower()
        table = self.catalog.find(schema, node.name)
        if table is None:
            if not self.catalog.has_database(schema):
                raise QueryFailed(f"SCHEMA_NOT_FOUND: {where}: Schema '{schema}' does not exist")
            name = node.name.lower()
            raise QueryFailed(f"TABLE_NOT_FOUND: {where}: Table 'awsdatacatalog.{schema}.{name}' does not exist")
        return table

    def _replace(self, node: exp.Table, view: str) -> None:
        alias = node.args.get("alias") or exp.TableAlias(this=node.this.copy())
        kept = {name: value for name, value in node.args.items() if name not in {"this", "db", "catalog", "alias"}}
        node.replace(exp.Table(this=exp.to_identifier(view), alias=alias, **kept))

    def _view_for(self, node: exp.Table, table: Table, tree: exp.Expr, depth: int) -> str:
        self._number += 1
        view = f"source_{self._number}"
        if table.view is not None:
            sql = self.prepare(parse(table.view["originalSql"]), table.view["schema"], depth + 1)
        else:
            parts = self._parts(node, table)
            self._count(table, parts, _used(tree))
            sql = self._guarded(lambda: select(self.engine, table, parts), {})
        self._guarded(lambda: self.engine.execute(f"CREATE VIEW {view} AS {sql}"), {})
        return view

    def _parts(self, node: exp.Table, table: Table) -> Parts:
        if not table.keys:
            return [(None, self.files.under(table.location))]
        kept = self._pruned(node, table, self.catalog.partitions(table))
        return [(each, self.files.under(each.location)) for each in kept]

    def _pruned(self, node: exp.Table, table: Table, partitions: list[Partition]) -> list[Partition]:
        """The partitions that the WHERE clause leaves."""
        tests = _tests(node, {each.name for each in table.keys})
        if not tests or not partitions:
            return partitions
        names = ", ".join(["number", *(name_of(each.name) for each in table.keys)])
        rows = ", ".join(
            f"({number}, "
            + ", ".join(
                f"CAST({quoted(value)} AS {to_duck(key.kind)})"
                for key, value in zip(table.keys, each.values, strict=False)
            )
            + ")"
            for number, each in enumerate(partitions)
        )
        where = " AND ".join(f"({test.sql(dialect='duckdb')})" for test in tests)
        sql = f"SELECT number FROM (VALUES {rows}) AS t({names}) WHERE {where}"  # noqa: S608 - literals are quoted
        chosen = self._guarded(lambda: self.engine.execute(sql).fetchall(), _places(node.parent_select or node))
        return [partitions[row[0]] for row in chosen]

    def _count(self, table: Table, parts: Parts, used: set[str]) -> None:
        files = [file for _, each in parts for file in each]
        if table.file_format == "parquet" and files and "*" not in used:
            self.scanned += self._column_bytes(files, used)
        else:
            self.scanned += sum(each.size for each in files)
        if self.cutoff is not None and self.scanned > self.cutoff:
            raise QueryCancelled("Bytes scanned limit was exceeded")

    def _column_bytes(self, files: list[File], used: set[str]) -> int:
        """What the columns that are used take in Parquet files: the others are never read."""
        paths = ", ".join(quoted(str(each.path)) for each in files)
        names = ", ".join(quoted(each) for each in sorted(used)) or "''"
        sql = (
            f"SELECT coalesce(sum(total_compressed_size), 0) FROM parquet_metadata([{paths}]) "  # noqa: S608
            f"WHERE lower(split_part(path_in_schema, ', ', 1)) IN ({names})"
        )
        return int(self._guarded(lambda: self.engine.execute(sql).fetchone()[0], {}))


def bind(tree: exp.Expr, parameters: Sequence[str]) -> exp.Expr:
    """The tree with its question marks replaced.

    Raises:
        QueryFailed: their number is another.
    """
    tree = tree.copy()
    marks = list(tree.find_all(exp.Placeholder, bfs=False))
    if len(marks) != len(parameters):
        raise QueryFailed(
            "INVALID_PARAMETER_USAGE: Incorrect number of parameters: "
            f"expected {len(marks)} but found {len(parameters)}"
        )
    for mark, text in zip(marks, parameters, strict=True):
        mark.replace(parse_one(text, read="athena"))
    return tree


def _where(node: exp.Expr) -> str:
    return f"line {node.meta.get('line', 1)}:{_column(node)}"


def _column(node: exp.Expr) -> int:
    """The column at which an identifier begins; the parser notes its last character."""
    meta = node.meta
    return int(meta.get("col", 1)) - (int(meta.get("end", 0)) - int(meta.get("start", 0)))


def _places(tree: exp.Expr) -> dict[str, tuple[int, int]]:
    places: dict[str, tuple[int, int]] = {}
    for node in tree.find_all(exp.Column, exp.Anonymous, bfs=False):
        begin = node.parts[0] if isinstance(node, exp.Column) else node
        if "line" in begin.meta:
            place = int(begin.meta["line"]), _column(begin)
            places.setdefault(node.name.lower(), place)
            if isinstance(node, exp.Column) and node.table:
                places.setdefault(node.table.lower(), place)
    return places


def _used(tree: exp.Expr) -> set[str]:
    """The columns that a query names; `*` if it takes all."""
    is_all = any(not isinstance(each.parent, exp.Count) for each in tree.find_all(exp.Star))
    return {"*"} if is_all else {each.name.lower() for each in tree.find_all(exp.Column)}


def _tests(node: exp.Table, keys: set[str]) -> list[exp.Expr]:
    """The conditions of the WHERE clause that concern this table's partition keys alone."""
    scope = node.parent_select
    where = scope.args.get("where") if scope is not None else None
    # Of an outer join's far side a condition does not hold for all rows.
    if scope is None or where is None or any(each.args.get("side") for each in scope.args.get("joins") or []):
        return []
    alone = len(list(scope.find_all(exp.Table))) == 1
    return [
        _bare(each)
        for each in (where.this.flatten() if isinstance(where.this, exp.And) else [where.this])
        if _concerns(each, keys, node.alias_or_name.lower(), alone=alone)
    ]


def _concerns(test: exp.Expr, keys: set[str], table: str, *, alone: bool) -> bool:
    columns = list(test.find_all(exp.Column))
    named = all(
        each.name.lower() in keys and (each.table.lower() == table or (alone and not each.table)) for each in columns
    )
    return bool(columns) and named and test.find(exp.Query, exp.AggFunc) is None


def _bare(test: exp.Expr) -> exp.Expr:
    copy = test.copy()
    for column in copy.find_all(exp.Column):
        column.set("table", None)
        column.set("db", None)
    return copy


def _check_comparisons(tree: exp.Expr, tables: list[Table]) -> None:
    """Trino never compares text with a number, nor a date with text; DuckDB would."""
    kinds: dict[str, set[str]] = {}
    for table in tables:
        for column in (*table.columns, *table.keys):
            kinds.setdefault(column.name, set()).add(column.kind)
    for node in tree.find_all(*COMPARISONS):
        left, right = node.this, node.expression
        found = kinds.get(left.name.lower(), set()) if isinstance(left, exp.Column) else set()
        if len(found) != 1 or not isinstance(right, exp.Literal):
            continue
        kind = TRINO_NAMES.get(next(iter(found)), "")
        if kind and (kind == "varchar") != right.is_string:
            number = "integer" if right.is_int else "decimal"
            _mismatch(left, COMPARISONS[type(node)], kind, f"varchar({len(right.this)})" if right.is_string else number)


TRINO_NAMES = {
    "string": "varchar",
    "varchar": "varchar",
    "int": "integer",
    "integer": "integer",
    "bigint": "bigint",
    "double": "double",
    "boolean": "boolean",
    "date": "date",
    "timestamp": "timestamp(3)",
}


def _mismatch(column: exp.Column, sign: str, left: str, right: str) -> None:
    last = column.this.meta
    at = f"line {last.get('line', 1)}:{int(last.get('col', 1)) + 2}"
    raise QueryFailed(f"TYPE_MISMATCH: {at}: Cannot apply operator: {left} {sign} {right}")


def _name_columns(tree: exp.Expr) -> None:
    """Name what has no name as Trino does: _col0, _col1 and so on."""
    if not isinstance(tree, exp.Query):
        return
    for number, each in enumerate(list(tree.selects)):
        if not each.alias_or_name and not each.is_star:
            each.replace(exp.alias_(each.copy(), f"_col{number}"))
