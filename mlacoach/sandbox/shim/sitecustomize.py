"""Loaded by every Python that is started in the sandbox's environment, before anything else."""

import os
import sys
from importlib.machinery import PathFinder
from pathlib import Path

HERE = str(Path(__file__).parent)


def load_the_next() -> None:
    """Run the sitecustomize that ours hides, if there is one."""
    spec = PathFinder.find_spec("sitecustomize", [path for path in sys.path if path != HERE])
    if spec is not None and spec.loader is not None:
        from importlib.util import module_from_spec  # noqa: PLC0415 - rarely needed

        spec.loader.exec_module(module_from_spec(spec))


load_the_next()
if os.environ.get("MLACOACH_SANDBOX"):
    import mlacoach_shim  # type: ignore[import-not-found]

    mlacoach_shim.install(os.environ["MLACOACH_SANDBOX"])
