"""Ordering, matching, cases (Q25 to Q27)."""

import re
from collections.abc import Iterator, Mapping, Sequence

from mlacoach.content.bank.remark import Remark, subjects
from mlacoach.curriculum.questions import Case, Choice, Matching, Ordering, Question

_CUE = re.compile(
    r"^(?:first|second|third|then|next|finally|lastly|afterwards?)\b|\bfinally\b|\bstep \d", re.IGNORECASE
)
_REUSE = re.compile(
    r"\b(?:once|twice|more than once|not at all|several|again|unused|each response|may be used|can be used)\b",
    re.IGNORECASE,
)
SCENARIO = (100, 300)
QUESTIONS = (2, 5)


def kind_rules(question: Question) -> Iterator[Remark]:
    """What ordering and matching questions need beside the schema."""
    if isinstance(question.body, Ordering):
        for number, step in enumerate(question.body.steps):
            if _CUE.search(step.text):
                yield Remark(question.id, ("steps", number, "text"), "Q25", "A step says no first, then or finally.")
    if isinstance(question.body, Matching):
        used = [pair.partition("=")[2] for pair in question.body.pairs]
        even = len(used) == len(set(used)) == len(question.body.responses)
        if not even and not _REUSE.search(question.stem):
            yield Remark(
                question.id, ("stem",), "Q26", "Say whether a response may serve more than once or not at all."
            )


def case_rules(cases: Mapping[str, Case], questions: Sequence[Question]) -> Iterator[tuple[str, str]]:
    """What a case needs: the id of the case and the sentence."""
    for case in cases.values():
        own = [one for one in questions if one.case is not None and one.case.id == case.id]
        if not QUESTIONS[0] <= len(own) <= QUESTIONS[1]:
            yield case.id, f"{len(own)} questions share the case; it takes {QUESTIONS[0]} to {QUESTIONS[1]}."
        count = len(case.scenario.split())
        if not SCENARIO[0] <= count <= SCENARIO[1]:
            yield case.id, f"The scenario has {count} words; {SCENARIO[0]} to {SCENARIO[1]} are asked for."
        for question in own:
            yield from ((case.id, sentence) for sentence in _gives_away(question, own, case))


def _gives_away(question: Question, own: Sequence[Question], case: Case) -> Iterator[str]:
    """A key whose own words all stand in the stem of another question of the case can be read there."""
    if not isinstance(question.body, Choice):
        return
    wrong = frozenset[str]().union(
        *(subjects(one.text) for one in question.body.options if one.id not in question.body.key)
    )
    for part in question.body.options:
        telling = subjects(part.text) - wrong - subjects(case.scenario)
        for other in own:
            if part.id in question.body.key and other is not question and telling and telling <= subjects(other.stem):
                yield f"The stem of {other.id} gives away the key of {question.id}."
