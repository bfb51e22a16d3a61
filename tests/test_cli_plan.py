"""`mlacoach plan`: dated from today, drawn anew when reality differs, and in the calendar."""

from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from icalendar import Calendar

from mlacoach.content import Library
from mlacoach.store import Store
from mlacoach.store.answers import Answered
from tests.program import Program

NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
SHORT = ("init", "--track", "domain-4-and-pipeline", "--hours", "12", "--exam-date", "2027-02-15")


@pytest.fixture
def program(home: Path) -> Program:
    return Program(home, now=NOW)


@pytest.fixture
def planned(program: Program) -> Program:
    program.run(*SHORT)
    return program


def entries(program: Program) -> dict[str, dict[str, str]]:
    return {one["item"] or one["key"]: one for one in program.run("plan", "show", "--json").json["entries"]}


def test_every_open_item_has_its_days_before_the_exam(planned: Program, library: Library) -> None:
    drawn = planned.run("plan", "--json").json
    items = [item for item in library.track("domain-4-and-pipeline").items if item.kind != "resource"]

    assert {one["item"] for one in drawn["entries"]} - {None} == {item.id for item in items}
    assert all("2026-11-21" <= one["start"] <= one["end"] < "2027-02-13" for one in drawn["entries"])
    practice = [one["start"] for one in drawn["entries"] if one["item"] is None]
    assert practice == ["2027-02-01", "2027-02-08"]
    assert drawn["slack_hours"] == pytest.approx(drawn["hours_available"] - drawn["hours_needed"], abs=0.011)
    assert drawn["hours_available"] == pytest.approx(84 * 12 / 7 * 0.75, abs=0.01)


def test_what_is_done_leaves_the_plan_and_the_rest_moves_up(planned: Program) -> None:
    before = planned.run("plan", "--json").json
    first, second = (one["item"] for one in before["entries"][:2])

    planned.run("roadmap", "done", first)
    after = planned.run("plan", "--json").json

    assert after["entries"][0]["item"] == second
    assert after["entries"][0]["start"] == "2026-11-21"
    assert after["hours_needed"] < before["hours_needed"]


def test_the_plan_is_drawn_anew_when_days_went_by_without_work(planned: Program) -> None:
    with planned.start("study", "--only", "quiz") as running:
        running.ask(running.question().right)
    before = planned.run("plan", "--json").json
    planned.set_clock(NOW + timedelta(days=14))

    after = planned.run("plan", "--json").json

    assert after["entries"][0]["start"] == "2026-12-05"
    assert after["slack_hours"] == pytest.approx(before["slack_hours"] - 14 * 12 / 7 * 0.75, abs=0.02)
    assert after["hours_expected"] == pytest.approx(18.0)
    assert "18 h behind your own pace." in planned.run("plan").out


def test_an_item_is_moved_skipped_and_restored(planned: Program) -> None:
    before = entries(planned)
    moved, skipped = list(before)[:2]

    planned.run("plan", "move", moved, "2027-01-05")
    planned.run("plan", "skip", skipped)
    during, why = entries(planned), planned.run("plan", "why", moved).out
    skipped_why = planned.run("plan", "why", skipped).out
    planned.run("plan", "restore", moved)
    planned.run("plan", "restore", skipped)

    assert during[moved]["start"] == "2027-01-05"
    assert "you moved it to 2027-01-05" in why
    assert skipped not in during
    assert "you skipped it" in skipped_why
    assert entries(planned) == before


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("move", "no-such-item", "2027-01-05"), "There is no item called"),
        (("move", "{item}", "2026-11-20"), "is in the past"),
        (("move", "{item}", "2027-02-15"), "is not before the exam"),
        (("move", "{item}", "soon"), "is no date"),
        (("skip", "no-such-item"), "There is no item called"),
        (("why", "no-such-item"), "There is no item called"),
    ],
)
def test_what_cannot_be_planned_is_refused(planned: Program, words: tuple[str, ...], said: str) -> None:
    item = next(iter(entries(planned)))

    assert said in planned.run("plan", *(word.format(item=item) for word in words), code=2).err


def test_a_plan_that_cannot_fit_says_so_and_what_would_help(program: Program) -> None:
    program.run("init", "--exam-date", "2027-01-15", "--hours", "6")

    drawn, table = program.run("plan", "--json").json, program.run("plan").out

    assert drawn["slack_hours"] < 0
    assert drawn["left_out"]
    assert "It does not fit: " in table
    assert "You could study " in table
    assert "You could sit the exam on " in table
    assert "domain-4-and-pipeline" not in drawn["advice"]
    hours = float(table.partition("You could study ")[2].split()[0])
    program.run("init", "--hours", f"{min(hours + 0.2, 80)}")
    assert program.run("plan", "--json").json["slack_hours"] >= -1


def test_sums_that_do_not_add_up_are_said(program: Program) -> None:
    told = program.run("plan", "why").out

    assert "its items add up to 237 h" in told
    assert "24 weeks at that pace would be 240 to 360" in told
    assert "11 weeks there" in told
    program.run("init", "--track", "ml-aws-containers-8-weeks", "--yes")
    assert "in fact they make 10 to 20" in program.run("plan", "why").out


def test_without_a_date_the_plan_says_when_it_ends(program: Program) -> None:
    drawn, table = program.run("plan", "--json").json, program.run("plan").out

    assert drawn["slack_hours"] is None
    assert f"they are done on {drawn['ends']}" in table


def test_skills_that_are_known_take_half_the_hours(planned: Program, library: Library) -> None:
    before = entries(planned)
    item = next(
        item
        for item in library.track("domain-4-and-pipeline").items
        if not item.lessons and not item.labs and any(ref.exam == "MLA-C02" for ref in item.skills)
    )
    own = {ref.skill for ref in item.skills if ref.exam == "MLA-C02"}
    store = Store(planned.database, NOW)
    with store.together():
        for question in library.questions.values():
            if question.serves("MLA-C02"):
                about = any(ref.skill in own for ref in question.skills)
                store.answers.add(Answered(question.id, ("a",), True, 30.0 + about, "sure", "study"), NOW)
    store.close()

    assert entries(planned)[item.id]["hours"] == pytest.approx(before[item.id]["hours"] / 2)
    assert "half of that" in planned.run("plan", "why", item.id).out


def test_a_calendar_holds_every_item_and_importing_it_again_updates(planned: Program, tmp_path: Path) -> None:
    def events() -> dict[str, dict[str, object]]:
        planned.run("plan", "--ics", str(tmp_path / "plan.ics"))
        calendar = Calendar.from_ical((tmp_path / "plan.ics").read_bytes())
        return {
            str(one["UID"]): {
                "start": one["DTSTART"].dt,
                "end": one["DTEND"].dt,
                "sequence": int(one["SEQUENCE"]),
                "status": str(one.get("STATUS", "")),
            }
            for one in calendar.walk("VEVENT")
        }

    first = events()
    plan = planned.run("plan", "--json").json["entries"]
    planned.set_clock(NOW + timedelta(days=3))
    planned.run("plan", "skip", plan[0]["item"])
    second = events()

    assert set(first) == {f"{one['key']}@mlacoach" for one in plan} | {"exam@mlacoach"}
    for one in plan:
        event = first[f"{one['key']}@mlacoach"]
        assert event["start"] == date.fromisoformat(one["start"])
        assert event["end"] == date.fromisoformat(one["end"]) + timedelta(days=1)
    assert set(second) == set(first)
    assert all(second[uid]["sequence"] > first[uid]["sequence"] for uid in first)
    assert second[f"{plan[0]['key']}@mlacoach"]["status"] == "CANCELLED"
    assert second[f"{plan[1]['key']}@mlacoach"]["start"] == date(2026, 11, 24)
