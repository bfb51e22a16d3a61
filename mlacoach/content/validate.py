"""Hold one file's data against its schema and say what is wrong, with the line."""

from collections.abc import Iterator
from difflib import get_close_matches
from typing import Any

from pydantic import BaseModel, ValidationError

from mlacoach.content import comparison_schema, exam_schema, project_schema, schema
from mlacoach.content.faults import Fault, Loc
from mlacoach.content.yaml_file import YamlFile

SCHEMAS: dict[str, type[BaseModel]] = {
    "exam": exam_schema.ExamFile,
    "topics": schema.TopicsFile,
    "services": schema.ServicesFile,
    "mistakes": schema.MistakesFile,
    "terms": schema.TermsFile,
    "architect": schema.ArchitectFile,
    "case": schema.CaseFile,
    "question": schema.QuestionFile,
    "track": schema.TrackFile,
    "lesson": schema.FrontMatter,
    "interview": schema.InterviewFile,
    "comparison": comparison_schema.ComparisonFile,
    "deck": schema.DeckFile,
    "lab": schema.LabFile,
    "prices": schema.PricesFile,
    "project": project_schema.ProjectFile,
}

# pydantic has a hundred names for errors; an author needs four.
_RULES = {"missing": "missing-key", "extra_forbidden": "unknown-key", "value_error": "inconsistent"}


def validated(kind: str, file: YamlFile) -> dict[str, Any] | None:
    """The file's data as plain JSON-like values with every default filled in, or None; faults go into `file`."""
    if file.data is None:
        return None
    try:
        model = SCHEMAS[kind].model_validate(file.data)
    except ValidationError as error:
        file.faults.extend(_faults(file, error))
        return None
    plain: dict[str, Any] = model.model_dump(mode="json")
    return plain


def _faults(file: YamlFile, error: ValidationError) -> Iterator[Fault]:
    for problem in error.errors(include_url=False):
        loc: Loc = tuple(problem["loc"])
        rule, sentence = sentence_of(problem["type"], loc, problem["msg"])
        yield file.fault(loc, rule, sentence)


def sentence_of(kind: str, loc: Loc, message: str) -> tuple[str, str]:
    """The rule that one of pydantic's errors breaks, and what to tell an author; `kind` is pydantic's name for it."""
    rule = _RULES.get(kind, "wrong-value")
    return rule, _sentence(rule, ".".join(str(step) for step in loc), loc, message)


def _sentence(rule: str, where: str, loc: Loc, message: str) -> str:
    if rule == "missing-key":
        return f"{where} is missing."
    if rule == "unknown-key":
        return f"{where} is not a known key{_nearest(str(loc[-1]))}."
    said = message.removeprefix("Value error, ").rstrip(".")
    return f"{where}: {said}." if where else f"{said[:1].upper()}{said[1:]}."


def _nearest(key: str) -> str:
    modules = (schema, exam_schema, comparison_schema, project_schema)
    models = [model for module in modules for model in vars(module).values()]
    known = {name for model in models for name in getattr(model, "model_fields", ())}
    close = get_close_matches(key, sorted(known), n=1)
    return f" (did you mean {close[0]}?)" if close else ""
