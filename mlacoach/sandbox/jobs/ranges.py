"""The ranges that a tuning job searches, as a cube whose sides go from 0 to 1."""

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from random import Random
from typing import Any

from mlacoach.sandbox.aws_error import invalid

# From this ratio on, a range whose scale is left open is searched by orders of magnitude.
WIDE = 100
Point = tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Range:
    """One hyperparameter's range.

    Attributes:
        name: the hyperparameter.
        low: the least value.
        high: the greatest value.
        scale: Linear, Logarithmic or ReverseLogarithmic.
        is_whole: are its values whole numbers?
        values: the words it chooses from; empty for numbers.
    """

    name: str
    low: float = 0.0
    high: float = 0.0
    scale: str = "Linear"
    is_whole: bool = False
    values: tuple[str, ...] = ()

    @property
    def sides(self) -> int:
        """How many sides of the cube it takes: one, or one for each word."""
        return len(self.values) or 1

    def text(self, point: Sequence[float]) -> str:
        """The value at a point, as a hyperparameter is written."""
        if self.values:
            return self.values[max(range(len(self.values)), key=lambda side: point[side])]
        value = self._stretched(min(max(point[0], 0.0), 1.0))
        if self.is_whole:
            return str(min(max(round(value), math.ceil(self.low)), math.floor(self.high)))
        return repr(float(min(max(value, self.low), self.high)))

    def _stretched(self, share: float) -> float:
        if self.scale == "Logarithmic":
            return self.low * math.pow(self.high / self.low, share)
        if self.scale == "ReverseLogarithmic":
            return 1 - (1 - self.low) * math.pow((1 - self.high) / (1 - self.low), share)
        return self.low + share * (self.high - self.low)

    def point(self, text: str) -> Point:
        """Where a value lies."""
        if self.values:
            return tuple(1.0 if value == text else 0.0 for value in self.values)
        value = min(max(float(text.strip('"')), self.low), self.high)
        if self.high == self.low:
            return (0.5,)
        if self.scale == "Logarithmic":
            return (math.log(value / self.low) / math.log(self.high / self.low),)
        if self.scale == "ReverseLogarithmic":
            return (math.log((1 - value) / (1 - self.low)) / math.log((1 - self.high) / (1 - self.low)),)
        return ((value - self.low) / (self.high - self.low),)


@dataclass(frozen=True, slots=True)
class Space:
    """All ranges of a tuning job."""

    ranges: tuple[Range, ...]

    @property
    def sides(self) -> int:
        """The sides of the cube."""
        return sum(one.sides for one in self.ranges)

    def values(self, point: Sequence[float]) -> dict[str, str]:
        """The hyperparameters at a point."""
        found, place = {}, 0
        for one in self.ranges:
            found[one.name] = one.text(point[place : place + one.sides])
            place += one.sides
        return found

    def point(self, values: Mapping[str, str]) -> Point:
        """Where hyperparameters lie."""
        return tuple(side for one in self.ranges for side in one.point(values[one.name]))

    def draw(self, rng: Random) -> dict[str, str]:
        """Hyperparameters by chance."""
        return self.values([rng.random() for _ in range(self.sides)])

    def grid(self) -> list[dict[str, str]]:
        """Every combination of the words.

        Raises:
            AwsError: a range is of numbers.
        """
        if any(not one.values for one in self.ranges):
            raise invalid("Grid search supports categorical hyperparameter ranges only.")
        names = [one.name for one in self.ranges]
        return [dict(zip(names, row, strict=True)) for row in product(*(one.values for one in self.ranges))]


def space_of(given: Mapping[str, Any]) -> Space:
    """The space that `ParameterRanges` says.

    Raises:
        AwsError: a range is upside down, or has no such scale.
    """
    ranges = [_numbers(one, is_whole=True) for one in given.get("IntegerParameterRanges") or []]
    ranges += [_numbers(one, is_whole=False) for one in given.get("ContinuousParameterRanges") or []]
    ranges += [Range(one["Name"], values=tuple(one["Values"])) for one in given.get("CategoricalParameterRanges") or []]
    if not ranges:
        raise invalid("At least one hyperparameter range must be specified for the tuning job.")
    return Space(tuple(ranges))


def _numbers(one: Mapping[str, Any], *, is_whole: bool) -> Range:
    name, scale = one["Name"], one.get("ScalingType") or "Auto"
    try:
        low, high = float(json.loads(one["MinValue"])), float(json.loads(one["MaxValue"]))
    except (TypeError, ValueError) as error:
        raise invalid(f"The range of hyperparameter {name} is not a pair of numbers.") from error
    if low > high:
        raise invalid(f"The MinValue {low:g} of hyperparameter {name} is greater than its MaxValue {high:g}.")
    if scale == "Logarithmic" and low <= 0:
        raise invalid(f"Logarithmic scaling of hyperparameter {name} needs a MinValue greater than 0.")
    if scale == "ReverseLogarithmic" and not (low >= 0 and high < 1 and not is_whole):
        raise invalid(f"Reverse logarithmic scaling of hyperparameter {name} needs a continuous range within 0 and 1.")
    if scale == "Auto":
        scale = "Logarithmic" if low > 0 and high / low >= WIDE else "Linear"
    return Range(name, low, high, scale, is_whole)
