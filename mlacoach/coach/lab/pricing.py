"""What labs cost on an account: the prices that ship, and those that AWS was asked for since."""

import json
from dataclasses import dataclass, replace
from datetime import date
from math import ceil

from mlacoach.cloud import real_session
from mlacoach.cloud.prices import current_rates
from mlacoach.coach import Coach
from mlacoach.content.lab_plan import load_plan
from mlacoach.content.lab_prices import load_prices
from mlacoach.curriculum.labs import LabFacts
from mlacoach.errors import MlacoachError, UsageFault
from mlacoach.labs.prices import Prices, Rate, dearer

ASKED = "aws_prices"


@dataclass(frozen=True, slots=True)
class Asked:
    """What AWS said of a region's prices on a day: US dollars an hour by usage type."""

    region: str
    read: date
    rates: dict[str, float]


def shipped_prices(coach: Coach) -> Prices:
    """The table that ships.

    Raises:
        MlacoachError: there is none, or it is faulty.
    """
    folders = {lab.folder.parent for lab in coach.library.labs.values()}
    found = [prices for folder in sorted(folders) if (prices := load_prices(folder))]
    if not found:
        raise MlacoachError("No table of prices is installed.", "`mlacoach doctor` says what is wrong.")
    return found[0]


def asked_prices(coach: Coach, region: str) -> Asked | None:
    """What AWS last said of the prices of a region; None if it was never asked."""
    kept = json.loads(coach.store.profile.all().get(ASKED, "{}")).get(region)
    return Asked(region, date.fromisoformat(kept["read"]), dict(kept["rates"])) if kept else None


def ask_prices(coach: Coach, profile: str | None, region: str | None) -> Asked:
    """Ask AWS for the prices of a region, and keep them.

    Raises:
        NeedsCredentials: AWS does not let us look.
        UsageFault: no region is given.
        MlacoachError: AWS has no such prices there.
    """
    session = real_session(profile, region)
    where = session.region_name
    if not where:
        raise UsageFault("No region is set.", "Give one with --region.")
    rates = current_rates(session, where, {rate.usage_type for rate in shipped_prices(coach).rates.values()})
    if not rates:
        raise MlacoachError(f"AWS lists none of the labs' instances in {where}.", "Choose another region.")
    fresh = Asked(where, coach.now().astimezone().date(), rates)
    kept = json.loads(coach.store.profile.all().get(ASKED, "{}"))
    kept[where] = {"read": fresh.read.isoformat(), "rates": rates}
    coach.store.profile.put({ASKED: json.dumps(kept)}, coach.now())
    return fresh


def priced(coach: Coach, lab: LabFacts, region: str | None) -> LabFacts:
    """The lab with the bounds of its cost in a region, as far as AWS was asked for its prices."""
    fresh, plan = asked_prices(coach, region or ""), load_plan(lab.folder)
    if fresh is None or plan is None or lab.usd_per_run is None or lab.usd_per_hour is None:
        return lab
    more = dearer(shipped_prices(coach), fresh.rates, plan.quotas)
    return replace(lab, usd_per_run=_cents(lab.usd_per_run * more), usd_per_hour=_cents(lab.usd_per_hour * more))


def elsewhere(coach: Coach, lab: LabFacts, region: str | None) -> str:
    """A warning if the bounds are another region's, or nothing."""
    prices = load_prices(lab.folder.parent)
    if prices is None or region in {None, prices.region} or asked_prices(coach, str(region)):
        return ""
    return f"The prices are those of {prices.region}. Ask for yours: mlacoach lab prices --refresh --region {region}"


def known_rates(prices: Prices, fresh: Asked | None) -> dict[str, Rate]:
    """The table, with what AWS said since."""
    said = fresh.rates if fresh else {}
    return {
        name: Rate(rate.usage_type, said.get(rate.usage_type, rate.usd_per_hour)) for name, rate in prices.rates.items()
    }


def _cents(usd: float) -> float:
    """Rounded up to whole cents, but not for a trace that floating point left."""
    return ceil(round(usd * 100, 6)) / 100
