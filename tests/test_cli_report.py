"""`mlacoach report` and `mlacoach` alone: counted again from the raw log, by other means."""

import json
import sqlite3
from collections import Counter
from datetime import UTC, datetime, timedelta
from math import sqrt
from pathlib import Path
from random import Random

import pytest
from fsrs import Rating

from mlacoach.content import Library
from mlacoach.learning.memory import reviewed
from mlacoach.store import Store
from mlacoach.store.answers import Answered
from tests.program import Program

NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
EXAM = "MLA-C02"


@pytest.fixture
def program(home: Path) -> Program:
    return Program(home, now=NOW)


@pytest.fixture
def history(program: Program, library: Library) -> Program:
    """Two hundred answers of ten days, some questions answered several times, some long gone from the bank."""
    rng, store = Random(3), Store(program.database, NOW)
    bank = sorted(library.questions)
    for number in range(200):
        at = NOW - timedelta(days=10) + timedelta(hours=1.2 * number)
        question = rng.choice([*bank, "a-question-that-is-gone"])
        key = store.answers.add(Answered(question, ("a",), rng.random() < 0.6, 30.0, "sure", "study"), at)
        store.answers.add_review(question, 3, key, at)
        card, due = reviewed(None, Rating.Good, at)
        store.answers.remember(question, due, card)
    store.ticks.add("roadmap-24-weeks/service-models", "done", NOW)
    store.close()
    return program


def first_answers(program: Program) -> list[tuple[str, int]]:
    """The first answer to each question, by a query of SQLite's own."""
    return program.rows(
        "SELECT question, correct FROM answers AS one WHERE rowid = "
        "(SELECT min(rowid) FROM answers WHERE question = one.question)"
    )


def task(library: Library, name: str, exam: str) -> str | None:
    """The task with most of its domain's skills, in the domain with most skills; the first on a tie."""
    question = library.questions.get(name)
    skills = [ref.skill for ref in question.skills if ref.exam == exam] if question else []
    if not skills:
        return None
    domains = Counter(skill[0] for skill in skills)
    domain = min(domains, key=lambda one: (-domains[one], one))
    tasks = Counter(skill[:3] for skill in skills if skill[0] == domain)
    return min(tasks, key=lambda one: (-tasks[one], one))


@pytest.mark.parametrize("exam", ["MLA-C01", "MLA-C02"])
def test_the_report_is_what_a_recount_of_the_log_gives(history: Program, library: Library, exam: str) -> None:
    report = history.run("report", "--exam", exam, "--json").json
    given: Counter[str] = Counter()
    right: Counter[str] = Counter()
    for question, correct in first_answers(history):
        place = task(library, question, exam)
        if place:
            given[place] += 1
            right[place] += correct

    assert {row["task"]: (row["right"], row["given"]) for row in report["tasks"]} == {
        one.id: (right[one.id], given[one.id]) for one in library.exam(exam).tasks
    }
    assert report["first_answers"] == {"right": right.total(), "given": given.total()}
    for row in report["tasks"]:
        low, high = wilson(row["right"], row["given"])
        assert row["interval_90"] == pytest.approx([low, high], abs=1e-4)
        domain = library.exam(exam).domains[int(row["domain"]) - 1]
        expected = domain.weight / len(domain.tasks) * (row["given"] - row["right"] + 1) / (row["given"] + 2)
        assert row["at_stake_percent"] == pytest.approx(expected, abs=0.01)
    stakes = {row["task"]: row["at_stake_percent"] for row in report["tasks"]}
    assert [stakes[name] for name in report["weak"]] == sorted(stakes.values(), reverse=True)


def wilson(right: int, given: int) -> tuple[float, float]:
    """Where the share is just as likely as the 90 % allow: found by halving, not by the formula."""
    if not given:
        return 0.0, 1.0

    def bound(low: float, high: float, *, upper: bool) -> float:
        for _ in range(60):
            middle = (low + high) / 2
            off = abs(right / given - middle) / sqrt(middle * (1 - middle) / given) > 1.6448536269514722
            low, high = (low, middle) if off == upper else (middle, high)
        return low

    share = right / given
    return (
        0.0 if right == 0 else bound(0, share, upper=False),
        1.0 if right == given else bound(share, 1, upper=True),
    )


def test_days_reviews_and_roadmap_are_counted(history: Program) -> None:
    report = history.run("report", "--json").json
    days = history.rows(
        "SELECT substr(at, 1, 10), count(*), sum(correct) FROM answers WHERE at >= '2026-11-15' GROUP BY 1 ORDER BY 1"
    )

    assert [(day["day"], day["given"], day["right"]) for day in report["days"] if day["given"]] == days
    assert len(report["days"]) == 7
    due = history.rows("SELECT count(*) FROM memory WHERE due <= '2026-11-21T12:00:00.000+00:00'")
    assert due == [(report["reviews_due"],)]
    assert report["roadmap"]["done"] == 1
    assert report["roadmap"]["hours"] == 1.0


def test_the_table_says_what_the_json_says(history: Program) -> None:
    report, table = history.run("report", "--json").json, history.run("report").out

    total = report["first_answers"]
    assert f"First answers to exam questions: {total['right']} of {total['given']} (" in table
    lines = {line[:3]: line for line in table.splitlines() if line[1:2] == "."}
    for row in report["tasks"]:
        low, high = row["interval_90"]
        assert row["name"] in lines[row["task"]]
        assert f" {row['right']}/{row['given']} " in lines[row["task"]]
        assert f"{low:.0%} to {high:.0%}" in lines[row["task"]]
        shown = float(lines[row["task"]].split()[-2])
        assert shown == pytest.approx(row["at_stake_percent"], abs=0.06)  # the two are rounded to other places
    weakest = [line.split()[0] for line in table.splitlines() if "% at stake; " in line]
    assert weakest == report["weak"][:3]
    assert f"Reviews due: {report['reviews_due']}." in table


def test_exams_are_in_the_report(program: Program) -> None:
    program.run("exam", "--untimed", "--exam", EXAM, typed="x\nyes\n")

    report, table = program.run("report", "--json").json, program.run("report").out

    (sat,), (listed,) = report["exams"], program.run("exam", "list", "--json").json["exams"]
    assert sat == {name: listed[name] for name in sat}
    assert {"id", "right", "scored", "domains", "ended"} <= set(sat)
    assert f"2026-11-21 {EXAM} standard: 0 of 50 (0%, " in table
    assert program.run("report", "--exam", "MLA-C01", "--json").json["exams"] == []


def test_a_report_on_nothing_claims_nothing(program: Program) -> None:
    report, table = program.run("report", "--json").json, program.run("report").out

    assert report["first_answers"] == {"right": 0, "given": 0}
    assert report["weak"] == []
    assert all(row["interval_90"] == [0.0, 1.0] for row in report["tasks"])
    assert "Nothing is known yet" in table
    assert "%" not in table.replace("90 % interval", "").split("At stake")[0]


def test_a_narrow_terminal_gets_lines_instead_of_a_table(history: Program) -> None:
    run = history.run("report", env={"COLUMNS": "50"})

    assert "1.1 " in run.out
    assert "90 % interval  " not in run.out


def test_a_first_start_welcomes(program: Program) -> None:
    run = program.run()

    assert run.out.startswith("Welcome. Start with `mlacoach init`, or go straight to `mlacoach study`.\n")
    assert "0 reviews are due." in run.out
    assert "Next: Tell IaaS" in run.out


def test_once_set_up_it_says_what_is_due(program: Program) -> None:
    program.run("init", "--exam-date", "2027-02-15")
    with program.start("study") as running:
        running.ask(running.question().wrong)
        running.finish()

    today = program.run().out
    program.set_clock(NOW + timedelta(days=1))
    tomorrow = program.run().out

    assert "Welcome" not in today
    assert "0 reviews are due; the next comes on Sunday 22 November." in today
    assert "1 review is due." in tomorrow


def test_an_open_exam_is_not_forgotten(program: Program) -> None:
    program.run("exam", "--timed", code=5)

    assert f"An exam is open ({EXAM}): `mlacoach exam resume`." in program.run().out


def test_an_exam_whose_time_ran_out_is_handed_in_by_itself(program: Program) -> None:
    with program.start("exam", "--timed") as running:
        running.ask(running.question().right)
        running.finish(code=5)
    program.set_clock(NOW + timedelta(hours=3))

    first, second = program.run().out, program.run().out

    (sat,) = program.run("exam", "list", "--json").json["exams"]
    counted = f"{sat['right']} of 50 ({sat['right'] / 50:.0%}, "
    assert f"Time ran out, and your exam was handed in: 2026-11-21 {EXAM} standard: {counted}" in first
    assert "An exam is open" not in first
    assert "Time ran out" not in second
    assert program.rows("SELECT count(*), sum(correct) FROM answers") == [(65, 1)]


def test_the_log_is_only_ever_added_to(history: Program) -> None:
    """Everything a learner may do leaves each row of the log as it was."""
    tables = ("answers", "reviews", "ticks", "sittings", "sitting_events", "lab_runs", "lab_events")

    def log() -> dict[str, list[tuple[object, ...]]]:
        return {table: history.rows(f"SELECT * FROM {table} ORDER BY rowid") for table in tables}  # noqa: S608

    before = log()
    history.run("roadmap", "undo")
    history.run("study", typed="q\n")
    history.run("init", "--hours", "5")
    history.run("exam", "--timed", code=5)
    history.run("exam", "abandon")
    history.run("exam", "--untimed", typed="x\nyes\n")
    history.run("report")
    after = log()

    for table in tables:
        assert after[table][: len(before[table])] == before[table]


def test_the_file_is_a_plain_sqlite_file(history: Program) -> None:
    """Whoever leaves takes their history along, with any SQLite."""
    connection = sqlite3.connect(history.database)
    (row,) = connection.execute("SELECT response FROM answers LIMIT 1").fetchall()
    connection.close()

    assert json.loads(row[0]) == ["a"]
