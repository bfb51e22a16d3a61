"""analysis_config.json, understood (AWS: "Analysis Configuration Files")."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

FORMS = {
    "text/csv": "csv",
    "application/jsonlines": "json",
    "application/json": "json",
    "application/x-parquet": "parquet",
}
# Known to Clarify, and not done here.
ABSENT = ("pdp", "asymmetric_shapley_value")


class BadSettings(Exception):
    """The configuration asks for what cannot be done."""


@dataclass(frozen=True, slots=True)
class Facet:
    """What bias is looked for in.

    Attributes:
        name: of the column.
        values: those of the group that may be disadvantaged, or a threshold; empty: each value is one.
    """

    name: str
    values: Sequence[Any]


@dataclass(frozen=True, slots=True)
class Settings:
    """What to analyse.

    Attributes:
        form: csv, json or parquet.
        headers: the names of the columns; empty where the data names them.
        label: the column of the truth; empty where there is none.
        positive: the label values that are the wanted outcome, or a threshold.
        facets: what bias is looked for in.
        group: the column of CDDL's and CDDPL's groups; empty where there is none.
        predicted: a column of predictions; empty where the model is asked.
        dropped: columns that the model does not see.
        methods: what to compute, with its settings.
        predictor: how the model is asked.
    """

    form: str
    headers: Sequence[str]
    label: str
    positive: Sequence[Any]
    facets: Sequence[Facet]
    group: str
    predicted: str
    dropped: Sequence[str]
    methods: Mapping[str, Any]
    predictor: Mapping[str, Any] = field(default_factory=dict)


def read_settings(path: Path) -> Settings:
    """The settings of a file, or of the one file in a folder.

    Raises:
        BadSettings: there is none, it is no JSON, or it asks for what is not done here.
    """
    file = path if path.is_file() else next(iter(sorted(path.rglob("*.json"))), path)
    try:
        given = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise BadSettings(f"The analysis configuration cannot be read: {error}") from error
    return settings_of(given)


def settings_of(given: Mapping[str, Any]) -> Settings:
    """The settings of a configuration.

    Raises:
        BadSettings: it asks for what is not done here.
    """
    kind = given.get("dataset_type", "text/csv")
    if kind not in FORMS:
        raise BadSettings(f"The dataset type {kind} is not emulated by the sandbox: use {', '.join(FORMS)}.")
    methods = given.get("methods") or {}
    absent = [name for name in ABSENT if name in methods]
    if absent:
        raise BadSettings(f"The method {absent[0]} is not emulated by the sandbox.")
    headers = [str(name) for name in given.get("headers") or []]
    facets = given.get("facet") or []
    return Settings(
        form=FORMS[kind],
        headers=headers,
        label=_name(given.get("label"), headers),
        positive=_list(given.get("label_values_or_threshold")),
        facets=[Facet(_name(each["name_or_index"], headers), _list(each.get("value_or_threshold"))) for each in facets],
        group=_name(given.get("group_variable"), headers),
        predicted=_name(given.get("predicted_label"), headers),
        dropped=[_name(each, headers) for each in _list(given.get("joinsource_name_or_index"))]
        + [_name(each, headers) for each in _list(given.get("excluded_columns"))],
        methods=methods,
        predictor={"probability_threshold": given.get("probability_threshold"), **(given.get("predictor") or {})},
    )


def _name(name_or_index: Any, headers: Sequence[str]) -> str:  # noqa: ANN401 - text or number
    if name_or_index is None:
        return ""
    if isinstance(name_or_index, int):
        return headers[name_or_index] if name_or_index < len(headers) else f"_c{name_or_index}"
    return str(name_or_index)


def _list(value: Any) -> list[Any]:  # noqa: ANN401 - JSON
    return [] if value is None else value if isinstance(value, list) else [value]
