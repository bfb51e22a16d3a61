"""Everything that one endpoint configuration runs; and the endpoint, which has two of these during an update."""

import shutil
import threading
import uuid
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from random import Random
from typing import Any

from mlacoach.sandbox.serving.capture import Capture
from mlacoach.sandbox.serving.plans import Plan, VariantPlan
from mlacoach.sandbox.serving.says import validation
from mlacoach.sandbox.serving.variant import Variant
from mlacoach.sandbox.world import World


class Fleet:
    """The variants of one configuration.

    Args:
        world: what engines share.
        endpoint: the endpoint's name.
        region: its region.
        plan: the configuration.
    """

    def __init__(self, world: World, endpoint: str, region: str, plan: Plan) -> None:
        self.plan = plan
        self._folder = world.folder / "endpoints" / uuid.uuid4().hex[:12]
        self.variants = [self._variant(world, endpoint, region, each) for each in plan.variants]
        self.shadows = [self._variant(world, endpoint, region, each) for each in plan.shadows]
        self.capture = Capture(world, endpoint, region, plan.capture) if plan.capture else None

    def _variant(self, world: World, endpoint: str, region: str, plan: VariantPlan) -> Variant:
        return Variant(world, endpoint, region, plan, self._folder / plan.name)

    def __iter__(self) -> Iterator[Variant]:
        """Every variant, the shadows among them."""
        return iter([*self.variants, *self.shadows])

    def start(self) -> None:
        """Start every variant.

        Raises:
            CannotStart: one does not come up.
        """
        for variant in self:
            variant.start()

    def stop(self) -> None:
        """Let what is being answered be answered, then end."""
        for variant in self:
            variant.stop()
        if self.capture:
            self.capture.flush()
        shutil.rmtree(self._folder, ignore_errors=True)

    def choose(self, target: str | None, chance: Random) -> Variant:
        """The variant that answers a request.

        Raises:
            AwsError: there is none of that name.
        """
        if target:
            found = next((each for each in self.variants if each.name == target), None)
            if found is None:
                raise validation(f"Variant {target} not found in the endpoint.")
            return found
        if len(self.variants) == 1:
            return self.variants[0]
        weights = [each.weight for each in self.variants]
        if not sum(weights):
            raise validation("No production variant of the endpoint takes traffic: all weights are 0.")
        return chance.choices(self.variants, weights)[0]

    def summary(self, statuses: Mapping[str, Any] | None = None, *, started: bool = True) -> dict[str, Any]:
        """What Describe shows of it."""
        shown = {"ProductionVariants": [_summary(each, statuses, started) for each in self.variants]}
        if self.shadows:
            shown["ShadowProductionVariants"] = [_summary(each, statuses, started) for each in self.shadows]
        return shown


def _summary(variant: Variant, status: Mapping[str, Any] | None, started: bool) -> dict[str, Any]:  # noqa: FBT001
    shown: dict[str, Any] = {
        "VariantName": variant.name,
        "DeployedImages": [
            {"SpecifiedImage": each.image, "ResolvedImage": each.image}
            for each in variant.plan.model.containers
            if each.image
        ],
        "CurrentWeight": variant.weight,
        "DesiredWeight": variant.weight,
        **variant.plan.shown,
    }
    if not variant.plan.serverless:
        shown |= {"CurrentInstanceCount": variant.count if started else 0, "DesiredInstanceCount": variant.count}
    return {**shown, **({"VariantStatus": [dict(status)]} if status else {})}


@dataclass(eq=False)
class Live:
    """An endpoint that runs.

    Attributes:
        world: what engines share.
        name: its name.
        region: its region.
        chance: what chooses variants.
        blue: what serves; None until it is in service.
        green: what is to serve instead, during an update.
        share: the share of requests that the green one answers.
        is_deleted: is it to end?
        last_asked: when the last request came, by the monotonic clock.
    """

    world: World
    name: str
    region: str
    chance: Random
    blue: Fleet | None = None
    green: Fleet | None = None
    share: float = 0.0
    lock: threading.Lock = field(default_factory=threading.Lock)
    is_deleted: bool = False
    last_asked: float = float("-inf")

    def fleet(self) -> Fleet | None:
        """The fleet that answers the next request."""
        with self.lock:
            if self.green and self.chance.random() < self.share:
                return self.green
            return self.blue

    def fleets(self) -> list[Fleet]:
        """What runs."""
        with self.lock:
            return [fleet for fleet in (self.blue, self.green) if fleet]
