"""The program as a person uses it: a process of its own with a home of its own.

Everything a process was told and said is printed, which pytest shows when a test fails.
"""

import json
import os
import re
import select
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

from mlacoach.curriculum.questions import Choice, Matching, Ordering, Question
from mlacoach.store import Store
from tests.launcher import Launched, can_launch, launcher
from tests.shipped import shipped, warm_cache

COMMAND = (sys.executable, "-W", "error", "-m", "mlacoach")
# Read anew each time, so that a test moves the clock of a program that runs.
MOVED_CLOCK = """
import sys
from datetime import datetime
from pathlib import Path
from mlacoach.cli import context, main
context.clock = lambda: datetime.fromisoformat(Path({path!r}).read_text())
main()
"""
# So wide that no line of the content is broken.
WIDE = "4000"
PATIENCE = 120
PROMPTS = ("(h for help): ", "Enter goes on: ", "Enter leaves it: ", "Type yes: ")
HEADING = re.compile(
    r"^((?:Gate question|Question|Review) (\d+) of (?:at most )?(\d+)( \(flagged\))?)\s*$", re.MULTILINE
)
ENTRY = re.compile(r"^  ([a-z1-9])\)  (.*?)\s*$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Finished:
    """How a process ended and what it said."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:  # noqa: ANN401 - any document
        return json.loads(self.out)


@dataclass(slots=True)
class Program:
    """`mlacoach` with one home. `now` moves its clock; None leaves it the real one.

    The home has the learner's file already, which saves each process 0.1 s; `fresh` leaves it out.
    """

    home: Path
    fresh: bool = False
    now: datetime | None = None
    env: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        folder = self.home / "cache"
        folder.mkdir(parents=True, exist_ok=True)
        for name, data in warm_cache().items():
            (folder / name).write_bytes(data)
        if not self.fresh:
            Store(self.database, datetime.now(UTC)).close()

    @property
    def database(self) -> Path:
        return self.home / "mlacoach.db"

    def run(
        self,
        *words: str,
        typed: str = "",
        code: int = 0,
        env: Mapping[str, str] | None = None,
        **more: Any,  # noqa: ANN401
    ) -> Finished:
        """Run to the end, with `typed` on stdin; it must leave with `code`.

        It is forked from a launcher, unless it is told `more`, which only a process that starts from nothing can take.
        """
        if more or not can_launch(env or {}):
            finished = self._run_from_nothing(words, typed, env, more)
        else:
            with self.start(*words, env=env) as running:
                finished = running.ended(typed)
        _show(words, typed, finished)
        assert finished.code == code, f"{words} left with {finished.code}, not {code}:\n{finished.err}"
        return finished

    def _run_from_nothing(
        self, words: tuple[str, ...], typed: str, env: Mapping[str, str] | None, more: Mapping[str, Any]
    ) -> Finished:
        process = subprocess.run(
            self.command(*words),
            check=False,
            capture_output=True,
            input=typed,
            encoding="utf-8",
            env=self.environment(env),
            timeout=PATIENCE,
            **more,
        )
        return Finished(process.returncode, process.stdout, process.stderr)

    @contextmanager
    def start(self, *words: str, env: Mapping[str, str] | None = None) -> Iterator["Running"]:
        """Run with somebody who reads and types."""
        with tempfile.TemporaryFile("w+", encoding="utf-8") as errors:
            running = Running(self._started(words, env, errors), words, errors)
            try:
                yield running
            finally:
                running.kill()

    def _started(
        self,
        words: tuple[str, ...],
        env: Mapping[str, str] | None,
        errors: Any,  # noqa: ANN401
    ) -> "subprocess.Popen[bytes] | Launched":
        if can_launch(env or {}):
            return launcher().launch(words, self._clock(), self.environment(env), errors)
        return subprocess.Popen(
            self.command(*words),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=errors,
            env=self.environment(env),
            bufsize=0,
        )

    def command(self, *words: str) -> list[str]:
        """The command line; with another clock, a program that replaces the one function which reads it."""
        clock = self._clock()
        if clock is None:
            return [*COMMAND, *words]
        return [*COMMAND[:3], "-c", MOVED_CLOCK.format(path=str(clock)), *words]

    def _clock(self) -> Path | None:
        """The file that says what time it is; None for the real time."""
        if self.now is None:
            return None
        self.set_clock(self.now)
        return self.home / "clock"

    def set_clock(self, now: datetime) -> None:
        """Move the clock, also of a program that runs."""
        self.now = now
        clock = self.home / "clock"
        clock.with_suffix(".new").write_text(now.isoformat())
        clock.with_suffix(".new").replace(clock)

    def environment(self, more: Mapping[str, str] | None = None) -> dict[str, str]:
        """What the process sees: the tests' own environment, less what changes how things are drawn."""
        drawing = ("NO_COLOR", "MLACOACH_NO_COLOR", "MLACOACH_ACCESSIBLE", "COLUMNS", "LINES", "FORCE_COLOR")
        inherited = {name: value for name, value in os.environ.items() if name not in drawing}
        ours = {"MLACOACH_HOME": str(self.home), "COLUMNS": WIDE, "TERM": "xterm-256color", "TZ": "UTC"}
        # No terminal of ours says where its cursor is, and each prompt would wait a second for that.
        ours["PROMPT_TOOLKIT_NO_CPR"] = "1"
        return {**inherited, **ours, **self.env, **(more or {})}

    def rows(self, query: str, *values: object) -> list[Any]:
        """What an independent connection reads from the learner's file."""
        connection = sqlite3.connect(f"file:{self.database}?mode=ro", uri=True, isolation_level=None)
        try:
            return connection.execute(query, values).fetchall()
        finally:
            connection.close()


class Running:
    """A process that is read and typed to."""

    def __init__(self, process: "subprocess.Popen[bytes] | Launched", words: Iterable[str], errors: Any) -> None:  # noqa: ANN401
        self.process = process
        self.said = ""
        self._words = tuple(words)
        self._errors = errors
        self._raw = b""

    def until_prompt(self) -> str:
        """Read until it asks; what it said since the last time. Shorter if it ended instead."""
        start = len(self.said)
        deadline = time.monotonic() + PATIENCE
        while not self.said[start:].endswith(PROMPTS):
            if not self._read(deadline):
                break
        return self.said[start:]

    def question(self) -> "Shown":
        """Read until it asks, and take the question that is shown."""
        return read_question(self.until_prompt())

    def type(self, line: str) -> None:
        """Type a line."""
        assert self.process.stdin is not None
        self.process.stdin.write(f"{line}\n".encode())

    def ask(self, line: str) -> str:
        """Type a line and read until it asks again."""
        self.type(line)
        return self.until_prompt()

    def finish(self, code: int = 0, typed: str = "") -> Finished:
        """Type the last lines, close the input, and read to the end; it must leave with `code`."""
        finished = self.ended(typed)
        assert finished.code == code, f"{self._words} left with {finished.code}, not {code}:\n{finished.err}"
        return finished

    def ended(self, typed: str | None = None) -> Finished:
        """Read to the end; before, type the last lines and close the input."""
        assert self.process.stdin is not None
        if typed is not None:
            # Who has left reads no more.
            with suppress(BrokenPipeError):
                self.process.stdin.write(typed.encode())
            self.process.stdin.close()
        deadline = time.monotonic() + PATIENCE
        while self._read(deadline):
            pass
        self.process.wait(PATIENCE)
        self._errors.seek(0)
        return Finished(self.process.returncode, self.said, self._errors.read())

    def kill(self) -> None:
        """End it with SIGKILL if it still runs; what it had said before is read."""
        self.process.kill()
        finished = self.ended()
        for stream in (self.process.stdin, self.process.stdout):
            assert stream is not None
            stream.close()
        _show(self._words, "", finished)

    def _read(self, deadline: float) -> bool:
        stdout = self.process.stdout
        assert stdout is not None
        if stdout.closed:
            return False
        ready, _, _ = select.select([stdout], [], [], max(deadline - time.monotonic(), 0))
        assert ready, f"{self._words} said nothing for {PATIENCE} s after:\n{self.said[-2000:]}"
        data = os.read(stdout.fileno(), 65536)
        self._raw += data
        self.said = self._raw.decode("utf-8", "ignore")
        return bool(data)


@dataclass(frozen=True, slots=True)
class Shown:
    """A question as it was shown. `right` and `wrong` are what to type; `parts` are the ids of what is lettered."""

    question: Question
    heading: str
    number: int
    count: int
    flagged: bool
    right: str
    wrong: str
    parts: Mapping[str, str]

    def answer(self, line: str) -> list[str]:
        """The part ids that a typed line means."""
        return ["=".join(self.parts[sign] for sign in word) for word in line.split()]


def read_question(text: str) -> Shown:
    """The last question that the text shows."""
    headings = list(HEADING.finditer(text))
    assert headings, f"No question is shown in:\n{text}"
    last = headings[-1]
    entries = dict(ENTRY.findall(text[last.end() :]))
    # Two questions may offer the same options, and have stems of their own.
    alike = _by_parts()[frozenset(entries.values())]
    question = next(one for one in alike if one.stem in text[last.end() :])
    letters = {part: sign for sign, part in entries.items()}
    right, wrong = _lines(question, letters)
    parts = {letters[part.text]: part.id for part in question.body.parts}
    return Shown(question, last[1], int(last[2]), int(last[3]), bool(last[4]), right, wrong, parts)


def _lines(question: Question, letters: Mapping[str, str]) -> tuple[str, str]:
    body = question.body
    signs = {part.id: letters[part.text] for part in body.parts}
    if isinstance(body, Choice):
        right = sorted(signs[part] for part in body.key)
        others = sorted(set(signs.values()) - set(right))
        return " ".join(right), " ".join([*right[1:], others[0]])
    if isinstance(body, Ordering):
        right = [signs[part] for part in body.right_order]
        return " ".join(right), " ".join(reversed(right))
    assert isinstance(body, Matching)
    pairs = dict(pair.split("=", 1) for pair in body.pairs)
    answers = {prompt.id: letters[_response(body, pairs[prompt.id])] for prompt in body.prompts}
    elsewhere = dict(zip(answers, [*list(answers.values())[1:], "a"], strict=True))
    assert elsewhere != answers
    return (
        " ".join(f"{signs[prompt]}{letter}" for prompt, letter in answers.items()),
        " ".join(f"{signs[prompt]}{letter}" for prompt, letter in elsewhere.items()),
    )


def _response(body: Matching, name: str) -> str:
    return next(response.text for response in body.responses if response.id == name)


@cache
def _by_parts() -> dict[frozenset[str], list[Question]]:
    alike: dict[frozenset[str], list[Question]] = {}
    for question in shipped().library.questions.values():
        alike.setdefault(frozenset(part.text for part in question.body.parts), []).append(question)
    return alike


def _show(words: Iterable[str], typed: str, finished: Finished) -> None:
    print(f"$ mlacoach {' '.join(words)}  (left with {finished.code}; typed {typed!r})")  # noqa: T201
    print(finished.out)  # noqa: T201
    print(f"--- stderr ---\n{finished.err}")  # noqa: T201
