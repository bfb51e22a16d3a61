"""A question as plain data, as its YAML file holds it, and back to a file."""

from collections import defaultdict
from collections.abc import Mapping
from datetime import date
from typing import Any

import yaml

from mlacoach.curriculum.questions import Choice, Matching, Ordering, Part, Question

Record = dict[str, Any]
# Longer texts stand on lines of their own.
_SHORT = 60
_WIDTH = 118


def record_of(question: Question) -> Record:
    """The data of its file, without the id and the folder."""
    skills: defaultdict[str, list[str]] = defaultdict(list)
    for ref in sorted(question.skills):
        skills[ref.exam].append(ref.skill)
    data: Record = {"kind": question.kind, "skills": dict(skills), "topics": sorted(question.topics)}
    data |= {"difficulty": question.difficulty, "cognitive": question.cognitive, "stem": question.stem}
    data |= _parts(question)
    data["references"] = [{"title": one.title, "url": one.url} for one in question.references]
    data["verified"] = question.verified.isoformat()
    data["lifecycle"] = question.lifecycle
    if question.case:
        data["case"] = question.case.id
    return data


def _parts(question: Question) -> Record:
    body = question.body
    if isinstance(body, Choice):
        options = [_plain(part) | ({"correct": True} if part.id in body.key else {}) for part in body.options]
        select = {"select": len(body.key)} if question.kind == "multiple-response" else {}
        return select | {"options": options}
    if isinstance(body, Ordering):
        return {"steps": [_plain(part) for part in body.steps]}
    return _pairs(body)


def _pairs(body: Matching) -> Record:
    response = dict(pair.split("=", 1) for pair in body.pairs)
    prompts = [_plain(part) | {"response": response[part.id]} for part in body.prompts]
    return {"prompts": prompts, "responses": [{"id": part.id, "text": part.text} for part in body.responses]}


def _plain(part: Part) -> Record:
    return {"id": part.id, "text": part.text, "why": part.why}


class _Dumper(yaml.SafeDumper):
    """Writes long texts as folded blocks, as authors do."""


def _text(dumper: _Dumper, text: str) -> yaml.Node:
    folded = len(text) > _SHORT and "\n" not in text.strip()
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style=">" if folded else None)


_Dumper.add_representer(str, _text)


def as_yaml(record: Mapping[str, Any]) -> str:
    """The text of a question's file."""
    dated = dict(record) | {"verified": date.fromisoformat(record["verified"])}
    text: str = yaml.dump(dated, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=_WIDTH)
    return text
