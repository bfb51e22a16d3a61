"""DuckDB, locked in: it reads the files of its query's folder, and nothing else there is."""

import re
from pathlib import Path
from typing import Any

from mlacoach.sandbox.athena.failure import QueryFailed

MEMORY = "1GB"
# What Trino has and DuckDB calls otherwise, beyond what sqlglot knows.
MACROS = (
    "map_agg(k, v) AS map(list(k), list(v))",
    "cardinality(a) AS len(a)",
    "numeric_histogram(n, x) AS histogram(x)",
    "is_nan(x) AS isnan(x)",
    "is_finite(x) AS isfinite(x)",
    "is_infinite(x) AS isinf(x)",
    "infinity() AS CAST('inf' AS DOUBLE)",
    "nan() AS CAST('nan' AS DOUBLE)",
    "array_join(a, s) AS array_to_string(a, s)",
    "geometric_mean(x) AS exp(avg(ln(x)))",
    "day_of_month(x) AS day(x)",
    "day_of_year(x) AS dayofyear(x)",
    "from_iso8601_date(x) AS CAST(x AS DATE)",
    "json_size(j, p) AS json_array_length(j, p)",
    "checksum(x) AS hash(list(x))",
)


def connect(folder: Path) -> Any:  # noqa: ANN401 - DuckDB's connection
    """A connection that sees the folder alone, and whose settings nobody can change any more."""
    import duckdb  # noqa: PLC0415 - 60 MB that only a query needs

    engine = duckdb.connect(":memory:")
    settings = (
        f"SET allowed_directories=['{folder}/']",
        f"SET memory_limit='{MEMORY}'",
        f"SET temp_directory='{folder}/spill'",
        "SET threads=2",
        "SET TimeZone='UTC'",
        "SET integer_division=true",
        "SET default_null_order='nulls_last'",
        "SET autoinstall_known_extensions=false",
        "SET autoload_known_extensions=false",
        "SET enable_external_access=false",
    )
    for statement in settings:
        engine.execute(statement)
    for macro in MACROS:
        engine.execute(f"CREATE MACRO {macro}")
    engine.execute("SET lock_configuration=true")
    return engine


# DuckDB's message, and Trino's code and words for it.
WORDS = (
    (r'Referenced column "([^"]+)" (?:was )?not found', "COLUMN_NOT_FOUND", "Column '{0}' cannot be resolved{more}"),
    (r'not have a column named "([^"]+)"', "COLUMN_NOT_FOUND", "Column '{0}' cannot be resolved{more}"),
    (r'Referenced table "([^"]+)" not found', "COLUMN_NOT_FOUND", "Column '{0}' cannot be resolved{more}"),
    (r'Ambiguous reference to column name "([^"]+)"', "AMBIGUOUS_NAME", "Column '{0}' is ambiguous"),
    (r"Function with name \"?([\w$]+)\"? does not exist", "FUNCTION_NOT_FOUND", "Function '{0}' not registered"),
    (
        r'column "?([^" ]+)"? must appear in the GROUP BY',
        "EXPRESSION_NOT_AGGREGATE",
        "'{0}' must be an aggregate expression or appear in GROUP BY clause",
    ),
)
DENIED = " or requester is not authorized to access requested resources"
CAST = re.compile(r"Could not convert \w+ '([^']*)' to (\w+)|invalid \w+ field format: \"([^\"]*)\"")

TRINO = {"INT8": "TINYINT", "INT16": "SMALLINT", "INT32": "INT", "INT64": "BIGINT", "FLOAT": "REAL", "BOOL": "BOOLEAN"}


def failure(error: Exception, places: dict[str, tuple[int, int]]) -> QueryFailed:
    """What DuckDB says, as Trino would say it.

    Args:
        error: DuckDB's.
        places: line and column at which a name stands in the query.
    """
    said = str(error)
    for pattern, code, words in WORDS:
        found = re.search(pattern, said)
        if found:
            line, at = places.get(found[1].lower(), (1, 1))
            return QueryFailed(f"{code}: line {line}:{at}: {words.format(found[1], more=DENIED)}")
    if "Division by zero" in said:
        return QueryFailed("DIVISION_BY_ZERO: Division by zero")
    cast = CAST.search(said)
    if cast:
        kind = TRINO.get(cast[2], (cast[2] or "date").upper())
        return QueryFailed(f"INVALID_CAST_ARGUMENT: Cannot cast '{cast[1] or cast[3]}' to {kind}")
    if "Malformed JSON" in said or "invalid JSON" in said.lower():
        return QueryFailed("HIVE_CURSOR_ERROR: Row is not a valid JSON Object")
    if "Out of Memory" in said:
        return QueryFailed("EXCEEDED_LOCAL_MEMORY_LIMIT: Query exhausted resources at this scale factor", 1)
    kind = "TYPE_MISMATCH: line 1:1: " if "Binder Error" in said else "GENERIC_USER_ERROR: "
    return QueryFailed(kind + said.partition("\n")[0].partition(": ")[2])
