"""How long the bank's tools take on 5,000 questions: `python -m benchmarks.bank [--questions 5000]`.

The questions are copies of ours under other ids, each with words of its own, so that no two are duplicates by design.
"""

import argparse
import statistics
import tempfile
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from itertools import cycle, islice
from pathlib import Path
from random import Random

from mlacoach.coach.bank import search
from mlacoach.content import Library, Loaded, load, own_pack
from mlacoach.content.bank.aws_vocabulary import vocabulary
from mlacoach.content.bank.lint import lint
from mlacoach.curriculum.questions import Question
from mlacoach.store.search import SearchIndex

TODAY = date(2026, 11, 21)
LINT_BAR, SEARCH_BAR = 20.0, 0.050
WORDS = (
    "stream consumer late",
    "least privilege role",
    "canary deployment alarm",
    "chunking knowledge base",
    "spot checkpoint",
)


def copies(loaded: Loaded, count: int) -> Loaded:
    """A library of so many questions, and where their originals stand."""
    library, sources, rng = Library(), dict(loaded.sources), Random(1)
    library.services, library.terms, library.cases = (
        getattr(loaded.library, one) for one in ("services", "terms", "cases")
    )
    for number, question in enumerate(islice(cycle(list(loaded.library.questions.values())), count)):
        copy = _copy(question, number, rng)
        library.questions[copy.id] = copy
        sources["question", copy.id] = loaded.sources["question", question.id]
    return Loaded(library, [], sources)


def _copy(question: Question, number: int, rng: Random) -> Question:
    words = question.stem.split()
    mixed = " ".join(f"{word}{rng.randrange(100)}" if rng.random() < 0.5 else word for word in words)  # noqa: PLR2004
    return replace(question, id=f"{question.id[:50]}-{number}", stem=mixed)


def seconds(work: Callable[[], object]) -> float:
    """The CPU time it takes once, which other programs don't disturb."""
    start = time.process_time()
    work()
    return time.process_time() - start


def main() -> None:
    """Measure and print beside the bars."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--questions", type=int, default=5000)
    wanted = parser.parse_args().questions
    with tempfile.TemporaryDirectory() as folder:
        known = vocabulary(Path(folder))
        many = copies(load([own_pack()]), wanted)
        linted = seconds(lambda: lint(many, known, TODAY))
        index = SearchIndex(Path(folder) / "search.db")
        made = seconds(lambda: search(many.library, index, WORDS[0], 20))
        times = [seconds(lambda words=words: index.search(words, 20)) for words in WORDS * 20]
        index.close()
    slowest = statistics.quantiles(times, n=20)[-1]
    _say(f"lint of {wanted} questions", f"{linted:.1f} s of CPU (bar {LINT_BAR:.0f})", met=linted <= LINT_BAR)
    _say("making the search index", f"{made:.2f} s, once for each change of the bank", met=True)
    _say(f"search, p95 of {len(times)}", f"{slowest * 1000:.1f} ms (bar 50)", met=slowest <= SEARCH_BAR)


def _say(what: str, figure: str, *, met: bool) -> None:
    print(f"{what}: {figure}: {'met' if met else 'missed'}")  # noqa: T201 - this is what the program is for


if __name__ == "__main__":
    main()
