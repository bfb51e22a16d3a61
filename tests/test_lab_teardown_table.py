"""What docs/teardown.md says of each failure: that it is tested, refused or handled, and by tests that there are."""

import re
from pathlib import Path

TESTS = Path(__file__).resolve().parent
ROW = re.compile(r"^\| (F\d+) \| .*? \| (.*) \|$", re.MULTILINE)
NAMED = re.compile(r"\b(test_\w+)((?: `[^`]+`,?)*)")
VERDICTS = ("tested", "refused", "handled")
ROWS = dict(ROW.findall((TESTS.parent / "docs" / "teardown.md").read_text(encoding="utf-8")))


def test_each_of_the_sixty_failures_is_tested_refused_or_handled() -> None:
    assert list(ROWS) == [f"F{number}" for number in range(1, 61)]
    assert [failure for failure, says in ROWS.items() if not says.startswith(VERDICTS)] == []


def test_every_test_that_is_named_exists() -> None:
    for failure, says in ROWS.items():
        for file, words in NAMED.findall(says):
            defined = re.findall(r"def (test_\w+)", (TESTS / f"{file}.py").read_text(encoding="utf-8"))
            for name in re.findall("`([^`]+)`", words):
                assert any(name.strip("…") in each for each in defined), f"{failure}: {file} has no test {name}"
