"""A kill at any moment takes no answer that was acknowledged: SIGKILL, for which no program can prepare.

Acknowledged is what the learner was told: `Right.` or `Wrong:` in a study session, the next question in an exam.
"""

import json
import time
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from random import Random

import pytest

from mlacoach.coach import Coach
from mlacoach.coach.exam import resume
from mlacoach.content import Library
from mlacoach.curriculum.questions import Ordering
from mlacoach.store import Store
from tests.program import HEADING, Program, Running, Shown

# 2 commands x 2 homes x 5 kills, or 5 homes.
HOMES, KILLS = [0, 1, *(pytest.param(number, marks=pytest.mark.whole) for number in (2, 3, 4))], 5
ACTIONS = ("right", "right", "wrong", "f", "f", "p", "n", "jump")


@dataclass(frozen=True)
class Moment:
    """When to kill: so many seconds after so many prompts were answered; at 0 prompts while it starts."""

    prompts: int
    delay: float


def a_moment(rng: Random) -> Moment:
    prompts = rng.randrange(8)
    return Moment(prompts, rng.uniform(0, 0.04 if prompts else 0.2))


def kill(running: Running, moment: Moment) -> None:
    """Kill it at the moment; what it had said until then can still be read."""
    time.sleep(moment.delay)  # this is the draw: nothing is waited for
    running.kill()


def opened(program: Program) -> Store:
    """The file, which opens, and in which no page or index is broken."""
    store = Store(program.database, datetime.now(UTC))
    assert store.check() is None
    return store


@pytest.mark.parametrize("home_number", HOMES)
def test_study_loses_no_answer_that_was_acknowledged(home: Path, home_number: int) -> None:
    rng, program = Random(f"study {home_number}"), Program(home, fresh=True)
    logged = 0
    for _ in range(KILLS):
        moment = a_moment(rng)
        with program.start("study", "--questions", "20") as running:
            typed = _study(running, moment.prompts, rng)
            kill(running, moment)
        verdicts = [line.startswith("Right.") for line in running.said.splitlines() if line[:6] in {"Right.", "Wrong:"}]

        opened(program).close()
        new = program.rows("SELECT question, response, correct FROM answers ORDER BY rowid")[logged:]

        assert len(verdicts) <= len(new) <= len(typed)
        assert new == typed[: len(new)]
        assert verdicts == [bool(correct) for _, _, correct in typed[: len(verdicts)]]
        logged += len(new)
    assert logged
    # Each answer has its review: they come whole or not at all.
    assert program.rows("SELECT count(*) FROM reviews JOIN answers ON answers.id = reviews.answer") == [(logged,)]


def _study(running: Running, prompts: int, rng: Random) -> list[tuple[str, str, int]]:
    """Answer that many questions: the rows of the log that this is to leave behind."""
    typed = []
    for _ in range(prompts):
        shown = running.question()
        right = rng.random() < 0.5
        line = shown.right if right else shown.wrong
        running.type(line)
        typed.append((shown.question.id, json.dumps(shown.answer(line)), int(right)))
    return typed


@dataclass(frozen=True)
class State:
    """Where an exam is."""

    position: int
    answers: frozenset[tuple[str, tuple[str, ...]]]
    flags: frozenset[str]

    def answered(self, question: str, answer: list[str]) -> "State":
        return replace(self, answers=frozenset({**dict(self.answers), question: tuple(answer)}.items()))

    def at(self, position: int, count: int) -> "State":
        return replace(self, position=min(max(position, 0), count - 1))


@pytest.mark.parametrize("home_number", HOMES)
def test_an_exam_loses_nothing_that_was_acknowledged(home: Path, library: Library, home_number: int) -> None:
    rng, program = Random(f"exam {home_number}"), Program(home)
    program.run("exam", "--timed", "--seed", str(home_number), code=5)
    seen, deadline = State(0, frozenset(), frozenset()), program.rows("SELECT deadline FROM sittings")
    for _ in range(KILLS):
        moment = a_moment(rng)
        with program.start("exam", "resume") as running:
            possible, typed_at = _sit(running, seen, moment.prompts, rng)
            kill(running, moment)

        seen = _kept(program, library)

        assert seen in possible
        if HEADING.search(running.said[typed_at:]):
            assert seen == possible[-1]
        assert program.rows("SELECT deadline FROM sittings") == deadline
    _hand_in(program, seen)


def _sit(running: Running, seen: State, prompts: int, rng: Random) -> tuple[list[State], int]:
    """Do that many things: the states in which the last one may leave the exam, and where it was typed."""
    possible, typed_at = [seen], 0
    for _ in range(prompts):
        shown, seen = running.question(), possible[-1]
        assert (shown.number - 1, shown.flagged) == (seen.position, shown.question.id in seen.flags)
        typed_at = len(running.said)
        line, possible = _act(shown, seen, rng)
        running.type(line)
    return possible, typed_at


def _act(shown: Shown, seen: State, rng: Random) -> tuple[str, list[State]]:
    """A line to type, and the states from before it to after it."""
    action, question = rng.choice(ACTIONS), shown.question.id
    if action == "f":
        return "f", [seen, replace(seen, flags=seen.flags ^ {question})]
    if action in {"right", "wrong"}:
        line = shown.right if action == "right" else shown.wrong
        given = shown.answer(line)
        # What is no order is kept in one order, however it was typed.
        kept = given if isinstance(shown.question.body, Ordering) else sorted(given)
        answered = seen.answered(question, kept)
        return line, [seen, answered, answered.at(seen.position + 1, shown.count)]
    if action == "jump":
        place = rng.randrange(shown.count)
        return str(place + 1), [seen, seen.at(place, shown.count)]
    step = 1 if action == "n" else -1
    return action, [seen, seen.at(seen.position + step, shown.count)]


def _kept(program: Program, library: Library) -> State:
    store = opened(program)
    session = resume(Coach(store, library, lambda: datetime.now(UTC), Random(1), program.home))
    store.close()
    return State(session.position, frozenset(session.answers.items()), frozenset(session.flags))


def _hand_in(program: Program, seen: State) -> None:
    """Everything answered counts once, and everything else once as not answered."""
    assert program.rows("SELECT count(*) FROM answers") == [(0,)]

    program.run("exam", "resume", typed="x\nyes\n")

    rows = program.rows("SELECT question, response FROM answers")
    (paper,) = program.rows("SELECT paper FROM sittings")
    assert sorted(question for question, _ in rows) == sorted(json.loads(paper[0]))
    answered = {question: tuple(json.loads(response)) for question, response in rows if response != "[]"}
    assert answered == dict(seen.answers)
    assert program.rows("SELECT kind FROM sitting_events ORDER BY rowid DESC LIMIT 1") == [("submit",)]
