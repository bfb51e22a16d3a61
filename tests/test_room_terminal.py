"""The room in a terminal of its own: how it is left by key, by signal and by SIGKILL, and what is then."""

import os
import re
import select
import shlex
import signal
import termios
import time
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random

import pexpect
import pytest

from mlacoach.coach import Coach
from mlacoach.coach.exam import ExamSession, resume
from mlacoach.content import Library
from mlacoach.curriculum.questions import Choice
from mlacoach.store import Store
from tests.program import PATIENCE, Program

# pexpect forks, which Python 3.12 and later remark on in a process with threads, as pytest-xdist's workers are.
pytestmark = pytest.mark.filterwarnings("ignore:This process .* is multi-threaded:DeprecationWarning")
# Written with the last of the first picture.
DRAWN = "help"
MAIN_SCREEN = "\x1b[?1049l"
# The other screen, no cursor, the mouse; each with what ends it.
RESTORES = (("\x1b[?1049h", MAIN_SCREEN), ("\x1b[?25l", "\x1b[?25h"), ("\x1b[?1000h", "\x1b[?1000l"))
ASKS = "(h for help): "
NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)


@pytest.fixture
def program(home: Path) -> Program:
    return Program(home)


class Seat:
    """Somebody at a terminal of 80x24 with the room on it."""

    def __init__(self, program: Program, *words: str) -> None:
        command = program.command("exam", *words)
        environment = {**program.environment(), "TEXTUAL_FPS": "60"}
        del environment["COLUMNS"]
        self.child = pexpect.spawn(
            command[0], command[1:], env=environment, dimensions=(24, 80), encoding="utf-8", timeout=PATIENCE
        )
        self.before = termios.tcgetattr(self.child.fileno())

    def sees(self, text: str) -> str:
        """Wait for it; what was drawn since the last time."""
        self.child.expect(re.escape(text))
        return str(self.child.before)

    def types(self, keys: str) -> None:
        self.child.send(keys)

    def ended(self) -> tuple[int, str]:
        """How it left, and what it wrote until then."""
        said = self.child.read()
        self.child.close()
        return (self.child.exitstatus if self.child.signalstatus is None else -self.child.signalstatus), said

    def hang_up(self) -> int:
        """Close the terminal as its window does; how the program left."""
        process = os.pidfd_open(self.child.pid)
        self.child.ptyproc.fileobj.close()
        self.child.ptyproc.closed = self.child.closed = True
        left, _, _ = select.select([process], [], [], PATIENCE)
        os.close(process)
        if not left:
            os.kill(self.child.pid, signal.SIGKILL)
        _, status = os.waitpid(self.child.pid, 0)
        self.child.terminated = self.child.ptyproc.terminated = True
        return os.waitstatus_to_exitcode(status)

    def restored(self, said: str) -> bool:
        """Is the terminal as it was: its modes, the screen, the cursor, the mouse?"""
        return all(said.rfind(end) > said.rfind(begin) for begin, end in RESTORES)


def modes(seat: Seat) -> list[object]:
    return termios.tcgetattr(seat.child.fileno())[:4]


def test_a_whole_way_through_by_keyboard(program: Program) -> None:
    """Begin, answer, leave, go on, hand in; the result is told where the room was."""
    seat = Seat(program, "--domain", "1", "--questions", "3", "--yes")
    seat.sees(DRAWN)
    seat.types("F")
    seat.sees("flagged")
    seat.types("\x03")
    seat.sees("Save and leave?")
    seat.types("y")
    code, said = seat.ended()
    assert (code, seat.restored(said)) == (5, True)
    assert "Saved: 0 of 3 questions are answered." in said

    seat = Seat(program, "resume")
    assert "flagged" in seat.sees(DRAWN)
    seat.types("rC")
    seat.sees("Hand in?")
    seat.types("y")
    code, said = seat.ended()
    assert (code, seat.restored(said)) == (0, True)
    assert "3" in said[said.rindex(MAIN_SCREEN) :]
    assert program.rows("SELECT kind FROM sitting_events ORDER BY rowid DESC LIMIT 1") == [("submit",)]


def test_lines_take_over_in_the_middle(program: Program) -> None:
    """With the same answers and flags, and the room again afterwards."""
    seat = Seat(program, "--timed", "--exam", "MLA-C01", "--seed", "1", "--yes")
    seat.sees(DRAWN)
    seat.types("F")
    seat.sees("flagged")
    seat.types("nl")
    lines = seat.sees(ASKS)
    assert seat.restored(lines)
    assert "Question 2 of 65" in lines
    seat.types("1\r")
    assert "Question 1 of 65 (flagged)" in seat.sees(ASKS)
    # As Ctrl-Z and `fg` do; Textual would draw its screen again.
    seat.child.kill(signal.SIGCONT)
    seat.types("q\r")
    code, said = seat.ended()
    assert code == 5
    assert "\x1b[?" not in said

    seat = Seat(program, "resume")
    assert "flagged" in seat.sees(DRAWN)
    seat.types("l")
    seat.sees(ASKS)
    seat.types("x\r")
    seat.sees("Type yes: ")
    seat.types("yes\r")
    assert seat.ended()[0] == 0


def test_lines_are_wanted_where_the_room_cannot_be_seen(program: Program, tmp_path: Path) -> None:
    """Textual draws on stderr, which goes to a file here."""
    command = f"exec {shlex.join(program.command('exam', '--timed', '--yes'))} 2>{shlex.quote(str(tmp_path / 'err'))}"
    environment = {**program.environment(), "COLUMNS": "80"}
    child = pexpect.spawn("sh", ["-c", command], env=environment, encoding="utf-8", timeout=PATIENCE)
    child.expect_exact(ASKS)
    child.sendeof()
    child.expect_exact(pexpect.EOF)
    child.close()

    assert child.exitstatus == 5
    assert (tmp_path / "err").read_text().startswith("Saved: 0 of 65 questions")


@pytest.mark.parametrize(
    ("number", "code"), [(signal.SIGTERM, 143), (signal.SIGHUP, 143), (signal.SIGINT, 130)], ids=str
)
def test_a_signal_leaves_the_terminal_as_it_was(program: Program, number: signal.Signals, code: int) -> None:
    seat = Seat(program, "--timed", "--yes")
    before = modes(seat)
    seat.sees(DRAWN)
    assert modes(seat) != before
    seat.types("m")
    seat.sees("Note on this question")
    seat.types("half a")
    seat.sees("half a"[-1])
    seat.child.kill(number)
    said = seat.child.read()
    assert modes(seat) == before
    seat.child.close()

    assert seat.child.exitstatus == code
    assert seat.restored(said)
    assert "Traceback" not in said
    assert program.rows("SELECT count(*) FROM sitting_events WHERE kind = 'flag'") == [(0,)]


@pytest.mark.skipif(not hasattr(os, "pidfd_open"), reason="waits for a process as Linux does")
@pytest.mark.parametrize("ignored", [False, True], ids=["told", "nohup"])
def test_a_closed_window_ends_it(program: Program, ignored: bool) -> None:  # noqa: FBT001
    """Also where the hang-up is to be ignored: nobody can sit there any more."""
    before = signal.getsignal(signal.SIGHUP)
    if ignored:
        signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        seat = Seat(program, "--timed", "--yes")
    finally:
        signal.signal(signal.SIGHUP, before)
    seat.sees(DRAWN)
    seat.types("F")
    seat.sees("flagged")
    assert seat.hang_up() == 143
    assert program.rows("SELECT count(*) FROM sitting_events WHERE kind = 'flag'") == [(1,)]
    assert list(program.home.glob("bug-*")) == []


def test_at_zero_it_hands_itself_in(home: Path) -> None:
    program = Program(home, now=NOW)
    seat = Seat(program, "--mini", "--yes")
    seat.sees(DRAWN)
    program.set_clock(NOW + timedelta(hours=2))
    code, said = seat.ended()

    assert (code, seat.restored(said)) == (0, True)
    assert program.rows("SELECT kind FROM sitting_events ORDER BY rowid DESC LIMIT 1") == [("expire",)]


# --- SIGKILL at any moment

# 4 homes x 5 kills.
HOMES, KILLS = [0, *(pytest.param(number, marks=pytest.mark.whole) for number in (1, 2, 3))], 5


@dataclass(frozen=True)
class State:
    """What has been done to an exam."""

    position: int = 0
    answers: frozenset[tuple[str, tuple[str, ...]]] = frozenset()
    flags: frozenset[str] = frozenset()
    confidences: frozenset[tuple[str, str]] = field(default=frozenset())


@dataclass(frozen=True)
class Act:
    """A key, what it comes to, and what the room draws when it is stored."""

    key: str
    after: State
    shows: str


def an_act(session: ExamSession, state: State, rng: Random) -> Act:
    session.position = state.position
    name, place = session.question.id, state.position
    body = session.body
    acts = []
    if isinstance(body, Choice) and len(body.key) == 1:
        number = rng.randrange(len(body.options))
        answers = frozenset({**dict(state.answers), name: (body.options[number].id,)}.items())
        if answers != state.answers:
            acts += [Act("abcdef"[number], replace(state, answers=answers), f"saved: {'abcdef'[number]}")] * 3
    if name not in state.flags:
        acts.append(Act("F", replace(state, flags=state.flags | {name}), "flagged"))
    if name not in dict(state.confidences):
        acts.append(Act("C", replace(state, confidences=state.confidences | {(name, "sure")}), "· sure"))
    if place + 1 < len(session.questions):
        acts.append(Act("n", replace(state, position=place + 1), f"Question {place + 2} of"))
    return rng.choice(acts)


@pytest.mark.parametrize("home_number", HOMES)
def test_a_kill_at_any_moment_loses_nothing_that_was_drawn(
    program: Program, library: Library, home_number: int
) -> None:
    """No answer, flag or second: what the room showed is in the store, and the lines end what the room began."""
    rng, state = Random(f"room {home_number}"), State()
    program.run("exam", "--timed", "--exam", "MLA-C01", "--seed", str(home_number), code=5)
    deadline = program.rows("SELECT deadline FROM sittings")
    for _ in range(KILLS):
        seat, possible = Seat(program, "resume"), [state]
        acts = rng.randrange(4)
        if acts:
            seat.sees(DRAWN)
        session = kept(program, library)
        for number in range(acts):
            act = an_act(session, state, rng)
            seat.types(act.key)
            possible = [state, act.after]
            if number < acts - 1:
                seat.sees(act.shows)
            state = act.after
        time.sleep(rng.uniform(0, 0.04 if acts else 0.6))  # this is the draw: nothing is waited for
        seat.child.kill(signal.SIGKILL)
        drawn = seat.ended()[1]

        state = state_of(kept(program, library))

        assert state in possible
        if acts and act.shows in drawn:
            assert state == act.after
        assert program.rows("SELECT deadline FROM sittings") == deadline
    finish_in_lines(program, state)


def kept(program: Program, library: Library) -> ExamSession:
    """What an independent process finds in the file, in which no page is broken."""
    store = Store(program.database, datetime.now(UTC))
    assert store.check() is None
    session = resume(Coach(store, library, lambda: datetime.now(UTC), Random(1), program.home))
    store.close()
    return session


def state_of(session: ExamSession) -> State:
    answers, confidences = frozenset(session.answers.items()), frozenset(session.confidences.items())
    return State(session.position, answers, frozenset(session.flags), confidences)


def finish_in_lines(program: Program, state: State) -> None:
    with program.start("exam", "resume") as running:
        shown = running.question()
        assert (shown.number - 1, shown.flagged) == (state.position, shown.question.id in state.flags)
        assert "Hand in?" in running.ask("x")
        running.finish(typed="yes\n")
    answered = program.rows("SELECT count(*) FROM answers WHERE response != '[]'")
    assert answered == [(len(state.answers),)]
