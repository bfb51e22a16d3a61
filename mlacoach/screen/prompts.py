"""Prompts of the set-up: with arrow keys, or in lines where redrawing is not wanted."""

import os
from collections.abc import Callable, Mapping

from rich.text import Text

from mlacoach.screen.ask import read_line
from mlacoach.screen.console import stdout

YES, NO = {"y", "yes"}, {"n", "no"}


def in_lines() -> bool:
    """A dumb terminal can't redraw, and a screen reader can't follow it."""
    return os.environ.get("TERM") == "dumb" or bool(os.environ.get("MLACOACH_ACCESSIBLE"))


def select(question: str, choices: Mapping[str, str], default: str) -> str:
    """One of the choices, by its name; `choices` gives what each is called."""
    if not in_lines():
        import questionary  # noqa: PLC0415 - 113 ms, and only for prompts

        options = [questionary.Choice(label, value=name) for name, label in choices.items()]
        # `unsafe_ask` lets Ctrl-C through; `ask` would turn it into an answer of None and go on.
        return str(questionary.select(question, options, default=default).unsafe_ask())
    names = list(choices)
    say(question)
    for number, label in enumerate(choices.values(), start=1):
        say(f"  {number})  {label}")
    typed = _line(f"Number (Enter for {names.index(default) + 1}): ", str(names.index(default) + 1), _number_to(names))
    return names[int(typed) - 1]


def text(question: str, default: str, fault: Callable[[str], str]) -> str:
    """A line that has no fault; `fault` says what is wrong with one, or nothing."""
    if not in_lines():
        import questionary  # noqa: PLC0415

        return str(questionary.text(question, default=default, validate=lambda line: fault(line) or True).unsafe_ask())
    keeps = f" (Enter for {default}, - for none)" if default else ""
    return _line(f"{question}{keeps}: ", default, fault)


def confirm(question: str) -> bool:
    """Yes or no; Enter means yes."""
    if not in_lines():
        import questionary  # noqa: PLC0415

        return bool(questionary.confirm(question, default=True).unsafe_ask())
    known = YES | NO
    return _line(
        f"{question} (y or n, Enter for y): ", "y", lambda line: "" if line.lower() in known else "y or n."
    ) in (YES)


def say(line: str) -> None:
    """A line between the prompts."""
    stdout().print(Text(line))


def _number_to(names: list[str]) -> Callable[[str], str]:
    def fault(line: str) -> str:
        return "" if line.isdecimal() and 1 <= int(line) <= len(names) else f"A number from 1 to {len(names)}."

    return fault


def _line(prompt: str, default: str, fault: Callable[[str], str]) -> str:
    while True:
        line = read_line(stdout(), prompt) or default
        line = "" if line == "-" else line
        wrong = fault(line)
        if not wrong:
            return line
        say(wrong)
