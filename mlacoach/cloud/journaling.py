"""The hook on every client: the intent is on the disk before a call that makes something is sent."""

from dataclasses import dataclass, field
from typing import Any

from mlacoach.cloud.calls import CREATES, PARTS, TAGS, Call, Request, only_looks, resists_deletion
from mlacoach.cloud.journal import Entry, Mark, Resource, Write
from mlacoach.cloud.names import RunNames
from mlacoach.errors import MlacoachError

# Where botocore keeps, from one event of a call to the next, what we found out in the first.
INTENT = "mlacoach_intent"


class CallRefused(MlacoachError):
    """A lab sent a call that could not be undone, so it was not sent."""


@dataclass(slots=True)
class Journaling:
    """Watches the calls of one run's clients."""

    names: RunNames
    write: Write
    _ours: set[Resource] = field(default_factory=set)

    def watch(self, client: Any) -> None:  # noqa: ANN401 - boto3 makes its clients at run time
        """Hook into a client.

        `before-parameter-build` has the request as the lab wrote it; `before-call` comes once, when it is valid and
        before the first attempt to send it; `after-call` when an answer has come, whatever it says.
        """
        events = client.meta.events
        events.register_first("before-parameter-build", self._examine)
        events.register_last("before-call", self._intend)
        events.register_first("after-call", self._record)

    def adopt(self, resource: Resource) -> None:
        """Take up what the journal already names, when a run goes on in another process."""
        self._ours.add(resource)

    def _examine(self, params: Request, model: Any, context: dict[str, Any], **_: object) -> None:  # noqa: ANN401
        call = (model.service_model.service_name, model.name)
        if only_looks(model.name):
            return
        if call in CREATES:
            context[INTENT] = self._creation(call, params)
        elif call in PARTS:
            self._must_be_ours(call, PARTS[call](params))
        else:
            raise CallRefused(
                f"The lab calls {_said(call)}, and nobody knows how to undo that; it was not sent.",
                "Add the call to mlacoach/cloud/calls.py, and the deletion of what it makes to kinds.py.",
            )

    def _creation(self, call: Call, params: Request) -> Entry:
        resource = CREATES[call](params)
        if not self.names.owns(resource.name):
            raise CallRefused(
                f"The lab would make the {resource}, a name that does not carry the run; {_said(call)} was not sent.",
                "Make the name with aws.name(…).",
            )
        if resists_deletion(call, params):
            raise CallRefused(f"The {resource} could not be deleted again; {_said(call)} was not sent.")
        if call in TAGS:
            TAGS[call](params, self.names.run)
        return Entry(Mark.INTENT, *call, resource)

    def _must_be_ours(self, call: Call, owner: Resource) -> None:
        if owner not in self._ours:
            raise CallRefused(
                f"The lab would change the {owner}, which this run did not make; {_said(call)} was not sent.",
                "A lab changes only what it made itself.",
            )

    def _intend(self, context: dict[str, Any], **_: object) -> None:
        entry = context.get(INTENT)
        if entry is not None:
            self.write(entry)
            self._ours.add(entry.resource)

    def _record(self, http_response: Any, context: dict[str, Any], **_: object) -> None:  # noqa: ANN401
        entry = context.get(INTENT)
        # Anything but success leaves the intent standing alone: it may have worked all the same (a time-out after the
        # commit, an attempt that was repeated), and the teardown looks.
        if entry is not None and http_response.status_code < 300:  # noqa: PLR2004 - HTTP's successes
            self.write(Entry(Mark.DONE, entry.service, entry.operation, entry.resource))


def _said(call: Call) -> str:
    return f"{call[0]} {call[1]}"
