"""Every command and flag as data: for `--spec`, for completions, and for docs/commands.md."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from inspect import cleandoc
from pathlib import Path
from typing import Any, get_args, get_origin

import typer
from typer.core import TyperGroup, TyperOption

NAMES: Mapping[object, str] = {str: "text", int: "integer", float: "number", Path: "path"}
# What a parameter of this name takes: the ids of a kind of content, or words. Where the name means something else in a
# command, the command stands before it.
VALUES: Mapping[str, str | tuple[str, ...]] = {
    "lab_id": "labs",
    "question_id": "questions",
    "interview question_id": "interviews",
    "ids": "questions",
    "item": "items",
    "items": "items",
    "phase": "phases",
    "track": "tracks",
    "sitting": "sittings",
    "wanted": "lessons",
    "project_id": "projects",
    "names": "comparisons",
    "comparison_id": "comparisons",
    "deck": "decks",
    "code": "exams",
    "exam": "exams",
    "domain": "domains",
    "task": "tasks",
    "skill": "skills",
    "topic": "topics",
    "study topic": ("topics", "skills"),
    "exam form": ("=standard", "=beta"),
    "study only": ("=reviews", "=lesson", "=quiz", "=cards"),
    "target": ("=sandbox", "=aws"),
    "lab list state": ("=done", "=open"),
    "engine": ("=duckdb", "=athena"),
    "project list kind": ("=mini", "=hands-on", "=portfolio", "=capstone"),
    "interview kind": ("=easy", "=moderate", "=likely", "=behavioural"),
    "sandbox env shell": ("=sh", "=fish", "=powershell"),
    "bank export form": ("=jsonl", "=csv", "=gift"),
    "bank new kind": ("=multiple-choice", "=multiple-response", "=ordering", "=matching"),
}


@dataclass(frozen=True, slots=True)
class Parameter:
    """A flag, an option with a value, or an argument.

    `flags` are the words that set it, none for an argument; `takes` is text, integer, number or path, "" for a flag;
    `values` are kinds of content, and words after a =.
    """

    name: str
    flags: tuple[str, ...]
    takes: str
    metavar: str
    many: bool
    required: bool
    default: object
    least: float | None
    most: float | None
    help: str
    values: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Command:
    """A command by its words, those below it, and the one of these that is meant where none is named."""

    words: tuple[str, ...]
    help: str
    parameters: tuple[Parameter, ...]
    commands: tuple["Command", ...]
    otherwise: str | None
    alone: bool

    @property
    def name(self) -> str:
        """Its words, with blanks."""
        return " ".join(self.words)

    def walk(self) -> Iterator["Command"]:
        """This one and every one below it."""
        yield self
        for command in self.commands:
            yield from command.walk()


def specification() -> Command:
    """The whole program; imports every command."""
    from mlacoach.cli.program import app  # noqa: PLC0415 - it is what imports us, for --spec

    return _command(typer.main.get_command(app), ())


def as_data(command: Command) -> dict[str, object]:
    """A command and all below it, for JSON."""
    return {
        "command": command.name,
        "help": command.help,
        "alone": command.alone,
        "otherwise": command.otherwise,
        "parameters": [_as_data(parameter) for parameter in command.parameters],
        "commands": [as_data(one) for one in command.commands],
    }


def _as_data(parameter: Parameter) -> dict[str, object]:
    return {name: getattr(parameter, name) for name in Parameter.__slots__}


def _command(command: Any, words: tuple[str, ...]) -> Command:  # noqa: ANN401 - typer's click has no public name
    group = isinstance(command, TyperGroup)
    below = [(name, command.get_command(None, name)) for name in (command.list_commands(None) if group else ())]
    return Command(
        words=words,
        help=cleandoc(command.help or ""),
        parameters=tuple(_parameter(one, words) for one in command.params if not one.hidden),
        commands=tuple(_command(one, (*words, name)) for name, one in below if not one.hidden),
        otherwise=getattr(command, "otherwise", None),
        # A group that only holds others does nothing by itself.
        alone=not group or bool(command.invoke_without_command),
    )


def _parameter(parameter: Any, words: tuple[str, ...]) -> Parameter:  # noqa: ANN401
    annotation, many = parameter.type_descriptor.annotation, parameter.multiple or parameter.nargs == -1
    if get_origin(annotation) is list:
        annotation = get_args(annotation)[0]
    flag = isinstance(parameter, TyperOption) and bool(parameter.is_flag)
    option = isinstance(parameter, TyperOption)
    default = parameter.default
    return Parameter(
        name=parameter.name,
        flags=(*parameter.opts, *parameter.secondary_opts) if option else (),
        takes="" if flag else NAMES.get(annotation, "text"),
        metavar="" if flag else (parameter.metavar or parameter.name.upper()).strip("[].…"),
        many=many,
        required=parameter.required,
        default=default if isinstance(default, bool | int | float | str) else None,
        least=parameter.min,
        most=parameter.max,
        help=parameter.help or "",
        values=_values(parameter.name, words),
    )


def _values(name: str, words: tuple[str, ...]) -> tuple[str, ...]:
    for known in (f"{' '.join(words)} {name}", f"{' '.join(words[:1])} {name}", name):
        if known in VALUES:
            values = VALUES[known]
            return (values,) if isinstance(values, str) else values
    return ()
