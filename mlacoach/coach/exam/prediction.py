"""What answers predict of the real exam. Values only: whoever shows them needs no NumPy."""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class DomainVerdict:
    """A domain by the exam's own words: does its estimated ability reach the cut? `sure` is how probable that is."""

    domain: str
    meets: bool
    sure: float


@dataclass(frozen=True, slots=True)
class Prediction:
    """A score of 100 to 1000 with its 90 % interval, the probability of passing, and what they rest on.

    `if_harder` and `if_easier` are that probability should the real exam be harder or easier for the learner than
    these questions; `answers` counts the answers behind it, `states` how many of them are to questions whose
    difficulty is known from where, the most first.
    """

    score: float
    low: float
    high: float
    pass_probability: float
    if_harder: float
    if_easier: float
    answers: int
    states: Mapping[str, int]
    domains: tuple[DomainVerdict, ...]
