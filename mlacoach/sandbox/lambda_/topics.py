"""Topics of SNS that tell functions.

moto would look for the function in its own Lambda, which has none. So a function's subscription reaches moto with a
protocol that it keeps and does nothing for, answers show the real one, and what is published is carried to the
functions here.
"""

import io
import json
import logging
import threading
import uuid
from collections.abc import Iterable, Mapping
from typing import Any
from urllib.parse import parse_qsl, urlencode

from mlacoach.sandbox.call import Environ, StartResponse, Wsgi
from mlacoach.sandbox.lambda_.patterns import matches
from mlacoach.sandbox.routing import scope_of
from mlacoach.sandbox.world import World

LOG = logging.getLogger("mlacoach.sandbox")
OURS, THEIRS = "lambda", "sandbox-lambda"
LARGEST = 1_000_000
PUBLISHES = frozenset({"Publish", "PublishBatch"})


class Topics:
    """Stands before moto's SNS.

    Args:
        inner: moto.
        world: the sandbox.
    """

    def __init__(self, inner: Wsgi, world: World) -> None:
        self._inner = inner
        self._world = world
        # Whether any function was ever subscribed: before, nothing has to be looked up.
        self._has_functions = False

    def __call__(self, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        """Pass it on, and carry what was published to functions."""
        scope = scope_of(environ)
        if scope is None or scope.signed_for != "sns":
            return self._inner(environ, start_response)
        form = _form(environ)
        if form.get("Action") == "Subscribe" and form.get("Protocol") == OURS:
            self._has_functions = True
            _rewrite(environ, {**form, "Protocol": THEIRS})
        heads: list[tuple[str, list[tuple[str, str]]]] = []
        answer = b"".join(self._inner(environ, lambda status, headers, *_: heads.append((status, headers))))
        status, headers = heads[-1]
        if self._has_functions and status.startswith("2") and form.get("Action") in PUBLISHES:
            threading.Thread(target=self._carry, args=(form, scope.region), name="topic", daemon=True).start()
        shown = answer.replace(f">{THEIRS}<".encode(), f">{OURS}<".encode())
        kept = [(name, value) for name, value in headers if name.lower() != "content-length"]
        start_response(status, [*kept, ("Content-Length", str(len(shown)))])
        return [shown]

    def _carry(self, form: Mapping[str, str], region: str) -> None:
        from mlacoach.sandbox.lambda_.invoking import find, invoke_later  # noqa: PLC0415 - when there are functions
        from mlacoach.sandbox.lambda_.permitting import may_invoke  # noqa: PLC0415

        topic = form.get("TopicArn") or form.get("TargetArn", "")
        try:
            client = self._world.client("sns", region)
            for each in client.list_subscriptions_by_topic(TopicArn=topic)["Subscriptions"]:
                record = find(self._world, each["Endpoint"]) if each["Protocol"] == OURS else None
                if record is None or not may_invoke(record, "sns", topic):
                    continue
                filters = client.get_subscription_attributes(SubscriptionArn=each["SubscriptionArn"])["Attributes"]
                for message in _messages(form):
                    if _is_wanted(filters, message):
                        event = _event(self._world, topic, each["SubscriptionArn"], message)
                        invoke_later(self._world, record, json.dumps(event).encode())
        except Exception:
            LOG.exception("A message of %s was not carried to its functions.", topic)


def _form(environ: Environ) -> dict[str, str]:
    body = environ["wsgi.input"].read(min(int(environ.get("CONTENT_LENGTH") or 0), LARGEST))
    environ["wsgi.input"] = io.BytesIO(body)
    return dict(parse_qsl(body.decode("utf-8", "replace"), keep_blank_values=True))


def _rewrite(environ: Environ, form: Mapping[str, str]) -> None:
    body = urlencode(form).encode()
    environ |= {"wsgi.input": io.BytesIO(body), "CONTENT_LENGTH": str(len(body))}


def _messages(form: Mapping[str, str]) -> list[dict[str, str]]:
    """The members of each message of a Publish or a PublishBatch."""
    if form["Action"] == "Publish":
        return [dict(form)]
    found: dict[str, dict[str, str]] = {}
    for name, value in form.items():
        parts = name.split(".", 3)
        if parts[0] == "PublishBatchRequestEntries" and len(parts) > 3:  # noqa: PLR2004 - …member.1.Message
            found.setdefault(parts[2], {})[parts[3]] = value
    return list(found.values())


def _attributes(message: Mapping[str, str]) -> dict[str, dict[str, str]]:
    found: dict[str, dict[str, str]] = {}
    for name, value in message.items():
        parts = name.split(".")
        if parts[0] == "MessageAttributes":
            found.setdefault(parts[2], {})[parts[-1]] = value
    return {
        each["Name"]: {"Type": each.get("DataType", "String"), "Value": each.get("StringValue", "")}
        for each in found.values()
    }


def _is_wanted(filters: Mapping[str, str], message: Mapping[str, str]) -> bool:
    """Does the message fit the subscription's filter policy?"""
    policy = json.loads(filters.get("FilterPolicy") or "{}")
    if filters.get("FilterPolicyScope") == "MessageBody":
        try:
            return matches(policy, json.loads(message.get("Message", "")))
        except ValueError:
            return False
    given = {name: _value(each) for name, each in _attributes(message).items()}
    return matches(policy, given)


def _value(attribute: Mapping[str, str]) -> Any:  # noqa: ANN401 - text, a number, or a list
    return json.loads(attribute["Value"]) if attribute["Type"] in {"Number", "String.Array"} else attribute["Value"]


def _event(world: World, topic: str, subscription: str, message: Mapping[str, str]) -> dict[str, Any]:
    told = {
        "Type": "Notification",
        "MessageId": str(uuid.uuid4()),
        "TopicArn": topic,
        "Subject": message.get("Subject"),
        "Message": message.get("Message", ""),
        "Timestamp": world.now().strftime("%Y-%m-%dT%H:%M:%S.000Z"),
        "MessageAttributes": _attributes(message),
    }
    record = {"EventVersion": "1.0", "EventSubscriptionArn": subscription, "EventSource": "aws:sns", "Sns": told}
    return {"Records": [record]}
