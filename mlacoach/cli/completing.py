"""Answer a shell that asks what a word may become, from an index that stands in the cache.

This runs at every press of the key, so it imports nothing that costs: typer alone would be half of the 120 ms, and the
content four times as much. The scripts that ask are typer's (`--install-completion`, `--show-completion`).
"""

import json
import os
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

from mlacoach.cli.places import cache, database

INDEX = "completions.json"
MOST_SITTINGS = 50
# A word and what it means; some have no meaning to tell.
Found = tuple[str, str]


def complete(instruction: str) -> bool:
    """Print what the word may become; False where the shell is one that typer has to answer.

    Args:
        instruction: `complete_` and the shell.
    """
    shell = SHELLS.get(instruction.removeprefix("complete_"))
    if shell is None:
        return False
    words, partial = _bash_words() if shell is _bash else _words()
    found = [one for one in candidates(index(), words, partial) if one[0].startswith(partial)]
    sys.stdout.write(shell(found))
    return True


def index() -> Mapping[str, Any]:
    """The commands and the ids, as they were when the code or the content last changed; made anew if they have."""
    path, stamp = cache() / INDEX, stamps()
    try:
        kept: Mapping[str, Any] = json.loads(path.read_bytes())
        if kept["stamps"] == stamp:
            return kept
    except (OSError, ValueError, KeyError, TypeError):
        pass  # not there yet, or cut short
    from mlacoach.cli.completion_index import make  # noqa: PLC0415 - it imports everything, once

    return make(path)


def stamps() -> list[str]:
    """What the index is made of: the modules of the commands, and what the last start left of the content."""
    found = [_stamp(entry) for entry in os.scandir(Path(__file__).parent) if entry.name.endswith(".py")]
    # There may have been no start yet.
    with suppress(OSError):
        found += [_stamp(entry) for entry in os.scandir(cache()) if entry.name.startswith("library-")]
    return sorted(found)


def _stamp(entry: "os.DirEntry[str]") -> str:
    status = entry.stat()
    return f"{entry.name} {status.st_size} {status.st_mtime_ns}"


def candidates(known: Mapping[str, Any], words: Sequence[str], partial: str) -> list[Found]:
    """What may stand after some words.

    Args:
        known: the index.
        words: those before, without the program's own.
        partial: how the word begins; it says only whether a flag is wanted.
    """
    command, pending = known["spec"], None
    given: list[str] = []
    used: set[str] = set()
    for word in words:
        if pending:
            pending = None
        elif word.startswith("-") and len(word) > 1:
            used.add(word)
            pending = _parameter(command, word)
        elif not given and _below(command, word):
            command, used = _below(command, word), set()
        else:
            given.append(word)
    if pending:
        return [(name, "") for name in _values(known, pending)]
    if partial.startswith("-"):
        return _flags(command, used)
    found = [] if given else [(one["command"].split()[-1], _summary(one)) for one in command["commands"]]
    return found + [(name, "") for name in _arguments(known, command, given)]


def _below(command: Mapping[str, Any], word: str) -> Mapping[str, Any] | None:
    return next((one for one in command["commands"] if one["command"].split()[-1] == word), None)


def _parameter(command: Mapping[str, Any], word: str) -> Mapping[str, Any] | None:
    """The option that takes a value from the next word."""
    return next((one for one in command["parameters"] if word in one["flags"] and one["takes"]), None)


def _flags(command: Mapping[str, Any], used: set[str]) -> list[Found]:
    free = [one for one in command["parameters"] if one["many"] or not used & set(one["flags"])]
    return [(flag, one["help"]) for one in free for flag in one["flags"] if flag.startswith("--")] + [
        ("--help", "Show what there is to say.")
    ]


def _arguments(known: Mapping[str, Any], command: Mapping[str, Any], given: Sequence[str]) -> Iterator[str]:
    if command["otherwise"]:
        command = _below(command, command["otherwise"]) or command
    arguments = [one for one in command["parameters"] if not one["flags"]]
    if not arguments:
        return
    last = arguments[-1]
    if len(given) < len(arguments):
        last = arguments[len(given)]
    elif not last["many"]:
        return
    yield from (name for name in _values(known, last) if name not in given)


def _values(known: Mapping[str, Any], parameter: Mapping[str, Any]) -> Iterator[str]:
    for value in parameter["values"]:
        if value.startswith("="):
            yield value[1:]
        elif value in {"items", "phases"}:
            yield from known[value].get(_track() or known["track"], ())
        elif value == "sittings":
            yield from _asked("SELECT id FROM sittings ORDER BY at DESC LIMIT ?", MOST_SITTINGS)
        else:
            yield from known["ids"][value]


def _track() -> str:
    return next(_asked("SELECT value FROM profile WHERE key = ?", "track"), "")


def _asked(query: str, value: object) -> Iterator[str]:
    """The first column of what the learner's file says; nothing where it can't be read."""
    import sqlite3  # noqa: PLC0415 - 8 ms

    try:
        connection = sqlite3.connect(f"{database().resolve().as_uri()}?mode=ro", uri=True)
        try:
            yield from [str(row[0]) for row in connection.execute(query, (value,))]
        finally:
            connection.close()
    except sqlite3.Error:
        return


def _summary(command: Mapping[str, Any]) -> str:
    return str(command["help"]).partition("\n")[0]


def _bash_words() -> tuple[list[str], str]:
    # The script joins them with line ends.
    words, place = _split(os.environ.get("COMP_WORDS", "")), int(os.environ.get("COMP_CWORD", "1"))
    return words[1:place], words[place] if place < len(words) else ""


def _words() -> tuple[list[str], str]:
    line = os.environ.get("_TYPER_COMPLETE_ARGS", "")
    words = _split(line)[1:]
    if not words or line[-1:].isspace():
        return words, ""
    return words[:-1], words[-1]


def _split(line: str) -> list[str]:
    import shlex  # noqa: PLC0415 - 3 ms

    try:
        return shlex.split(line)
    except ValueError:
        return line.split()  # a quotation mark is still open


def _bash(found: Iterable[Found]) -> str:
    return "".join(f"{word}\n" for word, _ in found)


def _zsh(found: Iterable[Found]) -> str:
    entries = [f'"{_escaped(word)}"' + (f':"{_escaped(told)}"' if told else "") for word, told in found]
    return f"_arguments '*: :(({chr(10).join(entries)}))'\n" if entries else "_files\n"


def _escaped(text: str) -> str:
    """As typer writes it: zsh evaluates the answer, within single and double quotation marks."""
    for sign, written in (('"', '""'), ("'", "''"), ("$", "\\$"), ("`", "\\`"), (":", r"\\:")):
        text = text.replace(sign, written)
    return text


def _fish(found: Iterable[Found]) -> str:
    lines = [f"{word}\t{' '.join(told.split())}" if told else word for word, told in found]
    if os.environ.get("_TYPER_COMPLETE_FISH_ACTION") == "is-args":
        # Only the exit code is heard: 1 has fish offer files.
        sys.exit(0 if lines else 1)
    return "".join(f"{line}\n" for line in lines)


SHELLS: Mapping[str, Callable[[Iterable[Found]], str]] = {"bash": _bash, "zsh": _zsh, "fish": _fish}
