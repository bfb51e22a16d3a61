"""Words in and JSON out: what several commands share."""

import json
import sys
from collections.abc import Mapping
from datetime import date
from typing import Any

from mlacoach.errors import UsageFault

SCHEMA_VERSION = 1


def print_json(kind: str, data: Mapping[str, Any]) -> None:
    """Write one JSON document to stdout; it carries its kind and the version of its schema."""
    document = {"schema": f"mlacoach.{kind}", "schema_version": SCHEMA_VERSION, **data}
    # Where stdout can't carry every character, JSON has its own way to write them.
    escape = not (sys.stdout.encoding or "").lower().startswith("utf")
    sys.stdout.write(json.dumps(document, indent=2, ensure_ascii=escape, default=str) + "\n")


def day_of(text: str | None) -> date | None:
    """The day that a flag names; None for none.

    Raises:
        UsageFault: it is no ISO date.
    """
    if not text:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise UsageFault(f"{text!r} is no date.", "Write it as YYYY-MM-DD, such as 2027-02-15.") from error
