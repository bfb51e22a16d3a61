"""What the instances of labs cost an hour, as it was read on a day."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from mlacoach.curriculum.questions import Reference


@dataclass(frozen=True, slots=True)
class Rate:
    """On-demand US dollars an hour; `usage_type` is the AWS Price List's, without the region's prefix."""

    usage_type: str
    usd_per_hour: float


@dataclass(frozen=True, slots=True)
class Prices:
    """The rates of a region, by the name of the quota in Service Quotas, and where they were read."""

    region: str
    read: date
    source: Reference
    rates: Mapping[str, Rate]

    def hourly(self, quotas: Mapping[str, int]) -> float:
        """US dollars an hour of all instances that a lab may have at once.

        Raises:
            KeyError: the price of one is not known.
        """
        return sum(self.rates[name].usd_per_hour * count for name, count in quotas.items())


def dearer(shipped: Prices, fresh: Mapping[str, float], quotas: Mapping[str, int]) -> float:
    """By how much the bounds of a lab have to grow: never below 1, because a bound holds more than instances.

    Args:
        shipped: the rates that the bounds were counted with.
        fresh: US dollars an hour by usage type, of another day or region; what is not in it is taken as shipped.
        quotas: the lab's instances.
    """
    known = [shipped.rates[name] for name in quotas if name in shipped.rates]
    return max([1.0, *(fresh.get(rate.usage_type, 0.0) / rate.usd_per_hour for rate in known)])
