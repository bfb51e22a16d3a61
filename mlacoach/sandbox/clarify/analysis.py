"""What Clarify does: read the settings and the data, measure, explain, write analysis.json."""

import csv
import json
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from mlacoach.sandbox.clarify import after, before, shap
from mlacoach.sandbox.clarify.groups import is_one_of, said
from mlacoach.sandbox.clarify.predictor import Model, client, shadow
from mlacoach.sandbox.clarify.settings import BadSettings, Facet, Settings, read_settings
from mlacoach.sandbox.monitor.profile import inferred
from mlacoach.sandbox.monitor.reading import Dataset, read

Document = dict[str, Any]
Measure = Callable[[Any, Facet], list[Document]]
SAMPLES = 2048


def analyse(inputs: Mapping[str, Path], output: Path, environment: Mapping[str, str]) -> str:
    """Do what analysis_config.json says; the exit message.

    Args:
        inputs: the job's folders by the names of its inputs: `analysis_config`, `dataset`.
        output: where to write.
        environment: the job's.

    Raises:
        BadSettings: the configuration cannot be followed.
        Unreadable: the data is not there or not what it should be.
    """
    del environment
    if "analysis_config" not in inputs or "dataset" not in inputs:
        raise BadSettings("The processing job needs the inputs analysis_config and dataset.")
    settings = read_settings(inputs["analysis_config"])
    dataset = _dataset(inputs["dataset"], settings)
    output.mkdir(parents=True, exist_ok=True)
    found: Document = {"version": "1.0"}
    methods = settings.methods
    with ExitStack() as stack:
        model = stack.enter_context(shadow(settings.predictor)) if _asks(settings) else None
        if "pre_training_bias" in methods:
            found["pre_training_bias_metrics"] = _pre(dataset, settings)
        if "post_training_bias" in methods:
            found["post_training_bias_metrics"] = _post(dataset, settings, model)
        if "shap" in methods and model:
            found["explanations"] = {"kernel_shap": _shap(dataset, settings, model, output)}
    (output / "analysis.json").write_text(json.dumps(found, indent=2), encoding="utf-8")
    return "Completed: Job completed successfully."


def _asks(settings: Settings) -> bool:
    """Is the model asked at all?"""
    return "shap" in settings.methods or ("post_training_bias" in settings.methods and not settings.predicted)


def _dataset(folder: Path, settings: Settings) -> Dataset:
    found = read(folder, {settings.form: {"header": False}})
    if settings.form != "csv" or not settings.headers:
        return found
    if len(settings.headers) != len(found.names):
        raise BadSettings(f"There are {len(settings.headers)} headers, but {len(found.names)} columns.")
    # A file may have the headers as its first line too.
    first = [column[0] for column in found.columns] if found.count else []
    skip = int(first == list(settings.headers))
    return replace(found, names=list(settings.headers), columns=[column[skip:] for column in found.columns])


def _wanted(settings: Settings, stage: str, known: Sequence[str]) -> list[str]:
    asked = settings.methods[stage].get("methods", "all")
    if asked == "all":
        return list(known)
    unknown = [name for name in asked if name not in known]
    if unknown:
        raise BadSettings(f"There is no {stage} metric {', '.join(unknown)}. There are: {', '.join(known)}.")
    return [name for name in known if name in asked]


def _pre(dataset: Dataset, settings: Settings) -> Document:
    labels = [str(label) for label in dataset.column(settings.label)]
    positive = is_one_of(dataset.column(settings.label), settings.positive, settings.label)
    groups = _groups(dataset, settings)
    names = _wanted(settings, "pre_training_bias", list(before.METRICS))

    def of(in_d: Any, _facet: Facet) -> list[Document]:  # noqa: ANN401 - a NumPy array
        data = before.Data(in_d, positive, labels, groups)
        return [_metric(name, before.METRICS[name][0], before.METRICS[name][1](data)) for name in names]

    return _by_facet(dataset, settings, of)


def _post(dataset: Dataset, settings: Settings, model: Model | None) -> Document:
    positive = is_one_of(dataset.column(settings.label), settings.positive, settings.label)
    predicted = _predicted(dataset, settings, model)
    groups = _groups(dataset, settings)
    names = _wanted(settings, "post_training_bias", list(after.METRICS))

    def of(in_d: Any, facet: Facet) -> list[Document]:  # noqa: ANN401
        data = after.Outcomes(in_d, positive, predicted, groups, _numeric(dataset, settings, facet))
        return [_metric(name, after.METRICS[name][0], after.METRICS[name][1](data)) for name in names]

    return _by_facet(dataset, settings, of)


def _predicted(dataset: Dataset, settings: Settings, model: Model | None) -> Any:  # noqa: ANN401 - a NumPy array
    if settings.predicted:
        labels: Sequence[str | None] = dataset.column(settings.predicted)
    elif model:
        labels = model.labels(_features(dataset, settings)[1])
    else:
        raise BadSettings("Post-training metrics need a predictor, or a column predicted_label.")
    try:
        return is_one_of(labels, settings.positive, "of predictions")
    except BadSettings:
        # A model that predicts the wanted outcome for nobody is a finding.
        return np.zeros(len(labels), dtype=bool)


def _by_facet(dataset: Dataset, settings: Settings, measure: Measure) -> Document:
    facets: Document = {}
    for facet in settings.facets:
        column = dataset.column(facet.name)
        choices = [facet.values] if facet.values else [[value] for value in sorted({str(one) for one in column})]
        entries = []
        for values in choices:
            in_d = is_one_of(column, values, facet.name)
            if in_d.all():
                raise BadSettings(f"Every row of the facet {facet.name} is in the group {said(column, values)}.")
            entries.append({"value_or_threshold": said(column, values), "metrics": measure(in_d, facet)})
        facets[facet.name] = entries
    return {
        "facets": facets,
        "label": settings.label,
        "label_value_or_threshold": said(dataset.column(settings.label), settings.positive),
    }


def _metric(name: str, description: str, value: float | None) -> Document:
    if value is None:
        return {"name": name, "description": description, "value": None, "error": "It needs what is not given here."}
    return {"name": name, "description": description, "value": value}


def _groups(dataset: Dataset, settings: Settings) -> list[str] | None:
    return [str(value) for value in dataset.column(settings.group)] if settings.group else None


def _features(dataset: Dataset, settings: Settings) -> tuple[list[str], list[list[str]]]:
    """The names of what the model sees, and the rows of it."""
    hidden = {settings.label, settings.predicted, *settings.dropped}
    names = [name for name in dataset.names if name not in hidden]
    columns = [dataset.column(name) for name in names]
    return names, [["" if cell is None else cell for cell in row] for row in zip(*columns, strict=True)]


def _numeric(dataset: Dataset, settings: Settings, facet: Facet) -> Any | None:  # noqa: ANN401 - a NumPy array
    """The numbers among the features, without the facet itself; categories become one column a value."""
    hidden = {settings.label, settings.predicted, facet.name, *settings.dropped}
    columns: list[list[float]] = []
    for name, values in zip(dataset.names, dataset.columns, strict=True):
        if name in hidden:
            continue
        if inferred(values) in {"Integral", "Fractional"}:
            columns.append([float(value) if value is not None else 0.0 for value in values])
        else:
            columns += [[float(value == each) for value in values] for each in sorted({str(one) for one in values})]
    return np.array(columns).T if columns else None


def _shap(dataset: Dataset, settings: Settings, model: Model, output: Path) -> Document:
    given = settings.methods["shap"]
    names, rows = _features(dataset, settings)
    baseline = _baseline(given, names, rows, output)
    rng = np.random.default_rng(int(given.get("seed") or 0))
    sets = shap.coalitions(len(names), int(given.get("num_samples") or 2 * len(names) + SAMPLES), rng)
    ask = _logit(model) if given.get("use_logit") else model.scores
    explained = [shap.explain(row, baseline, ask, sets) for row in rows]
    values = np.array([each[0] for each in explained])
    expected = explained[0][1]
    method = given.get("agg_method", "mean_abs")
    if method not in shap.AGGREGATES:
        raise BadSettings(f"There is no agg_method {method}. There are: {', '.join(shap.AGGREGATES)}.")
    whole = shap.AGGREGATES[method](values)
    labels = settings.predictor.get("label_headers") or [f"label{at}" for at in range(values.shape[2])]
    if given.get("save_local_shap_values", True):
        _write_local(output, names, labels, values)
    return {
        str(label): {
            "global_shap_values": dict(zip(names, whole[:, at].tolist(), strict=True)),
            "expected_value": float(expected[at]),
        }
        for at, label in enumerate(labels[: values.shape[2]])
    }


def _logit(model: Model) -> shap.Ask:
    def ask(rows: list[list[str]]) -> Any:  # noqa: ANN401 - a NumPy array
        scores = np.clip(model.scores(rows), 1e-9, 1 - 1e-9)
        return np.log(scores / (1 - scores))

    return ask


def _baseline(given: Mapping[str, Any], names: Sequence[str], rows: list[list[str]], output: Path) -> list[list[str]]:
    """The rows to compare with: those given, or the mean of all (the most frequent of texts)."""
    found = given.get("baseline")
    if isinstance(found, str):
        found = _from_s3(found)
    if isinstance(found, list) and found:
        if any(len(row) != len(names) for row in found):
            raise BadSettings(f"A row of the SHAP baseline must have the {len(names)} features: {', '.join(names)}.")
        chosen = [[str(cell) for cell in row] for row in found]
    else:
        columns = list(zip(*rows, strict=True))
        chosen = [[_typical(column) for column in columns]]
    folder = output / "explanations_shap"
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "baseline.csv").open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows(chosen)
    return chosen


def _from_s3(url: str) -> list[list[str]]:
    bucket, _, key = url.removeprefix("s3://").partition("/")
    text = client("s3").get_object(Bucket=bucket, Key=key)["Body"].read().decode()
    return [line for line in csv.reader(text.splitlines()) if line]


def _typical(column: Sequence[str]) -> str:
    if inferred(column) in {"Integral", "Fractional"}:
        return str(float(np.mean([float(value) for value in column])))
    values, counts = np.unique(np.array(column), return_counts=True)
    return str(values[counts.argmax()])


def _write_local(output: Path, names: Sequence[str], labels: Sequence[str], values: Any) -> None:  # noqa: ANN401
    header = [f"{name}_{label}" for label in labels for name in names]
    path = output / "explanations_shap/out.csv"
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(header)
        writer.writerows([[float(value) for label in row.T for value in label] for row in values])
