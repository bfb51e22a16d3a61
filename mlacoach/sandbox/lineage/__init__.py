"""What SageMaker notes by itself: a trial component for each job, and artifacts, actions and contexts around it."""

from mlacoach.sandbox.telling import Event
from mlacoach.sandbox.world import World


def follow(world: World) -> None:
    """Note what happens from now on."""

    def listen(event: Event) -> None:
        if event.source == "aws.sagemaker" and event.resources:
            from mlacoach.sandbox.lineage.noting import note  # noqa: PLC0415 - when the first job tells something

            note(world, event)

    world.events.subscribe(listen)
