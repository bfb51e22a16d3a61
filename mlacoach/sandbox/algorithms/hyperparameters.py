"""Hyperparameters: what an algorithm takes, and its sentences about what it doesn't."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from mlacoach.sandbox.algorithms import Refused

INFINITE = float("inf")
# What SageMaker adds of its own; no algorithm looks at them.
SERVICE_OWN = ("sagemaker_", "_tuning_")


@dataclass(frozen=True, slots=True)
class Parameter:
    """One hyperparameter.

    Attributes:
        read: makes a value of its text.
        low: the least value.
        high: the greatest value.
        choices: the values it may have; empty is any.
        required: must it be given?
        default: what it is where it is not given.
        above: must it be more than `low`, not only as much?
    """

    read: Callable[[str], Any] = str
    low: float = -INFINITE
    high: float = INFINITE
    choices: tuple[str, ...] = ()
    required: bool = False
    default: Any = None
    above: bool = False

    def takes(self, value: Any) -> bool:  # noqa: ANN401 - a value of any hyperparameter
        """Is the value within its bounds?"""
        if self.choices:
            return value in self.choices
        if isinstance(value, int | float):
            return self.low <= value <= self.high and not (self.above and value == self.low)
        return True

    @property
    def range(self) -> str:
        """The bounds in words."""
        if self.choices:
            return str(list(self.choices))
        low = "(-inf" if self.low == -INFINITE else f"{'(' if self.above else '['}{self.low:g}"
        return f"{low}, " + ("+inf)" if self.high == INFINITE else f"{self.high:g}]")


@dataclass(frozen=True, slots=True)
class Manner:
    """How an algorithm says no: {name}, {names}, {value}, {range}, {type}."""

    missing: str
    unknown: str
    unreadable: str
    outside: str


TOOLKIT = Manner(
    missing="Missing required hyperparameter: {name}",
    unknown="Extraneous hyperparameter found: {name}",
    unreadable="Hyperparameter {name}: could not parse value",
    outside="Hyperparameter {name}: {value} is not in {range}",
)
FIRST_PARTY = Manner(
    missing="No value(s) were specified for '{name}' which are required hyperparameter(s) (caused by ValidationError)",
    unknown="Additional hyperparameters are not allowed ('{name}' was unexpected) (caused by ValidationError)",
    unreadable="Could not parse the value '{value}' of hyperparameter '{name}' as {type} (caused by ValidationError)",
    outside="The value '{value}' of hyperparameter '{name}' is not valid: it must be in {range} "
    "(caused by ValidationError)",
)


def whole(low: float = -INFINITE, high: float = INFINITE, **more: Any) -> Parameter:  # noqa: ANN401
    """A whole number."""
    return Parameter(int, low, high, **more)


def number(low: float = -INFINITE, high: float = INFINITE, **more: Any) -> Parameter:  # noqa: ANN401
    """A number."""
    return Parameter(float, low, high, **more)


def one_of(*choices: str, **more: Any) -> Parameter:  # noqa: ANN401
    """One word of several."""
    return Parameter(str, choices=choices, **more)


def auto(parameter: Parameter) -> Parameter:
    """The same, or the word `auto`, which leaves it to the algorithm (None)."""
    return Parameter(
        lambda text: None if text == "auto" else parameter.read(text), parameter.low, parameter.high, parameter.choices
    )


def flag(default: bool = False) -> Parameter:  # noqa: FBT001, FBT002 - one value
    """True or false, however it is spelled."""
    return Parameter(_truth, default=default)


def _truth(text: str) -> bool:
    words = {"true": True, "1": True, "false": False, "0": False}
    if text.lower() not in words:
        raise ValueError(text)
    return words[text.lower()]


def check(
    given: Mapping[str, str], parameters: Mapping[str, Parameter], manner: Manner = FIRST_PARTY
) -> dict[str, Any]:
    """The values of what was given, and the defaults of what was not.

    Raises:
        Refused: one is missing, unknown, unreadable, or out of its range.
    """
    asked = {name: str(text).strip('"') for name, text in given.items() if not name.startswith(SERVICE_OWN)}
    for name, parameter in parameters.items():
        if parameter.required and name not in asked:
            raise Refused(manner.missing.format(name=name))
    values = {name: parameter.default for name, parameter in parameters.items() if parameter.default is not None}
    for name, text in asked.items():
        if name not in parameters:
            raise Refused(manner.unknown.format(name=name))
        values[name] = _value(name, text, parameters[name], manner)
    return values


def _value(name: str, text: str, parameter: Parameter, manner: Manner) -> Any:  # noqa: ANN401
    try:
        value = parameter.read(text)
    except ValueError as error:
        kind = getattr(parameter.read, "__name__", "a value")
        raise Refused(manner.unreadable.format(name=name, value=text, type=kind)) from error
    if value is not None and not parameter.takes(value):
        raise Refused(manner.outside.format(name=name, value=value, range=parameter.range))
    return value
