"""XGBoost without scikit-learn and pandas, which it imports if they are there: two of its three seconds."""

import sys
from importlib import import_module
from types import ModuleType

UNNEEDED = ("sklearn", "pandas")


def _import() -> ModuleType:
    hidden = [name for name in UNNEEDED if name not in sys.modules]
    for name in hidden:
        sys.modules[name] = None  # type: ignore[assignment]
    try:
        return import_module("xgboost")
    finally:
        for name in hidden:
            del sys.modules[name]


xgboost = _import()
