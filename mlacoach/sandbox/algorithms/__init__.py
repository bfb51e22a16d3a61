"""Built-in algorithms, run as their images run: `train(folder)` learns, `load(…)` gives what answers requests.

The contract, which training, batch transform and endpoints share:

* `image_of("683313688378.dkr.ecr.us-east-1.amazonaws.com/sagemaker-xgboost:1.7-1")` says which image a name means: its
  algorithm or framework, and its version. It imports nothing slow, so the server may ask.
* `train("xgboost", folder)` learns from a folder that is laid out like `/opt/ml` (`input/config/*.json`,
  `input/data/<channel>/…`) and writes into `folder/model` what `model.tar.gz` holds, under the names that AWS uses
  (`xgboost-model`, `model_algo-1` …). It raises `Refused` with the algorithm's own sentence for what it does not take.
  Runs in children.
* `load("xgboost", model_folder)` reads those files again, from wherever `model.tar.gz` lies unpacked, as a `Predictor`:
  `predict(body: bytes, content_type: str, accept: str) -> (bytes, content_type)`. `Refused` is a bad request (415 where
  `is_media` is true, 400 otherwise). A predictor is safe for threads. Runs in children.
"""

import re
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any, Protocol

# The algorithm, and the module of this package that holds its `train(folder)` and `load(model_folder)`.
MODULES = {
    "xgboost": "boosting",
    "linear-learner": "linear",
    "kmeans": "kmeans",
    "pca": "pca",
    "knn": "knn",
    "randomcutforest": "cut_forest",
    "blazingtext": "text",
    "forecasting-deepar": "forecast",
    "image-classification": "images",
}
# Frameworks: their images run scripts with this Python. The package that each needs.
FRAMEWORKS = {
    "scikit-learn": "sklearn",
    "xgboost": "xgboost",
    "pytorch": "torch",
    "huggingface": "transformers",
    "tensorflow": "tensorflow",
    "mxnet": "mxnet",
    "base-python": "",
    "distribution": "",
}
NAME = re.compile(r"^(?:(?P<registry>[^/]+)/)?(?P<path>[^:@]+?)(?::(?P<tag>[^@]+))?(?:@.+)?$")
REGISTRY = re.compile(r"^(\d{12})\.dkr\.ecr[.-]")
# Whose registry it is: AWS's own accounts hold these repositories; the sandbox takes any account for them.
WORDS_OF = {
    "sagemaker-xgboost": "xgboost",
    "xgboost": "xgboost",
    "sagemaker-scikit-learn": "scikit-learn",
    "sagemaker-base-python": "base-python",
    "sagemaker-distribution-prod": "distribution",
    "sagemaker-distribution": "distribution",
    "image-classification-multilabel": "image-classification",
}


class Refused(Exception):
    """What an algorithm says about data, hyperparameters or a request that it does not take.

    Args:
        message: its own sentence.
        is_media: is it the content type that it does not take?
    """

    def __init__(self, message: str, *, is_media: bool = False) -> None:
        super().__init__(message)
        self.message = message
        self.is_media = is_media


class Predictor(Protocol):
    """A model that answers."""

    def predict(self, body: bytes, content_type: str, accept: str) -> tuple[bytes, str]:
        """The answer to a request, and its content type.

        Args:
            body: the request.
            content_type: as the request says it; may have parameters (`text/csv; label_size=1`).
            accept: as the request says it; empty and `*/*` leave it to the algorithm.

        Raises:
            Refused: it does not take this.
        """
        ...


@dataclass(frozen=True, slots=True)
class Image:
    """What a name of an image means.

    Attributes:
        name: the algorithm's or framework's name; for any other the repository.
        version: the tag, such as `1.7-1`.
        repository: the path in the registry.
    """

    name: str
    version: str
    repository: str

    @property
    def is_algorithm(self) -> bool:
        """Is it a built-in algorithm that runs here?"""
        return self.name in MODULES

    @property
    def package(self) -> str | None:
        """The package that a framework's scripts need; empty where none does, None where it is no framework."""
        return FRAMEWORKS.get(self.name)


def image_of(uri: str) -> Image:
    """What a name of an image means; parsed leniently, because every region has registries of its own."""
    found = NAME.match(uri.strip())
    path = found["path"] if found else uri
    tag = (found["tag"] if found else "") or "latest"
    last = path.rpartition("/")[2]
    name = WORDS_OF.get(last) or next((word for word in FRAMEWORKS if last.startswith(f"{word}-")), last)
    return Image(name, tag, path)


def train(name: str, folder: Path) -> None:
    """Learn from a folder laid out like `/opt/ml`, and write the model into it.

    Raises:
        Refused: the algorithm does not take the hyperparameters or the data.
    """
    _module(name).train(folder)


def load(name: str, model_folder: Path) -> Predictor:
    """The model that a training wrote, ready to answer.

    Raises:
        Refused: there is no such model in the folder.
    """
    predictor: Predictor = _module(name).load(model_folder)
    return predictor


def metric_definitions(name: str) -> list[dict[str, str]]:
    """The metrics that an algorithm reports without being asked, as `MetricDefinitions` says them."""
    from mlacoach.sandbox.algorithms.metrics import DEFINITIONS  # noqa: PLC0415 - only jobs ask

    return [{"Name": name, "Regex": regex} for name, regex in DEFINITIONS.get(name, {}).items()]


def _module(name: str) -> Any:  # noqa: ANN401 - a module with `train` and `load`
    return import_module(f"{__name__}.{MODULES[name]}")
