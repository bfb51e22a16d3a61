"""Load packs: what is sound comes back as a library, what is not as faults. Nothing is skipped silently."""

import os
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import Any

from mlacoach.content import build
from mlacoach.content.cache import Cache
from mlacoach.content.faults import Fault, Loc
from mlacoach.content.library import Library
from mlacoach.content.rules import Problem, problems
from mlacoach.content.text_file import read_text
from mlacoach.curriculum.questions import Case
from mlacoach.curriculum.reading import NEEDS, Requirement
from mlacoach.errors import UsageFault

ID = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
LONGEST_ID = 60
# Beside the questions: who answered them without the key. `content.bank` reads it.
REVIEWS = "REVIEW.md"
FOLDERS = ("curriculum", "question_bank", "labs")
TABLES = ("topics", "services", "mistakes", "terms")
IN_CURRICULUM = {"exams", "tracks", "lessons", "flashcards", "requirements.tsv", *(f"{name}.yaml" for name in TABLES)}


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
        self._prefix = (root / "x").as_posix()[:-1]
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
        self._table("terms", library.terms, build.terms)
        self._requirements(curriculum / "requirements.tsv")
        self._records("case", self._root / "question_bank" / "cases", library.cases, _case)
        for folder in self._folders(self._root / "question_bank"):
            if folder.name != "cases":
                self._records("question", folder, library.questions, self._question)
        self._records("track", curriculum / "tracks", library.tracks, build.track)
        self._records("lesson", curriculum / "lessons", library.lessons, build.lesson, suffix=".md")
        self._decks(curriculum / "flashcards")
        self._labs()
        self._strays()
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
        for name, path in self._files(folder, suffix):
            data = self._data(kind, path)
            if data is not None and self._has_its_case(path, data):
                self._shelve(kind, identify(name), path, shelf, make(name, data))

    def _has_its_case(self, path: Path, data: Mapping[str, Any]) -> bool:
        """Whether the case that a question speaks of is there: without its scenario nobody could answer."""
        case = data.get("case")
        if case is None or case in self._library.cases:
            return True
        self._fault(path, ("case",), "unknown-case", f"There is no sound case {case} in question_bank/cases.")
        return False

    def _shelve(
        self, kind: str, record_id: str, path: Path, shelf: dict[str, Any], record: object, loc: Loc = ()
    ) -> None:
        if record_id in shelf:
            first = self._loaded.sources[kind, record_id]
            self._fault(path, loc, "duplicate-id", f"The {kind} {record_id} is already given in {first}.")
            return
        shelf[record_id] = record
        self._loaded.sources[kind, record_id] = path

    def _table(self, kind: str, shelf: dict[str, Any], make: Callable[[str, Any], object]) -> None:
        path = self._root / "curriculum" / f"{kind}.yaml"
        data = self._data(kind, path) if path.exists() else None
        for record_id, record in (data or {}).items():
            self._shelve(kind, record_id, path, shelf, make(record_id, record), (record_id,))

    def _decks(self, folder: Path) -> None:
        for _, path in self._files(folder):
            deck = self._data("deck", path) or {"title": "", "cards": []}
            for number, card in enumerate(deck["cards"]):
                record = build.flashcard(deck["title"], card)
                self._shelve("flashcard", record.id, path, self._library.flashcards, record, ("cards", number))

    def _labs(self) -> None:
        for folder in self._folders(self._root / "labs"):
            path = folder / "lab.yaml"
            data = self._data("lab", path) if self._well_named(folder, folder.name) else None
            if data is not None:
                self._shelve("lab", folder.name, path, self._library.labs, build.lab_facts(folder, data))

    def _requirements(self, path: Path) -> None:
        text = read_text(path) if path.exists() else ""
        if isinstance(text, Fault):
            self._loaded.faults.append(text)
            return
        for number, line in enumerate(text.rstrip("\n").split("\n")[1:], start=2):
            row = line.split("\t")
            if len(row) != 4:  # noqa: PLR2004 - id, kind, needs, text
                self._loaded.faults.append(Fault(path, number, "bad-row", "A row has four columns."))
                continue
            record = Requirement(row[0], row[1], tuple(row[2].split(",")), row[3])
            unknown = set(record.needs).difference(NEEDS)
            if unknown:
                sentence = f"There is no need called {', '.join(sorted(unknown))}; there are {', '.join(NEEDS)}."
                self._loaded.faults.append(Fault(path, number, "bad-row", sentence))
            elif record.id in self._library.requirements:
                sentence = f"The requirement {record.id} is already given."
                self._loaded.faults.append(Fault(path, number, "duplicate-id", sentence))
            else:
                self._shelve("requirement", record.id, path, self._library.requirements, record)

    def _strays(self) -> None:
        """What nobody reads has a wrong name or a wrong place."""
        for entry in self._entries(self._root / "curriculum"):
            if entry.name not in IN_CURRICULUM:
                known = ", ".join(sorted(IN_CURRICULUM))
                self._fault(Path(entry.path), (), "stray-file", f"Nothing of this name is read here, only {known}.")
        for folder in ("question_bank", "labs"):
            for entry in self._entries(self._root / folder):
                if not entry.is_dir() and entry.name != REVIEWS:
                    self._fault(Path(entry.path), (), "stray-file", "Only folders are read here.")

    def _files(self, folder: Path, suffix: str = ".yaml") -> Iterator[tuple[str, Path]]:
        """The files of a folder that may be read, by the name without the suffix; the others are faults."""
        for entry in self._entries(folder):
            path = folder / entry.name
            name = entry.name.removesuffix(suffix)
            if name == entry.name or entry.is_dir():
                self._fault(path, (), "stray-file", f"Only {suffix} files are read here.")
            elif self._well_named(path, name):
                yield name, path

    def _folders(self, folder: Path) -> list[Path]:
        entries = self._entries(folder)
        return [folder / entry.name for entry in entries if entry.is_dir() and not entry.name.startswith("_")]

    def _entries(self, folder: Path) -> list[os.DirEntry[str]]:
        """What stands in a folder, by name; an entry knows without a look at the disk whether it is a folder."""
        try:
            with os.scandir(folder) as entries:
                return sorted((one for one in entries if not one.name.startswith(".")), key=lambda one: one.name)
        except FileNotFoundError:
            return []
        except OSError as error:
            self._fault(folder, (), "unreadable", f"The folder cannot be read: {error.strerror}.")
            return []

    def _well_named(self, path: Path, name: str) -> bool:
        if ID.fullmatch(name) and len(name) <= LONGEST_ID:
            return True
        sentence = f"An id is of lower-case words joined by hyphens, {LONGEST_ID} characters at most."
        self._fault(path, (), "bad-id", sentence)
        return False

    def _data(self, kind: str, path: Path) -> Mapping[str, Any] | None:
        # Path.relative_to says the same, and takes a sixth of a warm start.
        key = path.as_posix().removeprefix(self._prefix)
        try:
            status = path.stat()
        except OSError as error:
            self._fault(path, (), "unreadable", f"The file cannot be read: {error.strerror}.")
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

    def _fault(self, path: Path, loc: Loc, rule: str, sentence: str) -> None:
        line = 1
        if loc:
            from mlacoach.content.reader import locate  # noqa: PLC0415 - see _read

            line = next(locate([(path, loc)]))
        self._loaded.faults.append(Fault(path, line, rule, sentence))


def _case(case_id: str, data: Mapping[str, Any]) -> Case:
    return Case(case_id, data["title"], data["scenario"])
