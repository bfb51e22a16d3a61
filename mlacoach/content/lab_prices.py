"""The table of prices that ships with the labs, `labs/prices.yaml`."""

from datetime import date
from pathlib import Path

from mlacoach.content.load import PRICES
from mlacoach.curriculum.questions import Reference
from mlacoach.errors import MlacoachError
from mlacoach.labs.prices import Prices, Rate


def load_prices(labs: Path) -> Prices | None:
    """The prices beside the labs of a pack, or None where it has none.

    Raises:
        MlacoachError: the file is faulty.
    """
    from mlacoach.content.reader import read  # noqa: PLC0415 - pydantic, which other commands do without

    path = labs / PRICES
    if not path.exists():
        return None
    data, faults = read("prices", path)
    if data is None:
        raise MlacoachError(str(faults[0]), "Mend the file; `mlacoach content check` says more.")
    source = Reference(data["source"]["title"], data["source"]["url"])
    rates = {name: Rate(**rate) for name, rate in data["rates"].items()}
    return Prices(data["region"], date.fromisoformat(data["read"]), source, rates)
