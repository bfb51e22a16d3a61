"""Whatever happens to runs, in whatever order: ours ends empty, theirs is untouched, and what is said is true."""

from collections.abc import Iterator
from typing import Any
from uuid import uuid4

import pytest
from botocore.exceptions import ClientError, ConnectionClosedError
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from mlacoach.cloud import Clean, Entry, RunNames, sandbox_session, tear_down
from mlacoach.cloud.account import Account
from mlacoach.cloud.journal import may_exist
from mlacoach.cloud.teardown import Patience
from mlacoach.errors import NeedsCredentials
from mlacoach.sandbox import REGION, Sandbox
from tests.lab_accounts import Clients, carrying, losses, plant_foreign_things

LAB = "state-lab"
# What its steps ask, and nobody else writes into.
SERVICES = ("s3", "glue")
QUICK = Patience(longest=0.2, pause=0.001, late=0, attempts=2)
SESSION = sandbox_session(REGION)
PLACES = {"before-send", "after-call"}


class Killed(BaseException):
    """The process ends here."""


def told(code: str) -> ClientError:
    return ClientError({"Error": {"Code": code, "Message": "as the test wants it"}}, "Any")  # type: ignore[no-untyped-call]


# What may happen at a call: when, and what is raised there. After the call it has worked all the same.
MISHAPS: dict[str, tuple[str, Any]] = {
    "killed before a call": ("before-send", Killed),
    "killed after a call": ("after-call", Killed),
    "credentials expire": ("before-send", lambda: told("ExpiredToken")),
    "throttled": ("before-send", lambda: told("ThrottlingException")),
    "it worked, but the answer was lost": ("after-call", lambda: ConnectionClosedError(endpoint_url="aws")),
}


class Mishap:
    """Strikes once, at the call of this number."""

    def __init__(self, session: Any, name: str, number: int) -> None:  # noqa: ANN401
        self.left = number
        moment, self.make = MISHAPS[name]
        session.events.register_first(moment, self._strike)
        self.undo = lambda: session.events.unregister(moment, self._strike)

    def _strike(self, **_: object) -> None:
        self.left -= 1
        if self.left == 0:
            raise self.make()


class Run:
    """A run of a little lab of five calls, its journal, and how far it came."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.names, self.journal = RunNames(LAB, uuid4().hex), list[Entry]()

    def go_on(self) -> None:
        """Do what is left; in a process of its own, as far as the account can see."""
        aws = Account(SESSION, self.names, self.journal.append, self.url, "", may_exist(self.journal))
        s3, glue = aws.client("s3"), aws.client("glue")
        bucket, lake = aws.name("raw"), aws.name("lake").replace("-", "_")
        if aws.find("s3", "head_bucket", Bucket=bucket) is None:
            s3.create_bucket(Bucket=bucket)
        s3.put_object(Bucket=bucket, Key="a", Body=b"a")
        if aws.find("glue", "get_database", Name=lake) is None:
            glue.create_database(DatabaseInput={"Name": lake})
        if aws.find("glue", "get_table", DatabaseName=lake, Name="t") is None:
            glue.create_table(DatabaseName=lake, TableInput={"Name": "t"})

    def tear_down(self) -> object:
        return tear_down(SESSION, self.names, list(self.journal), self.journal.append, self.url, QUICK)


class Labs(RuleBasedStateMachine):
    """Runs, mishaps, cleaning, and a learner who works by hand beside them."""

    url = ""
    clients: Clients

    @initialize()
    def begin(self) -> None:
        self.runs: list[Run] = []

    @rule()
    @precondition(lambda self: len(self.runs) < 2)
    def start_a_run(self) -> None:
        self.runs.append(Run(self.url))

    @rule(which=st.integers(0, 1), mishap=st.sampled_from([None, *MISHAPS]), number=st.integers(1, 14))
    @precondition(lambda self: self.runs)
    def run(self, which: int, mishap: str | None, number: int) -> None:
        self._with(mishap, number, self.runs[which % len(self.runs)].go_on)

    @rule(which=st.integers(0, 1), mishap=st.sampled_from([None, *MISHAPS]), number=st.integers(1, 14))
    @precondition(lambda self: self.runs)
    def clean(self, which: int, mishap: str | None, number: int) -> None:
        run = self.runs[which % len(self.runs)]
        verdict = self._with(mishap, number, run.tear_down)
        if isinstance(verdict, Clean):
            assert carrying(self.clients, run.names, SERVICES) == set()

    @rule(which=st.integers(0, 1), adds=st.booleans())
    @precondition(lambda self: self.runs)
    def work_by_hand(self, which: int, *, adds: bool) -> None:
        """The learner adds something to our things, or deletes one of them."""
        run = self.runs[which % len(self.runs)]
        for resource in carrying(self.clients, run.names, SERVICES):
            if resource.kind == "s3-bucket" and adds:
                self.clients["s3"].put_object(Bucket=resource.name, Key="by hand", Body=b"x")
            if resource.kind == "glue-database" and adds:
                table = {"Name": f"t{uuid4().hex[:6]}"}
                self.clients["glue"].create_table(DatabaseName=resource.name, TableInput=table)
            if resource.kind == "glue-database" and not adds:
                self.clients["glue"].delete_database(Name=resource.name)

    @invariant()
    def theirs_is_untouched(self) -> None:
        assert losses(self.clients, LAB) == []

    @invariant()
    def nothing_exists_that_the_journal_does_not_name(self) -> None:
        for run in getattr(self, "runs", []):
            assert carrying(self.clients, run.names, SERVICES) <= set(may_exist(run.journal))

    def teardown(self) -> None:
        for run in getattr(self, "runs", []):
            assert isinstance(run.tear_down(), Clean)
            assert run.tear_down() == Clean(())
            assert carrying(self.clients, run.names, SERVICES) == set()
        assert losses(self.clients, LAB) == []

    def _with(self, mishap: str | None, number: int, act: Any) -> object:  # noqa: ANN401
        strike = Mishap(SESSION, mishap, number) if mishap else None
        try:
            return act()
        except (Killed, ClientError, ConnectionClosedError, NeedsCredentials):
            return None
        finally:
            if strike:
                strike.undo()


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    with Sandbox() as running:
        yield running


def test_ours_ends_empty_theirs_is_untouched_and_what_is_said_is_true(sandbox: Sandbox, *, whole: bool) -> None:
    Labs.url, Labs.clients = sandbox.url, Clients(SESSION, sandbox.url)
    plant_foreign_things(Labs.clients, LAB)

    run_state_machine_as_test(
        Labs,
        settings=settings(
            max_examples=12 if whole else 4,
            stateful_step_count=10,
            deadline=None,
            derandomize=True,
            suppress_health_check=list(HealthCheck),
            database=None,
        ),
    )
