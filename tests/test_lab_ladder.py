"""The ladder: one climb of every lab, past wrong solutions, and for s3-data-lake a planted wrong one of each step."""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias

import pytest
import yaml

from mlacoach.cloud import Clean
from mlacoach.cloud.account import new_client
from mlacoach.cloud.recording import Recorder
from mlacoach.content.lab_code import load_lab_code, load_wrong
from mlacoach.content.lab_plan import load_plan
from mlacoach.labs import Done, Missing, Waiting, look, run_checks
from mlacoach.labs.plan import LabPlan
from mlacoach.sandbox import Sandbox
from tests.lab_climb import SESSION, Bench, climb, quiet_sandbox, words, wrong_solutions
from tests.lab_plans import plan_of

ROOT = Path(__file__).resolve().parent.parent
FOLDERS = sorted(path.parent for path in ROOT.glob("labs/*/check.py"))
# Its wrong solutions stand below.
WITH_WRONG = [folder for folder in FOLDERS if folder.name != "s3-data-lake"]
Client: TypeAlias = Any  # boto3 makes its clients at run time


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    with quiet_sandbox() as running:
        yield running


def bench(folder: Path, sandbox: Sandbox) -> Bench:
    return Bench(folder, sandbox.url)


def must_be_as_planned(folder: Path, fresh: LabPlan) -> None:
    """`lab plan` promises what was recorded."""
    kept = load_plan(folder)
    assert kept is not None, f"Write it with: python -m tests.lab_plans {folder.name}"
    assert fresh.resources == kept.resources
    assert set(fresh.actions) <= set(kept.actions)
    assert fresh.quotas == kept.quotas


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
def test_after_each_step_exactly_the_checks_so_far_are_done(folder: Path, sandbox: Sandbox, *, whole: bool) -> None:
    """Before the step, a wrong solution of it is not taken for done; with `--whole` every one that lab.yaml names."""
    lab = bench(folder, sandbox)

    with Recorder(SESSION) as recorder:
        climb(lab, recorder, every=whole)
        verdict = lab.tear_down()
        assert isinstance(verdict, Clean), verdict

    must_be_as_planned(folder, plan_of(recorder, lab.names, lab.journal))
    assert lab.tear_down() == Clean(())
    assert "Done" not in words([look(step, lab.aws) for step in lab.code.steps])


@pytest.mark.parametrize("folder", WITH_WRONG, ids=lambda folder: folder.name)
def test_each_step_has_a_hint_and_wrong_solutions_and_the_lab_asks_twice_at_least(folder: Path) -> None:
    facts, wrong = yaml.safe_load((folder / "lab.yaml").read_text(encoding="utf-8")), wrong_solutions(folder)
    steps = [step.name for step in load_lab_code(folder).steps]

    assert list(facts["hints"]) == list(wrong) == steps
    assert all(wrong.values())
    assert sum(len(asked) for asked in facts["questions"].values()) >= 2
    assert set(facts["questions"]) <= set(steps)
    assert sorted(load_wrong(folder)) == sorted(each["do"] for wrongs in wrong.values() for each in wrongs)


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
def test_in_an_empty_account_each_check_says_what_is_missing_and_hints(folder: Path, sandbox: Sandbox) -> None:
    lab = bench(folder, sandbox)

    for step in lab.code.steps:
        outcome = look(step, lab.aws)
        assert isinstance(outcome, Missing), outcome.sentence
        assert outcome.missing.endswith(".")
        assert outcome.hint


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
def test_the_readme_has_a_heading_for_each_step_in_order(folder: Path) -> None:
    text = (folder / "README.md").read_text(encoding="utf-8")
    headings = [line[3:] for line in text.splitlines() if line.startswith("## ")]
    steps = [step.name.replace("_", " ").capitalize() for step in load_lab_code(folder).steps]

    assert [heading.partition(". ")[2] for heading in headings if heading[0].isdigit()] == steps


# --- s3-data-lake: wrong solutions, each planted when all earlier steps are right ---

LAKE = ROOT / "labs" / "s3-data-lake"


@dataclass
class Hands:
    """What somebody with the account's keys can do by hand."""

    s3: Client
    glue: Client
    bucket: str
    database: str


Plant = Callable[[Hands], object]


def public_access(**switches: bool) -> Plant:
    on = dict.fromkeys(("BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets"), True)
    return lambda hands: hands.s3.put_public_access_block(
        Bucket=hands.bucket, PublicAccessBlockConfiguration=on | switches
    )


def encryption(algorithm: str, *, bucket_key: bool) -> Plant:
    rule = {"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": algorithm}, "BucketKeyEnabled": bucket_key}
    return lambda hands: hands.s3.put_bucket_encryption(
        Bucket=hands.bucket, ServerSideEncryptionConfiguration={"Rules": [rule]}
    )


def lifecycle(**changes: object) -> Plant:
    rule = {
        "ID": "rule",
        "Status": "Enabled",
        "Filter": {"Prefix": ""},
        "Transitions": [{"Days": 30, "StorageClass": "STANDARD_IA"}, {"Days": 90, "StorageClass": "GLACIER_IR"}],
        "NoncurrentVersionExpiration": {"NoncurrentDays": 30},
        "AbortIncompleteMultipartUpload": {"DaysAfterInitiation": 7},
    } | changes
    kept = {key: value for key, value in rule.items() if value is not None}
    return lambda hands: hands.s3.put_bucket_lifecycle_configuration(
        Bucket=hands.bucket, LifecycleConfiguration={"Rules": [kept]}
    )


def policy(**changes: object) -> Plant:
    def plant(hands: Hands) -> None:
        arn = f"arn:aws:s3:::{hands.bucket}"
        statement = {
            "Effect": "Deny",
            "Principal": "*",
            "Action": "s3:*",
            "Resource": [arn, f"{arn}/*"],
            "Condition": {"Bool": {"aws:SecureTransport": "false"}},
        } | changes
        if statement["Resource"] == "objects":
            statement["Resource"] = f"{arn}/*"
        text = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
        hands.s3.put_bucket_policy(Bucket=hands.bucket, Policy=text)

    return plant


def upload(key: str, body: bytes | None = None, **arguments: str) -> Plant:
    content = (LAKE / "data" / "readings.csv").read_bytes() if body is None else body
    return lambda hands: hands.s3.put_object(Bucket=hands.bucket, Key=key, Body=content, **arguments)


def database(**description: str) -> Plant:
    return lambda hands: hands.glue.create_database(DatabaseInput={"Name": hands.database, **description})


def storage(hands: Hands, location: str, changes: dict[str, object]) -> dict[str, object]:
    return {
        "Columns": [
            {"Name": "sensor_id", "Type": "string"},
            {"Name": "recorded_at", "Type": "timestamp"},
            {"Name": "temperature_c", "Type": "double"},
            {"Name": "humidity_percent", "Type": "double"},
        ],
        "Location": f"s3://{hands.bucket}/{location}",
        "InputFormat": "org.apache.hadoop.mapred.TextInputFormat",
        "OutputFormat": "org.apache.hadoop.hive.ql.io.HiveIgnoreKeyTextOutputFormat",
        "SerdeInfo": {
            "SerializationLibrary": "org.apache.hadoop.hive.serde2.lazy.LazySimpleSerDe",
            "Parameters": {"field.delim": ","},
        },
    } | changes


def table(changes: dict[str, object] | None = None, **stored: object) -> Plant:
    def plant(hands: Hands) -> None:
        given = {
            "Name": "readings",
            "TableType": "EXTERNAL_TABLE",
            "Parameters": {"skip.header.line.count": "1"},
            "PartitionKeys": [{"Name": "date", "Type": "date"}],
            "StorageDescriptor": storage(hands, "readings/", stored),
        } | (changes or {})
        hands.glue.create_table(DatabaseName=hands.database, TableInput=given)

    return plant


def partition(value: str = "2026-11-02", where: str = "readings/date=2026-11-02/", **stored: object) -> Plant:
    return lambda hands: hands.glue.create_partition(
        DatabaseName=hands.database,
        TableName="readings",
        PartitionInput={"Values": [value], "StorageDescriptor": storage(hands, where, stored)},
    )


def columns(*names: str) -> list[dict[str, str]]:
    return [{"Name": name, "Type": "string"} for name in names]


CSV_SERDE = {"SerializationLibrary": "org.apache.hadoop.hive.serde2.OpenCSVSerde"}
SEMICOLON = {
    "SerializationLibrary": "org.apache.hadoop.hive.serde2.lazy.LazySimpleSerDe",
    "Parameters": {"field.delim": ";"},
}
IN_FRANKFURT = {"LocationConstraint": "eu-central-1"}
KEY = "readings/date=2026-11-02/readings.csv"

WRONG: dict[str, list[tuple[Plant, str]]] = {
    "make_the_bucket": [
        (lambda hands: hands.s3.create_bucket(Bucket=hands.bucket + "-2"), "no bucket"),
        (
            lambda hands: hands.s3.create_bucket(Bucket=hands.bucket, CreateBucketConfiguration=IN_FRANKFURT),
            "stands in eu-central-1",
        ),
    ],
    "block_public_access": [
        (public_access(RestrictPublicBuckets=False), "off: RestrictPublicBuckets"),
        (public_access(BlockPublicAcls=False, IgnorePublicAcls=False), "off: BlockPublicAcls, IgnorePublicAcls"),
    ],
    "encrypt_by_default": [
        (encryption("AES256", bucket_key=True), "is AES256"),
        (encryption("aws:kms", bucket_key=False), "Bucket Key is off"),
    ],
    "keep_old_versions": [
        (
            lambda hands: hands.s3.put_bucket_versioning(
                Bucket=hands.bucket, VersioningConfiguration={"Status": "Suspended"}
            ),
            "Suspended",
        ),
    ],
    "age_the_data": [
        (lifecycle(Status="Disabled"), "No enabled lifecycle rule"),
        (lifecycle(Filter={"Prefix": "logs/"}), "No enabled lifecycle rule"),
        (lifecycle(Filter={"Tag": {"Key": "a", "Value": "b"}}), "No enabled lifecycle rule"),
        (lifecycle(Filter={"And": {"Prefix": "", "ObjectSizeGreaterThan": 9}}), "No enabled lifecycle rule"),
        (lifecycle(Transitions=[{"Days": 90, "StorageClass": "GLACIER_IR"}]), "Standard-IA"),
        (lifecycle(Transitions=[{"Days": 3, "StorageClass": "STANDARD_IA"}]), "Standard-IA"),
        (lifecycle(Transitions=[{"Days": 30, "StorageClass": "STANDARD_IA"}]), "Glacier Instant Retrieval"),
        (
            lifecycle(
                Transitions=[{"Days": 60, "StorageClass": "STANDARD_IA"}, {"Days": 61, "StorageClass": "GLACIER_IR"}]
            ),
            "30 days after",
        ),
        (lifecycle(Expiration={"Days": 30}), "deletes the readings"),
        (lifecycle(NoncurrentVersionExpiration=None), "Old versions"),
        (lifecycle(AbortIncompleteMultipartUpload=None), "abandoned uploads"),
    ],
    "refuse_plain_http": [
        (policy(Condition={"Bool": {"aws:SecureTransport": "true"}}), "No statement denies"),
        (policy(Effect="Allow"), "No statement denies"),
        (policy(Action="s3:GetObject"), "No statement denies"),
        (policy(Resource="objects"), "No statement denies"),
        (policy(Principal={"AWS": "arn:aws:iam::123456789012:root"}), "No statement denies"),
        (
            policy(Condition={"Bool": {"aws:SecureTransport": "false"}, "StringEquals": {"aws:PrincipalType": "User"}}),
            "No statement denies",
        ),
        (policy(Condition={"StringEquals": {"aws:SecureTransport": "false"}}), "No statement denies"),
    ],
    "upload_the_readings": [
        (upload("readings/2026-11-02/readings.csv"), "lies outside"),
        (upload("readings.csv"), "There are 0 objects"),
        (upload(KEY, b""), "does not hold"),
        (upload(KEY, ServerSideEncryption="AES256"), "not encrypted with AWS KMS"),
        (lambda hands: (upload(KEY)(hands), upload(KEY + ".bak")(hands)), "There are 2 objects"),
    ],
    "make_the_database": [
        (database(), "location is nowhere"),
        (database(LocationUri="s3://another-bucket/"), "location is s3://another-bucket/"),
    ],
    "describe_the_table": [
        (table({"TableType": "VIRTUAL_VIEW"}), "EXTERNAL_TABLE"),
        (table({"PartitionKeys": []}), "not partitioned by date"),
        (table({"PartitionKeys": [{"Name": "day", "Type": "date"}]}), "not partitioned by date"),
        (table({"Parameters": {"classification": "csv"}}), "header line"),
        (table(Location="s3://another-bucket/readings/"), "location is"),
        (table(Columns=columns("a", "b", "c", "d")), "columns"),
        (table(Columns=columns("humidity_percent", "sensor_id")), "columns"),
        (table(InputFormat="org.apache.hadoop.hive.ql.io.parquet.MapredParquetInputFormat"), "formats"),
        (table(SerdeInfo=CSV_SERDE), "SerDe"),
        (table(SerdeInfo=SEMICOLON), "SerDe"),
    ],
    "register_the_partition": [
        (partition("02.11.2026"), "partitions are: 02.11.2026"),
        (partition(where="readings/"), "location is"),
        (partition(SerdeInfo=CSV_SERDE), "SerDe"),
        (lambda hands: (partition()(hands), partition("2026-11-03")(hands)), "2026-11-03"),
    ],
}
CASES = [(step, number) for step, wrongs in WRONG.items() for number in range(len(wrongs))]


def test_each_step_of_s3_data_lake_has_a_wrong_solution() -> None:
    assert [step.name for step in load_lab_code(LAKE).steps] == list(WRONG)


@pytest.mark.parametrize(("step_name", "number"), CASES)
def test_a_planted_wrong_solution_is_not_taken_for_done(step_name: str, number: int, sandbox: Sandbox) -> None:
    lab, (plant, said) = bench(LAKE, sandbox), WRONG[step_name][number]
    aws, place = lab.aws, list(WRONG).index(step_name)
    for step in lab.code.steps[:place]:
        step.do(aws)
    s3, glue = (new_client(SESSION, service, sandbox.url) for service in ("s3", "glue"))

    plant(Hands(s3, glue, aws.name("raw"), aws.name("lake").replace("-", "_")))
    outcomes = run_checks(lab.code.steps, aws)

    assert words(outcomes[:place]) == ["Done"] * place
    outcome = outcomes[place]
    assert isinstance(outcome, Missing), outcome.sentence
    assert said in outcome.missing
    assert all(isinstance(later, Waiting) for later in outcomes[place + 1 :])


def test_other_right_solutions_are_taken_for_done(sandbox: Sandbox) -> None:
    lab = bench(LAKE, sandbox)
    aws = lab.aws
    s3, glue = (new_client(SESSION, service, sandbox.url) for service in ("s3", "glue"))
    hands = Hands(s3, glue, aws.name("raw"), aws.name("lake").replace("-", "_"))
    for step in lab.code.steps:
        step.do(aws)

    lifecycle(Filter={"Prefix": "readings/"}, ID="another", Expiration={"ExpiredObjectDeleteMarker": True})(hands)
    upload("readings/date=2026-11-02/", b"")(hands)
    policy(Principal={"AWS": "*"}, Condition={"BoolIfExists": {"AWS:securetransport": [False]}})(hands)
    glue.update_database(
        Name=hands.database, DatabaseInput={"Name": hands.database, "LocationUri": f"s3://{hands.bucket}"}
    )

    assert all(isinstance(outcome, Done) for outcome in run_checks(lab.code.steps, aws))
