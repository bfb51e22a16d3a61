"""What engines share: clients, clock, chance, a folder, child processes, events, logs, metrics, faults, records."""

import os
import random
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from mlacoach.sandbox.call import Call
from mlacoach.sandbox.client import ACCOUNT, REGION, new_key
from mlacoach.sandbox.fault_rules import FaultRules
from mlacoach.sandbox.records import Records
from mlacoach.sandbox.supervisor import Supervisor
from mlacoach.sandbox.telling import Events, Logs, Metrics

ATTEMPTS = 2
# Marks the requests of what looks at the account again and again: these are nobody's use of the sandbox.
WATCHER = "mlacoach-watcher"
POOL = 50


def _utc_now() -> datetime:
    return datetime.now(UTC)  # noqa: TID251 - the server's clock; engines take it from the world


@dataclass
class World:
    """One sandbox's insides.

    Attributes:
        url: our own address, such as http://127.0.0.1:5000.
        folder: the work folder, for us alone; emptied at the start and by `reset`.
        seed: what all chance is drawn from.
        clock: the time.
        access_key: our own; whoever uses it is the account's root, as in moto.
    """

    url: str
    folder: Path
    seed: int = 0
    clock: Callable[[], datetime] = _utc_now
    account: str = ACCOUNT
    region: str = REGION
    access_key: str = field(default_factory=new_key)
    store: Records = field(default_factory=Records)
    faults: FaultRules = field(init=False)
    supervisor: Supervisor = field(init=False)
    events: Events = field(init=False)
    logs: Logs = field(init=False)
    metrics: Metrics = field(init=False)

    def __post_init__(self) -> None:
        self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        self.folder.chmod(0o700)
        self._clients: dict[tuple[str, str, str, str], Any] = {}
        self._callers: dict[str, str] = {}
        self._lock = threading.Lock()
        self.over = threading.Event()
        self.faults = FaultRules(self.rng("faults"), self.now)
        self.supervisor = Supervisor(self.folder / "children")
        self.events, self.logs, self.metrics = Events(self.client), Logs(self.client, self.now), Metrics(self.client)

    def now(self) -> datetime:
        """The moment, in UTC."""
        return self.clock()

    def rng(self, name: str) -> random.Random:
        """Chance of this name: the same seed and name draw the same."""
        return random.Random(f"{self.seed}/{name}")

    def client(self, service: str, region: str | None = None, access_key: str = "") -> Any:  # noqa: ANN401
        """A boto3 client to our own port; the same one each time, and safe for threads."""
        return self._client(service, region or self.region, access_key or self.access_key, "mlacoach")

    def watcher(self, service: str, region: str | None = None) -> Any:  # noqa: ANN401
        """The same, for what looks at the account again and again: it does not keep the sandbox from its idle stop."""
        return self._client(service, region or self.region, self.access_key, WATCHER)

    def _client(self, *key: str) -> Any:  # noqa: ANN401
        service, region, access_key, agent = key
        with self._lock:
            if (service, region, access_key, agent) not in self._clients:
                made = _new_client(self.url, service, region, access_key, agent)
                self._clients[service, region, access_key, agent] = made
            return self._clients[service, region, access_key, agent]

    def caller(self, call: Call) -> str:
        """The ARN of who sent the request, as STS says it."""
        if call.access_key not in self._callers:
            identity = self.client("sts", access_key=call.access_key).get_caller_identity()
            self._callers[call.access_key] = identity["Arn"]
        return self._callers[call.access_key]

    def arn(self, resource: str, service: str = "sagemaker", region: str | None = None) -> str:
        """An ARN of this account."""
        return f"arn:aws:{service}:{region or self.region}:{self.account}:{resource}"

    def stop(self) -> None:
        """End every child, and what looks again and again. What is in memory goes with the process."""
        self.over.set()
        self.supervisor.stop_all()


def _new_client(url: str, service: str, region: str, access_key: str, agent: str) -> Any:  # noqa: ANN401
    from botocore.config import Config  # noqa: PLC0415 - only what runs needs clients
    from botocore.session import Session  # noqa: PLC0415

    # A session of its own that reads nobody's files: building clients in one session is not safe for threads.
    nothing = (None, None, os.devnull, None)
    variables: Mapping[str, Any] = {
        "profile": (None, None, None, None),
        "config_file": nothing,
        "credentials_file": nothing,
    }
    session = Session(session_vars=variables)  # type: ignore[no-untyped-call]
    return session.create_client(
        service,
        region_name=region,
        endpoint_url=url,
        aws_access_key_id=access_key,
        aws_secret_access_key="sandbox",  # noqa: S106 - the sandbox checks none
        config=Config(  # type: ignore[no-untyped-call]
            proxies={},
            user_agent_extra=agent,
            max_pool_connections=POOL,
            retries={"mode": "standard", "total_max_attempts": ATTEMPTS},
            parameter_validation=True,
        ),
    )
