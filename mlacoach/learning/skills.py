"""Ability by skill: a number for each, which shares what its task, its domain and the whole exam have in common.

The prior is a tree: the ability of a skill is a general part, and one each of its domain, its task and itself. A skill
of four questions says little; the tree lets its neighbours speak, and its error says how much is known. Plain Python:
a session is planned with it before NumPy would be loaded.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from math import exp, sqrt

from mlacoach.learning.priors import FLATTENING, LEVEL_MEANS, LEVEL_SD, SD_PER_DAY

# Prior variances. General and domain make N(0, 1) with .85 between any two domains, as `domains` has them; task and
# skill come on top.
GENERAL, DOMAIN, TASK, SKILL = 0.85, 0.15, 0.10, 0.15

# Scoring steps that are left when none moves by this much.
_CLOSE = 1e-4
_MOST_STEPS = 20
_LONGEST_STEP = 0.5


@dataclass(frozen=True, slots=True)
class Normal:
    """What is known of an ability."""

    mean: float
    variance: float

    @property
    def se(self) -> float:
        """The standard error."""
        return sqrt(self.variance)


@dataclass(frozen=True, slots=True)
class Curve:
    """A question as it is scored: slope, difficulty N(b, sd²), guessing."""

    a: float
    b: float
    sd: float
    c: float

    def right(self, theta: float, variance: float = 0.0) -> float:
        """The probability of a right answer of somebody whose ability is N(theta, variance)."""
        flat = _flattened(self.a, self.sd**2 + variance)
        return self.c + (1 - self.c) / (1 + exp(-flat * (theta - self.b)))


@lru_cache(maxsize=64)
def level_curve(level: int, guessing: float) -> Curve:
    """The curve of a question of which its author's level, 1 to 5, is all that is known."""
    return Curve(1.0, LEVEL_MEANS[level - 1], LEVEL_SD, guessing)


@dataclass(frozen=True, slots=True)
class Given:
    """A first answer: the question's curve and skills (ids such as 2.1.5), was it right, and how many days ago."""

    curve: Curve
    skills: Sequence[str]
    right: bool
    days: float = 0.0


@dataclass(frozen=True, slots=True)
class SkillAbilities:
    """What is known of every part of the exam, by the ids of domains, tasks and skills."""

    general: Normal
    domains: Mapping[str, Normal]
    tasks: Mapping[str, Normal]
    skills: Mapping[str, Normal]


def skill_abilities(skills: Sequence[str], given: Iterable[Given]) -> SkillAbilities:
    """Estimate every skill: the mode under the tree's prior, errors by Laplace, found by Fisher scoring.

    An answer counts for each of its skills by an equal part. One of long ago tells less: ability has moved since by
    N(0, .12² days), which flattens its curve as an uncertain difficulty does.

    Args:
        skills: all skills of the exam, as domain.task.skill.
        given: first answers; skills that are not of the exam are left out.
    """
    tree, pieces = _Tree(skills), _pieces(set(skills), given)
    found = tree.posterior({})
    for _ in range(_MOST_STEPS):
        evidence = {skill: _evidence(found.skills[skill].mean, own) for skill, own in pieces.items()}
        before, found = found, _stepped(found, tree.posterior(evidence))
        if all(abs(now.mean - before.skills[skill].mean) < _CLOSE for skill, now in found.skills.items()):
            break
    return found


@dataclass(frozen=True, slots=True)
class _Piece:
    slope: float
    b: float
    c: float
    right: bool
    part: float


def _flattened(a: float, variance: float) -> float:
    return a / sqrt(1 + FLATTENING * a**2 * variance)


def _pieces(known: set[str], given: Iterable[Given]) -> dict[str, list[_Piece]]:
    pieces: defaultdict[str, list[_Piece]] = defaultdict(list)
    for one in given:
        own = [skill for skill in one.skills if skill in known]
        slope = _flattened(one.curve.a, one.curve.sd**2 + SD_PER_DAY**2 * max(one.days, 0.0))
        for skill in own:
            pieces[skill].append(_Piece(slope, one.curve.b, one.curve.c, one.right, 1 / len(own)))
    return pieces


def _evidence(theta: float, pieces: Sequence[_Piece]) -> tuple[float, float]:
    """Precision, and precision times value, of what the answers say of one skill around theta."""
    pull = known = 0.0
    for one in pieces:
        rising = 1 / (1 + exp(-one.slope * (theta - one.b)))
        right = one.c + (1 - one.c) * rising
        # d log P / d theta = a L, L = (P - c) / (1 - c); see `irt.information`.
        pull += one.part * one.slope * rising * (one.right - right) / right
        known += one.part * one.slope**2 * rising**2 * (1 - right) / right
    return known, known * theta + pull


def _stepped(before: SkillAbilities, after: SkillAbilities) -> SkillAbilities:
    """Half an SD at a time: guessed answers can make a whole step overshoot."""
    moved = {}
    for skill, new in after.skills.items():
        step = new.mean - before.skills[skill].mean
        moved[skill] = Normal(new.mean - step + max(min(step, _LONGEST_STEP), -_LONGEST_STEP), new.variance)
    return SkillAbilities(after.general, after.domains, after.tasks, moved)


# Not frozen, as thousands are made at each start of a session, and freezing takes half of it.
@dataclass(slots=True)
class _Message:
    """What one node says of another: a precision, and precision times mean."""

    precision: float = 0.0
    shift: float = 0.0

    def __add__(self, other: "_Message") -> "_Message":
        return _Message(self.precision + other.precision, self.shift + other.shift)

    def __sub__(self, other: "_Message") -> "_Message":
        return _Message(self.precision - other.precision, self.shift - other.shift)

    def across(self, variance: float) -> "_Message":
        """The same, said of a node that differs by N(0, variance)."""
        less = 1 + variance * self.precision
        return _Message(self.precision / less, self.shift / less)

    @property
    def normal(self) -> Normal:
        return Normal(self.shift / self.precision, 1 / self.precision)


class _Tree:
    """Exact inference in the tree of skills, by messages up and down (Pearl 1988)."""

    def __init__(self, skills: Sequence[str]) -> None:
        self._tasks: defaultdict[str, list[str]] = defaultdict(list)
        for skill in skills:
            self._tasks[skill.rsplit(".", 1)[0]].append(skill)
        self._domains: defaultdict[str, list[str]] = defaultdict(list)
        for task in self._tasks:
            self._domains[task.split(".", 1)[0]].append(task)

    def posterior(self, evidence: Mapping[str, tuple[float, float]]) -> SkillAbilities:
        """What is known of every node after evidence on skills."""
        own = {skill: _Message(*evidence.get(skill, (0.0, 0.0))) for group in self._tasks.values() for skill in group}
        by_task = _gathered(self._tasks, own, SKILL)
        by_domain = _gathered(self._domains, by_task, TASK)
        whole = _gathered({"": list(self._domains)}, by_domain, DOMAIN)[""] + _Message(1 / GENERAL)
        domains = _spread({"": whole}, {"": list(self._domains)}, by_domain, DOMAIN)
        tasks = _spread(domains, self._domains, by_task, TASK)
        skills = _spread(tasks, self._tasks, own, SKILL)
        return SkillAbilities(whole.normal, _normals(domains), _normals(tasks), _normals(skills))


def _gathered(groups: Mapping[str, Sequence[str]], own: Mapping[str, _Message], variance: float) -> dict[str, _Message]:
    """What the children say of each parent."""
    return {
        parent: sum((own[child].across(variance) for child in children), _Message())
        for parent, children in groups.items()
    }


def _spread(
    parents: Mapping[str, _Message], groups: Mapping[str, Sequence[str]], own: Mapping[str, _Message], variance: float
) -> dict[str, _Message]:
    """All that is known of each child: its own evidence, and what its parent knows from elsewhere."""
    return {
        child: own[child] + (parents[parent] - own[child].across(variance)).across(variance)
        for parent, children in groups.items()
        for child in children
    }


def _normals(messages: Mapping[str, _Message]) -> dict[str, Normal]:
    return {name: message.normal for name, message in messages.items()}
