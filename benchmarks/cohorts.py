"""How long a report on ten million answers takes, and how much memory: `python -m benchmarks.cohorts`."""

import os
import sys
import time
from pathlib import Path
from tempfile import TemporaryDirectory

import duckdb

from benchmarks.figures import Figure, missed, table
from mlacoach.content import load, own_pack

LEARNERS = 20_000
ANSWERS = 10_000_000
KILOBYTES = 1024**2
# Abilities and difficulties from -2 to 2, and four options a question; hashes draw the lots.
SIMULATION = """
COPY (
    SELECT printf('%016x', hash(person)) AS learner, question, CAST(lot < right_at AS INTEGER) AS correct,
        CASE WHEN lot < right_at THEN 'a' ELSE chr(98 + CAST(hash(person, place, 3) % 3 AS INTEGER)) END AS response
    FROM (
        SELECT people.person, question, place, hash(people.person, place, 1) % 1000000 / 1e6 AS lot,
            1 / (1 + exp(hash(place) % 1000 / 250.0 - hash(people.person) % 1000 / 250.0)) AS right_at
        FROM (SELECT range AS person FROM range({learners})) AS people, questions
        WHERE hash(people.person, place, 2) % 1000000 < {most}
    ) AS drawn LIMIT {answers}
) TO '{path}' (HEADER)
"""


def cohorts(folder: Path) -> list[Figure]:
    """The figures, of a simulated cohort as one CSV and as Parquet."""
    text, segment = folder / "cohort.csv", folder / "cohort.parquet"
    simulate(text, folder / "cache")
    run(folder, "cohort", "merge", str(text), "--to", str(segment))
    figures = []
    for path in (text, segment):
        wall, cpu, memory = run(folder, "cohort", "report", str(path), "--json")
        name = f"report on {ANSWERS:,} answers, {path.suffix}"
        figures += [
            Figure(f"{name}: seconds", wall, at_most=20),
            Figure("  CPU seconds", cpu),
            Figure("  GB of memory at most", memory, at_most=2),
        ]
    return figures


def simulate(path: Path, cache: Path) -> None:
    """Write the answers of a cohort to the bank's questions."""
    names = list(load([own_pack()], cache).library.questions)
    with duckdb.connect(config={"memory_limit": "2GB"}) as connection:
        connection.execute(
            "CREATE TABLE questions AS SELECT unnest($1) AS question, unnest(range(len($1))) AS place", [names]
        )
        # A little more is drawn than is kept.
        most = round(1.01e6 * ANSWERS / LEARNERS / len(names))
        sql = SIMULATION.format(learners=LEARNERS, most=most, answers=ANSWERS, path=path)
        connection.execute(sql)


def run(home: Path, *words: str) -> tuple[float, float, float]:
    """Seconds, CPU seconds and gigabytes that a process of the program took.

    Raises:
        ChildProcessError: it failed.
    """
    begin = time.perf_counter()
    environment = {**os.environ, "MLACOACH_HOME": str(home)}
    quiet = [(os.POSIX_SPAWN_OPEN, 1, os.devnull, os.O_WRONLY, 0)]
    command = [sys.executable, "-m", "mlacoach", *words]
    _, status, usage = os.wait4(os.posix_spawn(sys.executable, command, environment, file_actions=quiet), 0)
    if status:
        raise ChildProcessError(f"{' '.join(words)} ended with {os.waitstatus_to_exitcode(status)}")
    return time.perf_counter() - begin, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / KILOBYTES


def main() -> int:
    """Measure and print; 1 if a bar is missed."""
    with TemporaryDirectory() as folder:
        figures = [cohorts(Path(folder))]
    sys.stdout.write(f"{table(figures)}\n")
    return 1 if missed(figures) else 0


if __name__ == "__main__":
    sys.exit(main())
