"""Where bias or the features' weights have become worse than in a baseline's analysis.json."""

import math
from collections.abc import Iterator, Mapping
from typing import Any

Document = dict[str, Any]
STAGES = ("pre_training_bias_metrics", "post_training_bias_metrics")
# The value of a metric without bias; for all others it is 0.
FAIR = {"DI": 1.0}
LEAST_NDCG = 0.9


def violations(current: Mapping[str, Any], baseline: Mapping[str, Any]) -> list[Document]:
    """What constraint_violations.json lists.

    A metric of bias violates its constraint if it is further from what is fair than in the baseline; the weights of the
    features do if their nDCG is below 0.9.

    Source: AWS, "Bias Drift Violations" and "Model Feature Attribution Drift Violations".
    """
    return [*_of_bias(current, baseline), *_of_weights(current, baseline)]


def _of_bias(current: Mapping[str, Any], baseline: Mapping[str, Any]) -> Iterator[Document]:
    for stage in STAGES:
        before = dict(_metrics(baseline.get(stage)))
        for (facet, group, name), value in _metrics(current.get(stage)):
            fair, least = FAIR.get(name, 0.0), before.get((facet, group, name))
            if least is not None and abs(value - fair) > abs(least - fair):
                yield {
                    "facet": facet,
                    "facet_value": group,
                    "metric_name": name,
                    "constraint_check_type": "bias_drift_check",
                    "description": f"Value {value} does not meet the constraint requirement",
                }


def _metrics(stage: Mapping[str, Any] | None) -> Iterator[tuple[tuple[str, str, str], float]]:
    for facet, groups in ((stage or {}).get("facets") or {}).items():
        for group in groups:
            for metric in group["metrics"]:
                if metric["value"] is not None:
                    yield (facet, str(group["value_or_threshold"]), metric["name"]), float(metric["value"])


def _of_weights(current: Mapping[str, Any], baseline: Mapping[str, Any]) -> Iterator[Document]:
    now, before = (each.get("explanations", {}).get("kernel_shap", {}) for each in (current, baseline))
    for label, found in now.items():
        if label in before:
            score = ndcg(before[label]["global_shap_values"], found["global_shap_values"])
            if score < LEAST_NDCG:
                yield {
                    "label": label,
                    "metric_name": "shap",
                    "constraint_check_type": "feature_attribution_drift_check",
                    "description": f"Feature attribution drift: nDCG {score:.4f} is below {LEAST_NDCG}",
                }


def ndcg(baseline: Mapping[str, float], current: Mapping[str, float]) -> float:
    """Normalized discounted cumulative gain of the features' order today; 1 where it is that of the baseline.

    DCG = sum of a(i) / log2(i + 1), where a(i) is the baseline's value of the feature that is i-th today.

    Source: AWS, "Monitor feature attribution drift".
    """
    names = sorted(set(baseline) & set(current), key=lambda name: -abs(current[name]))
    gains = [abs(baseline[name]) for name in names]
    best = _dcg(sorted(gains, reverse=True))
    return _dcg(gains) / best if best else 1.0


def _dcg(gains: list[float]) -> float:
    return sum(gain / math.log2(place + 1) for place, gain in enumerate(gains, 1))
