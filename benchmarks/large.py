"""More than a learner has today: a pack of many questions, and the history of years."""

import shutil
from datetime import UTC, datetime, timedelta
from itertools import cycle
from pathlib import Path
from random import Random

from mlacoach.content import load, own_pack
from mlacoach.learning.memory import rating, reviewed
from mlacoach.store import Store
from mlacoach.store.answers import Answered

ROOT = Path(__file__).resolve().parent.parent
TODAY = datetime(2026, 11, 21, tzinfo=UTC)
YEARS = timedelta(days=1000)


def copy_bank(pack: Path, count: int) -> int:
    """Fill a pack with copies of the bank under new ids, up to so many questions with the bank's own; how many."""
    own = sorted((ROOT / "question_bank").rglob("*.yaml"))
    wanted = max(count - len(own), 0)
    for number, path in zip(range(wanted), cycle(own), strict=False):
        copy = pack / "question_bank" / path.parent.name / f"{path.stem}-{number // len(own)}.yaml"
        copy.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(path, copy)
    return wanted + len(own)


def answer(home: Path, count: int, rng: Random) -> None:
    """Give a learner so many past answers, each with its review, evenly over some years; everything is due again."""
    names = list(load([own_pack()]).library.questions)
    store = Store(home / "mlacoach.db", TODAY)
    with store.together():
        for number in range(count):
            at = TODAY - YEARS + YEARS * number / count
            answered = Answered(rng.choice(names), ("a",), rng.random() < 0.7, 40.0, "sure", "study")  # noqa: PLR2004
            key = store.answers.add(answered, at)
            store.answers.add_review(answered.question, 3, key, at)
        card, due = reviewed(None, rating(correct=True, confidence="sure"), TODAY - YEARS)
        for name in names:
            store.answers.remember(name, due, card)
    store.close()
