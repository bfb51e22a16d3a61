"""Keep what was found valid, so that a change of one file has only this one parsed again.

A file's entry holds while its size and modification time do. Only files without a fault are kept: the others are read
again, and so always have their lines. The cache is JSON: reading it executes nothing. Losing it costs a second.
A start at which no file has changed needs none of it: see `snapshot`.
"""

import json
import os
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any
from zlib import crc32

from mlacoach import __version__

# What these say decides what the cache holds; they change between releases where people work in a clone.
SCHEMAS = ("schema.py", "exam_schema.py", "comparison_schema.py", "project_schema.py")


class Cache:
    """Validated plain data of the files of one pack, by the file's path within it."""

    def __init__(self, path: Path | None) -> None:
        self._path = path
        self._kept: dict[str, Any] = {}
        self._used: dict[str, Any] = {}
        if path is not None:
            self._kept = _read(path)

    def get(self, key: str, stamp: tuple[int, int]) -> Mapping[str, Any] | None:
        """The data of the file if it has not changed since."""
        entry = self._kept.get(key)
        if entry is None or entry[0] != list(stamp):
            return None
        self._used[key] = entry
        data: Mapping[str, Any] = entry[1]
        return data

    def put(self, key: str, stamp: tuple[int, int], data: Mapping[str, Any]) -> None:
        """Keep the data of a file that was found valid."""
        self._used[key] = [list(stamp), data]

    def save(self) -> None:
        """Write the cache if anything came or went; a cache that can't be written is no fault."""
        if self._path is None or (self._used.keys() == self._kept.keys() and _same(self._used, self._kept)):
            return
        write_whole(self._path, json.dumps({"shape": _shape(), "files": self._used}).encode())


def write_whole(path: Path, content: bytes) -> None:
    """Put a file in its place whole or not at all; what can't be written is no fault."""
    temporary = path.with_suffix(f".{os.getpid()}.tmp")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        temporary.write_bytes(content)
        temporary.replace(path)
    except OSError:
        with suppress(OSError):
            temporary.unlink()


def _same(used: Mapping[str, Any], kept: Mapping[str, Any]) -> bool:
    return all(used[key] is kept[key] for key in used)


def _shape() -> str:
    here = Path(__file__).parent
    return f"{__version__}/{crc32(b''.join((here / name).read_bytes() for name in SCHEMAS))}"


def _read(path: Path) -> dict[str, Any]:
    try:
        stored = json.loads(path.read_text(encoding="utf-8"))
        files = stored["files"] if stored["shape"] == _shape() else {}
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        return {}
    return files if isinstance(files, dict) and all(map(_is_entry, files.values())) else {}


def _is_entry(entry: object) -> bool:
    return isinstance(entry, list) and [type(part) for part in entry] == [list, dict]
