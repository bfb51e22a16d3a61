"""The states of a training job, each with its times and its message, and the events about them."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from mlacoach.sandbox.records import Record
from mlacoach.sandbox.telling import Event
from mlacoach.sandbox.world import World

MESSAGES = {
    "Starting": "Preparing the instances for training",
    "Downloading": "Downloading the training image",
    "Training": "Training image download completed. Training in progress.",
    "Uploading": "Uploading generated training model",
    "Interrupted": "Training job interrupted: the spot instances were reclaimed",
    "Restarting": "Preparing the instances for training",
    "Stopping": "Stopping the training job",
    "Completed": "Training job completed",
    "MaxRuntimeExceeded": "Training job runtime exceeded MaxRuntimeInSeconds provided",
    "Stopped": "Training job stopped",
}


def enter(world: World, record: Record, state: str, **fields: Any) -> None:  # noqa: ANN401
    """Let a training job be in a new secondary state from now on."""
    now = world.now()
    message = fields.get("FailureReason") or MESSAGES.get(state, state)

    def changes(present: Record) -> Mapping[str, Any]:
        shown: list[Mapping[str, Any]] = list(present.get("SecondaryStatusTransitions") or [])
        if shown and "EndTime" not in shown[-1]:
            shown[-1] = {**shown[-1], "EndTime": now}
        new = {"Status": state, "StartTime": now, "StatusMessage": message}
        if state in {"Completed", "Failed", "Stopped", "MaxRuntimeExceeded"}:
            new["EndTime"] = now
        return {
            "SecondaryStatus": state,
            "SecondaryStatusTransitions": [*shown, new],
            "LastModifiedTime": now,
            **fields,
        }

    changed = world.store.change(record, changes)
    if changed:
        tell(world, changed, "SageMaker Training Job State Change")


def tell(world: World, record: Record, kind: str) -> None:
    """Publish a change of state."""
    detail = {name: _plain(value) for name, value in record.fields.items() if not name.startswith("_")}
    tags = world.store.tags(record.arn)
    world.events.publish(Event("aws.sagemaker", kind, {**detail, "Tags": tags}, [record.arn]))


def _plain(value: Any) -> Any:  # noqa: ANN401 - JSON
    if isinstance(value, datetime):
        return int(value.timestamp() * 1000)
    if isinstance(value, Mapping):
        return {name: _plain(one) for name, one in value.items()}
    return [_plain(one) for one in value] if isinstance(value, list) else value
