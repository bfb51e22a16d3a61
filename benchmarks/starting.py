"""How soon the program starts, in CPU milliseconds, the best of five: `python -m benchmarks.starting`."""

import os
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.figures import Figure, missed, table

TRIES = 5
ROOT = Path(__file__).resolve().parent.parent
PROGRAM = ("-m", "mlacoach")
LOAD = """
from pathlib import Path
import sys
from mlacoach.content import load, own_pack
load([own_pack()], Path(sys.argv[1]))
"""
ENGINE = """
from mlacoach.learning import ability, domains, drift, score, selection, stopping
"""


def starting() -> list[Figure]:
    """The figures; a scratch home is made, and its content cache filled, before anything is measured."""
    with TemporaryDirectory() as home:
        # The first process writes the cache and the learner's file.
        cpu_ms(home, *PROGRAM, "study")
        python = best(home, "-c", "")
        cache = str(Path(home) / "cache")
        return [
            Figure("Python itself, ms", python),
            Figure("`mlacoach --help`, ms", best(home, *PROGRAM, "--help"), at_most=120),
            Figure("first question of `study`, content cached, ms", best(home, *PROGRAM, "study"), at_most=350),
            Figure("content from its cache, ms above Python", best(home, "-c", LOAD, cache) - python),
            Figure("the engine with NumPy, ms above Python", best(home, "-c", ENGINE) - python, at_most=200),
        ]


def best(home: str, *words: str) -> float:
    """The least CPU time of five processes."""
    return min(cpu_ms(home, *words) for _ in range(TRIES))


def cpu_ms(home: str, *words: str) -> float:
    """The CPU time of a Python with these words, with nothing on its standard input and its output thrown away.

    Raises:
        ChildProcessError: it failed.
    """
    path = os.pathsep.join([str(ROOT), *os.environ.get("PYTHONPATH", "").split(os.pathsep)])
    nothing = [(os.POSIX_SPAWN_OPEN, fd, os.devnull, os.O_RDWR, 0) for fd in (0, 1, 2)]
    environment = {**os.environ, "MLACOACH_HOME": home, "PYTHONPATH": path.rstrip(os.pathsep)}
    child = os.posix_spawn(sys.executable, [sys.executable, *words], environment, file_actions=nothing)
    _, status, usage = os.wait4(child, 0)
    if status:
        raise ChildProcessError(f"{' '.join(words)} ended with {os.waitstatus_to_exitcode(status)}")
    return (usage.ru_utime + usage.ru_stime) * 1000


def main() -> int:
    """Measure and print; 1 if a bar is missed."""
    run = [starting()]
    sys.stdout.write(f"{table(run)}\n")
    return 1 if missed(run) else 0


if __name__ == "__main__":
    sys.exit(main())
