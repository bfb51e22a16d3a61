"""Teardown: what the journal names goes, whatever is in it; nothing else does; the verdict is true."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeAlias
from uuid import uuid4

import pytest
from botocore.exceptions import ClientError

from mlacoach.cloud import Account, Clean, Dirty, Entry, Mark, Resource, RunNames, sandbox_session, tear_down
from mlacoach.cloud.account import new_client
from mlacoach.content.lab_code import load_lab_code
from mlacoach.sandbox import REGION, Sandbox
from mlacoach.sandbox.client import KEY, own_key
from mlacoach.store import Store

ROOT = Path(__file__).resolve().parent.parent
LAB = load_lab_code(ROOT / "labs" / "s3-data-lake")
# A session reads the services' models once, which takes longer than a whole lab.
SESSION = sandbox_session(REGION)


Client: TypeAlias = Any  # boto3 makes its clients at run time


class Killed(BaseException):
    """The process ends here."""


class Run:
    """One run in the test's sandbox, with the journal in a list."""

    def __init__(self, url: str, run: str = "") -> None:
        self.url = url
        self.names = RunNames("s3-data-lake", run or uuid4().hex)
        self.journal: list[Entry] = []
        self.session = SESSION
        self.aws = Account(self.session, self.names, self.journal.append, url, "")

    @property
    def database(self) -> str:
        return self.names.name("lake").replace("-", "_")

    def do_everything(self) -> None:
        for step in LAB.steps:
            step.do(self.aws)

    def tear_down(self) -> Clean | Dirty:
        return tear_down(self.session, self.names, list(self.journal), self.journal.append, self.url)


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    with Sandbox() as running:
        yield running


@pytest.fixture
def run(sandbox: Sandbox) -> Run:
    return Run(sandbox.url)


@pytest.fixture(scope="module")
def s3(sandbox: Sandbox) -> Client:
    return new_client(sandbox_session(REGION), "s3", sandbox.url)


@pytest.fixture(scope="module")
def glue(sandbox: Sandbox) -> Client:
    return new_client(sandbox_session(REGION), "glue", sandbox.url)


@pytest.fixture(autouse=True)
def foreign(s3: Client, glue: Client) -> Iterator[None]:
    """Somebody else's things, named as ours are, stand beside every test and survive it."""
    bucket, database = "mlacoach-s3-data-lake-0123456789-raw", "mlacoach_s3_data_lake_0123456789_lake"
    if bucket not in buckets(s3):
        s3.create_bucket(Bucket=bucket)
        s3.put_object(Bucket=bucket, Key="theirs", Body=b"theirs")
        glue.create_database(DatabaseInput={"Name": database})
        glue.create_table(DatabaseName=database, TableInput={"Name": "readings"})
    yield
    assert s3.get_object(Bucket=bucket, Key="theirs")["Body"].read() == b"theirs"
    assert glue.get_table(DatabaseName=database, Name="readings")


def buckets(s3: Client) -> set[str]:
    return {bucket["Name"] for bucket in s3.list_buckets()["Buckets"]}


def left_of(run: Run, s3: Client, glue: Client) -> set[str]:
    databases = {database["Name"] for database in glue.get_databases()["DatabaseList"]}
    return {name for name in buckets(s3) | databases if run.names.owns(name)}


def refuse(run: Run, call: str, code: str) -> None:
    """From now on the account refuses this call to new clients."""

    def answer(**_: object) -> None:
        raise ClientError(  # type: ignore[no-untyped-call]
            {"Error": {"Code": code, "Message": "as the test wants it"}}, call
        )

    run.session = sandbox_session(REGION)
    run.session.events.register(f"before-call.{call}", answer)


def test_a_finished_lab_is_taken_away_and_a_second_teardown_finds_nothing(run: Run, s3: Client, glue: Client) -> None:
    run.do_everything()

    first = run.tear_down()
    written = len(run.journal)
    second = run.tear_down()

    assert isinstance(first, Clean)
    assert [resource.kind for resource in first.gone] == ["glue-table", "glue-database", "s3-bucket"]
    assert second == Clean(())
    assert len(run.journal) == written
    assert left_of(run, s3, glue) == set()


def test_deletion_and_the_look_at_it_are_journalled(run: Run) -> None:
    run.aws.client("s3").create_bucket(Bucket=run.names.name("raw"))
    run.tear_down()

    assert [entry.mark for entry in run.journal] == [Mark.INTENT, Mark.DONE, Mark.DELETED, Mark.VERIFIED]


def test_a_bucket_goes_with_versions_markers_uploads_and_a_policy_against_us(
    run: Run, s3: Client, glue: Client
) -> None:
    name = run.names.name("raw")
    run.aws.client("s3").create_bucket(Bucket=name)
    s3.put_object(Bucket=name, Key="before versioning", Body=b"1")
    s3.put_bucket_versioning(Bucket=name, VersioningConfiguration={"Status": "Enabled"})
    for body in (b"1", b"2"):
        s3.put_object(Bucket=name, Key="ä key/with = and &", Body=body)
    s3.delete_object(Bucket=name, Key="before versioning")
    upload = s3.create_multipart_upload(Bucket=name, Key="unfinished")["UploadId"]
    s3.upload_part(Bucket=name, Key="unfinished", UploadId=upload, PartNumber=1, Body=b"part")
    deny = '{"Statement": [{"Effect": "Deny", "Principal": "*", "Action": "s3:*", "Resource": "*"}]}'
    s3.put_bucket_policy(Bucket=name, Policy=deny)

    assert isinstance(run.tear_down(), Clean)
    assert left_of(run, s3, glue) == set()


def test_a_bucket_goes_with_more_objects_than_one_page_holds(run: Run, s3: Client, glue: Client) -> None:
    name = run.names.name("raw")
    run.aws.client("s3").create_bucket(Bucket=name)
    for number in range(5):
        s3.put_object(Bucket=name, Key=f"{number}")

    def two_a_page(params: dict[str, Any], **_: object) -> None:
        params["MaxKeys"] = 2

    run.session = sandbox_session(REGION)
    run.session.events.register("before-parameter-build.s3.ListObjectVersions", two_a_page)

    assert isinstance(run.tear_down(), Clean)
    assert left_of(run, s3, glue) == set()


def test_a_table_that_somebody_added_goes_with_the_database_of_the_run(run: Run, s3: Client, glue: Client) -> None:
    run.do_everything()
    glue.create_table(DatabaseName=run.database, TableInput={"Name": "by-hand"})

    assert isinstance(run.tear_down(), Clean)
    assert left_of(run, s3, glue) == set()


def test_what_was_already_deleted_by_hand_counts_as_gone(run: Run, glue: Client) -> None:
    run.do_everything()
    glue.delete_database(Name=run.database)

    assert isinstance(run.tear_down(), Clean)


def test_a_bucket_of_this_very_name_without_an_intent_survives(run: Run, s3: Client) -> None:
    s3.create_bucket(Bucket=run.names.name("by-hand"))

    assert run.tear_down() == Clean(())
    assert run.names.name("by-hand") in buckets(s3)


def test_an_intent_whose_name_does_not_carry_the_run_deletes_nothing(run: Run, s3: Client) -> None:
    theirs = Resource("s3-bucket", "mlacoach-s3-data-lake-0123456789-raw")
    run.journal.append(Entry(Mark.INTENT, "s3", "CreateBucket", theirs))

    verdict = run.tear_down()

    assert isinstance(verdict, Dirty)
    assert [leftover.resource for leftover in verdict.left] == [theirs]
    assert theirs.name in buckets(s3)


def test_a_refused_deletion_keeps_nothing_else_and_is_listed(run: Run, s3: Client, glue: Client) -> None:
    run.do_everything()
    refuse(run, "glue.DeleteDatabase", "AccessDeniedException")

    verdict = run.tear_down()

    assert isinstance(verdict, Dirty)
    [leftover] = verdict.left
    assert leftover.resource == Resource("glue-database", run.database)
    assert "AccessDeniedException" in leftover.sentence
    assert left_of(run, s3, glue) == {run.database}


def test_what_could_not_be_deleted_goes_when_it_can_be(run: Run, sandbox: Sandbox, s3: Client, glue: Client) -> None:
    run.do_everything()
    refuse(run, "glue.DeleteDatabase", "AccessDeniedException")
    run.tear_down()

    again = tear_down(sandbox_session(REGION), run.names, list(run.journal), run.journal.append, sandbox.url)

    assert again == Clean((Resource("glue-database", run.database),))
    assert left_of(run, s3, glue) == set()


def test_what_cannot_be_looked_for_is_not_called_clean(run: Run) -> None:
    run.do_everything()
    refuse(run, "s3.HeadBucket", "403")

    verdict = run.tear_down()

    assert isinstance(verdict, Dirty)
    [leftover] = verdict.left
    assert "could not be looked for" in leftover.why


def test_objects_that_stay_make_the_bucket_stay_listed(run: Run) -> None:
    run.do_everything()

    def keep(parsed: dict[str, Any], **_: object) -> None:
        parsed["Errors"] = [{"Key": "a", "Code": "AccessDenied", "Message": "no"}]

    run.session = sandbox_session(REGION)
    run.session.events.register("after-call.s3.DeleteObjects", keep)
    verdict = run.tear_down()

    assert isinstance(verdict, Dirty)
    assert verdict.left[0].why == "a: AccessDenied: no"


@pytest.mark.parametrize("code", ["NoSuchUpload", "NoSuchKey", "ResourceNotFoundException", "404 Not Found"])
def test_only_the_not_found_of_the_resource_itself_counts_as_gone(run: Run, code: str) -> None:
    run.aws.client("s3").create_bucket(Bucket=run.names.name("raw"))
    refuse(run, "s3.DeleteBucket", code)
    refuse(run, "s3.HeadBucket", code)

    assert isinstance(run.tear_down(), Dirty)


# The numbers of the lab's calls that make something: bucket, object, database, table, partition. The others change the
# bucket, one a step.
MAKING = (1, 7, 8, 9, 10)


def die_at(number: int, run: Run, moment: str) -> None:
    """Kill the run before the call of this number is sent, or when its answer has come but nobody has read it."""
    seen = 0

    def count(**_: object) -> None:
        nonlocal seen
        seen += 1
        if seen == number:
            raise Killed

    for service in ("s3", "glue"):
        run.aws.client(service).meta.events.register_first(moment, count)


@pytest.mark.parametrize("moment", ["before-send", "after-call"])
@pytest.mark.parametrize("number", MAKING)
def test_a_run_killed_at_any_call_leaves_nothing_after_teardown(
    run: Run, s3: Client, glue: Client, number: int, moment: str
) -> None:
    die_at(number, run, moment)
    with pytest.raises(Killed):
        run.do_everything()

    assert isinstance(run.tear_down(), Clean)
    assert left_of(run, s3, glue) == set()


def test_a_teardown_killed_at_any_call_is_finished_by_the_next(sandbox: Sandbox, s3: Client, glue: Client) -> None:
    calls = 0
    for number in range(1, 100):
        run = Run(sandbox.url)
        for step in LAB.steps:
            if step.name not in CONFIGURE:
                step.do(run.aws)
        if not killed_in_teardown(run, number):
            break
        calls = number
        assert isinstance(run.tear_down(), Clean)
        assert left_of(run, s3, glue) == set()

    assert calls > 8


# Steps that make nothing which a teardown would have to delete.
CONFIGURE = {"block_public_access", "encrypt_by_default", "age_the_data", "register_the_partition"}


def killed_in_teardown(run: Run, number: int) -> bool:
    seen = 0

    def count(**_: object) -> None:
        nonlocal seen
        seen += 1
        if seen == number:
            raise Killed

    SESSION.events.register_first("after-call", count)
    try:
        run.tear_down()
    except Killed:
        return True
    finally:
        SESSION.events.unregister("after-call", count)
    return False


SUICIDE = """
import os, signal, sys
from datetime import UTC, datetime
from pathlib import Path
from mlacoach.cloud import Account, RunNames, sandbox_session
from mlacoach.content.lab_code import load_lab_code
from mlacoach.store import Store
from mlacoach.store.lab_runs import LabRunRow

_, url, run, home, lab, moment, call = sys.argv
now = datetime(2026, 11, 21, tzinfo=UTC)
store = Store(Path(home) / "mlacoach.db", now)
store.lab_runs.begin(LabRunRow(run, now, "s3-data-lake", "0", "sandbox", "1", "us-east-1", None))

def write(entry):
    data = dict(service=entry.service, operation=entry.operation, kind=entry.resource.kind, name=entry.resource.name)
    store.lab_runs.add(run, entry.mark, data, now)

aws = Account(sandbox_session("us-east-1"), RunNames("s3-data-lake", run), write, url, "")
die = lambda **_: os.kill(os.getpid(), signal.SIGKILL)
for service in ("s3", "glue"):
    aws.client(service).meta.events.register_first(f"{moment}.{call}", die)
for step in load_lab_code(Path(lab)).steps:
    step.do(aws)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no SIGKILL")
@pytest.mark.parametrize(("moment", "call"), [("before-send", "s3.CreateBucket"), ("after-call", "glue.CreateTable")])
def test_after_kill_9_the_journal_on_the_disk_is_enough(
    sandbox: Sandbox, s3: Client, glue: Client, tmp_path: Path, moment: str, call: str
) -> None:
    run = Run(sandbox.url)
    words = [sandbox.url, run.names.run, str(tmp_path), str(ROOT / "labs" / "s3-data-lake"), moment, call]

    env = {**os.environ, KEY: own_key()}
    command = [sys.executable, "-c", SUICIDE, *words]
    ended = subprocess.run(command, check=False, capture_output=True, text=True, env=env)
    assert ended.returncode == -signal.SIGKILL, ended.stderr
    store = Store(tmp_path / "mlacoach.db", datetime(2026, 11, 21, tzinfo=UTC))
    events = store.lab_runs.events(run.names.run)
    store.close()
    run.journal = [
        Entry(Mark(e.kind), e.data["service"], e.data["operation"], Resource(e.data["kind"], e.data["name"]))
        for e in events
    ]

    assert run.journal[-1].mark is Mark.INTENT
    assert isinstance(run.tear_down(), Clean)
    assert left_of(run, s3, glue) == set()
