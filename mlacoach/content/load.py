"""Load packs: what is sound comes back as a library, what is not as faults. Nothing is skipped silently."""

import os
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, MutableMapping, Sequence
from pathlib import Path
from typing import Any
from zlib import crc32

from mlacoach.content.build import shelved
from mlacoach.content.cache import Cache
from mlacoach.content.faults import Fault, Loc
from mlacoach.content.library import Loaded
from mlacoach.content.portfolio_pages import PLACEHOLDERS, unknown_placeholders
from mlacoach.content.shelf import Shelf
from mlacoach.content.snapshot import FOLDERS, Snapshot
from mlacoach.content.text_file import read_text
from mlacoach.errors import UsageFault

ID = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
LONGEST_ID = 60
# Beside the questions: who answered them without the key.
REVIEWS = "REVIEW.md"
# And how they were ranked by difficulty. `content.bank` reads both.
RANKINGS = "RANKINGS.csv"
# What instances cost; `lab_prices` reads it when a lab is to run on an account.
PRICES = "prices.yaml"
# The folders in which only folders are read, and the files that may lie beside those.
KNOWN_FILES = {"question_bank": (REVIEWS, RANKINGS), "labs": (PRICES,), "curriculum/projects": ()}
TABLES = ("topics", "services", "mistakes", "terms", "architect")
IN_CURRICULUM = {
    "exams",
    "tracks",
    "lessons",
    "comparisons",
    "interview",
    "flashcards",
    "projects",
    "portfolio",
    "requirements.tsv",
    *(f"{name}.yaml" for name in TABLES),
}


def own_pack() -> Path:
    """The pack that ships: inside the package when installed, the repository when working in it."""
    package = Path(__file__).resolve().parent.parent
    inside = package / "pack"
    return inside if inside.is_dir() else package.parent


def load(packs: Sequence[Path], cache_folder: Path | None = None, commands: Iterable[str] | None = None) -> Loaded:
    """Load every pack in order.

    Args:
        packs: folders that hold `curriculum/`, `question_bank/` or `labs/`.
        cache_folder: where what was found is kept between runs; None keeps nothing.
        commands: names of the program's commands; links to others are faults. None leaves them unchecked.

    Raises:
        UsageFault: a pack is not a folder with content.
    """
    for pack in packs:
        if not any((pack / name).is_dir() for name in FOLDERS):
            raise UsageFault(f"{pack} is no pack.", f"A pack is a folder with {', '.join(FOLDERS)} or one of them.")
    if commands is not None:
        return _read(packs, cache_folder, commands)
    snapshot = Snapshot(packs, cache_folder)
    loaded = snapshot.read()
    if loaded is None:
        loaded = _read(packs, cache_folder, None)
        snapshot.write(loaded)
    return loaded


def _read(packs: Sequence[Path], cache_folder: Path | None, commands: Iterable[str] | None) -> Loaded:
    sources: dict[tuple[str, str], Path] = {}
    loaded = Loaded(shelved({}), [], sources)
    for pack in packs:
        _Pack(pack, _cache(pack, cache_folder), loaded, sources).read()
    _hold_to_rules(loaded, commands)
    loaded.faults.sort()
    return loaded


def _cache(pack: Path, folder: Path | None) -> Cache:
    return Cache(folder / f"content-{crc32(str(pack.resolve()).encode()):08x}.json" if folder else None)


def _hold_to_rules(loaded: Loaded, commands: Iterable[str] | None) -> None:
    # A start at which nothing has changed knows what comes of them.
    from mlacoach.content.rules import problems  # noqa: PLC0415

    found = list(problems(loaded.library, loaded.sources, commands))
    if found:
        from mlacoach.content.reader import locate  # noqa: PLC0415 - see _Pack._read

        places = [(loaded.sources[problem.kind, problem.id], problem.loc) for problem in found]
        for problem, (path, _), line in zip(found, places, locate(places), strict=True):
            loaded.faults.append(Fault(path, line, problem.rule, problem.sentence))
    # A learner runs with what is sound: these records stand for themselves, and nobody misses one that is left out.
    shelves: Mapping[str, MutableMapping[str, Any]] = {
        "question": loaded.library.questions,
        "lesson": loaded.library.lessons,
        "comparison": loaded.library.comparisons,
        "interview": loaded.library.interviews,
        "flashcard": loaded.library.flashcards,
        "project": loaded.library.projects,
    }
    for problem in found:
        shelves.get(problem.kind, {}).pop(problem.id, None)


class _Pack:
    """Reads one pack into `loaded`."""

    def __init__(self, root: Path, cache: Cache, loaded: Loaded, sources: dict[tuple[str, str], Path]) -> None:
        self._root = root
        self._prefix = (root / "x").as_posix()[:-1]
        self._cache = cache
        self._loaded = loaded
        self._library = loaded.library
        self._sources = sources

    def read(self) -> None:
        """Read every file, in an order in which what is linked to comes first."""
        curriculum = self._root / "curriculum"
        self._records("exam", curriculum / "exams", identify=str.upper)
        for name in TABLES:
            self._table(name)
        self._requirements(curriculum / "requirements.tsv")
        self._records("case", self._root / "question_bank" / "cases")
        for folder in self._folders(self._root / "question_bank"):
            if folder.name != "cases":
                self._records("question", folder)
        self._records("track", curriculum / "tracks")
        self._records("lesson", curriculum / "lessons", suffix=".md")
        self._records("comparison", curriculum / "comparisons")
        self._records("interview", curriculum / "interview")
        self._decks(curriculum / "flashcards")
        self._labs()
        self._projects(curriculum / "projects")
        self._templates(curriculum / "portfolio")
        self._strays()
        self._cache.save()

    def _records(self, kind: str, folder: Path, *, suffix: str = ".yaml", identify: Callable[[str], str] = str) -> None:
        for name, path in self._files(folder, suffix):
            data = self._data(kind, path)
            if data is not None and self._has_its_case(path, data):
                self._shelve(kind, identify(name), path, data)

    def _has_its_case(self, path: Path, data: Mapping[str, Any]) -> bool:
        """Whether the case that a question speaks of is there: without its scenario nobody could answer."""
        case = data.get("case")
        if case is None or case in self._library.cases:
            return True
        self._fault(path, ("case",), "unknown-case", f"There is no sound case {case} in question_bank/cases.")
        return False

    def _shelve(self, kind: str, record_id: str, path: Path, data: object, loc: Loc = ()) -> None:
        shelf: Shelf[object] = getattr(self._library, kind if kind in TABLES else f"{kind}s")
        if record_id in shelf:
            first = self._sources[kind, record_id]
            self._fault(path, loc, "duplicate-id", f"The {kind} {record_id} is already given in {first}.")
            return
        shelf.put(record_id, data)
        self._sources[kind, record_id] = path

    def _table(self, kind: str) -> None:
        path = self._root / "curriculum" / f"{kind}.yaml"
        data = self._data(kind, path) if path.exists() else None
        for record_id, record in (data or {}).items():
            self._shelve(kind, record_id, path, record, (record_id,))

    def _decks(self, folder: Path) -> None:
        for _, path in self._files(folder):
            deck = self._data("deck", path) or {"title": "", "cards": []}
            for number, card in enumerate(deck["cards"]):
                self._shelve("flashcard", card["id"], path, card | {"deck": deck["title"]}, ("cards", number))

    def _labs(self) -> None:
        prices = self._root / "labs" / PRICES
        if prices.exists():
            self._data("prices", prices)
        for folder in self._folders(self._root / "labs"):
            path = folder / "lab.yaml"
            data = self._data("lab", path) if self._well_named(folder, folder.name) else None
            if data is not None:
                self._shelve("lab", folder.name, path, {**data, "folder": str(folder)})

    def _projects(self, place: Path) -> None:
        for folder in self._folders(place):
            path = folder / "project.yaml"
            data = self._data("project", path) if self._well_named(folder, folder.name) else None
            if data is None:
                continue
            if (folder / "brief.md").is_file():
                self._shelve("project", folder.name, path, {**data, "folder": str(folder)})
            else:
                self._fault(path, (), "missing-brief", "Beside it stands no brief.md, which says what to do.")

    def _templates(self, folder: Path) -> None:
        for name, path in self._files(folder, ".md"):
            text = read_text(path)
            unknown = [] if isinstance(text, Fault) else unknown_placeholders(name, text)
            if isinstance(text, Fault):
                self._loaded.faults.append(text)
            elif unknown is None:
                known = ", ".join(sorted(PLACEHOLDERS))
                self._fault(path, (), "stray-file", f"No page of a portfolio has this name; there are {known}.")
            elif unknown:
                self._fault(path, (), "unknown-placeholder", f"Nothing is put in for {', '.join(unknown)}.")
            else:
                self._shelve("template", name, path, text)

    def _requirements(self, path: Path) -> None:
        from mlacoach.curriculum.reading import NEEDS  # noqa: PLC0415 - see `_hold_to_rules`

        text = read_text(path) if path.exists() else ""
        if isinstance(text, Fault):
            self._loaded.faults.append(text)
            return
        for number, line in enumerate(text.rstrip("\n").split("\n")[1:], start=2):
            row = line.split("\t")
            if len(row) != 4:  # noqa: PLR2004 - id, kind, needs, text
                self._loaded.faults.append(Fault(path, number, "bad-row", "A row has four columns."))
                continue
            row_id, needs = row[0], row[2].split(",")
            unknown = set(needs).difference(NEEDS)
            if unknown:
                sentence = f"There is no need called {', '.join(sorted(unknown))}; there are {', '.join(NEEDS)}."
                self._loaded.faults.append(Fault(path, number, "bad-row", sentence))
            elif row_id in self._library.requirements:
                sentence = f"The requirement {row_id} is already given."
                self._loaded.faults.append(Fault(path, number, "duplicate-id", sentence))
            else:
                self._shelve("requirement", row_id, path, {"kind": row[1], "needs": needs, "text": row[3]})

    def _strays(self) -> None:
        """What nobody reads has a wrong name or a wrong place."""
        for entry in self._entries(self._root / "curriculum"):
            if entry.name not in IN_CURRICULUM:
                known = ", ".join(sorted(IN_CURRICULUM))
                self._fault(Path(entry.path), (), "stray-file", f"Nothing of this name is read here, only {known}.")
        for folder, known_files in KNOWN_FILES.items():
            for entry in self._entries(self._root / folder):
                if not entry.is_dir() and entry.name not in known_files:
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
