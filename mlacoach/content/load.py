"""Load packs: what is sound comes back as a library, what is not as faults. Nothing is skipped silently."""

import csv
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import Any

from mlacoach.content import build
from mlacoach.content.cache import Cache
from mlacoach.content.faults import Fault
from mlacoach.content.library import Library
from mlacoach.content.rules import Problem, problems
from mlacoach.curriculum.questions import Case
from mlacoach.curriculum.reading import Requirement
from mlacoach.errors import UsageFault

ID = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
LONGEST_ID = 60
FOLDERS = ("curriculum", "question_bank", "labs")


@dataclass(slots=True)
class Loaded:
    """What loading found. `sources` tells where each record stands, by (kind, id)."""

    library: Library = field(default_factory=Library)
    faults: list[Fault] = field(default_factory=list)
    sources: dict[tuple[str, str], Path] = field(default_factory=dict)


def own_pack() -> Path:
    """The pack that ships: inside the package when installed, the repository when working in it."""
    package = Path(__file__).resolve().parent.parent
    inside = package / "pack"
    return inside if inside.is_dir() else package.parent


def load(packs: Sequence[Path], cache_folder: Path | None = None, commands: Iterable[str] | None = None) -> Loaded:
    """Load every pack in order.

    Args:
        packs: folders that hold `curriculum/`, `question_bank/` or `labs/`.
        cache_folder: where validated data is kept between runs; None keeps nothing.
        commands: names of the program's commands; links to others are faults. None leaves them unchecked.

    Raises:
        UsageFault: a pack is not a folder with content.
    """
    loaded = Loaded()
    for pack in packs:
        if not any((pack / name).is_dir() for name in FOLDERS):
            raise UsageFault(f"{pack} is no pack.", f"A pack is a folder with {', '.join(FOLDERS)} or one of them.")
        _Pack(pack, _cache(pack, cache_folder), loaded).read()
    _hold_to_rules(loaded, commands)
    loaded.faults.sort()
    return loaded


def _cache(pack: Path, folder: Path | None) -> Cache:
    if folder is None:
        return Cache(None)
    name = sha256(str(pack.resolve()).encode()).hexdigest()[:16]
    return Cache(folder / f"content-{name}.json")


def _hold_to_rules(loaded: Loaded, commands: Iterable[str] | None) -> None:
    found: list[Problem] = list(problems(loaded.library, loaded.sources, commands))
    if found:
        from mlacoach.content.reader import locate  # noqa: PLC0415 - see _Pack._read

        places = [(loaded.sources[problem.kind, problem.id], problem.loc) for problem in found]
        for problem, (path, _), line in zip(found, places, locate(places), strict=True):
            loaded.faults.append(Fault(path, line, problem.rule, problem.sentence))
    # A learner runs with what is sound: these records stand for themselves, and nobody misses one that is left out.
    shelves: Mapping[str, dict[str, Any]] = {
        "question": loaded.library.questions,
        "lesson": loaded.library.lessons,
        "flashcard": loaded.library.flashcards,
    }
    for problem in found:
        shelves.get(problem.kind, {}).pop(problem.id, None)


class _Pack:
    """Reads one pack into `loaded`."""

    def __init__(self, root: Path, cache: Cache, loaded: Loaded) -> None:
        self._root = root
        self._cache = cache
        self._loaded = loaded
        self._library = loaded.library

    def read(self) -> None:
        """Read every file, in an order in which what is linked to comes first."""
        library, curriculum = self._library, self._root / "curriculum"
        self._records("exam", curriculum / "exams", library.exams, build.exam, identify=str.upper)
        self._table("topics", library.topics, lambda _id, text: text)
        self._table("services", library.services, build.service_note)
        self._table("mistakes", library.mistakes, build.mistake)
        self._requirements(curriculum / "requirements.tsv")
        self._records("case", self._root / "question_bank" / "cases", library.cases, _case)
        for folder in _folders(self._root / "question_bank"):
            if folder.name != "cases":
                self._records("question", folder, library.questions, self._question)
        self._records("track", curriculum / "tracks", library.tracks, build.track)
        self._records("lesson", curriculum / "lessons", library.lessons, build.lesson, suffix=".md")
        self._decks(curriculum / "flashcards")
        self._labs()
        self._cache.save()

    def _question(self, question_id: str, data: Mapping[str, Any]) -> object:
        return build.question(question_id, data, self._library.cases)

    def _records(
        self,
        kind: str,
        folder: Path,
        shelf: dict[str, Any],
        make: Callable[[str, Mapping[str, Any]], object],
        *,
        suffix: str = ".yaml",
        identify: Callable[[str], str] = str,
    ) -> None:
        for path in _files(folder):
            if path.suffix != suffix:
                self._fault(path, "stray-file", f"Only {suffix} files are read here.")
            elif not ID.fullmatch(path.stem) or len(path.stem) > LONGEST_ID:
                self._fault(
                    path, "bad-id", "A file is named in lower-case words joined by hyphens, 60 characters at most."
                )
            else:
                data = self._data(kind, path)
                if data is not None:
                    self._shelve(kind, identify(path.stem), path, shelf, make(path.stem, data))

    def _shelve(self, kind: str, record_id: str, path: Path, shelf: dict[str, Any], record: object) -> None:
        if record_id in shelf:
            first = self._loaded.sources[kind, record_id]
            self._fault(path, "duplicate-id", f"The {kind} {record_id} is already given in {first}.")
            return
        shelf[record_id] = record
        self._loaded.sources[kind, record_id] = path

    def _table(self, kind: str, shelf: dict[str, Any], make: Callable[[str, Any], object]) -> None:
        path = self._root / "curriculum" / f"{kind}.yaml"
        data = self._data(kind, path) if path.exists() else None
        for record_id, record in (data or {}).items():
            self._shelve(kind, record_id, path, shelf, make(record_id, record))

    def _decks(self, folder: Path) -> None:
        for path in _files(folder):
            for card in (self._data("deck", path) or {"cards": []})["cards"]:
                self._shelve("flashcard", card["id"], path, self._library.flashcards, build.flashcard(card))

    def _labs(self) -> None:
        for folder in _folders(self._root / "labs"):
            path = folder / "lab.yaml"
            data = self._data("lab", path)
            if data is not None:
                self._shelve("lab", folder.name, path, self._library.labs, build.lab_facts(folder, data))

    def _requirements(self, path: Path) -> None:
        if not path.exists():
            return
        with path.open(encoding="utf-8", newline="") as file:
            for number, row in enumerate(csv.reader(file, delimiter="\t", quoting=csv.QUOTE_NONE), start=1):
                if number == 1:
                    continue
                if len(row) != 4:  # noqa: PLR2004 - id, kind, needs, text
                    self._loaded.faults.append(Fault(path, number, "bad-row", "A row has four columns."))
                    continue
                record = Requirement(row[0], row[1], tuple(row[2].split(",")), row[3])
                self._shelve("requirement", row[0], path, self._library.requirements, record)

    def _data(self, kind: str, path: Path) -> Mapping[str, Any] | None:
        key = path.relative_to(self._root).as_posix()
        try:
            status = path.stat()
        except OSError as error:
            self._fault(path, "unreadable", f"The file cannot be read: {error.strerror}.")
            return None
        stamp = (status.st_size, status.st_mtime_ns)
        data = self._cache.get(key, stamp)
        if data is None:
            data = self._read(kind, path)
            if data is not None:
                self._cache.put(key, stamp, data)
        return data

    def _read(self, kind: str, path: Path) -> dict[str, Any] | None:
        # yaml and pydantic cost 120 ms, and a warm start finds every file in the cache.
        from mlacoach.content.reader import read  # noqa: PLC0415

        data, faults = read(kind, path)
        self._loaded.faults.extend(faults)
        return data

    def _fault(self, path: Path, rule: str, sentence: str) -> None:
        self._loaded.faults.append(Fault(path, 1, rule, sentence))


def _case(case_id: str, data: Mapping[str, Any]) -> Case:
    return Case(case_id, data["title"], data["scenario"])


def _files(folder: Path) -> Iterator[Path]:
    if folder.is_dir():
        yield from sorted(path for path in folder.iterdir() if path.is_file() and not path.name.startswith("."))


def _folders(folder: Path) -> list[Path]:
    if not folder.is_dir():
        return []
    return sorted(path for path in folder.iterdir() if path.is_dir() and not path.name.startswith((".", "_")))
