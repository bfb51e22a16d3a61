"""Nothing is made before its intent is durable, and nothing is touched that is not the run's."""

from collections.abc import Iterator
from typing import Any
from uuid import uuid4

import pytest
from botocore.exceptions import ClientError, ParamValidationError

from mlacoach.cloud import Account, Entry, Mark, Resource, RunNames, sandbox_session
from mlacoach.cloud.account import new_client
from mlacoach.cloud.journaling import CallRefused
from mlacoach.labs import Aws
from mlacoach.sandbox import REGION, Sandbox

# A session reads the services' models once, which takes longer than all these tests.
SESSION = sandbox_session(REGION)


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    with Sandbox() as running:
        yield running


@pytest.fixture
def journal() -> list[Entry]:
    return []


@pytest.fixture
def aws(sandbox: Sandbox, journal: list[Entry]) -> Account:
    return Account(SESSION, RunNames("a-lab", uuid4().hex), journal.append, sandbox.url, "a-role")


@pytest.fixture
def sent(aws: Account) -> list[str]:
    """The path of each request that leaves."""
    paths: list[str] = []
    for service in ("s3", "glue"):
        aws.client(service).meta.events.register("before-send", lambda request, **_: paths.append(request.url))
    return paths


def database(aws: Account) -> str:
    return aws.name("lake").replace("-", "_")


def test_an_account_is_what_a_lab_sees(aws: Account) -> None:
    seen: Aws = aws

    assert (seen.region, seen.role_arn) == ("us-east-1", "a-role")
    assert {name for name in dir(aws) if not name.startswith("_")} == {
        "client",
        "find",
        "name",
        "region",
        "role_arn",
        "wait",
    }


def test_the_intent_is_written_before_the_call_is_sent_and_done_after_it(aws: Account, journal: list[Entry]) -> None:
    s3, seen = aws.client("s3"), []
    s3.meta.events.register("before-send", lambda **_: seen.extend(journal))

    s3.create_bucket(Bucket=aws.name("raw"))

    made = Resource("s3-bucket", aws.name("raw"))
    intent = Entry(Mark.INTENT, "s3", "CreateBucket", made)
    assert seen == [intent]
    assert journal == [intent, Entry(Mark.DONE, "s3", "CreateBucket", made)]


def test_each_creating_call_names_what_it_makes(aws: Account, journal: list[Entry]) -> None:
    aws.client("glue").create_database(DatabaseInput={"Name": database(aws)})
    aws.client("glue").create_table(DatabaseName=database(aws), TableInput={"Name": "t"})

    made = [entry.resource for entry in journal if entry.mark is Mark.DONE]
    assert made == [Resource("glue-database", database(aws)), Resource("glue-table", f"{database(aws)}/t")]


def test_a_journal_that_cannot_be_written_stops_the_call(sandbox: Sandbox) -> None:
    def disk_is_full(_entry: Entry) -> None:
        raise OSError("No space left on device")

    aws = Account(SESSION, RunNames("a-lab", uuid4().hex), disk_is_full, sandbox.url, "")

    with pytest.raises(OSError, match="No space left"):
        aws.client("s3").create_bucket(Bucket=aws.name("raw"))

    assert aws.find("s3", "head_bucket", Bucket=aws.name("raw")) is None


def test_a_call_that_fails_leaves_its_intent_alone(aws: Account, journal: list[Entry]) -> None:
    with pytest.raises(ClientError, match="EntityNotFound"):
        aws.client("glue").create_table(DatabaseName=database(aws), TableInput={"Name": "t"})

    assert [entry.mark for entry in journal] == [Mark.INTENT]


def test_a_call_that_is_never_sent_leaves_no_intent(aws: Account, journal: list[Entry], sent: list[str]) -> None:
    with pytest.raises(ParamValidationError):
        aws.client("s3").create_bucket(Bucket=aws.name("raw"), NoSuchArgument=1)

    assert (journal, sent) == ([], [])


def test_a_kind_that_nobody_can_delete_is_not_made(aws: Account, journal: list[Entry], sent: list[str]) -> None:
    with pytest.raises(CallRefused, match="glue CreateRegistry, and nobody knows how to undo that") as caught:
        aws.client("glue").create_registry(RegistryName=aws.name("r"))

    assert "services/glue.py" in caught.value.try_this
    assert (journal, sent) == ([], [])


@pytest.mark.parametrize(
    ("service", "operation", "request_of"),
    [
        ("kms", "create_key", {}),
        ("sagemaker", "create_domain", {"DomainName": "d", "AuthMode": "IAM", "DefaultUserSettings": {}}),
        ("sagemaker", "create_inference_component", {"InferenceComponentName": "c", "EndpointName": "e"}),
        ("ec2", "run_instances", {"MinCount": 1, "MaxCount": 1}),
        ("iam", "create_service_linked_role", {"AWSServiceName": "sagemaker.amazonaws.com"}),
    ],
)
def test_what_cannot_be_taken_back_at_once_is_not_made(
    aws: Account, service: str, operation: str, request_of: dict[str, Any], journal: list[Entry]
) -> None:
    with pytest.raises(CallRefused, match="it was not sent"):
        getattr(aws.client(service), operation)(**request_of)

    assert journal == []


@pytest.mark.parametrize("name", ["mine", "mlacoach-a-lab-0000000000-raw"])
def test_a_name_without_the_run_is_not_made(aws: Account, name: str, journal: list[Entry], sent: list[str]) -> None:
    with pytest.raises(CallRefused, match="does not carry the run"):
        aws.client("s3").create_bucket(Bucket=name)
    with pytest.raises(CallRefused, match="does not carry the run"):
        aws.client("glue").create_table(DatabaseName=name, TableInput={"Name": aws.name("t")})

    assert (journal, sent) == ([], [])


def test_a_bucket_that_could_not_be_deleted_is_not_made(aws: Account, journal: list[Entry], sent: list[str]) -> None:
    with pytest.raises(CallRefused, match="keeps its objects for years"):
        aws.client("s3").create_bucket(Bucket=aws.name("raw"), ObjectLockEnabledForBucket=True)

    assert (journal, sent) == ([], [])


def test_what_the_run_did_not_make_is_not_changed(aws: Account, sandbox: Sandbox, sent: list[str]) -> None:
    theirs = new_client(SESSION, "s3", sandbox.url)
    theirs.create_bucket(Bucket=aws.name("theirs"))

    with pytest.raises(CallRefused, match="which this run did not make"):
        aws.client("s3").put_object(Bucket=aws.name("theirs"), Key="a", Body=b"a")

    assert sent == []


def test_what_takes_tags_gets_the_runs(aws: Account, sandbox: Sandbox) -> None:
    aws.client("glue").create_database(DatabaseInput={"Name": database(aws)}, Tags={"my": "own"})
    bodies: list[Any] = []
    aws.client("s3").meta.events.register("before-send", lambda request, **_: bodies.append(request.body))
    aws.client("s3").create_bucket(Bucket=aws.name("raw"))

    arn = f"arn:aws:glue:{REGION}:123456789012:database/{database(aws)}"
    tags = new_client(SESSION, "glue", sandbox.url).get_tags(ResourceArn=arn)["Tags"]
    assert tags.keys() == {"my", "mlacoach:run"}
    # moto drops a bucket's tags, so what was sent has to do.
    assert f"<Key>mlacoach:run</Key><Value>{tags['mlacoach:run']}</Value>".encode() in bodies[0]


def test_find_answers_none_for_what_does_not_exist(aws: Account) -> None:
    aws.client("s3").create_bucket(Bucket=aws.name("raw"))

    assert aws.find("s3", "head_bucket", Bucket=aws.name("none")) is None
    assert aws.find("s3", "get_bucket_policy", Bucket=aws.name("raw")) is None
    assert aws.find("s3", "head_object", Bucket=aws.name("raw"), Key="none") is None
    assert aws.find("glue", "get_database", Name="none") is None
    assert aws.find("s3", "get_bucket_versioning", Bucket=aws.name("raw"))


def test_find_does_not_take_a_refusal_for_nothing(aws: Account) -> None:
    aws.client("s3").create_bucket(Bucket=aws.name("raw"))
    deny = '{"Statement": [{"Effect": "Deny", "Principal": "*", "Action": "s3:*", "Resource": "*"}]}'
    aws.client("s3").put_bucket_policy(Bucket=aws.name("raw"), Policy=deny)

    with pytest.raises(ClientError, match="403"):
        aws.find("s3", "head_object", Bucket=aws.name("raw"), Key="a")
