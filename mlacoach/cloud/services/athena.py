"""Amazon Athena: work groups, with the queries that run in them.

A query that makes a table makes it in a database of this run, and the table goes with the database.
"""

import re
from typing import Any

from mlacoach.cloud.journal import Resource
from mlacoach.cloud.services.family import Absence, Family, Kind, Request, named, tag_list
from mlacoach.cloud.services.glue import DATABASE, TABLE

GROUP = "athena-work-group"
GONE = (Absence("InvalidRequestException", "is not found"), Absence("InvalidRequestException", "not found"))
MAKES = re.compile(
    r"\s*CREATE\s+(?:EXTERNAL\s+|OR\s+REPLACE\s+)*(?:TABLE|VIEW)(?:\s+IF\s+NOT\s+EXISTS)?\s+[`\"]?([\w$-]+)",
    re.IGNORECASE,
)
READS = re.compile(r"\s*(?:SELECT|WITH|SHOW|DESCRIBE|EXPLAIN|VALUES|PREPARE|EXECUTE|DEALLOCATE|\()", re.IGNORECASE)
OF_DATABASES = re.compile(r"\s*(?:CREATE|DROP|ALTER)\s+(?:DATABASE|SCHEMA)\b", re.IGNORECASE)
# The name that such a statement changes, with a database before it.
ELSEWHERE = re.compile(
    r"\s*(?:INSERT\s+INTO|MSCK\s+REPAIR\s+TABLE|MERGE\s+INTO|DELETE\s+FROM|UPDATE|OPTIMIZE|VACUUM"
    r"|(?:CREATE|DROP|ALTER)\s+(?:EXTERNAL\s+|OR\s+REPLACE\s+)*(?:TABLE|VIEW)(?:\s+IF\s+(?:NOT\s+)?EXISTS)?)"
    r"\s+[`\"]?[\w$-]+[`\"]?\s*\.",
    re.IGNORECASE,
)


def _running(athena: Any, group: str) -> list[str]:  # noqa: ANN401
    """The queries of a work group that are not over; among the newest fifty, which is what one call describes."""
    keys = athena.list_query_executions(WorkGroup=group, MaxResults=50)["QueryExecutionIds"]
    if not keys:
        return []
    found = athena.batch_get_query_execution(QueryExecutionIds=keys)["QueryExecutions"]
    return [each["QueryExecutionId"] for each in found if each["Status"]["State"] in {"QUEUED", "RUNNING"}]


def _look(athena: Any, name: str) -> dict[str, Any]:  # noqa: ANN401
    return {**athena.get_work_group(WorkGroup=name), "running": _running(athena, name)}


def _stop(athena: Any, name: str) -> None:  # noqa: ANN401
    for key in _running(athena, name):
        athena.stop_query_execution(QueryExecutionId=key)


def _groups(athena: Any) -> list[str]:  # noqa: ANN401
    return [group["Name"] for group in athena.list_work_groups(MaxResults=50)["WorkGroups"]]


def _owners(request: Request) -> tuple[Resource, ...]:
    """The work group; and the database, where the query may change it."""
    group = Resource(GROUP, request.get("WorkGroup", "primary"))
    if READS.match(request["QueryString"]):
        return (group,)
    return group, Resource(DATABASE, request.get("QueryExecutionContext", {}).get("Database", "default"))


def _tables(request: Request) -> tuple[Resource, ...]:
    """The table or view that a query makes."""
    made = MAKES.match(request["QueryString"])
    database = request.get("QueryExecutionContext", {}).get("Database", "default")
    return (Resource(TABLE, f"{database}/{made[1].lower()}"),) if made else ()


def _why_not(request: Request) -> str:
    if OF_DATABASES.match(request["QueryString"]):
        return "A database is made with AWS Glue, so that it stands in the journal."
    if ELSEWHERE.match(request["QueryString"]):
        return "A query changes tables of the database in its context, named without a database."
    return ""


FAMILIES = (
    Family(
        service="athena",
        kinds={
            GROUP: Kind(
                "athena",
                look=_look,
                delete=lambda athena, name: athena.delete_work_group(WorkGroup=name, RecursiveDeleteOption=True),
                absent=GONE,
                busy=lambda found: bool(found["running"]),
                stop=_stop,
                every=_groups,
            ),
        },
        creates={"CreateWorkGroup": named(GROUP, "Name"), "StartQueryExecution": _tables},
        parts={
            "CreatePreparedStatement": named(GROUP, "WorkGroup"),
            "StartQueryExecution": _owners,
            "UpdateWorkGroup": named(GROUP, "WorkGroup"),
        },
        refused={"StartQueryExecution": _why_not},
        tags={"CreateWorkGroup": tag_list()},
        absent=GONE,
    ),
)
