"""Read one YAML file safely, and know on which line each value stands.

Only plain data: no tags, no anchors (a few lines of aliases unfold into gigabytes), no key given twice (YAML itself
keeps the last one silently), at most 512 kB.
"""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml
from yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from mlacoach.content.faults import Fault, Loc

LARGEST = 512 * 1024

# The C loader is ten times faster; a PyYAML built without it still works.
_LOADER: type[Any] = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


@dataclass(slots=True)
class YamlFile:
    """What a file holds: `data` is None when it could not be read, and `faults` says why."""

    path: Path
    data: Any = None
    faults: list[Fault] = field(default_factory=list)
    first_line: int = 1
    node: Node | None = None

    def line(self, loc: Loc) -> int:
        """The line of the value at `loc` (keys and indexes from the top), or of what comes nearest above it."""
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
    try:
        if path.stat().st_size > LARGEST:
            file.faults.append(Fault(path, 1, "too-large", f"A content file may have {LARGEST // 1024} kB at most."))
            return file
        text = path.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        file.faults.append(Fault(path, 1, "not-utf8", f"Save the file as UTF-8 (byte {error.start} is not)."))
        return file
    except OSError as error:
        file.faults.append(Fault(path, 1, "unreadable", f"The file cannot be read: {error.strerror}."))
        return file
    parse(file, text)
    return file


def parse(file: YamlFile, text: str, first_line: int = 1) -> None:
    """Parse `text`, which begins on `first_line` of the file, into `file`."""
    file.first_line = first_line
    loader = _LOADER(text)
    try:
        node = loader.get_single_node()
        if node is None:
            file.faults.append(Fault(file.path, first_line, "empty", "The file holds nothing."))
            return
        file.node = node
        file.faults.extend(_node_faults(file, node))
        if not file.faults:
            file.data = loader.construct_document(node)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line = first_line + (mark.line if mark else 0)
        problem = error.problem or error.context or "cannot be parsed"
        file.faults.append(Fault(file.path, line, "yaml", f"Not valid YAML: {problem}."))
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        file.faults.append(Fault(file.path, first_line, "yaml", f"Not valid YAML: {error}."))
    finally:
        loader.dispose()


def _node_faults(file: YamlFile, root: Node) -> list[Fault]:
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
            waiting.extend(value for _, value in node.value)
        elif isinstance(node, SequenceNode):
            waiting.extend(node.value)
    return faults


def _twice(file: YamlFile, node: MappingNode) -> list[Fault]:
    faults = []
    keys: set[str] = set()
    for key, _ in node.value:
        name = key.value if isinstance(key, ScalarNode) else str(key)
        if name in keys:
            line = file.first_line + key.start_mark.line
            faults.append(Fault(file.path, line, "duplicate-key", f"The key {name!r} is given twice."))
        keys.add(name)
    return faults


def _child(node: Node | None, step: str | int) -> tuple[Node, int] | None:
    if isinstance(node, MappingNode):
        for key, value in node.value:
            if isinstance(key, ScalarNode) and key.value == str(step):
                return value, key.start_mark.line
    elif isinstance(node, SequenceNode) and isinstance(step, int) and step < len(node.value):
        return node.value[step], node.value[step].start_mark.line
    return None
