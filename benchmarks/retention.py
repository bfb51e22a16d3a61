"""Memory: our FSRS-6 beside the package, and what is remembered thirty days after it was met."""

import time
from datetime import UTC, datetime, timedelta
from random import Random

from fsrs import Card, Rating, Scheduler

from benchmarks.figures import Figure
from benchmarks.fsrs6 import A_PERSON, AGAIN, DEFAULT, GOOD, Memory, Parameters, first, interval, recall, reviewed
from mlacoach.learning.memory import desired_retention

EXAM_DAY = 30
POINTS = 4000
# Of questions that are new, so many are answered right.
KNOWN = 0.6
START = datetime(2026, 1, 1, tzinfo=UTC)
REVIEWS = 100_000


def retention(rng: Random) -> list[Figure]:
    """Equality, speed, and recall on the day of the exam of points that were first met thirty days before it."""
    lowest = {"default memory": 0.95, "a person's memory": 0.92}
    figures = [
        Figure("FSRS-6: ours off the package, relative", max(_off(w, rng) for w in (DEFAULT, A_PERSON)), at_most=1e-9)
    ]
    figures.append(Figure("FSRS-6: seconds of 100,000 reviews", _seconds(), at_most=1))
    for name, memory in (("default memory", DEFAULT), ("a person's memory", A_PERSON)):
        for first_right in (KNOWN, 1.0):
            remembered = [_remembered(memory, first_right, rng) for _ in range(POINTS)]
            label = f"R after 30 days, {name}, {first_right:.0%} right at first"
            figures.append(Figure(label, sum(remembered) / POINTS, at_least=lowest[name]))
    return figures


def _off(w: Parameters, rng: Random) -> float:
    """The most that stability or difficulty differ over random reviews; each interval must be the same."""
    scheduler = Scheduler(parameters=w, learning_steps=(), relearning_steps=(), enable_fuzzing=False)
    worst = 0.0
    for number in range(100):
        now, card, memory = START, Card(card_id=number, due=START), None
        for _ in range(10):
            grade, days = rng.randint(1, 4), rng.choice([0, 1, 3, 10, 40]) if memory else 0
            now += timedelta(days=days)
            card, _ = scheduler.review_card(card, Rating(grade), review_datetime=now)
            memory = reviewed(w, memory, grade, days) if memory else first(w, grade)
            worst = max(worst, _distance(memory, card))
            if interval(w, memory.stability, scheduler.desired_retention) != (card.due - now).days:
                worst = float("inf")
    return worst


def _distance(memory: Memory, card: Card) -> float:
    return max(abs(memory.stability / (card.stability or 1) - 1), abs(memory.difficulty / (card.difficulty or 1) - 1))


def _seconds() -> float:
    start, memory = time.process_time(), first(DEFAULT, GOOD)
    for number in range(REVIEWS):
        memory = reviewed(DEFAULT, memory, GOOD if number % 7 else AGAIN, 3)
    return time.process_time() - start


def _remembered(truth: Parameters, first_right: float, rng: Random) -> float:
    """The recall on exam day of one point, scheduled as the program does, with the default parameters."""
    grade, day = GOOD if rng.random() < first_right else AGAIN, 0
    assumed, real = first(DEFAULT, grade), first(truth, grade)
    while True:
        days = interval(DEFAULT, assumed.stability, desired_retention(EXAM_DAY - day))
        if day + days >= EXAM_DAY:
            return recall(truth, real, EXAM_DAY - day)
        grade, day = GOOD if rng.random() < recall(truth, real, days) else AGAIN, day + days
        assumed, real = reviewed(DEFAULT, assumed, grade, days), reviewed(truth, real, grade, days)
