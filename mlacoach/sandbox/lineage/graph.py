"""Artifacts, actions and contexts that are made once, and the associations between them."""

import hashlib
from collections.abc import Mapping
from contextlib import suppress
from typing import Any

from mlacoach.sandbox.control.families import families
from mlacoach.sandbox.control.lineage import association
from mlacoach.sandbox.records import Record, Taken
from mlacoach.sandbox.world import World

LENGTH = 32
LONGEST_NAME = 120


def artifact(world: World, region: str, url: str, kind: str, name: str = "") -> str:
    """The ARN of the artifact of an address; the same address and type are the same artifact.

    Args:
        world: where.
        region: of the job.
        url: where it lies.
        kind: its type, such as DataSet, Image or Model.
        name: of it; by the rule the address.
    """
    identity = hashlib.sha256(f"{region} {kind} {url}".encode()).hexdigest()[:LENGTH]
    fields = {"ArtifactName": (name or url)[:LONGEST_NAME], "ArtifactType": kind, "Source": {"SourceUri": url}}
    return _kept(world, region, "Artifact", identity, fields)


def action(world: World, region: str, name: str, kind: str, source: str, status: str = "Completed") -> str:
    """The ARN of the action of a name."""
    fields = {"ActionName": name, "ActionType": kind, "Source": {"SourceUri": source}, "Status": status}
    return _kept(world, region, "Action", name, fields)


def context(world: World, region: str, name: str, kind: str, source: str) -> str:
    """The ARN of the context of a name."""
    fields = {"ContextName": name, "ContextType": kind, "Source": {"SourceUri": source}}
    return _kept(world, region, "Context", name, fields)


def _kept(world: World, region: str, noun: str, key: str, fields: Mapping[str, Any]) -> str:
    family = families()[noun]
    arn = world.arn(f"{family.arn_path}/{key}", region=region)
    now = world.now()
    whole = {**fields, family.arn_member: arn, "CreationTime": now, "LastModifiedTime": now}
    with suppress(Taken):
        world.store.add(Record(noun, key, arn, whole, region=region))
    return arn


def associate(world: World, region: str, source: str, destination: str, kind: str) -> None:
    """Say that one contributed to, produced or belongs to the other; saying it again changes nothing."""
    with suppress(Taken):
        world.store.add(association(world, region, source, destination, kind))
