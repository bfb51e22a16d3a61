"""A variant that serves: its instances, each a container or a chain of them."""

import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from random import Random

from mlacoach.sandbox.algorithms import image_of
from mlacoach.sandbox.aws_error import AwsError
from mlacoach.sandbox.serving import says
from mlacoach.sandbox.serving.channel import Answer, HungUp, Question, TimedOut
from mlacoach.sandbox.serving.commands import Place
from mlacoach.sandbox.serving.instance import Instance
from mlacoach.sandbox.serving.many_models import ManyModels, need_target
from mlacoach.sandbox.serving.measures import Measures
from mlacoach.sandbox.serving.model_data import fetch
from mlacoach.sandbox.serving.plans import VariantPlan
from mlacoach.sandbox.world import World

# A laptop stands in for a fleet: however many instances there are, so many processes serve.
MOST_PROCESSES = 2
MOST_WORKERS = 8
# An algorithm's predictor is safe for threads; of a script nobody knows.
ALGORITHM_WORKERS = 2
DRAIN_SECONDS = 60.0
ERRORS = 400


class Gone(Exception):
    """The variant has ended; another fleet has taken its place, or none."""


@dataclass(frozen=True, slots=True)
class Asked:
    """A request as the containers get it."""

    body: bytes
    headers: Mapping[str, str]
    target: str | None = None
    container: str | None = None
    is_stream: bool = False


@dataclass(frozen=True, slots=True)
class Answered:
    """What came of it, which container said so, and how long the containers took."""

    answer: Answer
    container: str
    seconds: float


class Unit:
    """One instance of AWS's: every container of the model, one process each."""

    def __init__(self, instances: list[Instance], measures: Measures) -> None:
        self.instances = instances
        self.busy = 0
        self.many = {each: ManyModels(each, measures) for each in instances if each.container.is_multi_model}

    def start(self, seconds: float) -> None:
        """Start all containers.

        Raises:
            CannotStart: one does not come up.
        """
        for instance in self.instances:
            instance.start(seconds)

    def stop(self) -> None:
        """End all containers."""
        for instance in self.instances:
            instance.stop()

    def ask(self, instance: Instance, question: Question, target: str | None, seconds: float) -> Answer:
        """Ask one container; none in time, or an end meanwhile, is an answer too."""
        try:
            if instance in self.many:
                return self.many[instance].ask(need_target(target), question, seconds)
            return instance.ask(question, seconds)
        except TimedOut:
            return says.timed_out(instance.container.name)
        except HungUp:
            return says.hung_up()


class Variant:
    """A variant of an endpoint.

    Args:
        world: what engines share.
        endpoint: the endpoint's name.
        region: the endpoint's region.
        plan: what it is.
        folder: its own.
    """

    def __init__(self, world: World, endpoint: str, region: str, plan: VariantPlan, folder: Path) -> None:
        self.plan = plan
        self.name = plan.name
        self.weight = plan.weight
        self.count = plan.count
        self.measures = Measures(world, endpoint, plan.name, region)
        self._places = [
            self._place(world, endpoint, region, folder, number) for number in range(len(plan.model.containers))
        ]
        self._world = world
        self._chance: Random = world.rng(str(folder))
        self._lock = threading.Condition()
        self._units: list[Unit] = []
        self._busy = 0
        self._is_over = False

    def _place(self, world: World, endpoint: str, region: str, folder: Path, number: int) -> Place:
        limits, container = self.plan.serverless, self.plan.model.containers[number]
        workers = ALGORITHM_WORKERS if image_of(container.image).is_algorithm and not container.program else 0
        place = Place(world, endpoint, self.name, region, folder / str(number), workers)
        if limits is None:
            return place
        return replace(place, workers=min(limits.concurrency, MOST_WORKERS), memory_mb=float(limits.memory_mb))

    def start(self) -> None:
        """Fetch the model and start every instance.

        Raises:
            CannotStart: the model is not there, or a container does not come up.
        """
        for place, container in zip(self._places, self.plan.model.containers, strict=True):
            fetch(self._world, container, place.ml / "model")
        self.scale(self.count)

    def scale(self, count: int) -> None:
        """Have so many instances.

        Raises:
            CannotStart: one more does not come up.
        """
        wanted = 1 if self.plan.serverless else min(count, MOST_PROCESSES)
        while len(self._units) < wanted:
            unit = self._new_unit()
            unit.start(self.plan.startup_seconds)
            with self._lock:
                self._units.append(unit)
                self._lock.notify_all()
        while len(self._units) > wanted:
            with self._lock:
                unit = self._units.pop()
            self._drain(unit)
            unit.stop()
        self.count = count

    def _new_unit(self) -> Unit:
        containers = self.plan.model.containers
        identity = "i-" + "".join(self._chance.choices("0123456789abcdef", k=17))
        instances = [
            Instance(place, container, identity, is_only=len(containers) == 1)
            for place, container in zip(self._places, containers, strict=True)
        ]
        return Unit(instances, self.measures)

    def _drain(self, unit: Unit) -> None:
        with self._lock:
            self._lock.wait_for(lambda: unit.busy == 0, DRAIN_SECONDS)

    def stop(self) -> None:
        """Let what is being answered be answered, then end."""
        with self._lock:
            units, self._units = self._units, []
            self._is_over = True
            self._lock.notify_all()
        for unit in units:
            self._drain(unit)
            unit.stop()
        self.measures.send()

    def instances(self) -> list[Instance]:
        """Every container that runs."""
        with self._lock:
            return [instance for unit in self._units for instance in unit.instances]

    @contextmanager
    def turn(self) -> Iterator[None]:
        """Be one of the requests that are being answered.

        Raises:
            AwsError: a serverless variant has no place for one more.
        """
        with self._lock:
            if self.plan.serverless and self._busy >= self.plan.serverless.concurrency:
                raise AwsError("ThrottlingException", "Rate exceeded")
            self._busy += 1
        try:
            yield
        finally:
            with self._lock:
                self._busy -= 1
                self._lock.notify_all()

    def ask(self, asked: Asked, seconds: float) -> Answered:
        """Ask an instance, container after container.

        Raises:
            Gone: the variant has ended before anybody was asked.
            AwsError: the request names a model or container that is not there.
        """
        began = time.monotonic()
        unit = self._take(seconds)
        if unit is None:
            name = self.plan.model.containers[0].name
            return Answered(says.timed_out(name), name, time.monotonic() - began)
        try:
            answer, name = self._through(unit, asked, began + seconds)
            return Answered(answer, name, time.monotonic() - began)
        finally:
            with self._lock:
                unit.busy -= 1
                self._lock.notify_all()

    def _take(self, seconds: float) -> Unit | None:
        """The instance with the least to do; with none (scaled to zero) the request waits for one."""
        with self._lock:
            if not self._lock.wait_for(lambda: self._units or self._is_over, seconds):
                return None
            if not self._units:
                raise Gone
            unit = min(self._units, key=lambda each: each.busy)
            unit.busy += 1
            return unit

    def _through(self, unit: Unit, asked: Asked, until: float) -> tuple[Answer, str]:
        chain = self._chain(unit, asked)
        body, headers = asked.body, dict(asked.headers)
        for number, instance in enumerate(chain):
            is_last = number == len(chain) - 1
            # Only the last container knows what the caller accepts.
            sent = headers if is_last else {**headers, "Accept": "*/*"}
            question = Question("/invocations", body, sent, is_stream=asked.is_stream and is_last)
            answer = unit.ask(instance, question, asked.target, until - time.monotonic())
            if answer.status >= ERRORS or answer.status == 0 or is_last:
                return answer, instance.container.name
            body, headers = answer.body, {**headers, "Content-Type": answer.content_type}
        raise says.validation("The model has no container.")

    def _chain(self, unit: Unit, asked: Asked) -> list[Instance]:
        if not self.plan.model.is_direct:
            return unit.instances
        found = [each for each in unit.instances if each.container.name == asked.container]
        if not found:
            names = ", ".join(each.container.name for each in unit.instances)
            raise says.validation(f"TargetContainerHostname must be one of the containers of the endpoint: {names}.")
        return found
