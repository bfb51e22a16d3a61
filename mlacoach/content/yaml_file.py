"""Read one YAML file safely, and know on which line each value stands.

Only plain data: no objects, no anchors (a few lines of aliases unfold into gigabytes), no key given twice (YAML itself
keeps the last one silently), no more than 100 levels (the C loader calls itself for each, and some ten thousand end
the process).
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml
from yaml.events import CollectionEndEvent, CollectionStartEvent
from yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from mlacoach.content.faults import Fault, Loc
from mlacoach.content.text_file import read_text

DEEPEST = 100
# A level takes a bracket or a column (two, if a list stands in the column of its key): so most files are known to be
# flat without a look at them.
SURELY_FLAT = 1000
# 1:1:1:... is a number to YAML, and a long one takes minutes.
LONGEST_NUMBER = 50

_TEXT = "tag:yaml.org,2002:str"

# The C loader is ten times faster; a PyYAML built without it still works.
_LOADER: type[Any] = getattr(yaml, "CSafeLoader", yaml.SafeLoader)

# What PyYAML lets through when a value does not fit its tag.
_MISFITS = (ArithmeticError, AttributeError, LookupError, RecursionError, ValueError)


@dataclass(slots=True)
class YamlFile:
    """What a file holds: `data` is None when it could not be read, and `faults` says why."""

    path: Path
    data: Any = None
    faults: list[Fault] = field(default_factory=list)
    first_line: int = 1
    node: Node | None = None

    def line(self, loc: Loc) -> int:
        """The line of the value at `loc` (keys and indexes from the top), or of what comes nearest above it.

        A word leads into a list to the entry that has it as its `id`.
        """
        node, line = self.node, self.first_line
        for step in loc:
            found = _child(node, step)
            if found is None:
                break
            node, line = found[0], self.first_line + found[1]
        return line

    def fault(self, loc: Loc, rule: str, sentence: str) -> Fault:
        """A fault at the line of `loc`."""
        return Fault(self.path, self.line(loc), rule, sentence)


def read_yaml(path: Path) -> YamlFile:
    """Read a whole file as YAML."""
    file = YamlFile(path)
    text = read_text(path)
    if isinstance(text, Fault):
        file.faults.append(text)
    else:
        parse(file, text)
    return file


def parse(file: YamlFile, text: str, first_line: int = 1) -> None:
    """Parse `text`, which begins on `first_line` of the file, into `file`."""
    file.first_line = first_line
    loader = _LOADER(text)
    try:
        line = _too_deep(text)
        if line is not None:
            sentence = f"Values are nested more than {DEEPEST} levels deep."
            file.faults.append(Fault(file.path, first_line + line, "yaml", sentence))
            return
        file.node = loader.get_single_node()
        if file.node is not None:
            file.faults.extend(_node_faults(file, loader, file.node))
            file.data = None if file.faults else loader.construct_document(file.node)
        if file.data is None and not file.faults:
            file.faults.append(Fault(file.path, first_line, "empty", "The file holds nothing."))
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line = first_line + (mark.line if mark else 0)
        problem = error.problem or error.context or "cannot be parsed"
        file.faults.append(Fault(file.path, line, "yaml", f"Not valid YAML: {problem}."))
    except (yaml.YAMLError, *_MISFITS) as error:
        file.faults.append(Fault(file.path, first_line, "yaml", f"Not valid YAML: {_first_line(error)}."))
    finally:
        loader.dispose()


def _first_line(error: Exception) -> str:
    return str(error).partition("\n")[0].rstrip(".:")


def _too_deep(text: str) -> int | None:
    """The line, from 0, on which values are nested too deep."""
    if 2 * max(map(len, text.splitlines()), default=0) + text.count("[") + text.count("{") <= SURELY_FLAT:
        return None
    loader, depth = _LOADER(text), 0
    try:
        while loader.check_event():
            event = loader.get_event()
            depth += isinstance(event, CollectionStartEvent) - isinstance(event, CollectionEndEvent)
            if depth > DEEPEST:
                line: int = event.start_mark.line
                return line
    finally:
        loader.dispose()
    return None


def _node_faults(file: YamlFile, loader: Any, root: Node) -> list[Fault]:  # noqa: ANN401 - C or Python
    faults: list[Fault] = []
    seen: set[int] = set()
    waiting = [root]
    while waiting:
        node = waiting.pop()
        line = file.first_line + node.start_mark.line
        if id(node) in seen:
            faults.append(Fault(file.path, line, "alias", "Anchors and aliases are not used here; write it out."))
            continue
        seen.add(id(node))
        if isinstance(node, MappingNode):
            faults.extend(_twice(file, node))
            waiting.extend(part for pair in node.value for part in pair)
        elif isinstance(node, SequenceNode):
            waiting.extend(node.value)
        elif node.tag != _TEXT:
            faults.extend(_misfit(file, loader, node))
    return faults


def _misfit(file: YamlFile, loader: Any, node: Node) -> Iterator[Fault]:  # noqa: ANN401 - C or Python
    """The value that looks like a number, a date or what its tag says, and is none: 2026-02-30."""
    line = file.first_line + node.start_mark.line
    if len(node.value) > LONGEST_NUMBER:
        yield Fault(file.path, line, "yaml", f"Not valid YAML: {node.value[:20]}... is too long for a number.")
        return
    try:
        loader.construct_object(node)
    except _MISFITS as error:
        yield Fault(file.path, line, "yaml", f"Not valid YAML: {node.value} does not fit ({_first_line(error)}).")


def _twice(file: YamlFile, node: MappingNode) -> list[Fault]:
    faults = []
    keys: set[str] = set()
    for key, _ in node.value:
        line = file.first_line + key.start_mark.line
        if not isinstance(key, ScalarNode):
            faults.append(Fault(file.path, line, "yaml", "A key is one word, no list and no mapping."))
            continue
        if key.value in keys:
            faults.append(Fault(file.path, line, "duplicate-key", f"The key {key.value!r} is given twice."))
        keys.add(key.value)
    return faults


def _child(node: Node | None, step: str | int) -> tuple[Node, int] | None:
    if isinstance(node, MappingNode):
        for key, value in node.value:
            if isinstance(key, ScalarNode) and key.value == str(step):
                return value, key.start_mark.line
    elif isinstance(node, SequenceNode):
        for position, entry in enumerate(node.value):
            if step in (position, _id(entry)):
                return entry, entry.start_mark.line
    return None


def _id(node: Node) -> str | None:
    if not isinstance(node, MappingNode):
        return None
    return next((value.value for key, value in node.value if key.value == "id"), None)
