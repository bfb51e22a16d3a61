"""Levels of difficulty come from rankings in sets of seven."""

import re
from itertools import pairwise
from pathlib import Path
from random import Random

import numpy as np
import pytest

from mlacoach.coach.bank import ranked
from mlacoach.content import Loaded
from mlacoach.content.bank.rankings import read_rankings
from mlacoach.learning.ranking import SET_SIZE, levels, sets_to_rank, strengths
from tests.program import Program

ROOT = Path(__file__).resolve().parent.parent
DIFFICULTY = re.compile(r"^difficulty: \d", re.MULTILINE)
NAMES = [f"question-{number:03}" for number in range(200)]


@pytest.fixture
def program(home: Path) -> Program:
    return Program(home)


def test_every_question_stands_in_as_many_sets_of_seven_as_asked_for() -> None:
    sets = sets_to_rank(NAMES, 3, Random(1))

    assert {len(set(one)) for one in sets} == {SET_SIZE}
    counts = [sum(name in one for one in sets) for name in NAMES]
    assert min(counts) == 3
    assert sum(counts) - 3 * len(NAMES) < 3 * SET_SIZE, "only the last set of each round is filled up"
    with pytest.raises(ValueError, match="there are 6"):
        sets_to_rank(NAMES[:6], 1, Random(1))


def test_the_scale_of_a_pair_is_that_of_its_wins() -> None:
    """Two questions, of which one was harder in nine of ten rankings: without the prior the odds would be 9."""
    found = strengths([["a", "b"]] * 90 + [["b", "a"]] * 10)

    # The posterior's mode for these counts, by a fine grid over both strengths.
    grid = np.exp(np.linspace(-6, 6, 1201))
    a, b = grid[:, None], grid[None, :]
    log_posterior = 90 * np.log(a) + 10 * np.log(b) - 100 * np.log(a + b) + np.log(a) - a + np.log(b) - b
    best = np.unravel_index(np.argmax(log_posterior), log_posterior.shape)
    assert found["a"] == pytest.approx(np.log(grid[best[0]]), abs=0.01)
    assert found["b"] == pytest.approx(np.log(grid[best[1]]), abs=0.01)


def test_five_noisy_rankings_of_each_question_recover_the_order() -> None:
    rng = np.random.default_rng(5)
    truth = dict(zip(NAMES, rng.normal(0, 1.5, len(NAMES)).tolist(), strict=True))
    sets = sets_to_rank(NAMES, 5, Random(2))
    rankings = [sorted(one, key=lambda name: -truth[name] + rng.gumbel()) for one in sets]

    found = strengths(rankings)

    order = np.argsort(np.argsort([found[name] for name in NAMES]))
    planted = np.argsort(np.argsort([truth[name] for name in NAMES]))
    assert np.corrcoef(order, planted)[0, 1] > 0.85


def test_levels_are_fifths_and_rise_with_strength() -> None:
    strength = {name: float(number) for number, name in enumerate(NAMES)}

    found = levels(strength)

    assert [list(found.values()).count(level) for level in range(1, 6)] == [40] * 5
    assert all(found[easier] <= found[harder] for easier, harder in pairwise(NAMES))


@pytest.mark.parametrize(
    ("line", "sentence"),
    [
        ("a,b,nobody", "There is no question nobody."),
        ("a,,b", "There is no question without a name."),
        ("a,b,a", "The question a stands in the set twice."),
        ("a", "One question alone is no ranking."),
    ],
)
def test_a_faulty_line_is_said_with_its_number(tmp_path: Path, line: str, sentence: str) -> None:
    (tmp_path / "RANKINGS.csv").write_text(f"a,b\n{line}\n", encoding="utf-8")

    (fault,) = read_rankings(tmp_path, ["a", "b"]).faults

    assert str(fault) == f"{tmp_path / 'RANKINGS.csv'}:2: ranking: {sentence}"


def test_levels_are_said_and_written_into_the_files_and_nothing_else_is_changed(
    program: Program, tmp_path: Path
) -> None:
    names, folder = [f"ranked-{letter}" for letter in "edcba"], tmp_path / "question_bank" / "foundations"
    folder.mkdir(parents=True)
    sound = next(one for one in sorted(ROOT.glob("question_bank/foundations/*.yaml")))
    text = DIFFICULTY.sub("difficulty: 3", sound.read_text(encoding="utf-8"))
    for name in names:
        (folder / f"{name}.yaml").write_text(text, encoding="utf-8")
    (folder.parent / "RANKINGS.csv").write_text(",".join(names) + "\n", encoding="utf-8")

    told = program.run("--pack", str(tmp_path), "bank", "levels", code=1)

    assert [line for line in told.out.splitlines() if line.startswith("ranked-")] == [
        "ranked-a: 3 -> 1",
        "ranked-b: 3 -> 2",
        "ranked-d: 3 -> 4",
        "ranked-e: 3 -> 5",
    ]
    program.run("--pack", str(tmp_path), "bank", "levels", "--write")
    assert program.run("--pack", str(tmp_path), "bank", "levels").out == ""
    written = {path.stem: path.read_text(encoding="utf-8") for path in folder.iterdir()}
    assert written == {
        name: text.replace("difficulty: 3", f"difficulty: {level}")
        for name, level in zip(names, (5, 4, 3, 2, 1), strict=True)
    }


def test_the_bank_says_what_its_rankings_say(loaded: Loaded) -> None:
    found = ranked(loaded)

    assert (list(found.faults), list(found.differ)) == ([], [])
