import numpy as np


def predict(features, weights, intercept):
    return features @ weights + intercept


def loss(features, targets, weights, intercept):
    return float(np.mean((predict(features, weights, intercept) - targets) ** 2))


def gradient(features, targets, weights, intercept):
    errors = predict(features, weights, intercept) - targets
    return 2 * features.T @ errors / len(targets), float(2 * np.mean(errors))


def fit(features, targets, rate=0.1, steps=5000, enough=1e-12):
    mean, spread = features.mean(axis=0), features.std(axis=0)
    scaled = (features - mean) / spread
    weights, intercept, losses = np.zeros(features.shape[1]), 0.0, []
    for _ in range(steps):
        by_weight, by_intercept = gradient(scaled, targets, weights, intercept)
        weights, intercept = weights - rate * by_weight, intercept - rate * by_intercept
        losses.append(loss(scaled, targets, weights, intercept))
        if len(losses) > 1 and 0 <= losses[-2] - losses[-1] < enough:
            break
    return weights / spread, float(intercept - (weights * mean / spread).sum()), losses
