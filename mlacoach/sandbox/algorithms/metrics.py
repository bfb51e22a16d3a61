"""The metrics that each algorithm reports of its own accord, and how its log shows them."""

from collections.abc import Mapping

NUMBER = r"([-+]?[0-9]*\.?[0-9]+(?:[eE][-+]?[0-9]+)?|nan|inf)"
BOOSTING = (
    "rmse",
    "mae",
    "logloss",
    "error",
    "merror",
    "mlogloss",
    "auc",
    "ndcg",
    "map",
    "rmsle",
    "mape",
    "aucpr",
    "poisson-nloglik",
    "gamma-nloglik",
    "gamma-deviance",
    "tweedie-nloglik",
    "mse",
    "accuracy",
    "f1",
    "f1_binary",
    "f1_macro",
    "precision",
    "precision_macro",
    "precision_micro",
    "recall",
    "recall_macro",
    "recall_micro",
    "balanced_accuracy",
    "r2",
)
LINEAR = (
    "objective_loss",
    "binary_classification_accuracy",
    "binary_f_beta",
    "precision",
    "recall",
    "roc_auc_score",
    "mse",
    "rmse",
    "absolute_loss",
    "dcg",
    "r2",
    "macro_f_beta",
    "macro_precision",
    "macro_recall",
    "multiclass_accuracy",
    "multiclass_top_k_accuracy",
    "recall_at_precision",
    "precision_at_target_recall",
    "recall_at_target_precision",
)


def _quality(channel: str, metric: str) -> str:
    return rf"#quality_metric: host=\S+, (?:epoch=\S+, )?{channel} {metric} <\S+>={NUMBER}"


DEFINITIONS: Mapping[str, Mapping[str, str]] = {
    "xgboost": {
        f"{channel}:{metric}": rf".*\[[0-9]+\].*#011{channel}-{metric}:{NUMBER}"
        for channel in ("train", "validation")
        for metric in BOOSTING
    },
    "linear-learner": {
        f"{channel}:{metric}": _quality(channel, metric)
        for channel in ("train", "validation", "test")
        for metric in LINEAR
    },
    "kmeans": {
        f"{channel}:{metric}": _quality(channel, metric) for channel in ("train", "test") for metric in ("msd", "ssd")
    },
    "knn": {f"test:{metric}": _quality("test", metric) for metric in ("accuracy", "mse")},
    "randomcutforest": {
        f"test:{metric}": _quality("test", metric) for metric in ("accuracy", "precision", "recall", "f1")
    },
    "blazingtext": {
        "train:accuracy": rf"#train_accuracy: {NUMBER}",
        "validation:accuracy": rf"#validation_accuracy: {NUMBER}",
    },
    "forecasting-deepar": {
        "train:final_loss": rf"#quality_metric: host=\S+, train final_loss <loss>={NUMBER}",
        "test:RMSE": rf"#test_score \(algo-1, RMSE\): {NUMBER}",
        "test:mean_wQuantileLoss": rf"#test_score \(algo-1, mean_wQuantileLoss\): {NUMBER}",
    },
    "image-classification": {
        "train:accuracy": rf"Epoch\[[0-9]+\] Train-accuracy={NUMBER}",
        "validation:accuracy": rf"Epoch\[[0-9]+\] Validation-accuracy={NUMBER}",
    },
}
