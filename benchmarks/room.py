"""How fast the exam room is in a terminal, with a bank of 5,000 questions: `python -m benchmarks.room`.

Wall-clock time, from the start of the process and from the press of a key to the moment when the terminal has what is
to be seen: keep the machine quiet.
"""

import os
import re
import shutil
import statistics
import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import cycle
from pathlib import Path
from tempfile import TemporaryDirectory

import pexpect

from benchmarks.figures import Figure, missed, table
from mlacoach.store import Store

ROOT = Path(__file__).resolve().parent.parent
QUESTIONS = 5_000
STARTS = 9
KEYS = 120
PATIENCE = 120
# The last words of the first picture.
DRAWN = "help"
MIB = 1024
DISTURBING = (
    "NO_COLOR",
    "MLACOACH_NO_COLOR",
    "MLACOACH_ACCESSIBLE",
    "COLUMNS",
    "LINES",
    "PYTHONDONTWRITEBYTECODE",
)


def room(home: Path) -> list[Figure]:
    """The figures."""
    pack = home / "pack"
    (pack / "question_bank").mkdir(parents=True)
    first_paint(home, pack)
    shipped = sorted(first_paint(home, pack) for _ in range(STARTS))
    count = copy_bank(pack, QUESTIONS)
    # The first process reads every question; the next ones find them in the cache.
    cold = first_paint(home, pack)[0]
    warm = sorted(first_paint(home, pack) for _ in range(STARTS))
    presses, cpu, peak = pressed(home, pack)
    return [
        Figure(f"first paint, bank as it ships, median of {STARTS}, ms", shipped[STARTS // 2][0], at_most=600),
        Figure("  the least", shipped[0][0]),
        Figure("  the least CPU time", min(cpu for _, cpu in shipped)),
        Figure("questions in the large bank", count),
        Figure("first paint, large bank, nothing cached, ms", cold),
        Figure(f"first paint, large bank, median of {STARTS}, ms", warm[STARTS // 2][0], at_most=600),
        Figure("  the least", warm[0][0]),
        Figure("  the least CPU time", min(cpu for _, cpu in warm)),
        Figure(f"key to redraw, median of {len(presses)}, ms", statistics.median(presses), at_most=50),
        Figure("key to redraw, 95th percentile, ms", statistics.quantiles(presses, n=20)[-1], at_most=50),
        Figure("key to redraw, worst, ms", max(presses)),
        Figure("  CPU time of a key", cpu),
        Figure("peak memory, MB", peak, at_most=150),
    ]


def copy_bank(pack: Path, count: int) -> int:
    """Fill a pack with copies of the bank under new ids, up to so many questions with the bank's own; how many."""
    own = sorted((ROOT / "question_bank").rglob("*.yaml"))
    wanted = max(count - len(own), 0)
    for number, path in zip(range(wanted), cycle(own), strict=False):
        copy = pack / "question_bank" / path.parent.name / f"{path.stem}-{number // len(own)}.yaml"
        copy.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(path, copy)
    return wanted + len(own)


def first_paint(home: Path, pack: Path) -> tuple[float, float]:
    """Milliseconds from the start of the process to the end of its first picture, and its CPU time until then."""
    fresh(home)
    begin = time.perf_counter()
    child = sit(home, pack)
    child.expect_exact(DRAWN)
    taken, cpu = (time.perf_counter() - begin) * 1000, cpu_ms(child)
    leave(child)
    return taken, cpu


def fresh(home: Path) -> None:
    """A learner's file without an exam in it, as somebody has who has set everything up."""
    for path in home.glob("mlacoach.db*"):
        path.unlink()
    made = home / "made.db"
    if not made.exists():
        Store(made, datetime(2026, 11, 21, tzinfo=UTC)).close()
    shutil.copyfile(made, home / "mlacoach.db")


def cpu_ms(child: "pexpect.spawn[str]") -> float:
    """The CPU time of a process so far, in steps of 10 ms; nothing where there is no /proc."""
    stat = Path(f"/proc/{child.pid}/stat")
    if not stat.exists():
        return 0.0
    user, system = stat.read_text().rpartition(")")[2].split()[11:13]
    return (int(user) + int(system)) / os.sysconf("SC_CLK_TCK") * 1000


def pressed(home: Path, pack: Path) -> tuple[list[float], float, float]:
    """How many ms each key took until what it changes was drawn, the mean CPU time of a key, the peak memory in MB."""
    fresh(home)
    child = sit(home, pack)
    child.expect_exact(DRAWN)
    taken, before = [], cpu_ms(child)
    for key, shows in keys(KEYS):
        begin = time.perf_counter()
        child.send(key)
        child.expect(shows)
        taken.append((time.perf_counter() - begin) * 1000)
    cpu = (cpu_ms(child) - before) / len(taken)
    status = Path(f"/proc/{child.pid}/status")
    peak = int(re.findall(r"VmHWM:\s+(\d+) kB", status.read_text())[0]) / MIB if status.exists() else 0.0
    leave(child)
    return taken, cpu, peak


def keys(count: int) -> Iterator[tuple[str, str]]:
    """Flag (a commit), say how sure (a commit), page on (a commit and another question), each with what it shows."""
    for number in range(count // 3):
        yield "F", "· flagged"
        yield "C", re.escape("· sure")
        yield "n", f"Question {number + 2} of"


def sit(home: Path, pack: Path) -> "pexpect.spawn[str]":
    """Begin an exam in a terminal of 80x24."""
    words = ["-m", "mlacoach", "--pack", str(pack), "exam", "--timed", "--exam", "MLA-C01", "--seed", "1", "--yes"]
    ours = {
        "MLACOACH_HOME": str(home),
        "PYTHONPATH": str(ROOT),
        "TERM": "xterm-256color",
        # An installed program is compiled.
        "PYTHONPYCACHEPREFIX": str(home / "compiled"),
    }
    environment = {name: value for name, value in os.environ.items() if name not in DISTURBING} | ours
    child = pexpect.spawn(
        sys.executable, words, env=environment, dimensions=(24, 80), encoding="utf-8", timeout=PATIENCE
    )
    # As fast as somebody can type.
    child.delaybeforesend = None
    return child


def leave(child: "pexpect.spawn[str]") -> None:
    """Save and leave."""
    child.send("\x03")
    child.expect_exact("Save and leave?")
    child.send("y")
    child.expect_exact(pexpect.EOF)
    child.close()


def main() -> int:
    """Measure and print; 1 if a bar is missed."""
    with TemporaryDirectory() as folder:
        run = [room(Path(folder))]
    sys.stdout.write(f"{table(run)}\n")
    return 1 if missed(run) else 0


if __name__ == "__main__":
    sys.exit(main())
