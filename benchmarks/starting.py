"""How soon the program starts, in CPU milliseconds, the best of nine: `python -m benchmarks.starting`."""

import os
import sys
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory

from benchmarks.figures import Figure, missed, table
from benchmarks.large import answer, copy_bank

TRIES = 9
QUESTIONS = 1_000
ANSWERS = 100_000
ROOT = Path(__file__).resolve().parent.parent
PROGRAM = ("-m", "mlacoach")
LOAD = """
from pathlib import Path
import sys
from mlacoach.content import load, own_pack
cache, *packs = map(Path, sys.argv[1:])
loaded = load(packs or [own_pack()], cache)
"""
BUILD = f"{LOAD}list(loaded.library.questions.values())\n"
COMPLETION = """
import os
os.environ.update(_MLACOACH_COMPLETE="complete_bash", COMP_WORDS="mlacoach bank show a", COMP_CWORD="3")
from mlacoach.cli import main
main()
"""
ENGINE = """
from mlacoach.learning import ability, domains, drift, score, selection, stopping
"""


def starting() -> list[Figure]:
    """The figures; a scratch home is made, and its content cache filled, before anything is measured."""
    with TemporaryDirectory() as folder:
        home = f"{folder}/home"
        python = best(home, "-c", "")
        study = best(home, *PROGRAM, "study")
        answer(Path(home), ANSWERS, Random(1))
        return [
            Figure("Python itself, ms", python),
            Figure("`mlacoach --help`, ms", best(home, *PROGRAM, "--help"), at_most=120),
            Figure("completion of a question's id, ms", best(home, "-c", COMPLETION), at_most=120),
            Figure("first question of `study`, content cached, ms", study, at_most=350),
            Figure(f"  after {ANSWERS:,} answers", best(home, *PROGRAM, "study"), at_most=350),
            *loading(home, Path(folder) / "pack", python),
            Figure("the engine with NumPy, ms above Python", best(home, "-c", ENGINE) - python, at_most=200),
        ]


def loading(home: str, pack: Path, python: float) -> list[Figure]:
    """How long content takes from its cache; `python` is what Python itself takes."""
    cache = f"{home}/cache"
    (pack / "question_bank").mkdir(parents=True)
    count = copy_bank(pack, QUESTIONS)
    large = (cache, str(ROOT), str(pack))
    return [
        Figure("content from its cache, ms above Python", best(home, "-c", LOAD, cache) - python),
        Figure(
            f"{count:,} questions from their cache, ms above Python",
            best(home, "-c", LOAD, *large) - python,
            at_most=150,
        ),
        Figure("  and every question of them built", best(home, "-c", BUILD, *large) - python),
    ]


def best(home: str, *words: str) -> float:
    """The least CPU time of some processes, after a first one that compiles, and writes the cache and the file."""
    cpu_ms(home, *words)
    return min(cpu_ms(home, *words) for _ in range(TRIES))


def cpu_ms(home: str, *words: str) -> float:
    """The CPU time of a Python with these words, with nothing on its standard input and its output thrown away.

    Raises:
        ChildProcessError: it failed.
    """
    path = os.pathsep.join([str(ROOT), *os.environ.get("PYTHONPATH", "").split(os.pathsep)])
    nothing = [(os.POSIX_SPAWN_OPEN, fd, os.devnull, os.O_RDWR, 0) for fd in (0, 1, 2)]
    # An installed program is compiled.
    ours = {"MLACOACH_HOME": home, "PYTHONPATH": path.rstrip(os.pathsep), "PYTHONPYCACHEPREFIX": f"{home}/compiled"}
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"} | ours
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
