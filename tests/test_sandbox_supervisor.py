"""Children: they end with a reason, within their limits, and never outlive the server."""

import json
import os
import queue
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from mlacoach.sandbox.reaper import group_exists, reap
from mlacoach.sandbox.supervisor import Child, Command, Ended, Exit, Supervisor

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="signals and process groups")
PATIENCE = 20.0
# A shell that starts a child of its own, which ignores what asks it to leave.
STUBBORN = "trap '' TERM; (trap '' TERM; echo $$; exec sleep 1000) & echo ready; wait; wait"
SERVER = """
import sys, threading
from pathlib import Path
from mlacoach.sandbox.supervisor import Command, Supervisor
folder = Path(sys.argv[1])
supervisor = Supervisor(folder / "children")
def begin():
    words = ["sh", "-c", "sleep 1000 & sleep 1000"]
    child = supervisor.start(Command("a", words, folder, {"PATH": sys.argv[2]}, folder / "log"))
    print(child.pid, flush=True)
# The thread that asks is gone long before the child.
thread = threading.Thread(target=begin); thread.start(); thread.join()
sys.stdin.read()
"""


@pytest.fixture
def supervisor(tmp_path: Path) -> Iterator[Supervisor]:
    supervisor = Supervisor(tmp_path / "children")
    yield supervisor
    supervisor.stop_all()


def command(folder: Path, *words: str, **limits: float) -> Command:
    path = {"PATH": os.environ["PATH"]}
    return Command("a-child", list(words), folder, path, folder / "log.txt", **limits)


def python(folder: Path, code: str, **limits: float) -> Command:
    return command(folder, sys.executable, "-c", code, **limits)


def until(met: Callable[[], bool]) -> bool:
    """Look until it is so, or patience ends."""
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        if met():
            return True
        time.sleep(0.01)
    return False


def ended(child: Child) -> Exit:
    found = child.wait(PATIENCE)
    assert found
    return found


def test_a_child_ends_with_its_code_and_its_words_in_the_log(supervisor: Supervisor, tmp_path: Path) -> None:
    told: queue.Queue[Exit] = queue.Queue()
    supervisor.start(python(tmp_path, "print('hello'); raise SystemExit(3)"), lambda *ended: told.put(ended[1]))

    end = told.get(timeout=PATIENCE)

    assert (end.why, end.code, str(end), end.is_success) == (Ended.EXITED, 3, "exited with code 3", False)
    assert (tmp_path / "log.txt").read_text() == "hello\n"
    assert supervisor.running() == []


def test_the_environment_is_what_was_given(supervisor: Supervisor, tmp_path: Path) -> None:
    ended(supervisor.start(command(tmp_path, "env")))

    assert (tmp_path / "log.txt").read_text() == f"PATH={os.environ['PATH']}\n"


def test_a_program_that_is_not_there_is_said_as_a_shell_says_it(supervisor: Supervisor, tmp_path: Path) -> None:
    assert ended(supervisor.start(command(tmp_path, "no-such-program"))).code == 127
    assert "no-such-program: No such file" in (tmp_path / "log.txt").read_text()


def test_a_folder_that_is_not_there_is_an_error_at_once(supervisor: Supervisor, tmp_path: Path) -> None:
    gone = Command("a", ["true"], tmp_path / "gone", {}, tmp_path / "log.txt")

    with pytest.raises(FileNotFoundError):
        supervisor.start(gone)
    assert ended(supervisor.start(command(tmp_path, "true"))).is_success


def test_a_signal_from_elsewhere_is_a_kill(supervisor: Supervisor, tmp_path: Path) -> None:
    child = supervisor.start(command(tmp_path, "sleep", "1000"))
    until((tmp_path / "children" / str(child.pid)).exists)
    os.kill(child.pid, signal.SIGKILL)

    assert str(ended(child)) == "was killed by signal 9"


def test_time_is_limited(supervisor: Supervisor, tmp_path: Path) -> None:
    end = ended(supervisor.start(command(tmp_path, "sleep", "1000", seconds=0.3)))

    assert (end.why, str(end)) == (Ended.TIMED_OUT, "timed out")


def test_memory_is_limited(supervisor: Supervisor, tmp_path: Path) -> None:
    hungry = "import time; eaten = b'x' * 300_000_000; time.sleep(1000)"

    assert ended(supervisor.start(python(tmp_path, hungry, memory_mb=100))).why is Ended.OUT_OF_MEMORY


def test_a_child_that_does_not_listen_is_killed_with_all_it_started(supervisor: Supervisor, tmp_path: Path) -> None:
    child = supervisor.start(command(tmp_path, "sh", "-c", STUBBORN, grace=0.2))
    assert until(lambda: "ready" in (tmp_path / "log.txt").read_text())
    child.stop()

    assert ended(child).why is Ended.STOPPED
    assert until(lambda: not group_exists(child.pid))


def test_after_the_end_no_child_is_started(supervisor: Supervisor, tmp_path: Path) -> None:
    child = supervisor.start(command(tmp_path, "sleep", "1000"))
    supervisor.stop_all()
    late = supervisor.start(command(tmp_path, "sleep", "1000"))

    assert not child.is_running
    assert ended(late).why is Ended.STOPPED


def test_a_server_that_is_killed_leaves_nobody(tmp_path: Path) -> None:
    words = [sys.executable, "-c", SERVER, str(tmp_path), os.environ["PATH"]]
    with subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as server:
        assert server.stdout
        group = int(server.stdout.readline())
        assert until((tmp_path / "children" / str(group)).exists)
        assert group_exists(group)

        server.kill()
        server.wait()

    assert until(lambda: not group_exists(group))


def test_what_was_left_is_reaped_at_the_next_start_and_nobody_else(tmp_path: Path) -> None:
    with (
        subprocess.Popen(["sleep", "1000"], start_new_session=True) as left,  # noqa: S607
        subprocess.Popen(["sleep", "1000"], start_new_session=True) as foreign,  # noqa: S607
    ):
        (tmp_path / str(left.pid)).write_text("")
        # Its number was ours once; now somebody else has it.
        (tmp_path / str(foreign.pid)).write_text("12345")

        killed = reap(str(tmp_path))

        assert left.wait(PATIENCE) == -signal.SIGKILL
        if sys.platform == "linux":
            assert (killed, foreign.poll()) == ([left.pid], None)
        foreign.kill()
    assert json.dumps(list(tmp_path.iterdir())) == "[]"
