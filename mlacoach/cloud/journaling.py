"""The hook on every client: the intent is on the disk before a call that makes something is sent."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

from mlacoach.cloud.calls import Call, creates, only_looks, part_of, put_tag, why_not
from mlacoach.cloud.journal import Entry, Mark, Resource, Write
from mlacoach.cloud.looking import look_for
from mlacoach.cloud.names import RunNames
from mlacoach.cloud.services import KINDS
from mlacoach.cloud.services.family import Request
from mlacoach.errors import MlacoachError

# Where botocore keeps, from one event of a call to the next, what we found out in the first.
INTENTS = "mlacoach_intents"


class CallRefused(MlacoachError):
    """A lab sent a call that could not be undone, so it was not sent."""


@dataclass(slots=True)
class Journaling:
    """Watches the calls of one run's clients.

    Args:
        names: the run's names.
        write: writes an entry of the journal durably.
        plain_client: a client that is not watched, for looking.
        is_own: is it the learner's own sandbox? Then their own tools may have made what carries the run's name.
    """

    names: RunNames
    write: Write
    plain_client: Callable[[str], Any]
    is_own: bool = False
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

    def adopt(self, resources: Iterable[Resource]) -> None:
        """Take up what the journal already names, when a run goes on in another process."""
        self._ours.update(resources)

    def _examine(self, params: Request, model: Any, context: dict[str, Any], **_: object) -> None:  # noqa: ANN401
        call = (model.service_model.service_name, model.name)
        if only_looks(call):
            return
        made, changed = creates(call, params), part_of(call, params)
        if not made and not changed:
            raise CallRefused(
                f"The lab calls {_said(call)}, and nobody knows how to undo that; it was not sent.",
                f"Add it to mlacoach/cloud/services/{call[0]}.py: what it makes, or whose part it changes.",
            )
        self._must_be_allowed(call, params)
        for resource in changed:
            self._must_be_ours(call, resource)
        if made:
            context[INTENTS] = [self._creation(call, resource) for resource in made]
            put_tag(call, params, self.names.run)

    def _must_be_allowed(self, call: Call, params: Request) -> None:
        why = why_not(call, params)
        if why:
            raise CallRefused(f"{why} {_said(call)} was not sent.")

    def _creation(self, call: Call, resource: Resource) -> Entry:
        if not self.names.owns(resource.name):
            raise CallRefused(
                f"The lab would make the {resource}, a name that does not carry the run; {_said(call)} was not sent.",
                "Make the name with aws.name(…).",
            )
        return Entry(Mark.INTENT, *call, resource)

    def _must_be_ours(self, call: Call, owner: Resource) -> None:
        if owner in self._ours:
            return
        named = self._named(owner)
        if named not in self._ours and not self._made_by_hand(call, named):
            raise CallRefused(
                f"The lab would change the {owner}, which this run did not make; {_said(call)} was not sent.",
                "A lab changes only what it made itself.",
            )

    def _made_by_hand(self, call: Call, resource: Resource) -> bool:
        """Did the learner make it with a tool that writes no journal? Then the journal has it from now on."""
        kind = KINDS[resource.kind]
        if not self.is_own or not self.names.owns(resource.name):
            return False
        if look_for(kind, self.plain_client(kind.service), resource.name) is None:
            return False
        self.write(Entry(Mark.INTENT, *call, resource))
        self._ours.add(resource)
        return True

    def _named(self, owner: Resource) -> Resource:
        """The resource by its name, where the request has its id."""
        kind = KINDS[owner.kind]
        if kind.name_of is None:
            return owner
        return Resource(owner.kind, kind.name_of(self.plain_client(kind.service), owner.name))

    def _intend(self, context: dict[str, Any], **_: object) -> None:
        for entry in context.get(INTENTS, ()):
            if entry.resource not in self._ours:
                self._must_be_free(entry)
            self.write(entry)
            self._ours.add(entry.resource)

    def _must_be_free(self, entry: Entry) -> None:
        """Somebody else's thing of this very name must not come into the journal: the teardown would take it away."""
        kind = KINDS[entry.resource.kind]
        if look_for(kind, self.plain_client(kind.service), entry.resource.name) is not None:
            raise CallRefused(
                f"The {entry.resource} is there already, and this run did not make it; nothing was sent.",
                "Rename it or delete it yourself, if it is yours.",
            )

    def _record(self, http_response: Any, context: dict[str, Any], **_: object) -> None:  # noqa: ANN401
        # Anything but success leaves the intent standing alone: it may have worked all the same (a time-out after the
        # commit, an attempt that was repeated), and the teardown looks.
        if http_response.status_code < 300:  # noqa: PLR2004 - HTTP's successes
            for entry in context.get(INTENTS, ()):
                self.write(Entry(Mark.DONE, entry.service, entry.operation, entry.resource))


def _said(call: Call) -> str:
    return f"{call[0]} {call[1]}"
