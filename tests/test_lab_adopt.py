"""`lab adopt`: what runs left whose journal is lost, on an account as in test_lab_real."""

from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any, TypeAlias
from uuid import uuid4

import pytest
from botocore.exceptions import ClientError

from mlacoach.cloud import RunNames, adoption, sandbox_session
from mlacoach.cloud.account import new_client
from mlacoach.cloud.names import RUN_TAG
from mlacoach.cloud.services import KINDS
from mlacoach.coach import Coach
from mlacoach.coach.lab import (
    Terms,
    clean,
    settle,
)
from mlacoach.coach.lab.adopting import adopt
from mlacoach.coach.lab.log import RunLog
from mlacoach.coach.lab.real import allow, who_am_i
from mlacoach.coach.lab.reminding import reminders
from mlacoach.errors import NeedsCredentials
from mlacoach.sandbox import REGION, Sandbox
from tests.practice import ACCOUNT, LAB, TERMS, buckets, lead_boto3_to, refuse

Client: TypeAlias = Any  # boto3 makes its clients at run time


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
