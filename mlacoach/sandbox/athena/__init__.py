"""Athena: Trino's SQL over the Glue catalog and S3, answered by DuckDB."""

from mlacoach.sandbox.engines import Engines
from mlacoach.sandbox.late import add_late

QUERIES = (
    "StartQueryExecution",
    "StopQueryExecution",
    "GetQueryExecution",
    "BatchGetQueryExecution",
    "ListQueryExecutions",
    "GetQueryResults",
    "GetQueryRuntimeStatistics",
)
WORK_GROUPS = (
    "CreateWorkGroup",
    "GetWorkGroup",
    "UpdateWorkGroup",
    "DeleteWorkGroup",
    "ListWorkGroups",
    "CreatePreparedStatement",
    "GetPreparedStatement",
    "UpdatePreparedStatement",
    "DeletePreparedStatement",
    "ListPreparedStatements",
    "BatchGetPreparedStatement",
    "TagResource",
    "UntagResource",
    "ListTagsForResource",
)
CATALOGUE = ("GetDatabase", "ListDatabases", "GetTableMetadata", "ListTableMetadata")


def register(engines: Engines) -> None:
    """Take over queries, work groups, prepared statements and the view of the Glue catalog."""
    add_late(engines, "athena", "mlacoach.sandbox.athena.executions", QUERIES)
    add_late(engines, "athena", "mlacoach.sandbox.athena.workgroups", WORK_GROUPS)
    add_late(engines, "athena", "mlacoach.sandbox.athena.metadata", CATALOGUE)
