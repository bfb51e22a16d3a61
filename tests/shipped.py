"""The content that ships, read once for all tests of a process."""

import tempfile
from functools import cache
from pathlib import Path

from mlacoach.content import Loaded, load, own_pack


@cache
def shipped() -> Loaded:
    """What is in it."""
    return _read()[0]


@cache
def warm_cache() -> dict[str, bytes]:
    """The cache that an earlier run left, so that not every home has to parse the content."""
    return _read()[1]


@cache
def _read() -> tuple[Loaded, dict[str, bytes]]:
    with tempfile.TemporaryDirectory() as folder:
        loaded = load([own_pack()], Path(folder))
        return loaded, {path.name: path.read_bytes() for path in Path(folder).iterdir()}
