"""Which event is noted by what."""

from collections.abc import Callable, Mapping

from mlacoach.sandbox.lineage import components, models
from mlacoach.sandbox.records import Record
from mlacoach.sandbox.telling import Event
from mlacoach.sandbox.world import World

NOTES: Mapping[str, Callable[[World, Record], None]] = {
    "TrainingJob": components.note,
    "ProcessingJob": components.note,
    "TransformJob": components.note,
    "ModelPackage": models.package,
    "Endpoint": models.endpoint,
}


def note(world: World, event: Event) -> None:
    """Note what an event tells of a job, a model package or an endpoint."""
    record = world.store.by_arn(event.resources[0])
    take = NOTES.get(record.kind) if record else None
    if record and take:
        take(world, record)
