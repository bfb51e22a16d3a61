"""How well each domain, task and skill is mastered: never the bare share of a few answers."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from mlacoach.coach.standing import SkillStanding, Standing


@dataclass(frozen=True, slots=True)
class Mastery:
    """The share of its questions that is expected right today, from `low` to `high` with 90 %; `answered` counts."""

    right: float
    low: float
    high: float
    answered: int


@dataclass(frozen=True, slots=True)
class Masteries:
    """Mastery by the ids of domains, tasks and skills."""

    domains: Mapping[str, Mastery]
    tasks: Mapping[str, Mastery]
    skills: Mapping[str, Mastery]


def masteries(where: Standing) -> Masteries:
    """Estimate every part of the exam; a part's share is that of its skills, each as the exam weighs it."""
    rows = list(where.skills.values())
    return Masteries(
        domains={
            domain.id: _group([row for row in rows if row.domain is domain], where.abilities.domains[domain.id].se)
            for domain in where.exam.domains
        },
        tasks={
            task.id: _group([row for row in rows if row.task is task], where.abilities.tasks[task.id].se)
            for task in where.exam.tasks
        },
        skills={row.skill.id: Mastery(row.right, row.low, row.high, row.answered) for row in rows},
    )


def _group(rows: Sequence[SkillStanding], se: float) -> Mastery:
    """A group is known better than each of its skills: its interval is theirs, narrowed as its error is smaller."""
    weight = sum(row.weight for row in rows)
    right = sum(row.weight * row.right for row in rows) / weight
    low = sum(row.weight * _narrowed(row, row.low, se) for row in rows) / weight
    high = sum(row.weight * _narrowed(row, row.high, se) for row in rows) / weight
    return Mastery(right, min(low, right), max(high, right), sum(row.answered for row in rows))


def _narrowed(row: SkillStanding, end: float, se: float) -> float:
    return row.right + (end - row.right) * min(se / row.ability.se, 1.0)
