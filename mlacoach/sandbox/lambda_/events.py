"""PutEvents: each entry goes to the targets of the rules that it fits."""

import logging
import threading
import uuid
from collections.abc import Mapping
from typing import Any

from mlacoach.sandbox.call import Call, Engine
from mlacoach.sandbox.lambda_.triggers import event_of, set_off
from mlacoach.sandbox.world import World

LOG = logging.getLogger("mlacoach.sandbox")
NEEDED = {"Source": "Parameter Source is not valid. Reason: Source is a required argument.",
          "DetailType": "Parameter DetailType is not valid. Reason: DetailType is a required argument.",
          "Detail": "Parameter Detail is not valid. Reason: Detail is a required argument."}  # fmt: skip


def _put(call: Call) -> Mapping[str, Any]:
    answers, sound = [], []
    for entry in call.request["Entries"]:
        error = _fault(entry, call)
        answers.append(error or {"EventId": str(uuid.uuid4())})
        sound += [] if error else [entry]
    threading.Thread(target=_carry, args=(call.world, sound, call.region), name="events", daemon=True).start()
    return {"FailedEntryCount": sum("ErrorCode" in each for each in answers), "Entries": answers}


def _fault(entry: Mapping[str, Any], call: Call) -> dict[str, str] | None:
    for name, said in NEEDED.items():
        if not entry.get(name):
            return {"ErrorCode": "InvalidArgument", "ErrorMessage": said}
    try:
        event_of(call.world, entry, call.region)
    except ValueError:
        return {"ErrorCode": "MalformedDetail", "ErrorMessage": "Detail is malformed."}
    return None


def _carry(world: World, entries: list[Mapping[str, Any]], region: str) -> None:
    for entry in entries:
        try:
            set_off(world, event_of(world, entry, region), entry.get("EventBusName", ""), region)
        except Exception:
            LOG.exception("An event was not carried to its targets.")


ENGINES: Mapping[str, Engine] = {"PutEvents": _put}
