"""The models of a container: one, or many that come and go."""

import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mlacoach.sandbox.algorithms import Refused, load
from mlacoach.sandbox.serving.container.coding import Unsupported
from mlacoach.sandbox.serving.container.script import Script, import_script

Answer = tuple[bytes | Iterator[bytes], str]
Ask = Callable[[bytes, str, str], Answer]
PROGRAM = "inference.py"


@dataclass(frozen=True, slots=True)
class Setting:
    """What a container is.

    Attributes:
        name: the algorithm or framework.
        is_algorithm: may the algorithm answer by itself, without a script?
        program: the script's name; empty for the usual one.
        accept: what is answered where the request leaves it open.
    """

    name: str
    is_algorithm: bool
    program: str = ""
    accept: str = "application/json"


def load_model(setting: Setting, folder: Path) -> Ask:
    """The model in a folder, ready to answer."""
    program = folder / "code" / (setting.program or PROGRAM)
    if setting.is_algorithm and not setting.program and not program.is_file():
        return load(setting.name, folder).predict
    if not program.is_file() and setting.program:
        # Some SDKs pack the script beside the model.
        program = next(iter(folder.glob(f"**/{setting.program}")), program)
    requirements = program.parent / "requirements.txt"
    if requirements.is_file():
        print(f"{requirements.name} is not installed: the sandbox's containers have the packages of its Python.")  # noqa: T201 - the container's log
    script = Script(import_script(program), setting.name, setting.accept)
    model = script.load(folder)
    return lambda body, content_type, accept: script.answer(model, body, content_type, accept)


def status_of(error: Exception) -> int:
    """The HTTP status that a container answers an error with."""
    if isinstance(error, Refused):
        return 415 if error.is_media else 400
    return error.status if isinstance(error, Unsupported) else 500


class Models:
    """The models of a multi-model container, by the name that the platform gives them.

    Args:
        setting: what each of them is.
    """

    def __init__(self, setting: Setting) -> None:
        self._setting = setting
        self._lock = threading.Lock()
        self._loaded: dict[str, tuple[str, Ask]] = {}

    def add(self, name: str, url: str) -> bool:
        """Load a model from a folder; False if one of that name is there."""
        with self._lock:
            if name in self._loaded:
                return False
            self._loaded[name] = url, load_model(self._setting, Path(url))
            return True

    def remove(self, name: str) -> bool:
        """Unload a model; False if there is none of that name."""
        with self._lock:
            return self._loaded.pop(name, None) is not None

    def get(self, name: str) -> Ask | None:
        """A loaded model."""
        found = self._loaded.get(name)
        return found[1] if found else None

    def all(self) -> list[dict[str, Any]]:
        """Every loaded model, as the contract lists them."""
        with self._lock:
            return [{"modelName": name, "modelUrl": url} for name, (url, _) in self._loaded.items()]
