"""The program called in the tests' own process, which saves the start of another."""

import json
import sys
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest

from mlacoach.cli import main


@dataclass(frozen=True, slots=True)
class Ended:
    """With what it left, and what it said."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:  # noqa: ANN401 - any document
        return json.loads(self.out)


Run = Callable[..., Ended]


def caller(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """A function that takes the words of a command, as the entry point does, and the code that it must leave with."""

    def call(*words: str, code: int = 0) -> Ended:
        monkeypatch.setattr(sys, "argv", ["mlacoach", *words])
        with pytest.raises(SystemExit) as left:
            main()
        ended = Ended(int(left.value.code or 0), *capsys.readouterr())
        assert ended.code == code, ended
        return ended

    # The tests' own handlers stay.
    monkeypatch.setattr("mlacoach.cli._leave_on_signals", lambda: None)
    return call
