"""Write docs/commands.md from the program and from docs/examples.yaml: `python3 run.py docs`."""
# ruff: noqa: INP001 - a folder of texts, no package

import shlex
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from mlacoach.cli.spec import Command, Parameter, specification

HERE = Path(__file__).parent
PAGE = HERE / "commands.md"
EXAMPLES = HERE / "examples.yaml"
REGENERATE = "python3 run.py docs"
HEAD = f"""# Commands

Written by `{REGENERATE}` from the program itself and from `examples.yaml`, and so not to be edited. A test runs every
example; those of a command follow on each other, in one home.

Before any command stands what goes for all of them: `mlacoach --pack FOLDER study`. `--help` after a command says what
stands here. Commands with `--json` print one document with `schema` and `schema_version`. Exit codes: 0 ok, 1 failure,
2 usage, 3 credentials, 4 a lab is not clean, 5 exam saved unfinished, 6 data damaged, 75 try again, 130 and 143
interrupted.

`mlacoach --install-completion` has bash, zsh and fish complete commands, flags and ids, from the next terminal on. The
first completion after an update takes a few seconds, every other one a blink.
"""


@dataclass(frozen=True, slots=True)
class Example:
    """What is typed after `mlacoach`, what it does, what is then typed to it, and the code that it leaves with.

    `aws` says that it asks the learner's AWS account; `given` are files put there first, and their sources.
    """

    run: str
    does: str
    typed: str = ""
    code: int = 0
    env: Mapping[str, str] = field(default_factory=dict)
    aws: bool = False
    given: Mapping[str, str] = field(default_factory=dict)

    @property
    def words(self) -> list[str]:
        """As a shell would split them."""
        return shlex.split(self.run)


def examples() -> Mapping[str, Sequence[Example]]:
    """The examples of each command, by its words; those of `mlacoach` alone by ""."""
    data: Mapping[str, list[dict[str, Any]]] = yaml.safe_load(EXAMPLES.read_text(encoding="utf-8"))
    return {name: [Example(**row) for row in rows] for name, rows in data.items()}


def page(root: Command, shown: Mapping[str, Sequence[Example]]) -> str:
    """The page as Markdown."""
    return "\n".join([HEAD, *(line for command in root.walk() for line in _section(command, shown))])


def _section(command: Command, shown: Mapping[str, Sequence[Example]]) -> Iterator[str]:
    depth = min(len(command.words), 2) + 1
    yield f"{'#' * max(depth, 2)} {' '.join(('mlacoach', *command.words))}\n"
    yield f"{command.help}\n"
    if command.commands and command.words:
        yield f"Below it: {', '.join(f'`{one.words[-1]}`' for one in command.commands)}.\n"
    if command.parameters:
        yield "| flag or argument | what it says |"
        yield "| --- | --- |"
        yield from (f"| {_cell(_flag(one))} | {_cell(_told(one))} |" for one in command.parameters)
        yield ""
    if command.name in shown:
        yield "```sh"
        yield from (f"{_line(one)}" for one in shown[command.name])
        yield "```\n"


def _flag(parameter: Parameter) -> str:
    if not parameter.flags:
        name = parameter.metavar + (" …" if parameter.many else "")
        return f"`{name}`" if parameter.required else f"`[{name}]`"
    value = f" {parameter.metavar}" if parameter.takes else ""
    return ", ".join(f"`{flag}{value}`" for flag in parameter.flags)


def _told(parameter: Parameter) -> str:
    told = [parameter.help]
    if parameter.takes and parameter.default not in {None, ""}:
        told.append(f"Without it: {parameter.default}.")
    if parameter.least is not None or parameter.most is not None:
        told.append(_bounds(parameter))
    return " ".join(part for part in told if part)


def _bounds(parameter: Parameter) -> str:
    if parameter.most is None:
        return f"At least {parameter.least:g}."
    return f"At most {parameter.most:g}." if parameter.least is None else f"{parameter.least:g} to {parameter.most:g}."


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


def _line(example: Example) -> str:
    return f"# {example.does}\n{' '.join(part for part in ('mlacoach', example.run) if part)}"


def main() -> int:
    """Write the page."""
    PAGE.write_text(page(specification(), examples()), encoding="utf-8")
    sys.stderr.write(f"{PAGE.name} is written.\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
