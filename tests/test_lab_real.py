"""A lab on a real account. The account is the sandbox, which boto3 is led to as it would be to AWS."""

import dataclasses
import json
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any, TypeAlias
from uuid import uuid4

import pytest
from botocore.exceptions import ClientError

from mlacoach.cloud import Mark, RunNames, adoption, real_session, sandbox_session
from mlacoach.cloud.account import new_client
from mlacoach.cloud.identity import Identity, refuse_management_account, refuse_root
from mlacoach.cloud.names import RUN_TAG
from mlacoach.cloud.prices import current_rates
from mlacoach.cloud.quotas import missing_quotas
from mlacoach.cloud.services import KINDS
from mlacoach.coach import Coach
from mlacoach.coach.lab import (
    CutShort,
    Event,
    How,
    StepShown,
    Terms,
    TornDown,
    Watch,
    clean,
    places,
    pricing,
    run_lab,
    settle,
    unfinished_runs,
)
from mlacoach.coach.lab.adopting import adopt
from mlacoach.coach.lab.log import RunLog
from mlacoach.coach.lab.planning import plan_lab
from mlacoach.coach.lab.pricing import ASKED, ask_prices, asked_prices, elsewhere, priced, shipped_prices
from mlacoach.coach.lab.real import admit, allow, must_be_affordable, old_prices, who_am_i
from mlacoach.coach.lab.reminding import reminders
from mlacoach.content.lab_plan import load_plan
from mlacoach.errors import MlacoachError, NeedsCredentials, UsageFault
from mlacoach.sandbox import REGION, Sandbox
from mlacoach.sandbox.client import own_key
from mlacoach.store.lab_runs import LabRunRow
from tests.conftest import Clock

Client: TypeAlias = Any  # boto3 makes its clients at run time
LAB, ACCOUNT = "s3-data-lake", "123456789012"
TERMS = Terms(region=REGION)
ON_AWS = How(target="aws", terms=TERMS)
WHO = Identity(ACCOUNT, "practice", "arn:aws:iam::123456789012:user/me", REGION, None)


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    with Sandbox() as running:
        yield running


@pytest.fixture(autouse=True)
def account(sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """What boto3 finds where somebody has an AWS account."""
    nothing = tmp_path / "no-config"
    nothing.touch()
    monkeypatch.setenv("AWS_ENDPOINT_URL", sandbox.url)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", own_key())
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "sandbox")
    for name in ("AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE"):
        monkeypatch.setenv(name, str(nothing))
    for name in ("AWS_PROFILE", "AWS_REGION", "AWS_DEFAULT_REGION"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")


@pytest.fixture
def allowed(coach: Coach) -> Coach:
    allow(coach, who_am_i(TERMS), ACCOUNT)
    return coach


@pytest.fixture
def s3(sandbox: Sandbox) -> Client:
    return new_client(sandbox_session(REGION), "s3", sandbox.url)


def buckets(s3: Client) -> list[str]:
    return [bucket["Name"] for bucket in s3.list_buckets()["Buckets"]]


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
    from mlacoach.cloud import real_session  # noqa: PLC0415 - after the environment is set

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


def test_old_prices_are_said_to_be_old(coach: Coach) -> None:
    lab = coach.library.lab(LAB)

    assert old_prices(lab, date(2026, 12, 1)) == ""
    assert "may have changed" in old_prices(lab, date(2028, 1, 1))


def quotas_answer(session: Client, quotas: dict[str, float]) -> None:
    """The account answers Service Quotas so."""

    class Response:
        status_code = 200

    body = {"Quotas": [{"QuotaName": name, "Value": value} for name, value in quotas.items()]}
    session.events.register("before-call.service-quotas", lambda **_: (Response(), body))


def test_a_quota_that_is_too_small_or_not_listed_is_named() -> None:
    session = sandbox_session(REGION)
    quotas_answer(session, {"ml.m5.large for endpoint usage": 1, "ml.m5.large for training job usage": 0})
    needed = {
        "ml.m5.large for endpoint usage": 1,
        "ml.m5.large for training job usage": 2,
        "ml.m5.large for transform job usage": 1,
    }

    assert missing_quotas(session, needed) == {
        "ml.m5.large for training job usage": (2, 0),
        "ml.m5.large for transform job usage": (1, 0),
    }
    assert missing_quotas(session, {}) == {}


# --- prices ---


def price_list(name: str, usd: str, *, unit: str = "Hrs") -> str:
    """A product as the Price List has it."""
    dimension = {"unit": unit, "pricePerUnit": {"USD": usd}}
    terms = {"OnDemand": {"A.B": {"priceDimensions": {"A.B.C": dimension}}}}
    return json.dumps({"product": {"attributes": {"usagetype": name}}, "terms": terms})


def prices_answer(session: Client, *products: str) -> list[dict[str, Any]]:
    """AWS answers these; what it was asked."""

    class Response:
        status_code = 200

    asked: list[dict[str, Any]] = []

    def answer(params: dict[str, Any], **_: object) -> tuple[Response, dict[str, Any]]:
        asked.append(json.loads(params["body"]))
        return Response(), {"FormatVersion": "aws_v1", "PriceList": list(products)}

    session.events.register("before-call.pricing", answer)
    return asked


def test_a_price_is_found_by_its_usage_type_on_demand_and_by_the_hour() -> None:
    session = sandbox_session(REGION)
    asked = prices_answer(
        session,
        price_list("EUC1-Host:ml.m5.large", "0.138"),
        price_list("EUC1-Host:ml.m5.large", "9.9", unit="Quantity"),
        price_list("EUC1-Train:ml.m5.large", "0.14"),
        price_list("EUC1-Notebk:ml.m5.large", "0.2"),
    )

    found = current_rates(session, "eu-central-1", ["Host:ml.m5.large", "Train:ml.m5.large", "Tsform:ml.m5.large"])

    assert found == {"Host:ml.m5.large": 0.138, "Train:ml.m5.large": 0.14}
    assert [(each["Field"], each["Value"]) for each in asked[0]["Filters"]] == [
        ("regionCode", "eu-central-1"),
        ("instanceName", "ml.m5.large"),
    ]


def test_aws_that_tells_no_prices_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9")

    with pytest.raises(NeedsCredentials, match="does not tell its prices"):
        current_rates(real_session(None, REGION), REGION, ["Host:ml.m5.large"])


def test_the_bounds_of_a_lab_cover_its_instances_at_the_prices_that_ship(coach: Coach) -> None:
    shipped = shipped_prices(coach)

    with_prices = [lab for lab in coach.library.labs.values() if lab.usd_per_hour is not None]
    assert len(with_prices) > 20
    for lab in with_prices:
        plan = load_plan(lab.folder)
        assert plan is not None
        assert lab.usd_per_hour is not None
        assert lab.usd_per_hour >= shipped.hourly(plan.quotas), lab.id


def test_where_aws_is_dearer_the_bounds_grow_and_where_it_is_cheaper_they_stay(coach: Coach) -> None:
    lab = coach.library.lab("builtin-xgboost")
    kept = {"read": "2026-11-22", "rates": {"Train:ml.m5.large": 0.23}}
    cheap = {"read": "2026-11-22", "rates": {"Train:ml.m5.large": 0.01}}
    coach.store.profile.put({ASKED: json.dumps({"eu-central-1": kept, "us-west-2": cheap})}, coach.now())

    dear = priced(coach, lab, "eu-central-1")

    assert (dear.usd_per_run, dear.usd_per_hour) == (lab.usd_per_run * 2, lab.usd_per_hour * 2)
    assert priced(coach, lab, "us-west-2") == priced(coach, lab, "eu-west-3") == priced(coach, lab, None) == lab
    assert elsewhere(coach, lab, "eu-central-1") == elsewhere(coach, lab, REGION) == ""
    assert "--refresh --region eu-west-3" in elsewhere(coach, lab, "eu-west-3")
    with pytest.raises(MlacoachError, match=r"may cost 0\.16 US dollars; your ceiling is 0\.1"):
        must_be_affordable(dear, Terms(max_usd=0.1))


def test_what_aws_said_is_kept_for_the_region(coach: Coach, monkeypatch: pytest.MonkeyPatch) -> None:
    session = sandbox_session("eu-central-1")
    prices_answer(session, price_list("EUC1-Host:ml.m5.large", "0.138"))
    monkeypatch.setattr(pricing, "real_session", lambda _profile, _region: session)

    asked = ask_prices(coach, None, "eu-central-1")

    assert asked_prices(coach, "eu-central-1") == asked
    assert asked.rates == {"Host:ml.m5.large": 0.138}
    assert asked_prices(coach, REGION) is None


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


def test_what_a_lost_journal_named_is_found_by_its_tags_and_taken_away(allowed: Coach, sandbox: Sandbox) -> None:
    session = sandbox_session(REGION)
    s3, glue = (new_client(session, service, sandbox.url) for service in ("s3", "glue"))
    run = "0123456789abcdef0123456789ab"
    ours, theirs = f"mlacoach-{LAB}-{run[-10:]}-raw", f"mlacoach-{LAB}-zzzzzzzzzz-raw"
    lake = f"mlacoach_s3_data_lake_{run[-10:]}_lake"
    for bucket in (ours, theirs):
        s3.create_bucket(Bucket=bucket)
    s3.put_bucket_tagging(Bucket=ours, Tagging={"TagSet": [{"Key": "mlacoach:run", "Value": run}]})
    glue.create_database(DatabaseInput={"Name": lake}, Tags={"mlacoach:run": run})

    [(row, new)] = adopt(allowed, TERMS).runs

    assert (row.id, {resource.name for resource in new}) == (run, {ours, lake})
    assert adopt(allowed, TERMS).runs == ()
    assert "may cost 0.01 US dollars an hour" in reminders(allowed)[0]
    assert [state.state for state in clean(allowed)] == ["clean"]
    assert ours not in buckets(s3)
    assert theirs in buckets(s3)
    s3.delete_bucket(Bucket=theirs)


@pytest.fixture
def lost(sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> Iterator[RunNames]:
    """A run whose journal is lost: a role, which is the same in every region, and databases in two regions.

    Only these services are asked, which is quicker by a second.
    """
    asked = {name: kind for name, kind in KINDS.items() if kind.service in {"glue", "iam", "s3"}}
    monkeypatch.setattr(adoption, "KINDS", asked)
    names = RunNames("ab-and-shadow-variants", uuid4().hex[:28])
    tags = [{"Key": RUN_TAG, "Value": names.run}]
    iam = client_in(sandbox, "iam", REGION)
    iam.create_role(RoleName=names.name("role"), AssumeRolePolicyDocument="{}", Tags=tags)
    for region in REGIONS:
        glue = client_in(sandbox, "glue", region)
        glue.create_database(DatabaseInput={"Name": names.name("lake")}, Tags={RUN_TAG: names.run})
    s3 = client_in(sandbox, "s3", "eu-west-1")
    s3.create_bucket(Bucket=names.name("raw"), CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
    s3.put_bucket_tagging(Bucket=names.name("raw"), Tagging={"TagSet": tags})
    yield names
    with suppress(ClientError):
        iam.delete_role(RoleName=names.name("role"))
    with suppress(ClientError):
        s3.delete_bucket(Bucket=names.name("raw"))
    for database in databases(sandbox, names):
        client_in(sandbox, "glue", database).delete_database(Name=names.name("lake"))


REGIONS = (REGION, "eu-west-1")


def client_in(sandbox: Sandbox, service: str, region: str) -> Client:
    return new_client(sandbox_session(region), service, sandbox.url)


def databases(sandbox: Sandbox, names: RunNames) -> list[str]:
    """The regions in which the run has a database."""
    found = {region: client_in(sandbox, "glue", region).get_databases()["DatabaseList"] for region in REGIONS}
    return [region for region in REGIONS if any(names.owns(each["Name"]) for each in found[region])]


def refuse(monkeypatch: pytest.MonkeyPatch, operation: str, code: str) -> None:
    """The account refuses an operation."""
    told = {"Error": {"Code": code, "Message": "not you"}}
    strike_at(monkeypatch, operation, ClientError(told, operation))  # type: ignore[no-untyped-call]


def operations_of(monkeypatch: pytest.MonkeyPatch, service: str) -> set[str]:
    """What a service is asked from now on."""
    asked: set[str] = set()

    def session(profile: str | None, region: str | None) -> Any:  # noqa: ANN401 - a session of boto3
        made = real_session(profile, region)
        made.events.register(f"before-call.{service}", lambda model, **_: asked.add(model.name))
        return made

    monkeypatch.setattr(places, "real_session", session)
    return asked


def strike_at(monkeypatch: pytest.MonkeyPatch, operation: str, error: BaseException) -> None:
    def session(profile: str | None, region: str | None) -> Any:  # noqa: ANN401 - a session of boto3
        made = real_session(profile, region)

        def strike(**_: object) -> None:
            raise error

        made.events.register_first(f"before-call.{operation}", strike)
        return made

    monkeypatch.setattr(places, "real_session", session)


def test_a_listing_that_is_denied_is_named_and_the_rest_is_taken_up(
    allowed: Coach, lost: RunNames, monkeypatch: pytest.MonkeyPatch
) -> None:
    refuse(monkeypatch, "glue.GetDatabases", "AccessDeniedException")

    adopted = adopt(allowed, TERMS)

    [(row, new)] = adopted.runs
    assert [str(each) for each in new] == [f"iam-role {lost.name('role')}"]
    assert row.lab == "ab-and-shadow-variants"
    assert [each.kind for each in adopted.unseen] == ["glue-database"]
    assert "AccessDeniedException" in adopted.unseen[0].sentence


def test_tags_that_are_denied_are_named_with_what_carries_them(
    allowed: Coach, lost: RunNames, monkeypatch: pytest.MonkeyPatch
) -> None:
    refuse(monkeypatch, "iam.ListRoleTags", "AccessDenied")

    adopted = adopt(allowed, TERMS)

    assert [each.kind for _, new in adopted.runs for each in new] == ["glue-database"]
    assert ("iam-role", lost.name("role")) in {(each.kind, each.name) for each in adopted.unseen}


@pytest.mark.usefixtures("lost")
def test_credentials_that_expire_while_it_looks_stop_an_adoption(
    allowed: Coach, monkeypatch: pytest.MonkeyPatch
) -> None:
    refuse(monkeypatch, "glue.GetDatabases", "ExpiredTokenException")

    with pytest.raises(NeedsCredentials, match="no longer good"):
        adopt(allowed, TERMS)

    assert allowed.store.lab_runs.all() == []


def test_what_a_run_left_in_two_regions_is_taken_away_in_each(allowed: Coach, lost: RunNames, sandbox: Sandbox) -> None:
    [(_, first)] = adopt(allowed, TERMS).runs
    clean(allowed)

    [(row, second)] = adopt(allowed, Terms(region="eu-west-1")).runs
    states = [settled.state for settled in clean(allowed)]

    assert [each.kind for each in first] == ["iam-role", "glue-database"]
    assert (row.region, [each.kind for each in second]) == ("eu-west-1", ["s3-bucket", "glue-database"])
    assert states == ["clean"]
    assert databases(sandbox, lost) == []
    assert lost.name("raw") not in buckets(client_in(sandbox, "s3", REGION))


def test_what_is_found_of_a_run_that_was_clean_opens_it_again_unless_another_window_works_on_it(
    allowed: Coach, lost: RunNames, sandbox: Sandbox
) -> None:
    [(row, _)] = adopt(allowed, TERMS).runs
    clean(allowed)
    glue = client_in(sandbox, "glue", REGION)
    glue.create_database(DatabaseInput={"Name": lost.name("lake")}, Tags={RUN_TAG: lost.run})

    with RunLog(allowed, row).held():
        assert adopt(allowed, TERMS).runs == ()
    adopt(allowed, TERMS)

    assert [settled.state for settled in settle(allowed)] == ["dirty"]
    assert [settled.state for settled in clean(allowed)] == ["clean"]


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
