import numpy as np


def edges_of(baseline, bins=10):
    return np.unique(np.quantile(baseline, np.linspace(0, 1, bins + 1)[1:-1]))


def _shares(values, edges):
    places = np.searchsorted(edges, values, side="left")
    counts = np.bincount(places, minlength=len(edges) + 1).astype(float)
    return np.maximum(counts, 0.5) / len(values)


def population_stability_index(baseline, today, bins=10):
    edges = edges_of(baseline, bins)
    before, now = _shares(baseline, edges), _shares(today, edges)
    return float(np.sum((now - before) * np.log(now / before)))


def kolmogorov_smirnov(baseline, today):
    points = np.concatenate([baseline, today])
    one = np.searchsorted(np.sort(baseline), points, side="right") / len(baseline)
    other = np.searchsorted(np.sort(today), points, side="right") / len(today)
    return float(np.abs(one - other).max())


def report(baseline, today, threshold):
    told = {}
    for name, values in baseline.items():
        if name not in today:
            told[name] = {"psi": None, "ks": None, "drifted": True}
            continue
        index = population_stability_index(values, today[name])
        distance = kolmogorov_smirnov(values, today[name])
        told[name] = {"psi": index, "ks": distance, "drifted": index > threshold}
    return told
