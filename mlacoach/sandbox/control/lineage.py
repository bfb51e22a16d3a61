"""Lineage: associations between what was used and what came of it, and the way along them."""

from collections.abc import Iterable, Mapping
from contextlib import suppress
from typing import Any

from mlacoach.sandbox.aws_error import AwsError
from mlacoach.sandbox.call import Call, Engine
from mlacoach.sandbox.control.differences import Difference
from mlacoach.sandbox.control.families import Family
from mlacoach.sandbox.control.listing import listed
from mlacoach.sandbox.records import Record, Records, Taken
from mlacoach.sandbox.world import World

KIND = "Association"
ASSOCIATIONS = Family(KIND, ("SourceArn", "DestinationArn"), "SourceArn", "association", "", (), "", Difference())
NODES = {"Artifact": "ArtifactType", "Action": "ActionType", "Context": "ContextType", "TrialComponent": ""}
# AWS follows this many steps where the request does not say.
DEPTH = 10


def add(call: Call) -> Mapping[str, Any]:
    """AddAssociation."""
    source, destination = call.request["SourceArn"], call.request["DestinationArn"]
    for arn in (source, destination):
        _node(call, arn)
    kind = call.request.get("AssociationType", "AssociatedWith")
    # Adding one that is there changes nothing.
    with suppress(Taken):
        call.world.store.add(association(call.world, call.region, source, destination, kind))
    return {"SourceArn": source, "DestinationArn": destination}


def association(world: World, region: str, source: str, destination: str, kind: str) -> Record:
    """A new association between two nodes, by their ARNs."""
    nodes = [world.store.by_arn(arn) for arn in (source, destination)]
    fields = {
        "SourceArn": source,
        "DestinationArn": destination,
        "AssociationType": kind,
        "SourceType": _type(nodes[0]),
        "DestinationType": _type(nodes[1]),
        "SourceName": _name(nodes[0]),
        "DestinationName": _name(nodes[1]),
        "CreationTime": world.now(),
    }
    key = f"{source} {destination}"
    return Record(KIND, key, key, fields, region=region)


def delete(call: Call) -> Mapping[str, Any]:
    """DeleteAssociation."""
    source, destination = call.request["SourceArn"], call.request["DestinationArn"]
    record = call.world.store.get(KIND, f"{source} {destination}", call.region)
    if record is None:
        raise AwsError("ResourceNotFound", f"Association from {source} to {destination} does not exist.")
    call.world.store.remove(record)
    return {"SourceArn": source, "DestinationArn": destination}


def list_(call: Call) -> Mapping[str, Any]:
    """ListAssociations."""
    return listed(call, ASSOCIATIONS, call.world.store.all(KIND, call.region))


def query(call: Call) -> Mapping[str, Any]:
    """QueryLineage: what is reached from the given ARNs, upwards, downwards or both ways."""
    starts = call.request.get("StartArns", [])
    for arn in starts:
        _node(call, arn)
    edges = call.world.store.all(KIND, call.region)
    direction = call.request.get("Direction", "Both")
    reached = _walk(starts, edges, direction, int(call.request.get("MaxDepth", DEPTH)))
    shown = [arn for arn in reached if _passes(call, arn)]
    answer: dict[str, Any] = {"Vertices": [_vertex(call.world.store, arn) for arn in shown]}
    if call.request.get("IncludeEdges", True):
        answer["Edges"] = [_edge(edge) for edge in edges if {edge["SourceArn"], edge["DestinationArn"]} <= set(shown)]
    return answer


def _walk(starts: Iterable[str], edges: list[Record], direction: str, depth: int) -> list[str]:
    reached = dict.fromkeys(starts)
    ways = [("SourceArn", "DestinationArn")] if direction in {"Descendants", "Both"} else []
    ways += [("DestinationArn", "SourceArn")] if direction in {"Ascendants", "Both"} else []
    for origin, goal in ways:
        front = set(starts)
        for _ in range(depth):
            front = {edge[goal] for edge in edges if edge[origin] in front} - front
            reached |= dict.fromkeys(sorted(front))
    return list(reached)


def _passes(call: Call, arn: str) -> bool:
    filters = call.request.get("Filters", {})
    record = call.world.store.by_arn(arn)
    kinds, types = filters.get("LineageTypes"), filters.get("Types")
    created = record.get("CreationTime") if record else None
    return (
        (not kinds or (record is not None and record.kind in kinds))
        and (not types or _type(record) in types)
        and (not filters.get("CreatedBefore") or (created is not None and created < filters["CreatedBefore"]))
        and (not filters.get("CreatedAfter") or (created is not None and created > filters["CreatedAfter"]))
    )


def _vertex(store: Records, arn: str) -> dict[str, Any]:
    record = store.by_arn(arn)
    vertex = {"Arn": arn, "Type": _type(record)}
    return vertex | ({"LineageType": record.kind} if record is not None else {})


def _edge(edge: Record) -> dict[str, Any]:
    return {name: edge[name] for name in ("SourceArn", "DestinationArn", "AssociationType")}


def _node(call: Call, arn: str) -> Record | None:
    """What an ARN names. What is not ours, such as an image, may be a node too.

    Raises:
        AwsError: it should be ours and is not there.
    """
    record = call.world.store.by_arn(arn)
    if record is None and any(
        f":{name}/" in arn for name in ("artifact", "action", "context", "experiment-trial-component")
    ):
        raise AwsError("ResourceNotFound", f"{arn} does not exist.")
    return record


def _type(record: Record | None) -> str:
    if record is None:
        return ""
    member = NODES.get(record.kind, "")
    # A trial component is of the type of what it was made by.
    return str(record.get(member) or (record.get("Source") or {}).get("SourceType") or record.kind)


def _name(record: Record | None) -> str:
    return str(record.get(f"{record.kind}Name", record.key)) if record is not None else ""


ENGINES: Mapping[str, Engine] = {
    "AddAssociation": add,
    "DeleteAssociation": delete,
    "ListAssociations": list_,
    "QueryLineage": query,
}
