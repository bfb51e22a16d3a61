"""Take everything along in one file, and take such a file in: a union, whole or not at all."""

from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import datetime
from pathlib import Path

from mlacoach.coach.memory import relearn
from mlacoach.errors import TryAgain, UsageFault
from mlacoach.store import Store, jsonl
from mlacoach.store.whole_file import write_whole


def write_log(store: Store, path: Path, now: datetime) -> Mapping[str, int]:
    """Write the learner's whole log; how many rows of each table it holds.

    Raises:
        TryAgain: the file cannot be written; what was there before stays.
    """
    with store.together():
        rows = list(store.exchange.rows())
    write_whole(path, jsonl.write(rows, store.exchange.device, now))
    return Counter(row.table for row in rows)


def read_log(store: Store, path: Path) -> Mapping[str, int]:
    """Take in what another copy of the learner's log has more; how many new rows there are of each table.

    Raises:
        UsageFault: there is no such file.
        DataDamaged: it is none of ours, newer, or not whole. Nothing was taken in.
    """
    try:
        data = path.read_bytes()
    except (FileNotFoundError, IsADirectoryError) as error:
        raise UsageFault(f"There is no file {path}.") from error
    except OSError as error:
        raise TryAgain(f"{path} cannot be read: {error.strerror}.", "Check its rights.") from error
    rows = jsonl.read(data, str(path))
    with store.together():
        return merge(store, rows)


def merge(store: Store, rows: Iterable[jsonl.Row]) -> Mapping[str, int]:
    """Take rows in, with the memory that they make; the caller holds the transaction. New rows by table come back."""
    merged = store.exchange.merge(rows)
    relearn(store, merged.points)
    return merged.rows
