"""Rows of a finished query: kept as lines of a file, answered by pages."""

import json
from collections.abc import Mapping
from itertools import islice
from pathlib import Path
from typing import Any

from mlacoach.sandbox.athena.workgroups import refuse
from mlacoach.sandbox.call import Call
from mlacoach.sandbox.records import Record

LARGEST = 1000


def page_of(call: Call, record: Record) -> Mapping[str, Any]:
    """What GetQueryResults answers.

    Raises:
        AwsError: the token or the page's size is wrong.
    """
    size = int(call.request.get("MaxResults") or LARGEST)
    if size > LARGEST:
        raise refuse(f"MaxResults is more than maximum allowed length {LARGEST}.")
    try:
        begin = int(call.request.get("NextToken") or 0)
    except ValueError as error:
        raise refuse("Invalid NextToken.") from error
    with rows_file(call.world.folder, record.key).open(encoding="utf-8") as file:
        lines = list(islice(file, begin, begin + size + 1))
    rows = [{"Data": [_datum(each) for each in json.loads(line)]} for line in lines[:size]]
    more = {"NextToken": str(begin + size)} if len(lines) > size else {}
    metadata = {"ColumnInfo": record.private.get("columns") or []}
    count = int(record.private.get("update_count") or 0)
    return {"ResultSet": {"Rows": rows, "ResultSetMetadata": metadata}, "UpdateCount": count, **more}


def _datum(value: str | None) -> dict[str, str]:
    return {} if value is None else {"VarCharValue": value}


def rows_file(folder: Path, key: str) -> Path:
    """Where the rows of a query are kept."""
    return folder / "athena" / key / "rows.jsonl"
