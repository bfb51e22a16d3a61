"""What came of the labs that were done, for the report and the portfolio. Practised is evidence, not proof."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from mlacoach.coach import Coach
from mlacoach.coach.lab.log import RunLog


@dataclass(frozen=True, slots=True)
class LabResult:
    """A run of which every step was done.

    Attributes:
        lab: which lab.
        at: when it was done.
        by_hand: did the learner do the steps, or watch them?
        score: in per cent of the points of its steps; a step whose solution was shown counts half.
        hints: how many were asked for.
        asked: questions that were answered; `right`: how many of them rightly.
        metrics: what its steps measured, by name.
    """

    lab: str
    at: datetime
    by_hand: bool
    score: int
    hints: int
    asked: int
    right: int
    metrics: Mapping[str, float]


def results(coach: Coach) -> list[LabResult]:
    """Every run that was done to the end, oldest first."""
    found = (_result(RunLog(coach, row)) for row in coach.store.lab_runs.all())
    return [result for result in found if result]


def _result(log: RunLog) -> LabResult | None:
    completed, score, terms = log.last("completed"), log.last("score"), log.last("terms")
    if completed is None:
        return None
    answers = [event.data["right"] for event in log.events("question")]
    return LabResult(
        lab=log.row.lab,
        at=completed.at,
        by_hand=terms is not None and terms.data["mode"] == "by-hand",
        # Runs of earlier versions have no score: all their steps were done.
        score=int(score.data["score"]) if score else 100,
        hints=len(log.events("hint")),
        asked=len(answers),
        right=answers.count("yes"),
        metrics={event.data["name"]: float(event.data["value"]) for event in log.events("metric")},
    )
