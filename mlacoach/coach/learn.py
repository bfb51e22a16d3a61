"""Find what is to be read: a lesson, alternatives side by side, the questions that lead to one."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from mlacoach.content import Library
from mlacoach.curriculum.comparing import Alternative, Comparison
from mlacoach.curriculum.reading import Lesson
from mlacoach.errors import UnknownId, UsageFault
from mlacoach.store.search import Document, SearchIndex

# Words that nearly every name has; they tell no alternative from another.
COMMON = frozenset({"amazon", "aws", "sagemaker", "ai", "the", "a", "and", "of", "for", "with", "to", "in", "on"})
_WORD = re.compile(r"[a-z0-9]+")


@dataclass(frozen=True, slots=True)
class Compared:
    """A comparison, and those of its alternatives that were asked for."""

    comparison: Comparison
    chosen: tuple[Alternative, ...]


def lessons_for(library: Library, wanted: str) -> list[Lesson]:
    """The lesson of this id, or the lessons that teach this skill (`2.1.3`, `MLA-C02 2.1.3`); none if it is neither."""
    if wanted in library.lessons:
        return [library.lessons[wanted]]
    exam, _, skill = wanted.upper().replace(":", " ").rpartition(" ")
    lessons = library.lessons.values()
    return [one for one in lessons if any(ref.skill == skill and exam in ("", ref.exam) for ref in one.skills)]


def search(library: Library, index: SearchIndex, words: str, limit: int) -> list[Lesson | Comparison]:
    """Lessons and comparisons that have every word (or, if there are none, any), the best first."""
    index.hold(list(_documents(library)))
    found = index.search(words, limit)
    return [library.lessons[one] if one in library.lessons else library.comparisons[one] for one in found]


def _documents(library: Library) -> Iterable[Document]:
    for lesson in library.lessons.values():
        yield Document(lesson.id, lesson.title, " ".join(lesson.goals), lesson.text)
    for one in library.comparisons.values():
        names = " ".join(" ".join([other.name, *other.also]) for other in one.alternatives)
        says = " ".join(text for aspect in one.aspects for text in aspect.says.values())
        yield Document(one.id, f"{one.title} {names}", one.summary, says)


def compare(library: Library, names: Sequence[str]) -> Compared:
    """The comparison that has all these alternatives, or the whole comparison of this id.

    Raises:
        UnknownId: no comparison has this name.
        UsageFault: each name is somewhere, but no comparison has them all.
    """
    if len(names) == 1 and names[0] in library.comparisons:
        whole = library.comparisons[names[0]]
        return Compared(whole, whole.alternatives)
    for comparison in library.comparisons.values():
        chosen = [_named(comparison, name) for name in names]
        if all(chosen):
            wanted = {one.id for one in chosen if one}
            return Compared(comparison, tuple(one for one in comparison.alternatives if one.id in wanted))
    places = {name: [one.id for one in library.comparisons.values() if _named(one, name)] for name in names}
    for name, found in places.items():
        if not found:
            known = {other.id for one in library.comparisons.values() for other in one.alternatives}
            raise UnknownId("comparison", name, known | library.comparisons.keys())
    where = "; ".join(f"{name} is in {', '.join(found)}" for name, found in places.items())
    raise UsageFault(f"No comparison has {' and '.join(names)} together.", f"Name one of these: {where}.")


def _named(comparison: Comparison, name: str) -> Alternative | None:
    """The alternative that this names: the one whose shortest name has all its words and the fewest others."""
    wanted = _words(name)
    fits = [
        (len(words - wanted), number)
        for number, one in enumerate(comparison.alternatives)
        for words in map(_words, (one.id, one.name, *one.also))
        if wanted and wanted <= words
    ]
    return comparison.alternatives[min(fits)[1]] if fits else None


def _words(text: str) -> frozenset[str]:
    """Its telling words: without those that nearly every name has, unless it has no others."""
    words = frozenset(_WORD.findall(text.lower()))
    return words - COMMON or words
