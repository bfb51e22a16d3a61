"""A cohort's answers as Parquet segments in S3, asked with Athena."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from zlib import crc32

from mlacoach.cloud import real_session, refusal
from mlacoach.cloud.account import new_client
from mlacoach.coach.cohort.queries import Ask, first_repeat
from mlacoach.errors import MlacoachError, TryAgain, UsageFault

S3 = "s3://"
PAUSE_SECONDS = 0.2
LONGEST_SECONDS = 600.0
OVER = ("SUCCEEDED", "FAILED", "CANCELLED")


@dataclass(frozen=True, slots=True)
class Where:
    """Where Athena works.

    Args:
        database: in which a table is made for the while.
        results: where Athena writes its results, as s3://bucket/prefix/; "" is what the workgroup says.
        workgroup: Athena's.
        profile: of the learner's AWS configuration; None is the environment's.
        region: instead of the profile's.
    """

    database: str = "default"
    results: str = ""
    workgroup: str = "primary"
    profile: str | None = None
    region: str | None = None


@contextmanager
def table(location: str, where: Where) -> Iterator[tuple[Ask, str]]:
    """What asks Athena, and the name of a table over the segments; the table goes when the block ends.

    Its name follows from the location: one that a power cut left behind is taken up again.

    Args:
        location: the folder of the Parquet segments, as s3://bucket/prefix/.
        where: Athena works.

    Raises:
        UsageFault: the location is no folder of S3.
        NeedsCredentials: AWS did not let us in.
        MlacoachError: a query failed, with Athena's reason; or a learner has two answers to a question.
    """
    if not location.startswith(S3) or location == S3:
        raise UsageFault(f"{location} is no place in S3.", "Athena reads segments such as s3://my-bucket/cohort/.")
    location = location.rstrip("/") + "/"
    name = f"mlacoach_cohort_{crc32(location.encode()):08x}"
    athena = _Athena(where)
    athena.ask(
        f"CREATE EXTERNAL TABLE IF NOT EXISTS {name} (learner string, question string, correct int, response string) "
        f"STORED AS PARQUET LOCATION '{_escaped(location)}'"
    )
    try:
        repeat = first_repeat(athena.ask, name)
        if repeat:
            raise MlacoachError(
                f"In {location}, {repeat[0]} answered {repeat[1]} more than once; only first answers count.",
                "Take a segment away that was put there twice.",
            )
        yield athena.ask, name
    finally:
        athena.ask(f"DROP TABLE IF EXISTS {name}")


class _Athena:
    """Asks, waits, and reads all pages."""

    def __init__(self, where: Where) -> None:
        self._where = where
        with _refusals():
            self._client = new_client(real_session(where.profile, where.region), "athena", None)

    def ask(self, sql: str) -> list[tuple[Any, ...]]:
        with _refusals():
            return self._answer(sql)

    def _answer(self, sql: str) -> list[tuple[Any, ...]]:
        request: dict[str, Any] = {
            "QueryString": sql,
            "QueryExecutionContext": {"Database": self._where.database},
            "WorkGroup": self._where.workgroup,
        }
        if self._where.results:
            request["ResultConfiguration"] = {"OutputLocation": self._where.results}
        query = self._client.start_query_execution(**request)["QueryExecutionId"]
        status = self._wait(query)
        if status["State"] != "SUCCEEDED":
            raise MlacoachError(f"Athena did not answer: {status.get('StateChangeReason', status['State'])}")
        rows = [
            tuple(cell.get("VarCharValue") for cell in row["Data"])
            for page in self._client.get_paginator("get_query_results").paginate(QueryExecutionId=query)
            for row in page["ResultSet"]["Rows"]
        ]
        return rows[1:]  # the first names the columns

    def _wait(self, query: str) -> Any:  # noqa: ANN401 - boto3's answers are
        deadline = time.monotonic() + LONGEST_SECONDS
        while time.monotonic() < deadline:
            status = self._client.get_query_execution(QueryExecutionId=query)["QueryExecution"]["Status"]
            if status["State"] in OVER:
                return status
            time.sleep(PAUSE_SECONDS)
        self._client.stop_query_execution(QueryExecutionId=query)
        raise TryAgain(f"Athena took more than {LONGEST_SECONDS:.0f} seconds; the query was stopped.")


@contextmanager
def _refusals() -> Iterator[None]:
    from botocore.exceptions import BotoCoreError, ClientError  # noqa: PLC0415 - only AWS needs it

    try:
        yield
    except (BotoCoreError, ClientError) as error:
        known = refusal(error)
        raise known or MlacoachError(f"Athena could not be asked: {error}") from error


def _escaped(text: str) -> str:
    return text.replace("'", "''")
