"""Rows that come from outside: what no CHECK of a table says, and what our own functions rely on."""

import json
import re
from collections.abc import Mapping
from contextlib import suppress

from mlacoach.store.jsonl import Row, Value
from mlacoach.store.rows import as_moment, as_text

# As `rows.new_id` makes them: the time of a row is read from its id.
NEW_ID = re.compile(r"[0-9a-f]{28}")
# Ids that other parts make, and that no time is read from.
NAMED = frozenset({"choices", "lab_runs", "undone"})
JSON_COLUMNS: Mapping[str, tuple[str, ...]] = {
    "answers": ("response",),
    "sittings": ("paper", "plan"),
    "sitting_events": ("value",),
    "lab_events": ("data",),
}
# Far enough for every clock, and far from where SQLite's integers end.
MOST_TURNS = 1 << 62


def fault_of(row: Row, columns: frozenset[str]) -> str | None:
    """What keeps a row from being taken in, as the end of a sentence; None if nothing does."""
    values = row.values
    unknown = values.keys() - columns
    if unknown:
        return f"has the column {min(unknown)}, which {row.table} does not have"
    if not isinstance(values.get("at"), str) or not _is_moment(str(values["at"])):
        return "has no time"
    if row.table not in NAMED and not NEW_ID.fullmatch(str(values.get("id"))):
        return "has an id that is none"
    if row.table != "undone" and not _is_turn(values.get("turn")):
        return "has no place in the order"
    broken = [name for name in JSON_COLUMNS.get(row.table, ()) if not _is_json(values.get(name))]
    return f"has no JSON in {broken[0]}" if broken else None


def _is_turn(value: Value) -> bool:
    return isinstance(value, int) and 0 < value < MOST_TURNS


def _is_moment(text: str) -> bool:
    with suppress(ValueError, OverflowError):
        moment = as_moment(text)
        return moment.tzinfo is not None and as_text(moment) == text
    return False


def _is_json(value: Value) -> bool:
    if value is None:
        return True
    with suppress(ValueError, RecursionError):
        json.loads(str(value))
        return True
    return False
