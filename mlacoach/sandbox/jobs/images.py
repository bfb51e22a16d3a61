"""Which images run here, and what is said about those that don't."""

import shlex
from collections.abc import Mapping
from importlib.util import find_spec

from mlacoach.sandbox.algorithms import MODULES, Image
from mlacoach.sandbox.aws_error import not_emulated

INSTEAD = {
    "object-detection": "needs GPUs. Use image-classification here, or a script of your own",
    "semantic-segmentation": "needs GPUs. Use image-classification here, or a script of your own",
    "seq2seq": "needs GPUs. Use blazingtext here, or a script of your own",
    "tensorflow": "brings a framework that the sandbox does not run. Use scikit-learn, XGBoost or PyTorch scripts",
    "mxnet": "brings a framework that the sandbox does not run. Use scikit-learn, XGBoost or PyTorch scripts",
    "huggingface": "brings foundation models that need GPUs. Use blazingtext here, or a script with scikit-learn",
    "djl-inference": "serves foundation models that need GPUs. Use an account of your own for these",
    "lda": "is not there. Use pca or kmeans here, or scikit-learn's LatentDirichletAllocation in a script",
    "ntm": "is not there. Use scikit-learn's LatentDirichletAllocation in a script",
    "factorization-machines": "is not there. Use linear-learner or xgboost here",
    "object2vec": "is not there. Use blazingtext here, or a script of your own",
    "ipinsights": "is not there. Use randomcutforest here, or a script of your own",
}
# Processing images of AWS's own that run here, and the module that does what each does.
PROGRAMS = {
    "sagemaker-model-monitor-analyzer": "mlacoach.sandbox.monitor",
    "sagemaker-clarify-processing": "mlacoach.sandbox.clarify",
}
# What a container of one's own runs is said by this variable of the job, as for endpoints.
COMMAND = "SANDBOX_COMMAND"
REGISTER = (
    "It cannot be pulled here. Use the image of a built-in algorithm or framework, or say what your container runs "
    "with the job's environment variable "
    + COMMAND
    + ", such as: python /home/me/train.py. It finds /opt/ml as a container would."
)


def require_runnable(image: Image, *, has_command: bool) -> None:
    """The image can run here.

    Args:
        image: which image.
        has_command: does the request itself say what to run?

    Raises:
        AwsError: it cannot; the sentence says what to do instead.
    """
    instead = next((said for name, said in INSTEAD.items() if image.repository.rpartition("/")[2].startswith(name)), "")
    if instead:
        raise not_emulated(f"The image {image.repository}", f"It {instead}. The sandbox has: {', '.join(MODULES)}.")
    if has_command or image.is_algorithm or image.package is not None:
        return
    raise not_emulated(f"The image {image.repository}", REGISTER)


def missing_package(image: Image) -> str:
    """The package that the image's scripts need and that is not installed, or nothing."""
    package = image.package
    return package if package and find_spec(package) is None else ""


def program_words(image: Image) -> list[str]:
    """The command that does what a processing image of AWS's own does; empty for any other image."""
    module = PROGRAMS.get(image.repository.rpartition("/")[2])
    return ["python3", "-m", module, "/opt/ml"] if module else []


def own_words(environment: Mapping[str, str] | None) -> list[str]:
    """The command that stands for an image of one's own."""
    return shlex.split((environment or {}).get(COMMAND, ""))
