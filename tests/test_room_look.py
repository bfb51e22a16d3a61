"""What the room draws: content as it is written, both sizes, both looks, without colour, through a change of size."""

import os
import re
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from itertools import product
from pathlib import Path

import pytest
from textual.color import Color
from textual.theme import Theme
from textual.widgets import Static

from mlacoach.coach import Coach
from mlacoach.coach.exam import ExamSession
from mlacoach.curriculum.questions import Answer, Body, Case, Choice, Matching, Ordering, Part, Question
from mlacoach.screen.room.app import Room
from mlacoach.screen.room.explanation import reasons, verdict
from mlacoach.screen.room.look import THEMES
from mlacoach.screen.room.paint import hanging, written
from mlacoach.screen.room.sheet import Sheet
from tests.room import NARROW, WIDE, Seat, begin, made, right_answer, sit

SNAPSHOTS = Path(__file__).with_name("room_snapshots")
# Set it to draw the snapshots anew; `git diff` then shows what has changed.
DRAW = "MLACOACH_DRAW_SNAPSHOTS"
MARKUP = "s3[0] [/bold] [b]not bold[/b] [link=x] \\[ `a[1]` $accent 100%"
LONG = "Readings arrive every second, and nobody may see those of another region. "


def parts(names: str, text: str = "Part {}: " + LONG) -> tuple[Part, ...]:
    return tuple(Part(name, text.format(name), f"Because of {name}. {LONG}") for name in names)


CASE = Case("park", "A wind park", f"4,000 turbines send readings to `s3://park`.\n{LONG * 6}")
CHOICE = made(Choice(parts("abcde"), frozenset("ab")), "multiple-response", "choice", LONG * 4)
ORDER = made(Ordering(parts("vwxyz", "Do {}."), ("z", "y", "x", "w", "v")), "ordering", "order", LONG * 2)
PAIRS = frozenset({"v=a", "w=b", "x=a"})
MATCH = made(Matching(parts("vwx", "Task {}."), parts("abcd", "Service {}."), PAIRS), "matching", "match", LONG)
CASED = replace(CHOICE, id="cased", case=CASE)


def paper(coach: Coach, *questions: Question, **wish: bool) -> ExamSession:
    session = begin(coach, **wish)
    session.questions[:] = questions
    return session


# --- content as it is written


def drawn_questions(coach: Coach, *, whole: bool) -> list[Question]:
    """All, or each fourth and those that a reader of markup would trip over."""
    questions = list(coach.library.questions.values())
    traps = [one for one in questions if any(re.search(r"[\[\\]", text) for text in texts(one))]
    return questions if whole else list(dict.fromkeys([*traps, *questions[::4]]))


def texts(question: Question) -> list[str]:
    return [question.stem, question.case.scenario if question.case else "", *(one.text for one in question.body.parts)]


def test_every_text_of_the_bank_is_drawn_as_it_is_written(coach: Coach, *, whole: bool) -> None:
    """Stems, scenarios, options, steps, prompts and responses, on the widgets themselves."""
    session = paper(coach, *drawn_questions(coach, whole=whole))

    async def scene(seat: Seat) -> None:
        sheet = seat.room.paper.query_one(Sheet)
        for place, question in enumerate(session.questions):
            session.position = place
            await sheet.lay(seat.room.desk)
            assert drawn(sheet, "#stem") == question.stem
            if question.case:
                assert (drawn(sheet, "#case-title"), drawn(sheet, "#scenario")) == (
                    question.case.title,
                    question.case.scenario,
                )
            # After the cursor, the box and the letter or number.
            rows = {re.sub(r"^(?:▸ |  )(?:\[.\] |▲▼ )?\w  ", "", text) for text in seat.rows()}
            assert rows == {part.text for part in question.body.parts}

    sit(session, scene)


def drawn(sheet: Sheet, name: str) -> str:
    return str(sheet.query_one(name, Static).visual)


def test_every_reason_of_the_bank_is_told_as_it_is_written(coach: Coach) -> None:
    for question in coach.library.questions.values():
        for answer in (right_answer(question), wrong_answer(question.body)):
            told = [text.plain for _, text in reasons(question.body, answer)]
            said = verdict(question.body, answer, right=question.mark(answer)).plain
            assert said.startswith("Right" if question.mark(answer) else "Wrong")
            explained = [part for part in question.body.parts if part.why]
            assert len(told) == len(explained)
            for part in explained:
                assert any(part.text in text and text.endswith(part.why) for text in told)


def wrong_answer(body: Body) -> Answer:
    if isinstance(body, Choice):
        return tuple(sorted({one.id for one in body.options} - body.key))[: len(body.key)]
    if isinstance(body, Ordering):
        return tuple(reversed(body.right_order))
    return tuple(sorted(f"{prompt.id}={body.responses[0].id}" for prompt in body.prompts))


@pytest.mark.parametrize("width", [1, 20, 60, 200])
def test_breaking_a_line_loses_nothing_of_it(width: int) -> None:
    head, text = written("[ ] a  "), f"{MARKUP} {LONG}{'x' * 90}"
    lines = hanging(head, written(text), width).plain.split("\n")
    said = [line[head.cell_length :] for line in lines]

    assert re.sub(r"\s", "", "".join(said)) == re.sub(r"\s", "", text)
    assert lines[0].startswith(head.plain)


@pytest.mark.parametrize("practice", [False, True])
def test_markup_is_text_everywhere(coach: Coach, practice: bool) -> None:  # noqa: FBT001
    """In the stem, options, a scenario, a note, the panel of a note, and the explanation."""
    body = Choice(parts("ab", f"{MARKUP} {{}}"), frozenset("a"))
    case = Case("case", MARKUP, MARKUP)
    session = paper(coach, made(body, "multiple-choice", stem=MARKUP, case=case), practice=practice)
    session.note(MARKUP)

    async def scene(seat: Seat) -> None:
        assert seat.text().count(MARKUP) == 5
        await seat.press("a", "x")
        assert seat.text().count(MARKUP) == 5
        await seat.press("m")
        assert MARKUP in seat.text()
        await seat.press("escape", "enter")
        assert not practice or seat.text().count(MARKUP) == 2

    sit(session, scene, size=(200, 60))


def test_what_comes_up_shows_markup_as_text(coach: Coach) -> None:
    async def scene(seat: Seat) -> None:
        seat.room.notify(MARKUP, markup=False)
        seat.room.paper.tell(MARKUP)
        await seat.settle()
        assert MARKUP in seat.text()

    sit(paper(coach, CHOICE), scene, size=(200, 40))


# --- sizes


async def resize(seat: Seat, size: tuple[int, int]) -> None:
    await seat.pilot.resize_terminal(*size)
    await seat.until(lambda: seat.room.paper.size == size)
    await seat.settle()


def test_another_size_keeps_question_choice_cursor_and_place(coach: Coach) -> None:
    async def scene(seat: Seat) -> None:
        await seat.press("n", "d")
        before = seat.lines()[2:21]
        for size in (WIDE, NARROW, (61, 20), WIDE, (80, 30)):
            await resize(seat, size)
            assert "Question 2 of 2" in seat.text()
            assert "choose 2: 1 chosen" in seat.text()
            assert "▸ [x] d" in seat.text()
            if size == NARROW:
                assert seat.lines()[2:21] == before

    sit(paper(coach, CHOICE, CASED), scene)


def test_another_size_keeps_what_was_read_above_the_options(coach: Coach) -> None:
    """Also where the cursor is out of sight."""

    async def scene(seat: Seat) -> None:
        await seat.press("pagedown", "pagedown", "home")
        assert "A wind park" in seat.text()
        await resize(seat, (60, 24))
        assert "A wind park" in seat.text()
        assert "▸" not in seat.text()

    sit(paper(coach, replace(CASED, case=replace(CASE, scenario=LONG * 20))), scene)


def test_another_size_leaves_an_open_panel_and_a_half_written_note_as_they_are(coach: Coach) -> None:
    async def scene(seat: Seat) -> None:
        await seat.press("m", *"half a")
        await resize(seat, WIDE)
        await resize(seat, NARROW)
        await seat.press(*" note", "ctrl+s")

    session = paper(coach, CHOICE)
    sit(session, scene)
    assert session.notes == {"choice": "half a note"}


def test_everything_can_be_reached_at_80x24(coach: Coach) -> None:
    async def scene(seat: Seat) -> None:
        assert "↓ more below" in seat.text()
        assert "? help" in seat.text()
        await seat.press("end")
        assert "[ ] e" in seat.text()
        assert "↓ more below" not in seat.text()
        await seat.press("home")
        assert "A wind park" in seat.text()
        for _ in range(10):
            await seat.press("down")
        assert "▸ [ ] e" in seat.text()
        for _ in range(20):
            await seat.press("up")
        assert "A wind park" in seat.text(), "up goes on scrolling above the first option"

    sit(paper(coach, CASED), scene)


@pytest.mark.parametrize("size", [(30, 8), (20, 5), (10, 3), (300, 90)])
def test_no_size_is_too_small_or_too_large(coach: Coach, size: tuple[int, int]) -> None:
    async def scene(seat: Seat) -> None:
        await seat.press(
            "a", "n", "J", "n", "a", "v", "escape", "question_mark", "escape", "r", "escape", "m", "escape"
        )
        assert seat.session.position == 2

    sit(
        paper(
            coach, replace(CASED, kind="multiple-choice", body=Choice(CHOICE.body.parts, frozenset("a"))), ORDER, MATCH
        ),
        scene,
        size=size,
    )


def test_the_scenario_stands_beside_the_question_where_it_is_wide(coach: Coach) -> None:
    async def scene(seat: Seat) -> None:
        assert [line for line in seat.lines() if "A wind park" in line and "Readings" in line]
        await resize(seat, NARROW)
        await seat.press("home")
        assert "   A wind park" in seat.lines()

    sit(paper(coach, CASED), scene, size=WIDE)


# --- looks


def contrast(one: str, other: str) -> float:
    """As WCAG 2 measures it."""
    lights = sorted((_luminance(Color.parse(colour)) for colour in (one, other)), reverse=True)
    return (lights[0] + 0.05) / (lights[1] + 0.05)


def _luminance(colour: Color) -> float:
    shares = [share / 255 for share in colour.rgb]
    linear = [share / 12.92 if share <= 0.04045 else ((share + 0.055) / 1.055) ** 2.4 for share in shares]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


@pytest.mark.parametrize("theme", THEMES, ids=lambda theme: theme.name)
def test_every_text_stands_out_from_what_is_behind_it(theme: Theme) -> None:
    behind = [theme.background, theme.surface, theme.panel, theme.variables["row-cursor"]]
    texts = [theme.foreground, theme.accent, theme.warning, theme.error, theme.success]
    texts += [theme.variables["text-soft"], theme.variables["text-code"]]
    for text, ground in product(texts, behind):
        assert text
        assert ground
        assert contrast(text, ground) >= 4.5, f"{text} on {ground}"


COLOURED = re.compile(r"fill: (#[0-9a-f]{6})")
# A picture's own ground has a spread of 3.
GREY = 8


def spread(colour: str) -> int:
    """How far it is from grey."""
    return max(Color.parse(colour).rgb) - min(Color.parse(colour).rgb)


@pytest.mark.parametrize(
    ("settings", "coloured"),
    [({}, True), ({"NO_COLOR": ""}, True), ({"NO_COLOR": "1"}, False), ({"MLACOACH_NO_COLOR": "1"}, False)],
    ids=str,
)
def test_no_color_is_respected(
    coach: Coach,
    monkeypatch: pytest.MonkeyPatch,
    settings: Mapping[str, str],
    coloured: bool,  # noqa: FBT001
) -> None:
    """With a value that is not empty, as the convention has it; the words say everything."""
    for name, value in settings.items():
        monkeypatch.setenv(name, value)
    seen = {}

    async def scene(seat: Seat) -> None:
        await seat.press("a", "b", "f", "s", "c", "C")
        seen["svg"], seen["text"] = seat.room.export_screenshot(), seat.text()

    sit(paper(coach, CHOICE), scene, size=WIDE)

    assert (max(map(spread, COLOURED.findall(seen["svg"]))) > GREY) is coloured
    assert os.environ.get("NO_COLOR") == settings.get("NO_COLOR")
    for word in ("flagged", "[x] a", "[ ] c", "(struck)", "saved: a b"):
        assert word in seen["text"]


async def choosing(seat: Seat) -> None:
    await seat.press("b", "f", "C", "s", "d")


async def case(seat: Seat) -> None:
    await seat.press("n", "a", "d")


async def ordering(seat: Seat) -> None:
    await seat.press("n", "n", "J")


async def matching(seat: Seat) -> None:
    await seat.press("n", "n", "n", "b", "a")


async def warned(seat: Seat) -> None:
    await seat.press("b", "n")


async def navigator(seat: Seat) -> None:
    await seat.press("a", "b", "n", "f", "v")


async def review(seat: Seat) -> None:
    await seat.press("a", "b", "n", "a", "f", "r")


async def leaving(seat: Seat) -> None:
    await seat.press("a", "ctrl+c")


async def help_(seat: Seat) -> None:
    await seat.press("question_mark")


async def noting(seat: Seat) -> None:
    await seat.press("m", *"Ask about [b]")


SCENES = (choosing, case, ordering, matching, warned, navigator, review, leaving, help_, noting)
TALL = (choosing, case, ordering, matching, navigator)


@pytest.mark.parametrize(("size", "scene"), [*product([NARROW], SCENES), *product([WIDE], TALL)])
def test_it_looks_as_it_did(
    coach: Coach, tmp_path: Path, size: tuple[int, int], scene: Callable[[Seat], Awaitable[None]]
) -> None:
    """Light and dark show the same characters. The pictures are kept for looking at."""
    name = f"{scene.__name__.strip('_')}-{size[0]}x{size[1]}"
    told = []

    async def both(seat: Seat) -> None:
        await scene(seat)
        for look in ("dark", "light"):
            told.append(seat.text())
            (tmp_path / f"{name}-{look}.svg").write_text(seat.room.export_screenshot(title=name))
            seat.room.turn_look()
            await seat.settle()

    sit(paper(coach, CHOICE, CASED, ORDER, MATCH, timed=True), both, size=size)

    assert told[0] == told[1]
    path = SNAPSHOTS / f"{name}.txt"
    if os.environ.get(DRAW):
        path.write_text(f"{told[0]}\n", encoding="utf-8")
    assert f"{told[0]}\n" == path.read_text(encoding="utf-8"), f"{tmp_path / name}-dark.svg is what is drawn now"


def test_the_look_is_known_before_the_room_opens(coach: Coach) -> None:
    """A look that came later would have the whole style sheet read twice, and every style worked out again."""
    room = Room(begin(coach), lambda _: [])

    assert room.theme_variables["row-cursor"] == THEMES[0].variables["row-cursor"]
    assert set(room.available_themes) == {theme.name for theme in THEMES}


def test_light_and_dark_are_a_key_apart(coach: Coach) -> None:
    async def scene(seat: Seat) -> None:
        dark = seat.room.theme
        await seat.press("D")
        assert seat.room.theme != dark
        await seat.press("D")
        assert seat.room.theme == dark

    sit(paper(coach, CHOICE), scene)
