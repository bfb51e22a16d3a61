"""UpdateEndpointWeightsAndCapacities, and every other change of a variant's weight or number of instances."""

import threading
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from mlacoach.sandbox.aws_error import invalid
from mlacoach.sandbox.call import Call
from mlacoach.sandbox.records import Record
from mlacoach.sandbox.serving import says
from mlacoach.sandbox.serving.fleet import Fleet, Live
from mlacoach.sandbox.serving.states import tell

if TYPE_CHECKING:
    from mlacoach.sandbox.serving.hosting import Hosting


def change(host: "Hosting", call: Call) -> Mapping[str, Any]:
    """Give variants other weights, or other numbers of instances.

    Raises:
        AwsError: there is no such endpoint or variant, or it is being changed.
    """
    name = call.request["EndpointName"]
    record = call.world.store.get("Endpoint", name, call.region)
    live = host.find(name, call.region)
    if record is None:
        raise invalid(f'Could not find endpoint "{call.world.arn(f"endpoint/{name}", region=call.region)}".')
    if live is None or live.blue is None or record["EndpointStatus"] != "InService":
        raise invalid(f'Cannot update in-progress endpoint "{record.arn}".')
    wanted = call.request["DesiredWeightsAndCapacities"]
    _check(live.blue, wanted, record)
    begin(live, record, wanted)
    return {"EndpointArn": record.arn}


def _check(fleet: Fleet, wanted: Sequence[Mapping[str, Any]], record: Record) -> None:
    known = {variant.name: variant for variant in fleet}
    for each in wanted:
        variant = known.get(each["VariantName"])
        if variant is None:
            raise invalid(f'Could not find variant {each["VariantName"]} in endpoint "{record.arn}".')
        if each.get("DesiredInstanceCount") == 0 and not fleet.plan.is_queued:
            raise invalid("DesiredInstanceCount must be at least 1: only an asynchronous endpoint scales to 0.")


def begin(live: Live, record: Record, wanted: Sequence[Mapping[str, Any]]) -> None:
    """Start the change; the endpoint says Updating until it is done."""
    fleet = live.blue
    if fleet is None:
        return
    asked = {each["VariantName"]: each for each in wanted}
    shown = [_desired(each, asked.get(each["VariantName"], {})) for each in fleet.summary()["ProductionVariants"]]
    updating = {"EndpointStatus": "Updating", "ProductionVariants": shown, "LastModifiedTime": live.world.now()}
    changed = live.world.store.change(record, updating)
    if changed is None:
        return
    tell(live.world, changed)
    work = threading.Thread(target=_apply, args=(live, record, fleet, asked), name=f"scale {live.name}", daemon=True)
    work.start()


def _desired(shown: Mapping[str, Any], asked: Mapping[str, Any]) -> dict[str, Any]:
    names = ("DesiredWeight", "DesiredInstanceCount")
    return {**shown, **{name: asked[name] for name in names if name in asked}}


def _apply(live: Live, record: Record, fleet: Fleet, asked: Mapping[str, Mapping[str, Any]]) -> None:
    reason = None
    try:
        for variant in fleet:
            each = asked.get(variant.name, {})
            if "DesiredInstanceCount" in each:
                variant.scale(each["DesiredInstanceCount"])
            variant.weight = each.get("DesiredWeight", variant.weight)
    except says.CannotStart as error:
        reason = str(error)
    changes = {"EndpointStatus": "InService", "FailureReason": reason, **fleet.summary()}
    tell(live.world, live.world.store.change(record, {**changes, "LastModifiedTime": live.world.now()}))
