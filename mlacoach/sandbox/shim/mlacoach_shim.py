"""Makes AWS's Python tools fit a local AWS. Nothing is changed before a tool is imported.

* The SDKs write some endpoints down (`https://sts.us-east-1.amazonaws.com`): these lead to the sandbox as well.
* Waiters look every 30 to 120 seconds at jobs that take two here: they look four times a second, for as long in all.
* The SageMaker SDK sleeps between its own looks: such a sleep ends after a quarter of a second.
"""

import importlib.abc
import importlib.machinery
import re
import sys
import time
from collections.abc import Callable, Sequence
from types import ModuleType
from typing import Any

AWS = re.compile(r"https://[^/]*\.amazonaws\.com(\.cn)?(/|$)")
LOOK_SECONDS = 0.25
# Whose sleeps are waiting for AWS.
WAITING = ("sagemaker.", "botocore.waiter")


def install(url: str) -> None:
    """Change each module right after it is imported."""
    changes: dict[str, Callable[[ModuleType], None]] = {
        "botocore.session": lambda module: _redirect(module, url),
        "botocore.waiter": _look_often,
        # The AWS CLI brings its own.
        "awscli.botocore.waiter": _look_often,
    }
    sys.meta_path.insert(0, _AfterImport(changes))
    _cap_sleeps()


class _AfterImport(importlib.abc.MetaPathFinder):
    """Runs a function on a module once it has been imported."""

    def __init__(self, changes: dict[str, Callable[[ModuleType], None]]) -> None:
        self._changes = changes

    def find_spec(
        self, name: str, path: Sequence[str] | None, _target: ModuleType | None = None
    ) -> importlib.machinery.ModuleSpec | None:
        """The usual spec, with a loader that changes the module afterwards."""
        change = self._changes.pop(name, None)
        spec = importlib.machinery.PathFinder.find_spec(name, path) if change else None
        if spec is None or spec.loader is None or change is None:
            return None
        execute = spec.loader.exec_module

        def exec_module(module: ModuleType) -> None:
            execute(module)
            change(module)

        spec.loader.exec_module = exec_module  # type: ignore[method-assign]
        return spec


def _redirect(session: Any, url: str) -> None:  # noqa: ANN401 - a module
    create = session.Session.create_client

    def create_client(self: Any, service_name: str, *args: Any, **options: Any) -> Any:  # noqa: ANN401
        # The endpoint is the fifth argument that is given by place; hardly anybody does.
        if AWS.match(str(options.get("endpoint_url") or "")):
            options["endpoint_url"] = url
        place = 4
        if len(args) > place and AWS.match(str(args[place] or "")):
            args = (*args[:place], url, *args[place + 1 :])
        return create(self, service_name, *args, **options)

    session.Session.create_client = create_client


def _look_often(waiter: Any) -> None:  # noqa: ANN401 - a module
    begin = waiter.SingleWaiterConfig.__init__

    def init(self: Any, config: Any) -> None:  # noqa: ANN401
        begin(self, config)
        self.max_attempts = int(self.max_attempts * max(1, self.delay / LOOK_SECONDS))
        self.delay = min(self.delay, LOOK_SECONDS)

    waiter.SingleWaiterConfig.__init__ = init


def _cap_sleeps() -> None:
    sleep = time.sleep

    def capped(seconds: float) -> None:
        asker = str(sys._getframe(1).f_globals.get("__name__"))  # noqa: SLF001 - who asks decides
        sleep(min(seconds, LOOK_SECONDS) if asker.startswith(WAITING) else seconds)

    time.sleep = capped  # type: ignore[assignment]
