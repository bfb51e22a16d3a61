"""Read one content file: its YAML, its Markdown, and what its schema says of it."""

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from mlacoach.content.faults import Fault, Loc
from mlacoach.content.text_file import read_text
from mlacoach.content.validate import validated
from mlacoach.content.yaml_file import YamlFile, parse, read_yaml


def read(kind: str, path: Path) -> tuple[dict[str, Any] | None, list[Fault]]:
    """The file's validated data as plain values, or None, and its faults. A lesson's `text` is its Markdown."""
    file = _read_lesson(path) if kind == "lesson" else read_yaml(path)
    text = file.data.pop("text", None) if kind == "lesson" and isinstance(file.data, dict) else None
    data = validated(kind, file)
    if data is not None and text is not None:
        data["text"] = text
    return data, file.faults


def locate(places: Iterable[tuple[Path, Loc]]) -> Iterator[int]:
    """The line of each value, given its file and the way to it from the top."""
    opened: dict[Path, YamlFile] = {}
    for path, loc in places:
        if path not in opened:
            opened[path] = _read_lesson(path) if path.suffix == ".md" else read_yaml(path)
        yield opened[path].line(loc)


def _read_lesson(path: Path) -> YamlFile:
    file = YamlFile(path)
    text = read_text(path)
    if isinstance(text, Fault):
        file.faults.append(text)
        return file
    parts = text.split("---\n", 2)
    if len(parts) != 3 or parts[0]:  # noqa: PLR2004 - nothing, front matter, body
        file.faults.append(Fault(path, 1, "front-matter", "A lesson begins with a front matter between --- lines."))
        return file
    parse(file, parts[1], first_line=2)
    if isinstance(file.data, dict):
        file.data["text"] = parts[2].strip()
    return file
