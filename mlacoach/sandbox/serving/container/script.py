"""An inference script as the framework containers run it: model_fn, input_fn, predict_fn, output_fn or transform_fn."""

import importlib.util
import inspect
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

from mlacoach.sandbox.serving.container.coding import JSON, LIBSVM, as_given, decode, encode, plain

Answer = tuple[bytes | Iterator[bytes], str]


class Script:
    """A script's functions; what it lacks is the framework's own.

    Args:
        module: the script, imported.
        framework: such as `scikit-learn`.
        default_accept: what is answered where the request leaves it open.
    """

    def __init__(self, module: ModuleType | None, framework: str, default_accept: str = JSON) -> None:
        self._framework = framework
        self._default_accept = default_accept
        self._module = module

    def _own(self, name: str) -> Callable[..., Any] | None:
        found = getattr(self._module, name, None)
        return found if callable(found) else None

    def load(self, folder: Path) -> Any:  # noqa: ANN401 - the model
        """The model, as `model_fn` gives it.

        Raises:
            NotImplementedError: the script has none, and the framework has none of its own.
        """
        own = self._own("model_fn")
        if own:
            return _call(own, str(folder))
        if self._framework == "pytorch" and (folder / "model.pt").exists():
            import torch  # type: ignore[import-not-found,unused-ignore]  # noqa: PLC0415 - where it is installed

            return torch.jit.load(str(folder / "model.pt"))
        raise NotImplementedError(
            "Please provide a model_fn implementation. See documentation for model_fn at "
            "https://sagemaker.readthedocs.io/en/stable/frameworks/"
        )

    def answer(self, model: Any, body: bytes, content_type: str, accept: str) -> Answer:  # noqa: ANN401
        """The answer to one request."""
        accept = accept if accept and "*/*" not in accept else self._default_accept
        given = as_given(body, content_type)
        whole = self._own("transform_fn")
        if whole:
            return _typed(_call(whole, model, given, content_type, accept), accept)
        read, predict, write = self._own("input_fn"), self._own("predict_fn"), self._own("output_fn")
        data = _call(read, given, content_type) if read else self._read(body, content_type)
        prediction = _call(predict, data, model) if predict else self._predict(data, model)
        return _typed(_call(write, prediction, accept) if write else encode(prediction, accept), accept)

    def _read(self, body: bytes, content_type: str) -> Any:  # noqa: ANN401
        if self._framework == "xgboost":
            return _matrix(body, content_type)
        array = decode(body, content_type)
        if self._framework == "pytorch":
            import torch  # noqa: PLC0415

            return torch.tensor(array)
        return array

    def _predict(self, data: Any, model: Any) -> Any:  # noqa: ANN401
        if self._framework == "pytorch":
            import torch  # noqa: PLC0415

            with torch.no_grad():
                return model(data)
        return model.predict(data)


def _matrix(body: bytes, content_type: str) -> Any:  # noqa: ANN401
    import xgboost  # noqa: PLC0415 - in containers only

    if plain(content_type) not in LIBSVM:
        return xgboost.DMatrix(decode(body, content_type))
    from mlacoach.sandbox.algorithms.tables import LIBSVM as KIND  # noqa: PLC0415
    from mlacoach.sandbox.algorithms.tables import read  # noqa: PLC0415

    return xgboost.DMatrix(read(body, KIND, 0).features)


def _call(function: Callable[..., Any], *arguments: Any) -> Any:  # noqa: ANN401
    """Call a function of a script; newer toolkits hand a context to one that takes it."""
    try:
        takes = len(inspect.signature(function).parameters)
    except (TypeError, ValueError):
        takes = len(arguments)
    return function(*arguments, None) if takes > len(arguments) else function(*arguments)


def _typed(answer: Any, accept: str) -> Answer:  # noqa: ANN401
    """Bytes and content type of what a script answers: `answer`, or `(answer, content type)`."""
    body, kind = answer if isinstance(answer, tuple) and len(answer) == 2 else (answer, accept)  # noqa: PLR2004
    if hasattr(body, "get_data"):
        # A response of the toolkit's own class.
        return body.get_data(), getattr(body, "mimetype", kind)
    if inspect.isgenerator(body):
        return (_bytes(part) for part in body), kind
    return _bytes(body) if isinstance(body, str | bytes | bytearray) else encode(body, kind), kind


def _bytes(part: Any) -> bytes:  # noqa: ANN401
    return part.encode() if isinstance(part, str) else bytes(part)


def import_script(path: Path) -> ModuleType:
    """Import a script with its folder on the path, as the containers do.

    Raises:
        ImportError: there is no such script.
    """
    if not path.is_file():
        raise ImportError(f"There is no {path.name} in the model's code folder.")
    sys.path.insert(0, str(path.parent))
    spec = importlib.util.spec_from_file_location(path.stem, path)
    if spec is None or spec.loader is None:
        raise ImportError(f"{path.name} is no Python file.")
    module = importlib.util.module_from_spec(spec)
    sys.modules[path.stem] = module
    spec.loader.exec_module(module)
    return module
