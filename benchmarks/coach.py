"""Sixty days of half an hour: does the coach's choice pay? `python -m benchmarks.coach [--learners N] [--seed S]`.

Three learners who are alike in everything but how they choose spend the same minutes on the same bank:

* study: what is due, then what `mlacoach study` would ask: the questions that are worth most points of the exam;
* fsrs: the same reviews at the same times, and new questions in random order;
* random: questions of the whole bank by lot, met before or not.

The world is stated in docs/measuring.md, "What a session is worth". Lessons, cards and labs are left aside: what
reading a lesson does to an ability is not known, and nobody should win by an assumption about it.
"""

import argparse
import math
import sys
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from statistics import fmean, stdev

from benchmarks.figures import Figure, missed, table
from benchmarks.fsrs6 import A_PERSON, AGAIN, DEFAULT, GOOD, Memory, Parameters, first, interval, recall, reviewed
from mlacoach.content import load
from mlacoach.curriculum.exams import Exam
from mlacoach.learning.memory import desired_retention
from mlacoach.learning.planning import (
    PLACEMENT,
    QUESTION_MINUTES,
    REVIEW_MINUTES,
    Candidate,
    choose,
    split,
    telling,
    worth,
)
from mlacoach.learning.priors import GUESSING, LEVEL_MEANS, LEVEL_SD
from mlacoach.learning.skills import DOMAIN, GENERAL, SKILL, TASK, Curve, Given, level_curve, skill_abilities

LEARNERS, DAYS, MINUTES, MONTH = 500, 60, 30.0, 30
POLICIES = ("study", "fsrs", "random")
# Of the exam's points, so many are the bank's; of the others a learner knows what they knew before.
COVERED = 0.8
SCORED, NEEDED = 50, 35
# An ability is estimated anew every second day, to save time; the program does so after every answer.
EVERY = 2


@dataclass(frozen=True, slots=True)
class Point:
    """A question of the bank as it is, and as its author sees it."""

    name: str
    skills: tuple[str, ...]
    truth: Curve
    seen: Curve


@dataclass(frozen=True, slots=True)
class World:
    """The exam's skills with their weights (summing to 1), and the bank."""

    weights: dict[str, float]
    per_point: dict[str, float]
    points: tuple[Point, ...]


@dataclass(slots=True)
class Learner:
    """Who learns: true abilities by skill, true memory, and what the program keeps of them."""

    theta: dict[str, float]
    memory: Parameters
    real: dict[int, Memory] = field(default_factory=dict)
    assumed: dict[int, Memory] = field(default_factory=dict)
    last: dict[int, int] = field(default_factory=dict)
    due: dict[int, int] = field(default_factory=dict)
    met: dict[int, int] = field(default_factory=dict)
    given: list[tuple[Given, int]] = field(default_factory=list)
    kept: list[float] = field(default_factory=list)

    def recall(self, point: int, day: int) -> float:
        """How probably a point is remembered; 0 if it was never met."""
        if point not in self.real:
            return 0.0
        return recall(self.memory, self.real[point], day - self.last[point])


def world(exam: Exam, questions: Iterable[tuple[str, str, int, tuple[str, ...]]], rng: Random) -> World:
    """A bank whose true difficulties lie around its authors' levels."""
    weights = {
        skill.id: domain.weight / 100 / len(domain.tasks) / len(task.skills)
        for domain in exam.domains
        for task in domain.tasks
        for skill in task.skills
    }
    points = []
    for name, kind, level, skills in questions:
        b, a = rng.gauss(LEVEL_MEANS[level - 1], LEVEL_SD), math.exp(rng.gauss(0, 0.3))
        points.append(Point(name, skills, Curve(a, b, 0.0, GUESSING[kind]), level_curve(level, GUESSING[kind])))
    counts = {skill: sum(skill in point.skills for point in points) for skill in weights}
    return World(weights, {skill: weight / max(counts[skill], 1) for skill, weight in weights.items()}, tuple(points))


def abilities(here: World, rng: Random) -> dict[str, float]:
    """A learner's abilities, drawn as the tree of `learning.skills` assumes them."""
    drawn: dict[str, float] = {"": rng.gauss(0, math.sqrt(GENERAL))}
    theta = {}
    for skill in here.weights:
        task, domain = skill.rsplit(".", 1)[0], skill.split(".", 1)[0]
        for part, variance in ((domain, DOMAIN), (task, TASK)):
            drawn.setdefault(part, rng.gauss(0, math.sqrt(variance)))
        theta[skill] = drawn[""] + drawn[domain] + drawn[task] + rng.gauss(0, math.sqrt(SKILL))
    return theta


def sixty_days(here: World, who: Learner, policy: str, rng: Random) -> None:
    """Live through it."""
    worths: list[Candidate] = []
    for day in range(DAYS):
        who.kept += [who.recall(point, day) for point, met in who.met.items() if day - met == MONTH]
        if policy == "random":
            _random_day(here, who, day, rng)
            continue
        due = sorted(
            (point for point, when in who.due.items() if when <= day), key=lambda point: (who.due[point], point)
        )
        parts = split(MINUTES, len(due) * REVIEW_MINUTES, 0.0, DAYS - day)
        for point in due[: round(parts.reviews / REVIEW_MINUTES)]:
            _meet(here, who, point, day, rng)
        count = int((MINUTES - parts.reviews) / QUESTION_MINUTES)
        new = [point for point in range(len(here.points)) if point not in who.met]
        if policy == "study" and (day % EVERY == 0 or not worths):
            worths = _worths(here, who, new, day)
        for point in _chosen(policy, worths, new, count, rng, who):
            _meet(here, who, point, day, rng)


def _random_day(here: World, who: Learner, day: int, rng: Random) -> None:
    spent = 0.0
    while spent < MINUTES:
        point = rng.randrange(len(here.points))
        spent += REVIEW_MINUTES if point in who.met else QUESTION_MINUTES
        _meet(here, who, point, day, rng)


def _chosen(
    policy: str, worths: Sequence[Candidate], new: Sequence[int], count: int, rng: Random, who: Learner
) -> list[int]:
    if policy == "fsrs":
        return rng.sample(new, min(count, len(new)))
    left = [one for one in worths if int(one.name) not in who.met]
    return [int(name) for name in choose(left, count, rng)]


def _worths(here: World, who: Learner, new: Sequence[int], day: int) -> list[Candidate]:
    given = [Given(one.curve, one.skills, one.right, float(day - when)) for one, when in who.given]
    known = skill_abilities(list(here.weights), given).skills
    candidates = []
    for point in new:
        own = here.points[point].skills
        mean = fmean(known[skill].mean for skill in own)
        seen = here.points[point].seen
        right = seen.right(mean, max(known[skill].variance for skill in own))
        knows = (right - seen.c) / (1 - seen.c)
        tells = telling(here.per_point, own, knows) if len(given) < PLACEMENT else worth(here.per_point, own, right)
        candidates.append(Candidate(str(point), own, tells))
    return candidates


def _meet(here: World, who: Learner, point: int, day: int, rng: Random) -> None:
    """Answer a question and read why: remembered or not, memory is what FSRS-6 says after that."""
    one = here.points[point]
    if point not in who.met:
        right = rng.random() < _as_before(one, who)
        who.given.append((Given(one.seen, one.skills, right), day))
        grade = GOOD if right else AGAIN
        who.met[point] = day
        who.real[point], who.assumed[point] = first(who.memory, grade), first(DEFAULT, grade)
    else:
        days = day - who.last[point]
        grade = GOOD if rng.random() < who.recall(point, day) else AGAIN
        who.real[point] = reviewed(who.memory, who.real[point], grade, days)
        who.assumed[point] = reviewed(DEFAULT, who.assumed[point], grade, days)
    who.last[point] = day
    who.due[point] = day + interval(DEFAULT, who.assumed[point].stability, desired_retention(DAYS - day))


def _as_before(point: Point, who: Learner) -> float:
    """The probability of a right answer by what was known before."""
    return point.truth.right(fmean(who.theta[skill] for skill in point.skills))


def passes(here: World, who: Learner) -> float:
    """The true probability of passing the day after: fifty questions, drawn by the blueprint."""
    score = 0.0
    for number, point in enumerate(here.points):
        before = _as_before(point, who)
        kept = who.recall(number, DAYS) * COVERED
        weight = fmean(here.per_point[skill] for skill in point.skills) * len(point.skills)
        score += weight * (kept + (1 - kept) * before)
    score /= sum(here.weights.values())
    ways = (
        math.comb(SCORED, right) * score**right * (1 - score) ** (SCORED - right) for right in range(NEEDED, SCORED + 1)
    )
    return min(sum(ways), 1.0)


def compared(learners: int, seed: int) -> dict[str, list[Learner]]:
    """The same learners under each policy."""
    rng = Random(seed)
    here = shipped(rng)
    lives: dict[str, list[Learner]] = {policy: [] for policy in POLICIES}
    for number in range(learners):
        theta, memory = abilities(here, rng), (DEFAULT, A_PERSON)[number % 2]
        for policy in POLICIES:
            who = Learner(theta, memory)
            sixty_days(here, who, policy, Random(f"{seed}:{number}:{policy}"))
            lives[policy].append(who)
    return lives


def shipped(rng: Random) -> World:
    """The bank that ships, for the exam that comes."""
    library = load([Path(__file__).resolve().parent.parent]).library
    exam = library.exam("MLA-C02")
    bank = [
        (one.id, one.kind, one.difficulty, tuple(sorted(ref.skill for ref in one.skills if ref.exam == exam.id)))
        for one in library.questions.values()
        if one.serves(exam.id)
    ]
    return world(exam, bank, rng)


def figures(learners: int, seed: int) -> list[Figure]:
    """What came of it, and by how much the coach is ahead, with the standard error of that."""
    rng = Random(seed)
    here = shipped(rng)
    lives = compared(learners, seed)
    chance = {policy: [passes(here, who) for who in lives[policy]] for policy in POLICIES}
    chance["nothing"] = [passes(here, Learner(who.theta, who.memory)) for who in lives["study"]]
    found = [Figure(f"P(pass), {policy}", fmean(values)) for policy, values in chance.items()]
    for other in ("fsrs", "random"):
        ahead = [ours - theirs for ours, theirs in zip(chance["study"], chance[other], strict=True)]
        error = stdev(ahead) / math.sqrt(len(ahead))
        found.append(Figure(f"study is ahead of {other} by", fmean(ahead), at_least=2 * error))
        found.append(Figure("  its standard error", error))
    for policy in POLICIES:
        kept = [one for who in lives[policy] for one in who.kept]
        found.append(
            Figure(
                f"recall 30 days after a point was met, {policy}",
                fmean(kept),
                at_least=0.9 if policy == "study" else None,
            )
        )
        found.append(Figure(f"questions met, {policy}", fmean(len(who.met) for who in lives[policy])))
    return found


def main() -> int:
    """Simulate and print; 1 if a bar is missed."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.coach", description=__doc__)
    parser.add_argument("--learners", type=int, default=LEARNERS, help="simulated learners for each policy")
    parser.add_argument("--seed", type=int, default=1)
    words = parser.parse_args()
    start = time.process_time()
    runs = [figures(words.learners, words.seed)]
    sys.stdout.write(f"{words.learners} learners a policy, {DAYS} days of {MINUTES:g} minutes\n{table(runs)}\n")
    sys.stderr.write(f"{time.process_time() - start:.0f} s\n")
    return 1 if missed(runs) else 0


if __name__ == "__main__":
    sys.exit(main())
