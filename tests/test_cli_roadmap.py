"""`mlacoach roadmap`: the tree, ticks, and the gates between the phases."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from mlacoach.content import Library
from tests.in_process import InProcess
from tests.program import Program, read_question

NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
TRACK = "roadmap-24-weeks"


@pytest.fixture
def program(home: Path) -> Program:
    return Program(home, now=NOW)


def item(program: Program, name: str) -> dict[str, object]:
    phases = program.run("roadmap", "--json").json["phases"]
    return next(one for phase in phases for one in phase["items"] if one["id"] == name)


def gate_of(library: Library) -> tuple[str, str]:
    """The first gate of the track, and an item of the phase behind it."""
    phases = library.track(TRACK).phases
    gate = next(one for one in phases[0].items if one.gate)
    return gate.id, next(one.id for one in phases[1].items if not one.gate)


def test_a_tick_is_kept_and_shown(program: Program) -> None:
    run = program.run("roadmap", "done", "service-models")

    assert run.out.startswith("Done: Tell IaaS, PaaS and SaaS apart")
    assert program.rows("SELECT item, state FROM ticks") == [(f"{TRACK}/service-models", "done")]
    assert item(program, "service-models")["state"] == "done"
    assert "[   done] Tell IaaS" in program.run("roadmap").out


def test_undo_takes_the_last_ticks_back_one_by_one(program: Program, library: Library) -> None:
    first, second = [one.id for one in library.track(TRACK).phases[0].items if not one.gate][:2]
    program.run("roadmap", "done", first, second)

    said = [program.run("roadmap", "undo").out for _ in range(3)]

    assert said[0].startswith("Open again: ")
    assert said[1].startswith("Open again: Tell IaaS")
    assert said[2] == "There is nothing to take back.\n"
    # The log keeps both: an undo is a row of its own.
    assert [state for (state,) in program.rows("SELECT state FROM ticks ORDER BY rowid")] == [
        "done", "done", "undone", "undone"
    ]  # fmt: skip


def test_what_is_done_is_not_next(program: Program) -> None:
    before = program.run("roadmap", "next").out
    program.run("roadmap", "done", "service-models")
    after = program.run("roadmap", "next").out

    assert before.startswith("Tell IaaS")
    assert "service-models" not in after
    assert after.splitlines()[0] in before


def test_next_shows_as_many_as_asked_for(program: Program) -> None:
    run = program.run("roadmap", "next", "--count", "2")

    assert len([line for line in run.out.splitlines() if not line.startswith(" ")]) == 2


def test_next_and_tracks_are_told_as_json_too(home: Path, library: Library) -> None:
    program = InProcess(home)
    document = program.run("roadmap", "next", "--count", "2", "--json").json
    tracks = program.run("roadmap", "tracks", "--json").json["tracks"]

    assert [item["title"] in program.run("roadmap", "next", "--count", "2").out for item in document["items"]] == [
        True
    ] * 2
    assert {one["id"]: (one["title"], one["weeks"]) for one in tracks} == {
        track.id: (track.title, track.weeks) for track in library.tracks.values()
    }


def test_a_gate_asks_its_questions_before_the_next_phase_opens(program: Program, library: Library) -> None:
    gate, behind = gate_of(library)
    count = library.item(library.track(TRACK), gate).gate

    with program.start("roadmap", "done", behind) as running:
        said = running.until_prompt()
        for _ in range(count):
            said = running.ask(read_question(said).right)
        run = running.finish()

    assert f"{count} questions; two thirds right open it." in run.out
    assert program.rows("SELECT item, state FROM ticks ORDER BY rowid") == [
        (f"{TRACK}/{gate}", "gate-passed"),
        (f"{TRACK}/{behind}", "done"),
    ]
    assert program.rows("SELECT DISTINCT source FROM answers") == [("gate",)]
    phases = program.run("roadmap", "--json").json["phases"]
    assert [phase["open"] for phase in phases[:3]] == [True, True, False]


def test_a_gate_stays_shut_for_wrong_answers(program: Program, library: Library) -> None:
    gate, behind = gate_of(library)
    count = library.item(library.track(TRACK), gate).gate

    with program.start("roadmap", "done", behind) as running:
        said = running.until_prompt()
        for _ in range(count):
            said = running.ask(read_question(said).wrong)
        run = running.finish(code=1)

    assert run.err == (
        f"The gate stays shut: 0 of {count} right.\n"
        "Look at the explanations and try again, or go through with --skip-gate.\n"
    )
    assert program.rows("SELECT * FROM ticks") == []


def test_a_gate_that_is_left_stays_shut(program: Program, library: Library) -> None:
    _, behind = gate_of(library)

    run = program.run("roadmap", "done", behind, typed="q\n", code=1)

    assert run.err.startswith("The gate stays shut: 0 of ")
    assert program.rows("SELECT * FROM ticks") == []


def test_a_gate_that_is_skipped_is_on_record(program: Program, library: Library) -> None:
    gate, behind = gate_of(library)

    run = program.run("roadmap", "done", behind, "--skip-gate")

    assert "That is on record." in run.out
    assert program.rows("SELECT item, state FROM ticks ORDER BY rowid") == [
        (f"{TRACK}/{gate}", "gate-skipped"),
        (f"{TRACK}/{behind}", "done"),
    ]
    assert item(program, gate)["state"] == "gate-skipped"
    assert "[skipped]" in program.run("roadmap", "--all").out


def test_an_open_gate_is_not_asked_again(program: Program, library: Library) -> None:
    _, behind = gate_of(library)
    program.run("roadmap", "done", behind, "--skip-gate")
    program.run("roadmap", "undo")

    run = program.run("roadmap", "done", behind)

    assert "Gate" not in run.out


@pytest.mark.parametrize("track", ["roadmap-24-weeks", "certification-10-weeks", "task-list"])
def test_json_holds_what_the_content_holds(program: Program, library: Library, track: str) -> None:
    document = program.run("roadmap", "--track", track, "--json").json

    assert (document["schema"], document["schema_version"], document["track"]) == ("mlacoach.roadmap", 1, track)
    assert [
        (phase["id"], [(one["id"], one["kind"], one["hours"], one["state"]) for one in phase["items"]])
        for phase in document["phases"]
    ] == [
        (phase.id, [(one.id, one.kind, one.hours, "open") for one in phase.items])
        for phase in library.track(track).phases
    ]


def test_all_shows_every_item_and_phase_those_of_one(program: Program, library: Library) -> None:
    phases = library.track(TRACK).phases

    everything = program.run("roadmap", "--all").out
    one = program.run("roadmap", "--phase", phases[2].id).out

    for phase in phases:
        assert f"[{phase.id}]" in everything
        assert f"[{phase.id}]" in one
        for item in phase.items:
            assert f"({item.id}, " in everything
            assert (f"({item.id}, " in one) == (phase is phases[2])


def test_the_tracks_are_listed(program: Program, library: Library) -> None:
    run = program.run("roadmap", "tracks")

    for track in library.tracks.values():
        assert f"{track.id}: {track.title}, {track.weeks} weeks" in run.out


def test_an_item_of_another_track_is_named_with_it(program: Program, library: Library) -> None:
    other = library.track("certification-10-weeks")
    name = next(one.id for one in other.phases[0].items if not one.gate)

    program.run("roadmap", "done", f"certification-10-weeks/{name}")

    assert program.rows("SELECT item FROM ticks") == [(f"certification-10-weeks/{name}",)]
