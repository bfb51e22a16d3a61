"""Questions in GIFT, the text format of Moodle's quiz (docs.moodle.org, "GIFT format").

Moodle has no skills and no references: they stand in a comment, which Moodle passes over and we read back. Ordering
questions have no form in GIFT.
"""

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, TextIO

from mlacoach.content.bank.record import Record

MARK = "// mlacoach "
_TOLD = (
    "id",
    "folder",
    "kind",
    "skills",
    "topics",
    "difficulty",
    "cognitive",
    "select",
    "references",
    "verified",
    "lifecycle",
    "case",
    # Moodle has no place for the reasons of pairs.
    "prompts",
    "responses",
)
_SPECIAL = re.compile(r"([~=#{}:\\])")
_BLOCK = re.compile(
    r"^(?:::(?P<title>(?:\\.|[^\\:])*)::)?\s*(?:\[\w+\])?(?P<stem>(?:\\.|[^\\{])*)\{(?P<answers>(?:\\.|[^\\}])*)\}\s*$",
    re.DOTALL,
)
_ANSWER = re.compile(
    r"(?P<sign>[=~])\s*(?:%(?P<weight>-?\d{1,3}(?:\.\d*)?)%)?(?P<text>(?:\\.|[^\\~=#])*)(?:#(?P<why>(?:\\.|[^\\~=#])*))?",
    re.DOTALL,
)


def write_gift(rows: Iterable[Mapping[str, Any]], stream: TextIO) -> int:
    """Write records (with `id` and `folder`); how many had to be left out because GIFT has no such kind."""
    left = 0
    for row in rows:
        if row["kind"] == "ordering":
            left += 1
            continue
        told = {name: row[name] for name in _TOLD if row.get(name) is not None}
        stream.write(f"{MARK}{json.dumps(told)}\n::{_escaped(row['id'])}::[plain]{_escaped(row['stem'])} {{\n")
        stream.writelines(f"{line}\n" for line in _answers(row))
        stream.write("}\n\n")
    return left


def _escaped(text: str) -> str:
    return _SPECIAL.sub(r"\\\1", " ".join(text.split()))


def _answers(row: Mapping[str, Any]) -> Iterator[str]:
    if row["kind"] == "matching":
        responses = {one["id"]: one["text"] for one in row["responses"]}
        used = {one["response"] for one in row["prompts"]}
        for prompt in row["prompts"]:
            yield f"={_escaped(prompt['text'])} -> {_escaped(responses[prompt['response']])}"
        yield from (f"= -> {_escaped(text)}" for one, text in responses.items() if one not in used)
        return
    keys = sum(bool(one.get("correct")) for one in row["options"])
    for option in row["options"]:
        yield f"{_sign(keys, right=bool(option.get('correct')))}{_escaped(option['text'])}#{_escaped(option['why'])}"


def _sign(keys: int, *, right: bool) -> str:
    if keys == 1:
        return "=" if right else "~"
    return f"~%{100 / keys:.5f}%" if right else "~%-100%"


def read_gift(lines: Iterable[str]) -> Iterator[tuple[int, Record]]:
    """The records with the line on which each begins; what they hold is not checked here."""
    told: Record = {}
    for line, block in _blocks(lines):
        comments = [one for one in block if one.startswith("//")]
        body = "\n".join(one for one in block if not one.startswith("//"))
        told |= next((_told(one) for one in comments if one.startswith(MARK)), {})
        if body.strip() and not body.startswith("$CATEGORY"):
            yield line, _parsed(body) | told
            told = {}


def _blocks(lines: Iterable[str]) -> Iterator[tuple[int, list[str]]]:
    """The runs of lines between empty lines."""
    block: list[str] = []
    for number, line in enumerate(lines, start=1):
        if line.strip():
            block.append(line.rstrip("\n"))
        elif block:
            yield number - len(block), block
            block = []
    if block:
        yield number - len(block) + 1, block


def _told(comment: str) -> Record:
    try:
        data = json.loads(comment.removeprefix(MARK))
    except (ValueError, RecursionError):
        return {}
    return {name: data[name] for name in _TOLD if name in data} if isinstance(data, dict) else {}


def _parsed(body: str) -> Record:
    found = _BLOCK.match(body)
    if not found:
        return {"stem": body}
    answers = list(_ANSWER.finditer(found["answers"]))
    record: Record = {"stem": _plain(found["stem"])}
    if found["title"]:
        record["id"] = _plain(found["title"])
    pairs = [one["text"] for one in answers]
    if pairs and all("->" in one for one in pairs):
        return record | _matching(pairs)
    return record | _choice(answers)


def _choice(answers: list[re.Match[str]]) -> Record:
    options = [
        {"id": chr(ord("a") + number), "text": _plain(one["text"]), "why": _plain(one["why"] or "")}
        | ({"correct": True} if one["sign"] == "=" or float(one["weight"] or 0) > 0 else {})
        for number, one in enumerate(answers)
    ]
    keys = sum("correct" in one for one in options)
    several = {"kind": "multiple-response", "select": keys} if keys > 1 else {"kind": "multiple-choice"}
    return several | {"options": options}


def _matching(pairs: list[str]) -> Record:
    sides = [tuple(_plain(side) for side in one.split("->", 1)) for one in pairs]
    names = {text: f"r{number}" for number, text in enumerate(dict.fromkeys(right for _, right in sides), start=1)}
    prompts = [
        {"id": f"p{number}", "text": left, "response": names[right], "why": ""}
        for number, (left, right) in enumerate((one for one in sides if one[0]), start=1)
    ]
    return {
        "kind": "matching",
        "prompts": prompts,
        "responses": [{"id": one, "text": text} for text, one in names.items()],
    }


def _plain(text: str) -> str:
    return re.sub(r"\\(.)", r"\1", text, flags=re.DOTALL).strip()
