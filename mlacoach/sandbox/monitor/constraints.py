"""What a baseline demands of data, and where data does not meet it."""

from collections.abc import Iterator, Mapping
from typing import Any

from mlacoach.sandbox.monitor.drift import distance
from mlacoach.sandbox.monitor.profile import MOST_CATEGORIES, Document, kinds
from mlacoach.sandbox.monitor.reading import Dataset

FITS = {"Integral": ("Integral",), "Fractional": ("Integral", "Fractional")}
CONFIG: Document = {
    "evaluate_constraints": "Enabled",
    "emit_metrics": "Enabled",
    "datatype_check_threshold": 1.0,
    "domain_content_threshold": 1.0,
    "distribution_constraints": {
        "perform_comparison": "Enabled",
        "comparison_threshold": 0.1,
        "comparison_method": "Robust",
    },
}


def constraints(statistics: Mapping[str, Any]) -> Document:
    """constraints.json of a baseline (AWS: "Schema for Constraints")."""
    return {
        "version": 0.0,
        "features": [_feature(each) for each in statistics["features"]],
        "monitoring_config": CONFIG,
    }


def _feature(feature: Mapping[str, Any]) -> Document:
    numbers = feature.get("numerical_statistics")
    found = numbers or feature["string_statistics"]
    present, missing = found["common"]["num_present"], found["common"]["num_missing"]
    demand = {
        "name": feature["name"],
        "inferred_type": feature["inferred_type"],
        "completeness": present / (present + missing) if present + missing else 0.0,
    }
    if numbers:
        return demand | {"num_constraints": {"is_non_negative": numbers["min"] >= 0}}
    buckets = found.get("distribution", {}).get("categorical", {}).get("buckets", [])
    # Values that hardly ever occur twice are no categories.
    if 0 < len(buckets) <= min(MOST_CATEGORIES, present / 2):
        demand["string_constraints"] = {"domains": [one["value"] for one in buckets]}
    return demand


def violations(
    dataset: Dataset, current: Mapping[str, Any], demands: Mapping[str, Any], baseline: Mapping[str, Any] | None
) -> list[Document]:
    """The violations of constraint_violations.json (AWS: "Schema for Violations").

    Args:
        dataset: what is checked.
        current: its statistics.
        demands: constraints.json.
        baseline: statistics.json of the baseline; None where there is none to compare with.
    """
    config = {**CONFIG, **demands.get("monitoring_config", {})}
    if config["evaluate_constraints"] != "Enabled":
        return []
    found = list(_of_columns(dataset, demands))
    now = {each["name"]: each for each in current["features"]}
    before = {each["name"]: each for each in (baseline or {}).get("features", [])}
    for demand in demands["features"]:
        name = demand["name"]
        if name in now:
            own = {**config, **demand.get("monitoringConfigOverrides", {})}
            found += _of_values(demand, dataset.column(name), own)
            found += _of_distribution(name, before.get(name), now[name], own["distribution_constraints"])
    return found


def _violation(name: str, check: str, description: str) -> Document:
    return {"feature_name": name, "constraint_check_type": f"{check}_check", "description": description}


def _of_columns(dataset: Dataset, demands: Mapping[str, Any]) -> Iterator[Document]:
    now, before = len(dataset.names), len(demands["features"])
    sentence = (
        f"columns in current dataset. Number of columns in current dataset: {now}, "
        f"Number of columns in baseline constraints: {before}"
    )
    if now < before:
        yield _violation("Missing columns", "missing_column", f"There are missing {sentence}")
    elif now > before:
        yield _violation("Extra columns", "extra_column", f"There are extra {sentence}")


def _of_values(demand: Mapping[str, Any], values: list[str | None], config: Mapping[str, Any]) -> Iterator[Document]:
    name, kind = demand["name"], demand["inferred_type"]
    present = [value for value in values if value is not None]
    share = _share_of(kind, present)
    least = config["datatype_check_threshold"]
    if share < least:
        yield _violation(
            name, "data_type", f"Data type match requirement is not met. Expected data type: {kind}, Expected match: "
            f"{least:.1%}. Observed: Only {share:.1%} of data is {kind}.",
        )  # fmt: skip
    complete, wanted = len(present) / len(values) if values else 0.0, demand.get("completeness", 0.0)
    if complete < wanted:
        yield _violation(
            name, "completeness", f"Data completeness requirement is not met. Expected: {wanted:.1%}. "
            f"Observed: {complete:.1%}.",
        )  # fmt: skip
    domains = (demand.get("string_constraints") or {}).get("domains")
    known = sum(value in set(domains) for value in present) / len(present) if domains and present else 1.0
    if known < config["domain_content_threshold"]:
        yield _violation(
            name, "categorical_values", f"Value: {known} does not meet the constraint requirement! Expected: "
            f"{config['domain_content_threshold']}",
        )  # fmt: skip


def _share_of(kind: str, present: list[str]) -> float:
    if kind not in FITS or not present:
        return 1.0
    found = kinds(present)
    return sum(found[each] for each in FITS[kind]) / len(present)


def _of_distribution(
    name: str, before: Mapping[str, Any] | None, now: Mapping[str, Any], config: Mapping[str, Any]
) -> Iterator[Document]:
    if before is None or config.get("perform_comparison") != "Enabled":
        return
    found = distance(before, now, config.get("comparison_method", "Robust"))
    if found is not None and found > config["comparison_threshold"]:
        yield _violation(
            name, "baseline_drift", f"Baseline drift distance: {found} exceeds threshold: "
            f"{config['comparison_threshold']}",
        )  # fmt: skip
