"""A cohort's files in DuckDB: read, checked, asked, and written anew as one file."""
# ruff: noqa: S608 - the table's name is ours, paths are quoted

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

from mlacoach.coach.cohort import queries
from mlacoach.content.cohort import COLUMNS, RESPONSE, CohortFault, header_of, read_cohort
from mlacoach.errors import MlacoachError, TryAgain, UsageFault
from mlacoach.sandbox.client import need_labs_extra

if TYPE_CHECKING:
    import duckdb

# Ten million answers take less; what does not fit goes to the disk for the while.
MEMORY = "1200MB"
PARQUET = ".parquet"
SUFFIXES = (".csv", PARQUET)
ANSWERS = "answers"
REMEDY = "Export the answers anew; where a learner handed in twice, leave the older file out."
SOUND = f"{COLUMNS[0]} <> '' AND {COLUMNS[1]} <> '' AND {COLUMNS[2]} IN (0, 1)"


class FaultyCohort(MlacoachError):
    """The files say something that cannot be; nothing of them is used."""

    def __init__(self, faults: Sequence[CohortFault]) -> None:
        count = "1 fault" if len(faults) == 1 else f"{len(faults)} faults"
        super().__init__("\n".join(str(fault) for fault in faults), f"{count}; nothing of the files was used.")
        self.faults = faults


@contextmanager
def opened(paths: Sequence[Path]) -> Iterator["duckdb.DuckDBPyConnection"]:
    """The files' answers as the table `answers`, checked.

    Raises:
        FaultyCohort: what is wrong, with its file and line.
        UsageFault: a file has another ending than .csv or .parquet.
        MlacoachError: DuckDB is not installed, or a learner answered a question in two files.
    """
    need_labs_extra()
    for path in paths:
        if path.suffix not in SUFFIXES:
            raise UsageFault(f"{path} is no cohort's file.", f"They end with {' or '.join(SUFFIXES)}.")
        if path.suffix != PARQUET and not header_of(path):
            raise _fault(paths, "its first line does not name its columns")
    import duckdb  # noqa: PLC0415 - 60 ms that only cohorts pay

    with TemporaryDirectory() as folder:
        config: dict[str, str | bool | int | float | list[str]] = {
            "memory_limit": MEMORY,
            "temp_directory": folder,
            "preserve_insertion_order": "false",
        }
        with duckdb.connect(":memory:", config=config) as connection:
            try:
                _gather(connection, paths, Path(folder) / "answers.parquet")
                _check(connection, paths)
            except duckdb.Error as error:
                raise _fault(paths, str(error).splitlines()[0].rstrip(".")) from error
            yield connection


def asker(connection: "duckdb.DuckDBPyConnection") -> queries.Ask:
    """Asks DuckDB."""

    def ask(sql: str) -> list[tuple[Any, ...]]:
        return connection.execute(sql).fetchall()

    return ask


def write(connection: "duckdb.DuckDBPyConnection", path: Path) -> None:
    """Write all answers to one file, CSV or Parquet by its ending; whole or not at all.

    Raises:
        UsageFault: it has another ending.
        TryAgain: the disk refuses.
    """
    if path.suffix not in SUFFIXES:
        raise UsageFault(f"{path} has no known ending.", f"Give one of {', '.join(SUFFIXES)}.")
    form = "FORMAT parquet, COMPRESSION zstd" if path.suffix == PARQUET else "FORMAT csv, HEADER"
    temporary = path.with_name(f"{path.name}.{os.getpid()}.tmp")
    import duckdb  # noqa: PLC0415 - see `opened`

    try:
        connection.execute(
            f"COPY (SELECT * FROM {ANSWERS} ORDER BY learner, question) TO {_quoted(temporary)} ({form})"
        )
        temporary.replace(path)
    except (OSError, duckdb.IOException) as error:
        raise TryAgain(f"{path} cannot be written: {error}.", "Check the folder's rights and its space.") from error
    finally:
        temporary.unlink(missing_ok=True)


def _gather(connection: "duckdb.DuckDBPyConnection", paths: Sequence[Path], gathered: Path) -> None:
    """All answers as one view: of Parquet files, or of one that half a gigabyte of text, read once, becomes."""
    selects = " UNION ALL ".join(_select(path) for path in paths)
    if any(path.suffix != PARQUET for path in paths):
        connection.execute(f"COPY ({selects}) TO {_quoted(gathered)} (FORMAT parquet)")
        selects = _select(gathered)
    connection.execute(f"CREATE VIEW {ANSWERS} AS {selects}")


def _select(path: Path) -> str:
    if path.suffix == PARQUET:
        columns = "learner, question, CAST(correct AS INTEGER) AS correct, response"
        return f"SELECT {columns} FROM read_parquet({_quoted(path)})"
    header = header_of(path)
    columns = ", ".join(f"'c{place}': 'VARCHAR'" for place in range(len(header)))
    names = {name: f"trim(c{place})" for place, name in enumerate(header)}
    response = f"coalesce({names[RESPONSE]}, '')" if RESPONSE in names else "''"
    # Every dialect is fixed: what DuckDB guesses depends on the first lines.
    return (
        f"SELECT {names['learner']} AS learner, {names['question']} AS question, "
        f"CASE {names['correct']} WHEN '1' THEN 1 WHEN '0' THEN 0 END AS correct, {response} AS response "
        f"FROM read_csv({_quoted(path)}, auto_detect=false, header=true, delim=',', quote='\"', escape='\"', "
        f"nullstr='', columns={{{columns}}})"
    )


def _check(connection: "duckdb.DuckDBPyConnection", paths: Sequence[Path]) -> None:
    ask = asker(connection)
    [(given, sound)] = ask(f"SELECT count(*), count(*) FILTER (WHERE {SOUND}) FROM {ANSWERS}")
    if not given or sound < given:
        raise _fault(paths, "learner, question or correct is not what it must be")
    repeat = queries.first_repeat(ask, ANSWERS)
    if repeat:
        raise _fault(paths, f"{repeat[0]} answered {repeat[1]} more than once, and only first answers count")


def _fault(paths: Sequence[Path], why: str) -> MlacoachError:
    """What is wrong with which line; DuckDB's word for it where ours finds nothing."""
    faults = [fault for path in paths if path.suffix != PARQUET for fault in read_cohort(path).faults]
    if faults:
        return FaultyCohort(faults)
    return MlacoachError(f"{', '.join(map(str, paths))} cannot be used: {why.rstrip('.')}.", REMEDY)


def _quoted(path: Path) -> str:
    return "'" + str(path).replace("'", "''") + "'"
