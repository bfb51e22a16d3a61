"""A load as it came out, for the next start: while no file has changed, nothing is parsed, checked or built again.

A JSON line says how it was written, one which files it holds for, then come the faults, where each record stands and
what choosing questions goes by; below them every record has a line of its own, decoded when it is asked for. Reading
it executes nothing. Losing it costs a load from `cache`.
"""

import json
import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import fields
from pathlib import Path
from typing import Any
from zlib import crc32

from mlacoach import __version__
from mlacoach.content.build import shelved
from mlacoach.content.cache import write_whole
from mlacoach.content.catalogue import columns_of, facts_of
from mlacoach.content.faults import Fault
from mlacoach.content.library import Loaded
from mlacoach.content.shelf import Deferred, Shelf

FOLDERS = ("curriculum", "question_bank", "labs")
# What the code of these says decides what a load comes to; it changes between releases where people work in a clone.
CODE = (Path(__file__).parent, Path(__file__).parent.parent / "curriculum")
# A file that could not be read may be readable next time without a change of its time.
PASSING = "unreadable"


class Snapshot:
    """The snapshot of some packs, as they are at this moment."""

    def __init__(self, packs: Sequence[Path], folder: Path | None) -> None:
        """Look at the packs' files; without a `folder` nothing is kept."""
        self._stamps = _stamps(packs) if folder else None
        places = "\n".join(f"{pack}={pack.resolve()}" for pack in packs)
        self._path = (folder or Path()) / f"library-{crc32(places.encode()):08x}.jsonl"

    def read(self) -> Loaded | None:
        """What the last load came to, or None if anything has changed since."""
        if self._stamps is None:
            return None
        try:
            content = self._path.read_bytes()
            head, stamps, found, sources, columns = _first_lines(content, 5)
            if stamps == self._stamps and json.loads(head) == _head(memoryview(content)[len(head) + 1 :]):
                begin = len(head) + len(stamps) + len(found) + len(sources) + len(columns) + 5
                return _loaded(json.loads(found), sources, columns, memoryview(content)[begin:])
        except (OSError, ValueError, KeyError, TypeError, RecursionError):
            pass  # lost, cut short, or of another version
        return None

    def write(self, loaded: Loaded) -> None:
        """Keep what a load came to; what can't be written is no fault."""
        if self._stamps is None or any(fault.rule == PASSING for fault in loaded.faults):
            return
        library = loaded.library
        parts = {part.name: getattr(library, part.name) for part in fields(library)}
        shelves = {name: part.texts for name, part in parts.items() if isinstance(part, Shelf)}
        faults = [[str(fault.path), fault.line, fault.rule, fault.sentence] for fault in loaded.faults]
        found = {
            "shelves": {name: list(texts) for name, texts in shelves.items()},
            "lengths": {name: [len(text) for text in texts.values()] for name, texts in shelves.items()},
            "faults": faults,
        }
        sources = [[kind, record_id, str(path)] for (kind, record_id), path in loaded.sources.items()]
        lines = [self._stamps, _line(found), _line(sources), _line(columns_of(library.questions.values()))]
        body = b"\n".join([*lines, *(text for texts in shelves.values() for text in texts.values()), b""])
        write_whole(self._path, _line(_head(body)) + b"\n" + body)


def _line(data: object) -> bytes:
    return json.dumps(data).encode()


def _head(body: bytes | memoryview) -> dict[str, object]:
    return {"version": __version__, "crc": crc32(body)}


def _stamps(packs: Iterable[Path]) -> bytes | None:
    """Every file that a load looks at and every folder's name; None if they can't be seen."""
    stamps: list[str] = []
    try:
        for pack in packs:
            for name in FOLDERS:
                if (pack / name).exists():
                    _look(str(pack / name), stamps, below=True)
        for folder in CODE:
            _look(str(folder), stamps, below=False)
    except OSError:
        return None
    return _line(stamps)


def _look(folder: str, stamps: list[str], *, below: bool) -> None:
    files: list[str] = []
    folders: list[str] = []
    with os.scandir(folder) as entries:
        for entry in entries:
            name = entry.name
            if name.startswith((".", "__")):
                continue
            if entry.is_dir():
                folders.append(name)
            else:
                status = entry.stat()
                files.append(f"{name} {status.st_size} {status.st_mtime_ns}")
    stamps += [folder, *sorted(files)]
    for name in sorted(folders):
        if below:
            _look(f"{folder}/{name}", stamps, below=False)
        else:
            stamps.append(f"{folder}/{name}")


def _first_lines(content: bytes, count: int) -> list[bytes]:
    """So many lines; the records below them are not copied.

    Raises:
        ValueError: there are fewer.
    """
    lines, begin = [], 0
    for _ in range(count):
        end = content.index(b"\n", begin)
        lines.append(content[begin:end])
        begin = end + 1
    return lines


def _loaded(found: Mapping[str, Any], sources: bytes, columns: bytes, records: memoryview) -> Loaded:
    shelves: dict[str, dict[str, bytes | memoryview]] = {}
    begin = 0
    for name, ids in found["shelves"].items():
        texts = shelves[name] = {}
        for record_id, length in zip(ids, found["lengths"][name], strict=True):
            texts[record_id] = records[begin : begin + length]
            begin += length + 1
    library = shelved(shelves)
    library.facts = Deferred(lambda: facts_of(json.loads(columns), library.cases))
    faults = [Fault(Path(path), line, rule, sentence) for path, line, rule, sentence in found["faults"]]
    return Loaded(library, faults, Deferred(lambda: _places(json.loads(sources))))


def _places(rows: Iterable[Sequence[str]]) -> Mapping[tuple[str, str], Path]:
    return {(kind, record_id): Path(path) for kind, record_id, path in rows}
