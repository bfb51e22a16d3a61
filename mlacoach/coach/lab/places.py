"""Where runs happen: a sandbox that ends with the run, the learner's own sandbox, or their AWS account."""

import os
from collections.abc import Iterator
from contextlib import contextmanager

from mlacoach.cloud import Place, real_session, sandbox_session
from mlacoach.coach import Coach
from mlacoach.coach import sandbox as own_sandbox
from mlacoach.coach.lab.log import RunLog
from mlacoach.sandbox import REGION, ROLE_ARN, Sandbox, background
from mlacoach.sandbox.state import State, running

SANDBOX, AWS = "sandbox", "aws"
IDLE_HOURS = 4.0
# boto3's own variable for another address than AWS's.
ENDPOINT = "AWS_ENDPOINT_URL"


@contextmanager
def passing_sandbox(log: RunLog) -> Iterator[Place]:
    """A sandbox of the run's own, which ends with it."""
    with Sandbox(log.server_log) as sandbox:
        log.add("sandbox-ready", endpoint=sandbox.url, pid=str(sandbox.pid))
        yield Place(sandbox_session(REGION), sandbox.url, ROLE_ARN, is_there=lambda: sandbox.is_running)


def lasting_sandbox(coach: Coach, log: RunLog) -> Place:
    """The learner's own sandbox, started if need be; the run stays in it until `lab clean`, or until it ends."""
    state, _ = own_sandbox.start(coach.home, coach.now(), IDLE_HOURS)
    log.add("sandbox-ready", endpoint=state.url, pid=str(state.pid), started=state.started)
    return _in_background(coach, state)


def real_place(profile: str | None, region: str | None, role_arn: str = "") -> Place:
    """The learner's AWS account."""
    # boto3 heeds the variable by itself; we only have to know that the account is near and answers at once.
    endpoint = os.environ.get(ENDPOINT)
    return Place(real_session(profile, region), endpoint, role_arn, outlives_us=True)


def place_of(coach: Coach, log: RunLog) -> Place | None:
    """Where a run that is not held by anybody lives on; None if its sandbox is gone, and everything with it."""
    if log.row.target == AWS:
        role = log.last("role")
        return real_place(log.row.profile, log.row.region, role.data["arn"] if role else "")
    state = sandbox_of(coach, log)
    return _in_background(coach, state) if state else None


def sandbox_of(coach: Coach, log: RunLog) -> State | None:
    """The sandbox that a run stands in; None if it is gone, or another one has taken its place."""
    ready, state = log.last("sandbox-ready"), running(own_sandbox.places(coach.home))
    if ready is None or state is None:
        return None
    told = (ready.data["pid"], ready.data.get("started"))
    return state if told == (str(state.pid), state.started) else None


def _in_background(coach: Coach, state: State) -> Place:
    credentials = background.ask(state, "POST", "credentials")
    return Place(
        sandbox_session(REGION, credentials),
        state.url,
        ROLE_ARN,
        is_there=lambda: running(own_sandbox.places(coach.home)) == state,
        outlives_us=True,
        is_own=True,
    )
