"""Make the index that completions are answered from: every command, and the ids of the content."""

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from mlacoach.cli.completing import stamps
from mlacoach.cli.places import cache
from mlacoach.cli.spec import as_data, specification
from mlacoach.coach.setup import DEFAULT_TRACK
from mlacoach.content import Library, load, own_pack
from mlacoach.content.cache import write_whole


def make(path: Path) -> Mapping[str, Any]:
    """Make it and put it there; where it can't be written, it is made again next time."""
    library = load([own_pack()], cache()).library
    made = {
        # After the content was loaded, which may leave a newer snapshot.
        "stamps": stamps(),
        "spec": as_data(specification()),
        "ids": {kind: list(names) for kind, names in _ids(library).items()},
        "track": DEFAULT_TRACK,
        "items": {name: [item.id for item in track.items] for name, track in library.tracks.items()},
        "phases": {name: [phase.id for phase in track.phases] for name, track in library.tracks.items()},
    }
    text = json.dumps(made)
    write_whole(path, text.encode())
    kept: Mapping[str, Any] = json.loads(text)
    return kept


def _ids(library: Library) -> Mapping[str, Iterable[str]]:
    exams = library.exams.values()
    return {
        "labs": library.labs,
        "questions": library.questions,
        "interviews": library.interviews,
        "lessons": library.lessons,
        "projects": library.projects,
        "comparisons": library.comparisons,
        "tracks": library.tracks,
        "topics": library.topics,
        "exams": library.exams,
        "decks": sorted({card.deck for card in library.flashcards.values()}),
        "domains": sorted({domain.id for exam in exams for domain in exam.domains}),
        "tasks": sorted({task.id for exam in exams for task in exam.tasks}),
        "skills": sorted({skill for exam in exams for skill in exam.skills}),
    }
