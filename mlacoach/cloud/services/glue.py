"""AWS Glue: the Data Catalog."""

from typing import Any

from mlacoach.cloud.journal import Resource
from mlacoach.cloud.services.family import Family, Kind, Request, codes, pages, tag_map

DATABASE, TABLE = "glue-database", "glue-table"
GONE = codes("EntityNotFoundException")


def _delete_database(glue: Any, name: str) -> None:  # noqa: ANN401
    # AWS deletes the tables of a database later and on its own time; we would have to wait to see that they are gone.
    for page in list(glue.get_paginator("get_tables").paginate(DatabaseName=name)):
        for table in page["TableList"]:
            glue.delete_table(DatabaseName=name, Name=table["Name"])
    glue.delete_database(Name=name)


def _delete_table(glue: Any, name: str) -> None:  # noqa: ANN401
    database, _, table = name.partition("/")
    # Its partitions go with it, later too; a new table of this name would not see them.
    glue.delete_table(DatabaseName=database, Name=table)


def _look_for_table(glue: Any, name: str) -> object:  # noqa: ANN401
    database, _, table = name.partition("/")
    return glue.get_table(DatabaseName=database, Name=table)


def _database_tags(glue: Any, name: str) -> dict[str, str]:  # noqa: ANN401
    account = glue.get_database(Name=name)["Database"]["CatalogId"]
    arn = f"arn:aws:glue:{glue.meta.region_name}:{account}:database/{name}"
    return dict(glue.get_tags(ResourceArn=arn)["Tags"])


def _table(request: Request) -> Resource:
    return Resource(TABLE, f"{request['DatabaseName']}/{request['TableName']}")


FAMILIES = (
    Family(
        service="glue",
        kinds={
            DATABASE: Kind(
                "glue",
                look=lambda glue, name: glue.get_database(Name=name),
                delete=_delete_database,
                absent=GONE,
                every=lambda glue: pages(glue, "get_databases", "DatabaseList", "Name"),
                tags_of=_database_tags,
            ),
            # Which tables there are, their databases tell.
            TABLE: Kind("glue", look=_look_for_table, delete=_delete_table, absent=GONE),
        },
        creates={
            "CreateDatabase": lambda request: Resource(DATABASE, request["DatabaseInput"]["Name"]),
            "CreateTable": lambda request: Resource(
                TABLE, f"{request['DatabaseName']}/{request['TableInput']['Name']}"
            ),
        },
        parts={"BatchCreatePartition": _table, "CreatePartition": _table},
        tags={"CreateDatabase": tag_map()},
        absent=GONE,
    ),
)
