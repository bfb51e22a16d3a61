"""The options: alike, so that only knowledge tells the key (Q05, Q07, Q10 to Q15, Q31)."""

import re
from collections.abc import Iterator, Mapping
from collections.abc import Set as AbstractSet

from mlacoach.content.bank.remark import Remark, mean, parts_of, sentences, subjects
from mlacoach.curriculum.questions import Choice, Question

LONGEST_TO_SHORTEST = 2.0
KEY_TO_MEAN = 1.25
SHORTEST_WHY = 8

_COMBINED = re.compile(
    r"\b(?:all|none|both|neither|any) of the (?:above|options|answers)|\b(?:both|either) [A-F] (?:and|or) [A-F]\b",
    re.IGNORECASE,
)
_PLACE = re.compile(
    r"\b(?:option|answer|choice|response)s? [A-F1-6]\b|\bthe (?:first|second|third|fourth|fifth|last|other two) "
    r"(?:option|answer|choice)s?\b",
    re.IGNORECASE,
)
ABSOLUTE = re.compile(r"\b(?:always|never|only|all|every|none)\b", re.IGNORECASE)
_NUMERIC = re.compile(r"^([\d,.]+)\s*([A-Za-z%]*)\.?$")


def option_rules(question: Question, rare: AbstractSet[str]) -> Iterator[Remark]:
    """Everything that can be said of the options; `rare` are the words that few questions have."""
    for name, number, part in parts_of(question):
        for rule, key, sentence in _part_rules(part.text, part.why, needs_why=name != "responses"):
            yield Remark(question.id, (name, number, key), rule, sentence)
    if isinstance(question.body, Choice):
        for rule, sentence, error in _together(question, question.body, rare):
            yield Remark(question.id, ("options",), rule, sentence, error)


def _part_rules(text: str, why: str, *, needs_why: bool) -> Iterator[tuple[str, str, str]]:
    if _COMBINED.search(text):
        yield "Q05", "text", "No option speaks of the other options."
    for key, said in (("text", text), ("why", why)):
        if _PLACE.search(said):
            yield "Q10", key, "Options are shuffled when shown; name what the option does, no letter and no place."
    if needs_why and len(why.split()) < SHORTEST_WHY:
        yield (
            "Q15",
            "why",
            f"Fewer than {SHORTEST_WHY} words do not say what it would be right for and why it fails here.",
        )


def _together(question: Question, body: Choice, rare: AbstractSet[str]) -> Iterator[tuple[str, str, bool]]:
    yield from _lengths(body)
    yield from _manner(body)
    yield from _gives_away(question, body, rare)
    yield from _numbers(body)
    for part in body.options:
        if not subjects(part.why) & subjects(part.text):
            yield "Q15", f"The reason of {part.id} names nothing of what the option says.", True


def _lengths(body: Choice) -> Iterator[tuple[str, str, bool]]:
    lengths = {part.id: len(part.text) for part in body.options}
    longest, shortest = max(lengths.values()), min(lengths.values())
    if longest > LONGEST_TO_SHORTEST * shortest and longest - shortest > 12:  # noqa: PLR2004 - single words differ much
        yield (
            "Q07",
            f"The longest option has {longest / shortest:.1f} times the letters of the shortest (at most 2).",
            False,
        )
    keys = mean(lengths[one] for one in body.key)
    if keys > KEY_TO_MEAN * mean(lengths.values()) and keys - mean(lengths.values()) > 6:  # noqa: PLR2004
        yield (
            "Q07",
            f"The key is {keys / mean(lengths.values()):.2f} times as long as the mean option (at most 1.25).",
            False,
        )


def _manner(body: Choice) -> Iterator[tuple[str, str, bool]]:
    texts = [part.text for part in body.options]
    if len({text[-1] == "." for text in texts}) > 1:
        yield "Q11", "Some options end with a full stop and others do not.", False
    if len({len(sentences(text)) for text in texts}) > 1:
        yield "Q11", "The options have different numbers of sentences.", False
    if len({text.split()[0].endswith("ing") for text in texts}) > 1:
        yield "Q11", "Some options begin with an -ing word and others do not.", False
    key = [bool(ABSOLUTE.search(part.text)) for part in body.options if part.id in body.key]
    rest = [bool(ABSOLUTE.search(part.text)) for part in body.options if part.id not in body.key]
    if any(rest) and not any(key):
        yield "Q14", "Always, never, only, all, every in wrong options alone tell which are wrong.", False


def _gives_away(question: Question, body: Choice, rare: AbstractSet[str]) -> Iterator[tuple[str, str, bool]]:
    about = {part.id: subjects(part.text) for part in body.options}
    wrong = frozenset[str]().union(*(about[one] for one in about if one not in body.key))
    keys = frozenset[str]().union(*(about[one] for one in body.key))
    clang = sorted(word for word in (keys - wrong) & subjects(question.stem) if word in rare)
    if clang:
        yield "Q12", f"Rare words that the stem shares with the key alone: {', '.join(clang)}.", False
    if len(body.key) == 1 and _converges(about, next(iter(body.key))):
        yield "Q13", "The key shares more words with the other options than any of them does with the rest.", False


def _converges(about: Mapping[str, frozenset[str]], key: str) -> bool:
    shared = {one: sum(len(about[one] & about[other]) for other in about if other != one) for one in about}
    return shared[key] >= 2 + max(count for one, count in shared.items() if one != key)


def _numbers(body: Choice) -> Iterator[tuple[str, str, bool]]:
    found = [_NUMERIC.match(part.text) for part in body.options]
    values = [float(one[1].replace(",", "").rstrip(".")) for one in found if one]
    if len(values) == len(body.options) and values != sorted(values):
        yield "Q31", "Options that are numbers stand in ascending order in the file.", True
