"""Whatever happens to runs, in whatever order: ours ends empty, theirs is untouched, and what is said is true."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from random import Random
from typing import Any
from uuid import uuid4

import pytest
from botocore.awsrequest import AWSResponse
from botocore.exceptions import ClientError, ConnectionClosedError
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from mlacoach.cloud import Clean, Mark, sandbox_session, tear_down
from mlacoach.cloud.account import Account
from mlacoach.cloud.calls import only_looks
from mlacoach.cloud.journal import may_exist
from mlacoach.cloud.services import KINDS
from mlacoach.cloud.teardown import Patience
from mlacoach.coach import Coach
from mlacoach.coach.lab.log import RunLog
from mlacoach.content import Library
from mlacoach.errors import NeedsCredentials
from mlacoach.sandbox import REGION, Sandbox
from mlacoach.store import MEMORY, Store
from mlacoach.store.lab_runs import LabRunRow
from tests.conftest import Clock
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


DOES_NOTHING = "a deletion says yes and does nothing"


class Mishap:
    """Strikes once, at the call of this number; calls that only look are not counted."""

    def __init__(self, session: Any, name: str, number: int) -> None:  # noqa: ANN401
        self.left = number
        moment, self.make = MISHAPS[name]
        session.events.register_first(moment, self._strike)
        self.undo = lambda: session.events.unregister(moment, self._strike)

    def _strike(self, event_name: str, **_: object) -> None:
        service, operation = event_name.split(".")[-2:]
        self.left -= not only_looks((service, operation))
        if self.left == 0:
            self.left = -1
            raise self.make()


class NoBody:
    """What urllib3 would have read."""

    def stream(self) -> Iterator[bytes]:
        return iter(())


class EmptyYes:
    """The deletion of this number is answered with yes, and not sent."""

    def __init__(self, session: Any, number: int) -> None:  # noqa: ANN401
        self.left = number
        session.events.register_first("before-send", self._answer)
        self.undo = lambda: session.events.unregister("before-send", self._answer)

    def _answer(self, request: Any, event_name: str, **_: object) -> AWSResponse | None:  # noqa: ANN401 - botocore's own
        self.left -= event_name.rpartition(".")[2].startswith("Delete")
        if self.left:
            return None
        self.left = -1
        return AWSResponse(request.url, 204, {}, NoBody())  # type: ignore[no-untyped-call]


class Run:
    """A run of a little lab of five calls, its journal in a store, and how far it came."""

    def __init__(self, url: str, coach: Coach) -> None:
        self.url = url
        row = LabRunRow(uuid4().hex, coach.now(), LAB, "0", "aws", "123456789012", REGION, None)
        coach.store.lab_runs.begin(row)
        self.log = RunLog(coach, row)
        self.names = self.log.names

    def go_on(self) -> None:
        """Do what is left; whatever is sent that makes something stands in the journal before."""
        SESSION.events.register_first("before-send", self._must_be_intended)
        try:
            self._do()
        finally:
            SESSION.events.unregister("before-send", self._must_be_intended)

    def _must_be_intended(self, event_name: str, **_: object) -> None:
        operation = event_name.rpartition(".")[2]
        intended = {entry.operation for entry in self.log.entries() if entry.mark is Mark.INTENT}
        assert not operation.startswith("Create") or operation in intended

    def _do(self) -> None:
        """In a process of its own, as far as the account can see."""
        aws = Account(SESSION, self.names, self.log.journal, self.url, "", may_exist(self.log.entries()))
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
        return tear_down(SESSION, self.names, self.log.entries(), self.log.journal, self.url, QUICK)


class Labs(RuleBasedStateMachine):
    """Runs, mishaps, cleaning, and a learner who works by hand beside them."""

    url = ""
    clients: Clients
    library: Library

    @initialize()
    def begin(self) -> None:
        self.clock, self.runs = Clock(), list[Run]()
        self.store = Store(MEMORY, self.clock())
        self.coach = Coach(self.store, self.library, self.clock, Random(1), Path("nowhere"))
        self.runs.append(Run(self.url, self.coach))

    @rule(hours=st.integers(-48, 48))
    def move_the_clock(self, hours: int) -> None:
        """The computer slept, or somebody set its clock, also back."""
        self.clock.now += timedelta(hours=hours)

    @rule()
    @precondition(lambda self: len(self.runs) < 2)
    def start_a_second_run(self) -> None:
        self.runs.append(Run(self.url, self.coach))

    @rule(which=st.integers(0, 1), mishap=st.sampled_from([None, *MISHAPS]), number=st.integers(1, 5))
    def run(self, which: int, mishap: str | None, number: int) -> None:
        self._with(mishap, number, self.runs[which % len(self.runs)].go_on)

    @rule(which=st.integers(0, 1), mishap=st.sampled_from([None, *MISHAPS]), number=st.integers(1, 5))
    def clean(self, which: int, mishap: str | None, number: int) -> None:
        run = self.runs[which % len(self.runs)]
        verdict = self._with(mishap, number, run.tear_down)
        if isinstance(verdict, Clean):
            assert carrying(self.clients, run.names, SERVICES) == set()

    @rule(which=st.integers(0, 1), number=st.integers(1, 5))
    @precondition(lambda self: any(run.log.entries() for run in self.runs))
    def clean_where_a_deletion_lies(self, which: int, number: int) -> None:
        self.clean(which, DOES_NOTHING, number)

    @rule(which=st.integers(0, 1), adds=st.booleans())
    def work_by_hand(self, which: int, *, adds: bool) -> None:
        """The learner adds something to our things, or deletes one of them."""
        run = self.runs[which % len(self.runs)]
        for resource in carrying(self.clients, run.names, SERVICES):
            if resource.kind == "s3-bucket" and adds:
                self.clients["s3"].put_object(Bucket=resource.name, Key="by hand", Body=b"x")
            if resource.kind == "glue-database" and adds:
                table = {"Name": f"t{uuid4().hex[:6]}"}
                self.clients["glue"].create_table(DatabaseName=resource.name, TableInput=table)
            if resource.kind == "s3-bucket" and not adds:
                KINDS["s3-bucket"].delete(self.clients["s3"], resource.name)
            if resource.kind == "glue-database" and not adds:
                self.clients["glue"].delete_database(Name=resource.name)

    @invariant()
    def theirs_is_untouched(self) -> None:
        assert losses(self.clients, LAB) == []

    @invariant()
    def nothing_exists_that_the_journal_does_not_name(self) -> None:
        for run in getattr(self, "runs", []):
            assert carrying(self.clients, run.names, SERVICES) <= set(may_exist(run.log.entries()))

    def teardown(self) -> None:
        for run in getattr(self, "runs", []):
            assert isinstance(run.tear_down(), Clean)
            assert run.tear_down() == Clean(())
            assert carrying(self.clients, run.names, SERVICES) == set()
        assert losses(self.clients, LAB) == []
        self.store.close()

    def _with(self, mishap: str | None, number: int, act: Any) -> object:  # noqa: ANN401
        strike = _strike(mishap, number)
        try:
            return act()
        except (Killed, ClientError, ConnectionClosedError, NeedsCredentials):
            return None
        finally:
            if strike:
                strike.undo()


def _strike(mishap: str | None, number: int) -> Mishap | EmptyYes | None:
    if mishap == DOES_NOTHING:
        return EmptyYes(SESSION, number)
    return Mishap(SESSION, mishap, number) if mishap else None


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    with Sandbox() as running:
        yield running


def test_ours_ends_empty_theirs_is_untouched_and_what_is_said_is_true(
    sandbox: Sandbox, library: Library, *, whole: bool
) -> None:
    Labs.url, Labs.clients, Labs.library = sandbox.url, Clients(SESSION, sandbox.url), library
    plant_foreign_things(Labs.clients, LAB)

    run_state_machine_as_test(
        Labs,
        settings=settings(
            max_examples=40 if whole else 6,
            stateful_step_count=10,
            deadline=None,
            derandomize=True,
            suppress_health_check=list(HealthCheck),
            database=None,
            # What a failing example leaves in the sandbox would change the smaller ones.
            phases=[Phase.generate],
        ),
    )
