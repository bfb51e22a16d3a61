"""Values of plain flags without pydantic, which typer imports for each and which costs a third of a start.

Only what is plainly sound is taken here. Everything else, and so every fault and its sentence, is left to typer.
"""

import os
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any, get_args, get_origin

# No public name has them; a test sees it when another version of typer goes without.
from typer._coercion import RuntimeParam, TypeDescriptor, build_runtime_param
from typer.core import _TyperParameter
from typer.models import ParameterInfo

# More digits than any flag of ours needs; longer numbers are typer's.
DIGITS = re.compile(r"[0-9]{1,15}")
DECIMALS = re.compile(r"[0-9]{1,9}(\.[0-9]{1,6})?")


@dataclass(frozen=True)
class Spared(RuntimeParam):
    """The coercion of one parameter."""

    descriptor: TypeDescriptor

    def _coerce_value(self, value: Any, param: Any, ctx: Any) -> Any:  # noqa: ANN401 - typer's own signature
        known = plain(value, self.annotation, self.parameter_info)
        if known is not None:
            return known
        return build_runtime_param(self.descriptor)._coerce_value(value, param=param, ctx=ctx)  # noqa: SLF001


def spare_pydantic() -> None:
    """Have every parameter of the program coerced here, those that typer itself adds (--help) as well."""
    _TyperParameter.get_runtime_param = runtime_param  # type: ignore[assignment, method-assign]


def runtime_param(param: _TyperParameter) -> RuntimeParam:
    """What coerces a parameter, in place of typer's method of that purpose."""
    described = param.type_descriptor
    return Spared(described.parameter_info, described.annotation, described)


def plain(value: object, annotation: object, info: ParameterInfo) -> object:
    """The value as typer would make it, if it is plainly sound; None if typer has to look at it."""
    if info.parser is not None:
        return None
    if annotation is str:
        return value if isinstance(value, str) and value.isascii() else None
    if annotation in {int, float}:
        return _number(value, info, DIGITS if annotation is int else DECIMALS)
    if annotation is Path:
        return _path(value, info)
    if get_origin(annotation) is list and isinstance(value, list | tuple):
        made = [plain(one, get_args(annotation)[0], info) for one in value]
        return None if None in made else made
    return None


def _number(value: object, info: ParameterInfo, form: re.Pattern[str]) -> float | None:
    text = str(value) if type(value) in {int, float} else value
    if not (isinstance(text, str) and form.fullmatch(text)):
        return None
    number = int(text) if form is DIGITS else float(text)
    least, most = (number if bound is None else bound for bound in (info.min, info.max))
    return number if least <= number <= most else None


def _path(value: object, info: ParameterInfo) -> Path | None:
    checked = info.exists or info.writable or info.resolve_path or info.allow_dash
    if not isinstance(value, str) or checked or not (info.file_okay and info.dir_okay):
        return None
    return Path(value) if not info.readable or os.access(value, os.R_OK) else None
