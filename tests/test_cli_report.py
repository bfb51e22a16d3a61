"""`mlacoach report` and `mlacoach` alone: counted again from the raw log, by other means."""

import json
import shutil
import sqlite3
from collections import Counter, defaultdict
from datetime import UTC, datetime, timedelta
from math import comb, exp, sqrt
from pathlib import Path
from random import Random

import numpy as np
import pytest
from fsrs import Card, Rating, Scheduler

from mlacoach.content import Library
from mlacoach.learning.memory import reviewed
from mlacoach.store import Store
from mlacoach.store.answers import Answered
from tests.program import Program

NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
EXAM = "MLA-C02"
Z90 = 1.6448536269514722
LEVELS = {1: -1.01, 2: -0.46, 3: 0.0, 4: 0.46, 5: 1.01}


@pytest.fixture
def program(home: Path) -> Program:
    return Program(home, now=NOW)


@pytest.fixture(scope="module")
def log_file(tmp_path_factory: pytest.TempPathFactory, library: Library) -> Path:
    """Four hundred answers of eighty days, some questions answered several times, some long gone from the bank."""
    path = tmp_path_factory.mktemp("log") / "mlacoach.db"
    rng, store = Random(3), Store(path, NOW)
    bank = sorted(library.questions)[::2]
    cards: dict[str, str] = {}
    with store.together():
        for number in range(400):
            at = NOW - timedelta(days=80) + timedelta(hours=4.7 * number)
            question = rng.choice([*bank, "a-question-that-is-gone"])
            correct, said = rng.random() < 0.6, rng.choice(["sure", "unsure", "guess", None])
            seconds = rng.uniform(5, 300)
            key = store.answers.add(Answered(question, ("a",), correct, seconds, said, "study"), at)
            grade = Rating.Again if not correct or said == "guess" else Rating.Good
            store.answers.add_review(question, int(grade), key, at)
            cards[question], due = reviewed(cards.get(question), grade, at)
            store.answers.remember(question, due, cards[question])
            if number % 40 == 7:
                store.answers.take_back(key, at)
        store.ticks.add("roadmap-24-weeks/service-models", "done", NOW)
    store.close()
    return path


@pytest.fixture
def history(program: Program, log_file: Path) -> Program:
    shutil.copyfile(log_file, program.database)
    return program


def first_answers(program: Program) -> list[tuple[str, int, datetime]]:
    """The first answer to each question that stands, by a query of SQLite's own."""
    rows = program.rows(
        "SELECT question, correct, at FROM answers AS one WHERE rowid = "
        "(SELECT min(rowid) FROM answers WHERE question = one.question) "
        "AND NOT EXISTS (SELECT 1 FROM undone WHERE row = one.id) ORDER BY at"
    )
    return [(question, correct, datetime.fromisoformat(at)) for question, correct, at in rows]


def skills(library: Library, name: str, exam: str) -> list[str]:
    question = library.questions.get(name)
    return sorted(ref.skill for ref in question.skills if ref.exam == exam) if question else []


def task(library: Library, name: str, exam: str) -> str | None:
    """The task with most of its domain's skills, in the domain with most skills; the first on a tie."""
    own = skills(library, name, exam)
    if not own:
        return None
    domains = Counter(skill[0] for skill in own)
    domain = min(domains, key=lambda one: (-domains[one], one))
    tasks = Counter(skill[:3] for skill in own if skill[0] == domain)
    return min(tasks, key=lambda one: (-tasks[one], one))


def wilson(right: int, given: int) -> tuple[float, float]:
    """Where the share is just as likely as the 90 % allow: found by halving, not by the formula."""
    if not given:
        return 0.0, 1.0

    def bound(low: float, high: float, *, upper: bool) -> float:
        for _ in range(60):
            middle = (low + high) / 2
            off = abs(right / given - middle) / sqrt(middle * (1 - middle) / given) > Z90
            low, high = (low, middle) if off == upper else (middle, high)
        return low

    share = right / given
    return (
        0.0 if right == 0 else bound(0, share, upper=False),
        1.0 if right == given else bound(share, 1, upper=True),
    )


def curve(library: Library, name: str, variance: float = 0.0) -> tuple[float, float, float]:
    """Slope, difficulty, guessing, as docs/measuring.md states them."""
    question = library.questions[name]
    spread = 0.82**2 + variance
    guessing = 0.2 if question.kind == "multiple-choice" else 0.05
    return 1 / sqrt(1 + 0.346 * spread), LEVELS[question.difficulty], guessing


def right(theta: float, of: tuple[float, float, float]) -> float:
    slope, b, c = of
    return c + (1 - c) / (1 + exp(-slope * (theta - b)))


@pytest.mark.parametrize("exam", ["MLA-C01", "MLA-C02"])
def test_first_answers_are_what_a_recount_of_the_log_gives(history: Program, library: Library, exam: str) -> None:
    report = history.run("report", "--exam", exam, "--json").json
    given: Counter[str] = Counter()
    correct: Counter[str] = Counter()
    for question, was_right, _ in first_answers(history):
        place = task(library, question, exam)
        if place:
            given[place] += 1
            correct[place] += was_right

    assert {row["task"]: (row["right"], row["given"]) for row in report["tasks"]} == {
        one.id: (correct[one.id], given[one.id]) for one in library.exam(exam).tasks
    }
    assert report["first_answers"] == {"right": correct.total(), "given": given.total()}
    for row in report["tasks"]:
        assert row["interval_90"] == pytest.approx(wilson(row["right"], row["given"]), abs=1e-4)


def test_readiness_is_what_a_filter_on_another_grid_gives(history: Program, library: Library) -> None:
    """A density on 401 points from -5 to 5, moved a night at a time, instead of the program's 81 points."""
    ready = history.run("report", "--json").json["readiness"]
    theta = np.linspace(-5, 5, 401)
    density, day, trend = np.exp(-(theta**2) / 2), None, {}
    night = np.exp(-((theta[:, None] - theta) ** 2) / (2 * 0.12**2))
    night /= night.sum(axis=1, keepdims=True)
    passing = _passing(library, theta)

    def moved(density: np.ndarray, nights: int) -> np.ndarray:
        for _ in range(nights):
            density = density @ night
        return density / density.sum()

    for question, correct, at in first_answers(history):
        if not skills(library, question, EXAM):
            continue
        density = moved(density, (at.date() - (day or at.date())).days)
        day = at.date()
        chance = np.array([right(one, curve(library, question)) for one in theta])
        density = density * (chance if correct else 1 - chance)
        trend[day.isoformat()] = float(density @ passing / density.sum())
    density = moved(density, (NOW.date() - day).days)
    mean = float(density @ theta)

    assert ready["theta"] == pytest.approx(mean, abs=0.01)
    assert ready["se"] == pytest.approx(sqrt(float(density @ theta**2) - mean**2), abs=0.01)
    assert ready["pass_probability"] == pytest.approx(float(density @ passing), abs=0.01)
    assert [one["day"] for one in ready["trend"]] == list(trend)
    assert [one["pass_probability"] for one in ready["trend"]] == pytest.approx(list(trend.values()), abs=0.01)
    assert ready["if_harder"] < ready["pass_probability"] < ready["if_easier"]
    assert ready["interval_90"][0] < ready["score"] < ready["interval_90"][1]


def _passing(library: Library, theta: np.ndarray) -> np.ndarray:
    """P[Bin(50, tau) ≥ 35] over N(0, .30²) of difference, by a sum over 61 shifts."""
    by_domain: dict[str, list[tuple[float, float, float]]] = defaultdict(list)
    exam = library.exam(EXAM)
    for question in library.questions.values():
        place = task(library, question.id, EXAM)
        if place:
            by_domain[place[0]].append(curve(library, question.id))
    shifts = np.linspace(-1.2, 1.2, 61)
    weights = np.exp(-(shifts**2) / (2 * 0.3**2))
    found = np.zeros(theta.size)
    for shift, weight in zip(shifts, weights / weights.sum(), strict=True):
        tau = np.zeros(theta.size)
        for domain in exam.domains:
            a, b, c = (np.array(column)[:, None] for column in zip(*by_domain[domain.id], strict=True))
            tau += domain.weight / 100 * (c + (1 - c) / (1 + np.exp(-a * (theta + shift - b)))).mean(axis=0)
        found += weight * sum(comb(50, k) * tau**k * (1 - tau) ** (50 - k) for k in range(35, 51))
    return found


def test_mastery_by_skill_is_what_a_dense_estimate_gives_less_what_was_forgotten(
    history: Program, library: Library
) -> None:
    report = history.run("report", "--json").json
    exam = library.exam(EXAM)
    names = list(exam.skills)
    theta, covariance = _dense(history, library, names)
    recalls = _recalls(history, library)
    weights = {
        skill.id: domain.weight / len(domain.tasks) / len(part.skills)
        for domain in exam.domains
        for part in domain.tasks
        for skill in part.skills
    }
    expected = {}
    for place, name in enumerate(names):
        asked = [one for one in library.questions if name in skills(library, one, EXAM)]
        chance = np.mean([right(theta[place], curve(library, one, covariance[place, place])) for one in asked])
        guessing = np.mean([curve(library, one)[2] for one in asked])
        expected[name] = guessing + (chance - guessing) * recalls.get(name, 1.0)
    shown = report["mastery"]["skills"]

    assert {name: one["expected_right"] for name, one in shown.items()} == pytest.approx(expected, abs=0.002)
    for domain in exam.domains:
        own = [name for name in names if name[0] == domain.id]
        share = sum(weights[name] * expected[name] for name in own) / sum(weights[name] for name in own)
        assert report["mastery"]["domains"][domain.id]["expected_right"] == pytest.approx(share, abs=0.002)
    for area in report["weak"]:
        gain = weights[area["skill"]] * (1 - expected[area["skill"]]) / 2
        assert area["gain_percent"] == pytest.approx(gain, abs=0.01)
        assert area["gain_percent_per_hour"] == pytest.approx(area["gain_percent"] / area["hours"], rel=0.01)
        assert area["actions"][0]["command"].startswith("mlacoach ")
    per_hour = [area["gain_percent_per_hour"] for area in report["weak"]]
    assert per_hour == sorted(per_hour, reverse=True)
    assert {area["skill"] for area in report["weak"]} == set(names)


def _dense(history: Program, library: Library, names: list[str]) -> tuple[np.ndarray, np.ndarray]:
    """The abilities of all skills with the whole covariance matrix, instead of messages in a tree."""

    def alike(a: str, b: str) -> float:
        return 0.85 + 0.15 * (a[0] == b[0]) + 0.10 * (a[:3] == b[:3]) + 0.15 * (a == b)

    precision = np.linalg.inv(np.array([[alike(a, b) for b in names] for a in names]))
    places, theta = {name: place for place, name in enumerate(names)}, np.zeros(len(names))
    rows = [
        (places[name], 1 / len(own), correct, curve(library, question, 0.12**2 * ((NOW - at) / timedelta(days=1))))
        for question, correct, at in first_answers(history)
        for own in [skills(library, question, EXAM)]
        for name in own
    ]
    for _ in range(30):
        slope, known = -precision @ theta, np.zeros(len(names))
        for place, part, correct, of in rows:
            a, _, c = of
            p = right(theta[place], of)
            rising = a * (p - c) / (1 - c)
            slope[place] += part * rising * (correct - p) / p
            known[place] += part * rising**2 * (1 - p) / p
        covariance = np.linalg.inv(precision + np.diag(known))
        theta = theta + np.clip(covariance @ slope, -0.5, 0.5)
    return theta, covariance


def _recalls(history: Program, library: Library) -> dict[str, float]:
    found: dict[str, list[float]] = defaultdict(list)
    for point, card in history.rows("SELECT point, card FROM memory"):
        kept = Scheduler().get_card_retrievability(Card.from_json(card), current_datetime=NOW)
        for name in skills(library, point, EXAM):
            found[name].append(kept)
    return {name: float(np.mean(values)) for name, values in found.items()}


def test_memory_confidence_and_time_are_counted_from_the_log(history: Program, library: Library) -> None:
    report = history.run("report", "--json").json
    standing = "FROM answers WHERE id NOT IN (SELECT row FROM undone)"
    met: dict[str, datetime] = {}
    kept: dict[str, bool] = {}
    for point, at, rating in history.rows(
        "SELECT point, at, rating FROM reviews WHERE answer NOT IN (SELECT row FROM undone) ORDER BY rowid"
    ):
        moment = datetime.fromisoformat(at)
        met.setdefault(point, moment)
        if timedelta(days=30) <= moment - met[point] <= timedelta(days=60) and point not in kept:
            kept[point] = rating >= 2
    guessing = np.mean([curve(library, point)[2] if point in library.questions else 0.0 for point in kept])
    share = np.mean(list(kept.values()))

    assert len(kept) > 20
    assert report["retention"]["points"] == len(kept)
    assert report["retention"]["kept"] == pytest.approx((share - guessing) / (1 - guessing), abs=1e-4)
    for word in ("sure", "unsure", "guess"):
        given, correct = history.rows(f"SELECT count(*), sum(correct) {standing} AND confidence = ?", word)[0]
        assert (report["confidence"][word]["given"], report["confidence"][word]["right"]) == (given, correct)
    seconds = [row[0] for row in history.rows(f"SELECT seconds {standing}")]
    assert report["time"]["median_seconds_study"] == pytest.approx(float(np.median(seconds)))
    assert report["time"]["allowed_seconds"] == 120.0
    assert report["time"]["slow"]["right"] == sum(one > 240 for one in seconds)


def test_days_reviews_and_roadmap_are_counted(history: Program) -> None:
    report = history.run("report", "--json").json
    days = history.rows(
        "SELECT substr(at, 1, 10), count(*), sum(correct) FROM answers WHERE at >= '2026-10-25' "
        "AND id NOT IN (SELECT row FROM undone) GROUP BY 1 ORDER BY 1"
    )

    assert [(day["day"], day["given"], day["right"]) for day in report["days"] if day["given"]] == days
    assert len(report["days"]) == 28
    due = history.rows("SELECT count(*) FROM memory WHERE due <= '2026-11-21T12:00:00.000+00:00'")
    assert due == [(report["reviews_due"],)]
    assert report["roadmap"]["done"] == 1
    assert report["roadmap"]["hours"] == 1.0


def test_the_table_says_what_the_json_says(history: Program) -> None:
    report, table = history.run("report", "--json").json, history.run("report", "--skills").out

    lines = {line.split()[0]: line for line in table.splitlines() if line[:1].isdigit()}
    for part in ("domains", "tasks", "skills"):
        for name, one in report["mastery"][part].items():
            low, high = one["interval_90"]
            told = f"{one['expected_right']:.0%} ({low:.0%} to {high:.0%})" if one["answers"] else "unknown"
            assert told in lines[name] or _near(told, lines[name])
            assert lines[name].split()[-1] == str(one["answers"])
    assert f"Predicted score {report['readiness']['score']:.0f} (" in table
    weakest = [line.split()[0] for line in table.splitlines() if " points an hour (" in line]
    assert weakest == [area["skill"] for area in report["weak"][:5]]
    assert f"Reviews due: {report['reviews_due']}." in table


def _near(told: str, line: str) -> bool:
    """The two are rounded to other places: a per cent apart is the same."""
    wanted = [int(word.strip("(%)")) for word in told.split() if "%" in word]
    found = [int(word.strip("(%)")) for word in line.split() if "%" in word][-3:]
    return all(abs(one - other) <= 1 for one, other in zip(wanted, found, strict=True))


def test_success_criteria_have_target_now_and_gap_and_one_threshold(history: Program) -> None:
    report = history.run("report", "--json").json
    rows = {row["name"]: row for row in report["criteria"]}

    assert rows["Probability of passing"]["now"] == pytest.approx(report["readiness"]["pass_probability"], abs=1e-4)
    weakest = min(one["expected_right"] for one in report["mastery"]["domains"].values())
    domain = rows["Expected right in the weakest domain"]
    assert domain["now"] == pytest.approx(weakest, abs=1e-4)
    assert domain["gap"] == pytest.approx(0.85 - weakest, abs=1e-4)
    assert rows["Right on each of the last 3 timed exams"]["now"] is None
    history.run("report", "--threshold", "60")
    again = {row["name"]: row for row in history.run("report", "--json").json["criteria"]}
    assert again["Expected right in the weakest domain"]["target"] == 0.6
    history.run("report", "--threshold", "0", code=2)


def test_exams_are_in_the_report(program: Program) -> None:
    program.run("exam", "--untimed", "--exam", EXAM, typed="x\nyes\n")

    report, table = program.run("report", "--json").json, program.run("report").out

    (sat,), (listed,) = report["exams"], program.run("exam", "list", "--json").json["exams"]
    shared = {name: value for name, value in sat.items() if name != "predicted"}
    assert shared == {name: listed[name] for name in shared}
    assert {"id", "right", "scored", "domains", "ended"} <= set(sat)
    assert sat["predicted"]["score"] == pytest.approx(listed["predicted"]["score"], abs=0.1)
    assert f"2026-11-21 {EXAM} standard: 0 of 50 (0%, " in table
    assert program.run("report", "--exam", "MLA-C01", "--json").json["exams"] == []


def test_a_report_on_nothing_claims_nothing(program: Program) -> None:
    report, table = program.run("report", "--json").json, program.run("report").out

    assert report["first_answers"] == {"right": 0, "given": 0}
    assert report["readiness"] is None
    assert report["weak"] == []
    assert all(row["interval_90"] == [0.0, 1.0] for row in report["tasks"])
    assert "Nothing is known yet" in table
    assert "unknown" in table
    assert "█" not in table
    assert all(row["now"] in {None, 0.0} for row in report["criteria"])


def test_a_page_on_nothing_draws_no_bar_of_mastery(program: Program, tmp_path: Path) -> None:
    program.run("report", "--html", str(tmp_path / "report.html"))

    plot = (tmp_path / "report.html").read_text().split('aria-labelledby="domains-title')[1].split("</svg>")[0]
    assert 'class="rail"' in plot
    assert 'class="bar"' not in plot


def test_a_narrow_terminal_gets_lines_instead_of_a_table(history: Program) -> None:
    run = history.run("report", env={"COLUMNS": "50"})

    assert "1.1 Collect and store data: " in run.out
    assert "Criterion" not in run.out


def test_the_report_opens_in_the_browser_of_the_learner(history: Program, tmp_path: Path) -> None:
    opened = tmp_path / "opened"
    browser = tmp_path / "browser.sh"
    browser.write_text(f'#!/bin/sh\necho "$1" > {opened}\n', encoding="utf-8")
    browser.chmod(0o755)

    history.run("report", "--open", env={"BROWSER": f"{browser} %s"})

    assert opened.read_text(encoding="utf-8").strip() == (history.home / "report.html").as_uri()
    assert "<h1>MLA-C02: where you stand on 2026-11-21</h1>" in (history.home / "report.html").read_text("utf-8")


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
    assert "Streak: 1 day." in tomorrow


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
    tables = (
        *("answers", "reviews", "readings", "undone", "plan_changes", "ticks"),
        *("sittings", "sitting_events", "lab_runs", "lab_events"),
    )

    def log() -> dict[str, list[tuple[object, ...]]]:
        return {table: history.rows(f"SELECT * FROM {table} ORDER BY rowid") for table in tables}  # noqa: S608

    before = log()
    history.run("roadmap", "undo")
    history.run("study", typed="s\n" * 30 + "a\nu\nq\n")
    history.run("study", "--only", "cards", typed="\ny\nu\nq\n")
    history.run("study", "--only", "lesson", typed="r\n\nu\nq\n")
    history.run("plan", "skip", "iam-basics", code=2)
    history.run("init", "--hours", "5")
    history.run("exam", "--timed", code=5)
    history.run("exam", "abandon")
    history.run("exam", "--untimed", typed="x\nyes\n")
    history.run("report")
    after = log()

    for table in tables:
        assert after[table][: len(before[table])] == before[table]
    assert len(after["readings"]) == 2


def test_the_file_is_a_plain_sqlite_file(history: Program) -> None:
    """Whoever leaves takes their history along, with any SQLite."""
    connection = sqlite3.connect(history.database)
    (row,) = connection.execute("SELECT response FROM answers LIMIT 1").fetchall()
    connection.close()

    assert json.loads(row[0]) == ["a"]
