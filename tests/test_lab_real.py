"""A lab on a real account. The account is the sandbox, which boto3 is led to as it would be to AWS."""

import dataclasses
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, TypeAlias

import pytest
from botocore.exceptions import ClientError

from mlacoach.cloud import Mark, real_session, sandbox_session
from mlacoach.cloud.account import new_client
from mlacoach.cloud.identity import Identity, refuse_management_account, refuse_root
from mlacoach.coach import Coach
from mlacoach.coach.lab import (
    CutShort,
    Event,
    StepShown,
    Terms,
    TornDown,
    Watch,
    clean,
    run_lab,
    settle,
    unfinished_runs,
)
from mlacoach.coach.lab.log import RunLog
from mlacoach.coach.lab.planning import plan_lab
from mlacoach.coach.lab.real import admit, allow, who_am_i
from mlacoach.coach.lab.reminding import reminders
from mlacoach.errors import MlacoachError, NeedsCredentials, UsageFault
from mlacoach.sandbox import REGION, Sandbox
from mlacoach.store.lab_runs import LabRunRow
from tests.conftest import Clock
from tests.practice import ACCOUNT, LAB, ON_AWS, TERMS, buckets, lead_boto3_to, operations_of, refuse, strike_at

Client: TypeAlias = Any  # boto3 makes its clients at run time
WHO = Identity(ACCOUNT, "practice", "arn:aws:iam::123456789012:user/me", REGION, None)


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    with Sandbox() as running:
        yield running


@pytest.fixture(autouse=True)
def _account(sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    lead_boto3_to(sandbox.url, monkeypatch, tmp_path)


@pytest.fixture
def allowed(coach: Coach) -> Coach:
    allow(coach, who_am_i(TERMS), ACCOUNT)
    return coach


@pytest.fixture
def s3(sandbox: Sandbox) -> Client:
    return new_client(sandbox_session(REGION), "s3", sandbox.url)


def stop_at(step: int, error: BaseException) -> Watch:
    def watch(event: Event) -> None:
        if isinstance(event, StepShown) and event.number == step:
            raise error

    return watch


def expired() -> ClientError:
    told = {"Error": {"Code": "ExpiredToken", "Message": "The provided token has expired."}}
    return ClientError(told, "PutBucketPolicy")  # type: ignore[no-untyped-call]


def change(coach: Coach, monkeypatch: pytest.MonkeyPatch, **changes: object) -> None:
    lab = dataclasses.replace(coach.library.labs[LAB], **changes)  # type: ignore[arg-type]
    monkeypatch.setattr(coach.library, "labs", {**coach.library.labs, LAB: lab})


# --- who may ---


def test_an_account_that_is_not_on_the_list_is_refused_before_anything_is_made(coach: Coach, s3: Client) -> None:
    before = buckets(s3)

    with pytest.raises(MlacoachError, match="it is not on your list") as caught:
        run_lab(coach, LAB, lambda _event: None, ON_AWS)

    assert "mlacoach lab allow" in caught.value.try_this
    assert buckets(s3) == before
    assert coach.store.lab_runs.all() == []


def test_an_account_is_allowed_by_typing_its_alias_and_by_nothing_else(coach: Coach) -> None:
    with pytest.raises(UsageFault, match="is not the alias of account"):
        allow(coach, WHO, "yes")

    allow(coach, WHO, "practice")

    assert coach.library.labs
    assert admit(coach, coach.library.lab(LAB), TERMS).account == ACCOUNT


def test_the_root_user_is_refused() -> None:
    with pytest.raises(MlacoachError, match="root user of account 123456789012"):
        refuse_root(dataclasses.replace(WHO, arn="arn:aws:iam::123456789012:root"))


def test_the_management_account_of_an_organization_is_refused(sandbox: Sandbox) -> None:
    session = sandbox_session(REGION)
    new_client(session, "organizations", sandbox.url).create_organization(FeatureSet="ALL")

    try:
        with pytest.raises(MlacoachError, match="management account of its organization"):
            refuse_management_account(real_session(None, REGION), WHO)
    finally:
        new_client(session, "organizations", sandbox.url).delete_organization()


def test_without_a_region_nothing_begins() -> None:
    with pytest.raises(MlacoachError, match="No region is set"):
        who_am_i(Terms())


def test_a_profile_that_is_not_there_and_credentials_that_are_not_good_need_a_login(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with pytest.raises(NeedsCredentials, match="nobody"):
        who_am_i(Terms(profile="nobody", region=REGION))
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIAUNKNOWN")
    with pytest.raises(NeedsCredentials) as caught:
        who_am_i(TERMS)
    assert caught.value.exit_code == 3


# --- what it may cost ---


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"usd_per_run": 3.0}, "may cost 3 US dollars; your ceiling is 2"),
        ({"usd_per_run": None, "usd_per_hour": None, "prices_read": None}, "Nobody has found out what"),
    ],
)
def test_a_lab_that_may_cost_more_than_the_ceiling_or_nobody_knows_what_does_not_begin(
    allowed: Coach, monkeypatch: pytest.MonkeyPatch, changes: dict[str, Any], said: str
) -> None:
    change(allowed, monkeypatch, **changes)

    with pytest.raises(MlacoachError, match=said):
        run_lab(allowed, LAB, lambda _event: None, ON_AWS)

    assert allowed.store.lab_runs.all() == []


@pytest.mark.parametrize(("hours", "per_hour", "said"), [(5, 0.0, "expired"), (3, 1.0, "may have cost 3.00")])
def test_a_run_that_stands_too_long_or_too_dear_is_stopped_and_torn_down(  # noqa: PLR0913, PLR0917
    allowed: Coach,
    clock: Clock,
    s3: Client,
    monkeypatch: pytest.MonkeyPatch,
    hours: int,
    per_hour: float,
    said: str,
) -> None:
    change(allowed, monkeypatch, usd_per_hour=per_hour)

    def sleep(event: Event) -> None:
        if isinstance(event, StepShown) and event.number == 3:
            clock.now += timedelta(hours=hours)

    with pytest.raises(MlacoachError, match=said):
        run_lab(allowed, LAB, sleep, ON_AWS)

    [row] = allowed.store.lab_runs.all()
    assert [name for name in buckets(s3) if RunLog(allowed, row).names.owns(name)] == []
    assert settle(allowed) == []


def test_a_step_that_waits_too_long_is_stopped_in_its_wait(
    allowed: Coach, clock: Clock, s3: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    change(allowed, monkeypatch, usd_per_hour=1.0)

    def time_passes_in_the_last_step(event: Event) -> None:
        if isinstance(event, StepShown) and event.number == event.of:
            clock.now += timedelta(hours=3)

    with pytest.raises(MlacoachError, match=r"may have cost 3\.00"):
        run_lab(allowed, LAB, time_passes_in_the_last_step, ON_AWS)

    [row] = allowed.store.lab_runs.all()
    assert [name for name in buckets(s3) if RunLog(allowed, row).names.owns(name)] == []


# --- a run ---


def test_a_run_on_an_account_is_walked_through_and_torn_down(allowed: Coach, s3: Client) -> None:
    seen: list[Event] = []

    row = run_lab(allowed, LAB, seen.append, ON_AWS)

    assert (row.target, row.account, row.region, row.profile) == ("aws", ACCOUNT, REGION, None)
    assert isinstance(seen[-1], TornDown)
    assert [name for name in buckets(s3) if RunLog(allowed, row).names.owns(name)] == []
    assert unfinished_runs(allowed) == []


def test_the_role_that_services_take_on_is_made_for_the_run_and_goes_with_it(
    allowed: Coach, monkeypatch: pytest.MonkeyPatch
) -> None:
    change(allowed, monkeypatch, permissions=("s3:GetObject",))
    seen: list[Event] = []
    asked = operations_of(monkeypatch, "iam")

    row = run_lab(allowed, LAB, seen.append, ON_AWS)

    role = RunLog(allowed, row).last("role")
    assert role is not None
    assert role.data["arn"].endswith(f":role/{RunLog(allowed, row).names.name('role')}")
    assert isinstance(seen[-1], TornDown)
    assert seen[-1].gone[-1].kind == "iam-role"
    policy = plan_lab(allowed, LAB, "aws").policy
    assert policy is not None
    allowing = {action for statement in policy["Statement"] for action in statement["Action"]}
    assert {f"iam:{operation}" for operation in asked} - allowing == set()


def test_the_region_comes_from_where_the_aws_cli_takes_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_REGION", "eu-central-1")

    assert who_am_i(Terms()).region == "eu-central-1"


def test_credentials_that_expire_pause_the_run_which_goes_on_after_a_login(allowed: Coach, s3: Client) -> None:
    with pytest.raises(NeedsCredentials, match="The run is paused") as caught:
        run_lab(allowed, LAB, stop_at(7, expired()), ON_AWS)

    [row] = allowed.store.lab_runs.all()
    assert "--resume" in caught.value.try_this
    assert [name for name in buckets(s3) if RunLog(allowed, row).names.owns(name)]
    [reminder] = reminders(allowed)
    assert LAB in reminder
    assert "mlacoach lab clean" in reminder

    seen: list[Event] = []
    resumed = run_lab(allowed, LAB, seen.append, dataclasses.replace(ON_AWS, resume=True))

    assert resumed == row
    assert [event.number for event in seen if isinstance(event, StepShown)] == [7, 8, 9, 10]
    assert isinstance(seen[-1], TornDown)
    assert reminders(allowed) == []


def test_an_error_of_aws_in_a_step_is_no_bug_of_ours_and_the_run_is_torn_down(
    allowed: Coach, monkeypatch: pytest.MonkeyPatch
) -> None:
    refuse(monkeypatch, "s3.PutPublicAccessBlock", "LimitExceeded")

    with pytest.raises(MlacoachError, match=r"AWS did not do what the lab asked: .*LimitExceeded") as caught:
        run_lab(allowed, LAB, lambda _event: None, ON_AWS)

    assert caught.value.exit_code == 1
    assert unfinished_runs(allowed) == []


def test_whoever_stops_the_teardown_is_told_that_things_stand(allowed: Coach, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[Event] = []
    stop = stop_at(2, KeyboardInterrupt())

    def watch(event: Event) -> None:
        seen.append(event)
        stop(event)

    with monkeypatch.context() as stopped:
        strike_at(stopped, "s3.DeleteBucket", KeyboardInterrupt())
        with pytest.raises(KeyboardInterrupt):
            run_lab(allowed, LAB, watch, ON_AWS)

    assert isinstance(seen[-1], CutShort)
    assert [settled.state for settled in settle(allowed)] == ["alive"]
    assert [settled.state for settled in clean(allowed)] == ["clean"]


def test_a_paused_run_is_taken_away_by_clean(allowed: Coach, s3: Client) -> None:
    with pytest.raises(NeedsCredentials):
        run_lab(allowed, LAB, stop_at(9, expired()), ON_AWS)

    [cleaned] = clean(allowed, LAB)

    assert (cleaned.state, unfinished_runs(allowed)) == ("clean", [])
    assert [name for name in buckets(s3) if RunLog(allowed, cleaned.run).names.owns(name)] == []


def test_a_run_whose_lab_is_gone_from_the_content_is_taken_away_all_the_same(
    allowed: Coach, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(NeedsCredentials):
        run_lab(allowed, LAB, stop_at(9, expired()), ON_AWS)
    monkeypatch.setattr(allowed.library, "labs", {})

    assert [run.state for run in clean(allowed)] == ["clean"]


def test_a_run_of_another_account_is_not_touched_and_keeps_no_other(coach: Coach) -> None:
    at = datetime(2026, 11, 21, tzinfo=UTC)
    for run, account in (("e" * 28, "999999999999"), ("f" * 28, ACCOUNT)):
        coach.store.lab_runs.begin(LabRunRow(run, at, LAB, "0", "aws", account, REGION, None))

    with pytest.raises(MlacoachError, match="was made in account 999999999999") as caught:
        clean(coach)

    assert "Log in to 999999999999" in caught.value.try_this
    assert [(run.run.account, run.state) for run in settle(coach)] == [("999999999999", "alive")]


def test_the_plan_for_an_account_has_the_policy_of_all_that_a_run_asks_for(coach: Coach) -> None:
    planned = plan_lab(coach, LAB, "aws")

    assert planned.policy is not None
    [statement] = planned.policy["Statement"]
    assert {"s3:CreateBucket", "glue:CreateTable", "sts:GetCallerIdentity"} <= set(statement["Action"])
    assert [kind for kind, _ in planned.plan.resources] == ["s3-bucket", "glue-database", "glue-table"]
    assert plan_lab(coach, LAB, "sandbox").policy is None


def test_a_run_that_was_killed_says_so_at_every_start_until_it_is_clean(coach: Coach) -> None:
    at = datetime(2026, 11, 20, tzinfo=UTC)
    row = LabRunRow("e" * 28, at, LAB, "0", "aws", ACCOUNT, REGION, "work")
    coach.store.lab_runs.begin(row)
    log = RunLog(coach, row)
    log.add("terms", mode="run", usd_per_hour="0.25", usd_per_run="1", expires=(at + timedelta(hours=4)).isoformat())

    [said] = reminders(coach)

    assert "account 123456789012" in said
    assert "0.25 US dollars an hour" in said
    assert "since 2026-11-20" in said
    with log.held():
        [running] = settle(coach)
    assert (running.state, running.usd_per_hour) == ("running", 0.25)
    assert Mark.INTENT not in {event.kind for event in coach.store.lab_runs.events(row.id)}
