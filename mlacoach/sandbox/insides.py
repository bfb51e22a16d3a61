"""The sandbox's own address, /_sandbox/…: status, reset, faults, credentials, stop; for who may read its state file."""

import hmac
import json
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from mlacoach import __version__
from mlacoach.errors import MlacoachError
from mlacoach.sandbox.call import Environ, StartResponse, Wsgi
from mlacoach.sandbox.client import ROLE_ARN
from mlacoach.sandbox.fault_rules import rule_of
from mlacoach.sandbox.memory import own_memory
from mlacoach.sandbox.world import WATCHER, World

PREFIX = "/_sandbox/"
# A browser sends a header like this to another origin only after asking, and we never say yes.
TOKEN = "X-Mlacoach-Token"  # noqa: S105 - a header's name
LARGEST = 100_000
SESSION_SECONDS = 43_200


@dataclass
class Insides:
    """Answers what concerns the sandbox itself, and notes when anybody last asked for anything.

    Attributes:
        inner: answers everything else.
        world: what is looked at.
        token: who knows it may ask.
        reset: makes the account new.
        stop: ends the server.
        fire: sets off the rule or schedule of this name; says what kind of thing it was.
    """

    inner: Wsgi
    world: World
    token: str
    reset: Callable[[], None]
    stop: Callable[[], None]
    fire: Callable[[str], str]
    began: float = field(default_factory=time.monotonic)
    last: float = field(default_factory=time.monotonic)
    requests: int = 0

    def __call__(self, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        """Answer, or pass on."""
        path = environ.get("PATH_INFO", "")
        if not path.startswith(PREFIX):
            if WATCHER not in environ.get("HTTP_USER_AGENT", ""):
                self.last = time.monotonic()
                self.requests += 1
            return self.inner(environ, start_response)
        status, data = self._answer(environ, path.removeprefix(PREFIX))
        body = json.dumps(data, default=str).encode()
        start_response(status, [("Content-Type", "application/json"), ("Content-Length", str(len(body)))])
        return [body]

    def idle_seconds(self) -> float:
        """For how long nobody has asked for anything."""
        return time.monotonic() - self.last

    def _answer(self, environ: Environ, what: str) -> tuple[str, Mapping[str, Any]]:
        given = environ.get("HTTP_" + TOKEN.upper().replace("-", "_"), "")
        if not hmac.compare_digest(given.encode(), self.token.encode()):
            return "403 Forbidden", {"error": "The token of the sandbox's state file is needed."}
        action = ACTIONS.get((environ["REQUEST_METHOD"], what))
        if action is None:
            return "404 Not Found", {"error": f"There is no {what}."}
        try:
            length = int(environ.get("CONTENT_LENGTH") or 0)
            data = json.loads(environ["wsgi.input"].read(min(length, LARGEST)) or b"{}")
            return "200 OK", action(self, data)
        except MlacoachError as error:
            return "400 Bad Request", {"error": error.what, "try_this": error.try_this}
        except (ValueError, KeyError) as error:
            return "400 Bad Request", {"error": str(error), "try_this": ""}

    def status(self, _data: Mapping[str, Any]) -> Mapping[str, Any]:
        """How it is."""
        kinds: dict[str, int] = {}
        for record in self.world.store.everything():
            kinds[record.kind] = kinds.get(record.kind, 0) + 1
        return {
            "mlacoach": __version__,
            "seconds": round(time.monotonic() - self.began, 1),
            "idle_seconds": round(self.idle_seconds(), 1),
            "requests": self.requests,
            "memory_mb": round(own_memory() / 1e6),
            "children": [{"name": child.command.name, "pid": child.pid} for child in self.world.supervisor.running()],
            "resources": dict(sorted(kinds.items())),
            "faults": len(self.world.faults.all()),
        }

    def credentials(self, _data: Mapping[str, Any]) -> Mapping[str, Any]:
        """Credentials of the sandbox's role, as a notebook in SageMaker has them."""
        sts = self.world.client("sts")
        given = sts.assume_role(RoleArn=ROLE_ARN, RoleSessionName="SageMaker", DurationSeconds=SESSION_SECONDS)
        names = ("AccessKeyId", "SecretAccessKey", "SessionToken")
        return {"role_arn": ROLE_ARN, **{name: given["Credentials"][name] for name in names}}

    def faults(self, _data: Mapping[str, Any]) -> Mapping[str, Any]:
        """The faults in force."""
        return {"faults": [{**rule.as_data(), "struck": struck} for rule, struck in self.world.faults.all()]}

    def add_fault(self, data: Mapping[str, Any]) -> Mapping[str, Any]:
        """Put one more into force."""
        self.world.faults.add(rule_of(dict(data)))
        return self.faults({})

    def clear_faults(self, _data: Mapping[str, Any]) -> Mapping[str, Any]:
        """Lift them all."""
        self.world.faults.clear()
        return self.faults({})

    def set_off(self, data: Mapping[str, Any]) -> Mapping[str, Any]:
        """Set off a rule or a schedule now."""
        return {"kind": self.fire(str(data["name"]))}

    def renew(self, _data: Mapping[str, Any]) -> Mapping[str, Any]:
        """Make the account new."""
        self.reset()
        return {}

    def end(self, _data: Mapping[str, Any]) -> Mapping[str, Any]:
        """End the server, once this is answered."""
        self.stop()
        return {}


Action = Callable[[Insides, Mapping[str, Any]], Mapping[str, Any]]
ACTIONS: Mapping[tuple[str, str], Action] = {
    ("GET", "status"): Insides.status,
    ("POST", "credentials"): Insides.credentials,
    ("GET", "faults"): Insides.faults,
    ("POST", "faults"): Insides.add_fault,
    ("DELETE", "faults"): Insides.clear_faults,
    ("POST", "fire"): Insides.set_off,
    ("POST", "reset"): Insides.renew,
    ("POST", "stop"): Insides.end,
}
