"""The data of the end-to-end lab: 50,000 offers of flats to rent, made by chance that a seed repeats.

The town, its districts and every number are invented: the rent comes from the formula below, and nothing of it says who
lives where.
"""

import math
from collections.abc import Iterable
from functools import cache
from random import Random
from statistics import median
from typing import NamedTuple

LINES = 50_000
SEED = 20261121
DISTRICTS = tuple(f"d{number:02}" for number in range(1, 41))
HEATINGS = ("district", "gas", "heat_pump")
MONTHS = tuple(f"{year}-{month:02}" for year in (2025, 2026) for month in range(1, 13))[:22]
FIRST_VALIDATION, FIRST_TEST = "2026-07", "2026-09"
SMALLEST, LARGEST = 10.0, 400.0
# Of the lines: how many repeat the one before, have an impossible area, or lack the energy value.
DOUBLED, ABSURD, UNKNOWN = 0.01, 0.005, 0.04


class Flat(NamedTuple):
    """One offer: area in m², distance to the next stop in m, energy in kWh per m² and year, rent in euros a month."""

    flat_id: str
    listed_at: str
    district: str
    area: float
    rooms: int
    floor: int
    built: int
    stop: int
    heating: str
    energy: float | None
    rent: float


HEADER = ",".join(Flat._fields)


@cache
def flats() -> tuple[Flat, ...]:
    """Every line as it is offered, in the order of time, its faults included."""
    chance = Random(SEED)
    found: list[Flat] = []
    while len(found) < LINES:
        found.append(_flat(chance, len(found)))
        if chance.random() < DOUBLED and len(found) < LINES:
            found.append(found[-1])
    return tuple(found)


@cache
def sound() -> dict[str, Flat]:
    """The offers that can be believed, each once, by its id."""
    return {flat.flat_id: flat for flat in flats() if SMALLEST <= flat.area <= LARGEST}


def part_of(flat: Flat) -> str:
    """The part that an offer belongs to, by its month: `train`, `validation` or `test`."""
    month = flat.listed_at[:7]
    if month < FIRST_VALIDATION:
        return "train"
    return "validation" if month < FIRST_TEST else "test"


@cache
def of_part(part: str) -> tuple[Flat, ...]:
    """The sound offers of `train`, `validation` or `test`, in the order of time."""
    return tuple(flat for flat in sound().values() if part_of(flat) == part)


@cache
def rent_per_m2() -> dict[str, float]:
    """The median rent per m² of each district, of the training months alone."""
    by_district: dict[str, list[float]] = {}
    for flat in of_part("train"):
        by_district.setdefault(flat.district, []).append(flat.rent / flat.area)
    return {district: median(values) for district, values in by_district.items()}


def csv(rows: Iterable[Flat]) -> str:
    """Lines with a header; what is not known is empty."""
    lines = (",".join("" if value is None else str(value) for value in row) for row in rows)
    return "\n".join([HEADER, *lines]) + "\n"


def _flat(chance: Random, place: int) -> Flat:
    month = MONTHS[place * len(MONTHS) // LINES]
    district = chance.randrange(len(DISTRICTS))
    area = round(min(max(math.exp(chance.gauss(4.15, 0.42)), 16), 240), 1)
    flat = Flat(
        flat_id=f"f{place:05}",
        listed_at=f"{month}-{chance.randrange(1, 29):02}",
        district=DISTRICTS[district],
        area=area,
        rooms=max(1, round(area / 26 + chance.gauss(0, 0.5))),
        floor=int(chance.random() * 8),
        built=round(chance.triangular(1900, 2026, 1975)),
        stop=round(chance.expovariate(1 / 420)) + 20,
        heating=HEATINGS[int(chance.random() ** 1.4 * len(HEATINGS))],
        energy=None,
        rent=0.0,
    )
    energy = round(max(25.0, 290 - (flat.built - 1900) * 1.9 + chance.gauss(0, 28)), 1)
    rent = round(_rent(flat, energy, place) * math.exp(chance.gauss(0, 0.09)), 2)
    faulty = chance.random() < ABSURD
    return flat._replace(area=0.0 if faulty else area, energy=None if chance.random() < UNKNOWN else energy, rent=rent)


def _rent(flat: Flat, energy: float, place: int) -> float:
    level = 8.0 + 7.0 * math.sin(int(flat.district[1:]) * 1.7) ** 2
    new = max(0, flat.built - 1995) * 0.05
    # Small flats cost more per m²; a lift makes high floors dear in new houses and cheap in old ones.
    small = 55 / (flat.area + 25)
    high = 0.12 * flat.floor if flat.built > 1980 else -0.18 * flat.floor  # noqa: PLR2004 - the formula itself
    far = 1.1 * math.log1p(flat.stop / 300)
    grown = 1 + 0.05 * place / LINES
    return flat.area * grown * max(4.0, level * (0.7 + small) + new + high - far - 0.006 * energy)
