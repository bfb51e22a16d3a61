"""How well something is mastered, as a share of right answers with its uncertainty. Never a bare percentage."""

from dataclasses import dataclass
from math import sqrt

# The 90 % interval of a normal distribution.
Z90 = 1.6448536269514722


@dataclass(frozen=True, slots=True)
class Share:
    """Right answers out of those given."""

    right: int
    given: int

    def __add__(self, other: "Share") -> "Share":
        return Share(self.right + other.right, self.given + other.given)

    @property
    def value(self) -> float | None:
        """The share itself, 0 to 1; None where nothing was answered."""
        return self.right / self.given if self.given else None

    @property
    def expected(self) -> float:
        """The share to expect of the next answers, by Laplace's rule of succession.

        One right and one wrong answer are added, so that two lucky answers do not read as mastery.
        """
        return (self.right + 1) / (self.given + 2)

    @property
    def interval(self) -> tuple[float, float]:
        """The 90 % interval of the share (Wilson 1927); 0 to 1 where nothing was answered."""
        if not self.given:
            return 0.0, 1.0
        n, p = self.given, self.right / self.given
        middle = (p + Z90**2 / (2 * n)) / (1 + Z90**2 / n)
        half = Z90 * sqrt(p * (1 - p) / n + Z90**2 / (4 * n**2)) / (1 + Z90**2 / n)
        return max(0.0, middle - half), min(1.0, middle + half)
