"""SageMaker's control plane: what is created, described, listed, changed and deleted, from botocore's own model."""

from collections.abc import Mapping

from mlacoach.sandbox.call import Engine
from mlacoach.sandbox.engines import Engines


def register(engines: Engines) -> None:
    """Take over SageMaker whole, and the metrics of experiments; the model is read at the first request."""
    engines.own("sagemaker", _sagemaker)
    engines.own("sagemaker-metrics", _metrics)
    engines.own("sagemaker-runtime")
    engines.own("sagemaker-featurestore-runtime")


def _sagemaker(engines: Engines) -> Mapping[str, Engine]:
    from mlacoach.sandbox.control.table import engines_of  # noqa: PLC0415 - 300 ms that only SageMaker costs

    return engines_of(engines)


def _metrics(_engines: Engines) -> Mapping[str, Engine]:
    from mlacoach.sandbox.control.metrics import ENGINES  # noqa: PLC0415 - as above

    return ENGINES
