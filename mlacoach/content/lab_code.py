"""Load what a lab does: `check.py`, `steps.py` and, if there is one, `given.py`. Only a lab that runs is loaded."""

import inspect
import sys
from collections.abc import Mapping
from hashlib import sha256
from importlib.machinery import SourceFileLoader
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import FunctionType, ModuleType
from typing import TYPE_CHECKING

from mlacoach.content.lab_source import needed_by
from mlacoach.errors import MlacoachError
from mlacoach.labs.steps import LabCode, Step

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer


SDK_STEPS = "steps_sdk.py"


class _WithoutBytecode(SourceFileLoader):
    """A pack may be read-only, and is the author's: no __pycache__ appears in it."""

    def set_data(self, path: str, data: "ReadableBuffer", *, _mode: int = 0o666) -> None:
        """Keep nothing."""


def load_lab_code(folder: Path, *, sdk: bool = False) -> LabCode:
    """The steps of the lab in this folder. This runs the top level of its files.

    Args:
        folder: the lab's.
        sdk: do what `steps_sdk.py` does with the SageMaker Python SDK its way; the other steps stay.

    Raises:
        MlacoachError: a file is missing or does not load, or the names in check.py and steps.py do not match.
    """
    checks, steps = load_functions(folder / "check.py"), load_functions(folder / "steps.py")
    if not checks:
        raise _fault(folder / "check.py", 1, "It has no public function, so the lab has no step.")
    for name in checks.keys() - steps.keys():
        raise _fault(folder / "check.py", _line(checks[name]), f"steps.py has no function {name}.")
    for name in steps.keys() - checks.keys():
        raise _fault(
            folder / "steps.py", _line(steps[name]), f"check.py has no function {name}; is it a private helper?"
        )
    if sdk:
        steps |= _by_sdk(folder / SDK_STEPS, checks)
    return LabCode(
        tuple(_step(folder, name, checks[name], steps[name]) for name in checks), _given(folder / "given.py")
    )


def has_sdk_way(folder: Path) -> bool:
    """Can this lab be done with the SageMaker Python SDK, too?"""
    return (folder / SDK_STEPS).exists()


def _by_sdk(path: Path, checks: Mapping[str, FunctionType]) -> dict[str, FunctionType]:
    functions = load_functions(path)
    for name in functions.keys() - checks.keys():
        raise _fault(path, _line(functions[name]), f"check.py has no function {name}; is it a private helper?")
    return functions


def load_wrong(folder: Path) -> dict[str, FunctionType]:
    """The wrong solutions of the lab, by the names that lab.yaml gives; none without a `wrong.py`.

    Raises:
        MlacoachError: the file does not load.
    """
    path = folder / "wrong.py"
    return load_functions(path) if path.exists() else {}


def _step(folder: Path, name: str, check: FunctionType, do: FunctionType) -> Step:
    sentence = (inspect.getdoc(check) or "").partition("\n")[0]
    if not sentence:
        raise _fault(folder / "check.py", _line(check), f"{name} needs a docstring: it is the line the learner sees.")
    source = Path(do.__code__.co_filename).read_text(encoding="utf-8")
    return Step(name, sentence, check, do, inspect.getsource(do), needed_by(source, do.__name__))


def _given(path: Path) -> FunctionType | None:
    if not path.exists():
        return None
    functions = load_functions(path)
    if list(functions) != ["given"]:
        raise _fault(path, 1, "Its one public function is given(aws).")
    return functions["given"]


def load_functions(path: Path) -> dict[str, FunctionType]:
    """The public functions that the file itself defines, in the order written. This runs its top level.

    Raises:
        MlacoachError: it does not load, or a function takes something else than `aws`.
    """
    module = _load(path)
    found = {
        name: value
        for name, value in vars(module).items()
        if isinstance(value, FunctionType) and value.__module__ == module.__name__ and not name.startswith("_")
    }
    for name, function in found.items():
        if list(inspect.signature(function).parameters) != ["aws"]:
            raise _fault(path, _line(function), f"{name} takes one argument, aws.")
    return dict(sorted(found.items(), key=lambda item: _line(item[1])))


def _load(path: Path) -> ModuleType:
    # The folder is part of the name: two packs may each have a lab of the same id.
    name = f"mlacoach_lab_{sha256(str(path.resolve()).encode()).hexdigest()[:16]}_{path.stem}"
    spec = spec_from_file_location(name, path, loader=_WithoutBytecode(name, str(path)))
    if spec is None or spec.loader is None:
        raise _fault(path, 1, "It cannot be loaded.")
    module = module_from_spec(spec)
    # A dataclass looks its module up by name while it is made.
    sys.modules[name] = module
    try:
        spec.loader.exec_module(module)
    except SyntaxError as error:
        raise _fault(path, error.lineno or 1, f"It is no Python: {error.msg}.") from error
    except OSError as error:
        raise _fault(path, 1, f"It cannot be read: {error.strerror}.") from error
    except Exception as error:
        raise _fault(path, 1, f"It does not load: {type(error).__name__}: {error}.") from error
    return module


def _line(function: FunctionType) -> int:
    return function.__code__.co_firstlineno


def _fault(path: Path, line: int, sentence: str) -> MlacoachError:
    return MlacoachError(f"{path}:{line}: lab-code: {sentence}", "docs/labs.md says what a lab's folder holds.")
