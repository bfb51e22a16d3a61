"""What AWS does to a run that is nobody's fault: throttling, errors that were none, lateness, things that resist."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from random import Random
from typing import Any, TypeAlias
from uuid import uuid4

import pytest
from botocore.awsrequest import AWSResponse
from botocore.exceptions import ClientError

from mlacoach.cloud import Account, Clean, Dirty, Entry, Mark, Place, Resource, RunNames, sandbox_session, tear_down
from mlacoach.cloud.account import new_client
from mlacoach.cloud.teardown import Patience
from mlacoach.coach import Coach
from mlacoach.coach import sandbox as own_sandbox
from mlacoach.coach.lab.log import RunLog
from mlacoach.coach.lab.places import lasting_sandbox
from mlacoach.content import Library
from mlacoach.errors import NeedsCredentials
from mlacoach.sandbox import REGION, ROLE_ARN
from mlacoach.sandbox.fault_rules import FaultKind, FaultRule
from mlacoach.store import MEMORY, Store
from mlacoach.store.lab_runs import LabRunRow

Client: TypeAlias = Any  # boto3 makes its clients at run time
IMAGE = "683313688378.dkr.ecr.us-east-1.amazonaws.com/sagemaker-xgboost:1.7-1"
NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
QUICK = Patience(longest=0.5, pause=0.02, late=0)


@pytest.fixture(scope="module")
def learner(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Coach]:
    """Somebody with a sandbox of their own, where faults can be made."""
    home = tmp_path_factory.mktemp("home")
    store = Store(MEMORY, NOW)
    yield Coach(store, Library(), lambda: NOW, Random(1), home)
    own_sandbox.stop(home)
    store.close()


@pytest.fixture(scope="module")
def place(learner: Coach) -> Place:
    row = LabRunRow(uuid4().hex, NOW, "a-lab", "0", "sandbox", "123456789012", REGION, None)
    learner.store.lab_runs.begin(row)
    return lasting_sandbox(learner, RunLog(learner, row))


class Run:
    """A run in the learner's sandbox, its journal in a list."""

    def __init__(self, learner: Coach, place: Place) -> None:
        self.names, self.journal = RunNames("a-lab", uuid4().hex), list[Entry]()
        self.learner, self.place = learner, place
        self.session = place.session
        self.aws: Account = place.account(self.names, self.journal.append)

    @property
    def database(self) -> str:
        return self.aws.name("lake").replace("-", "_")

    def fault(self, kind: FaultKind, service: str, operation: str, argument: str = "", times: int = 0) -> None:
        own_sandbox.add_fault(self.learner.home, FaultRule(kind, service, operation, argument, times=times))

    @property
    def struck(self) -> int:
        return sum(fault["struck"] for fault in own_sandbox.faults(self.learner.home))

    def fresh_session(self) -> Any:  # noqa: ANN401
        """One whose events a test may hook."""
        given = self.place.session.get_credentials()
        names = ("AccessKeyId", "SecretAccessKey", "SessionToken")
        self.session = sandbox_session(
            REGION, dict(zip(names, (given.access_key, given.secret_key, given.token), strict=True))
        )
        return self.session.events

    def plain(self, service: str) -> Client:
        return new_client(self.place.session, service, self.place.endpoint)

    def tear_down(self, patience: Patience | None = None) -> Clean | Dirty:
        journal = self.journal
        return tear_down(self.session, self.names, list(journal), journal.append, self.place.endpoint, patience)


@pytest.fixture
def run(learner: Coach, place: Place) -> Iterator[Run]:
    yield Run(learner, place)
    own_sandbox.clear_faults(learner.home)


def a_model(run: Run) -> str:
    name = run.aws.name("model")
    container = {"Image": IMAGE}
    run.aws.client("sagemaker").create_model(ModelName=name, ExecutionRoleArn=ROLE_ARN, PrimaryContainer=container)
    return name


def test_throttling_that_the_sdk_outlasts_is_not_noticed(run: Run) -> None:
    run.fault(FaultKind.THROTTLE, "glue", "CreateDatabase", times=2)

    run.aws.client("glue").create_database(DatabaseInput={"Name": run.database})

    assert run.struck == 2
    assert [entry.mark for entry in run.journal] == [Mark.INTENT, Mark.DONE]
    assert isinstance(run.tear_down(), Clean)


def test_throttling_that_lasts_longer_fails_the_step_and_leaves_nothing(run: Run) -> None:
    run.fault(FaultKind.THROTTLE, "glue", "CreateDatabase")

    with pytest.raises(ClientError, match="ThrottlingException"):
        run.aws.client("glue").create_database(DatabaseInput={"Name": run.database})

    assert [entry.mark for entry in run.journal] == [Mark.INTENT]
    assert isinstance(run.tear_down(), Clean)


@pytest.mark.parametrize("code", ["ConcurrentModificationException", "InternalServiceError", "OperationAborted"])
def test_a_deletion_that_fails_for_the_moment_is_tried_again(run: Run, code: str) -> None:
    run.aws.client("glue").create_database(DatabaseInput={"Name": run.database})
    run.fault(FaultKind.ERROR, "glue", "DeleteDatabase", code, times=3)

    assert isinstance(run.tear_down(QUICK), Clean)
    assert run.struck == 3


def test_credentials_that_expire_in_the_teardown_stop_it_and_it_goes_on_after_a_login(run: Run) -> None:
    run.aws.client("s3").create_bucket(Bucket=run.aws.name("raw"))
    run.aws.client("glue").create_database(DatabaseInput={"Name": run.database})
    run.fault(FaultKind.EXPIRED, "s3", "DeleteBucketPolicy")

    with pytest.raises(NeedsCredentials, match="no longer good"):
        run.tear_down(QUICK)

    own_sandbox.clear_faults(run.learner.home)
    verdict = run.tear_down(QUICK)
    assert isinstance(verdict, Clean)
    assert Resource("s3-bucket", run.aws.name("raw")) in verdict.gone


def test_a_denial_of_tags_leaves_nothing_because_the_tag_is_part_of_the_creation(run: Run) -> None:
    run.fault(FaultKind.ERROR, "glue", "CreateDatabase", "AccessDeniedException")

    with pytest.raises(ClientError, match="AccessDeniedException"):
        run.aws.client("glue").create_database(DatabaseInput={"Name": run.database})

    assert run.aws.find("glue", "get_database", Name=run.database) is None
    assert isinstance(run.tear_down(), Clean)


def test_a_denied_look_before_the_creation_stops_it(run: Run) -> None:
    run.fault(FaultKind.ERROR, "glue", "GetDatabase", "AccessDeniedException")

    with pytest.raises(ClientError, match="AccessDeniedException"):
        run.aws.client("glue").create_database(DatabaseInput={"Name": run.database})

    assert run.journal == []


def test_a_role_that_cannot_be_taken_on_yet_is_waited_for(run: Run) -> None:
    run.fault(FaultKind.ROLE, "sagemaker", "CreateModel", times=4)

    assert a_model(run) in str(run.aws.find("sagemaker", "describe_model", ModelName=run.aws.name("model")))
    assert run.struck == 4
    assert isinstance(run.tear_down(), Clean)


def answer(times: int, body: dict[str, Any]) -> Any:  # noqa: ANN401
    """AWS answers so, as often as this, instead of doing what it is asked."""
    left = [times]

    def instead(**_: object) -> Any:  # noqa: ANN401
        left[0] -= 1
        return (AWSResponse("", 200, {}, None), body) if left[0] >= 0 else None

    return instead


def test_what_was_just_deleted_and_is_still_seen_is_looked_for_again(run: Run) -> None:
    run.aws.client("glue").create_database(DatabaseInput={"Name": run.database})
    seen: list[int] = []

    def still_there(**_: object) -> Any:  # noqa: ANN401
        seen.append(1)
        return (AWSResponse("", 200, {}, None), {"Database": {}}) if 2 <= len(seen) <= 4 else None

    run.fresh_session().register("before-call.glue.GetDatabase", still_there)

    assert isinstance(run.tear_down(QUICK), Clean)
    assert len(seen) == 5


def test_a_deletion_that_says_yes_and_does_nothing_is_not_called_clean(run: Run) -> None:
    name = a_model(run)
    run.fresh_session().register("before-call.sagemaker.DeleteModel", answer(9, {}))

    verdict = run.tear_down(QUICK)

    assert isinstance(verdict, Dirty)
    assert [leftover.sentence for leftover in verdict.left] == [f"sagemaker-model {name}: it is still there"]
    run.session = run.place.session
    assert isinstance(run.tear_down(), Clean)


def test_a_log_that_arrives_after_the_deletion_is_deleted_too(run: Run) -> None:
    logs, name = run.plain("logs"), run.aws.name("endpoint")
    group = f"/aws/sagemaker/Endpoints/{name}"
    logs.create_log_group(logGroupName=group)
    run.journal.append(Entry(Mark.INTENT, "sagemaker", "CreateEndpoint", Resource("sagemaker-endpoint-log", name)))
    seen: list[int] = []

    def deliver_late(**_: object) -> None:
        seen.append(1)
        if len(seen) == 2:
            logs.create_log_group(logGroupName=group)

    # The second look finds it gone; then the service makes it once more.
    run.fresh_session().register("after-call.logs.DescribeLogGroups", deliver_late)

    assert isinstance(run.tear_down(QUICK), Clean)
    assert logs.describe_log_groups(logGroupNamePrefix=group)["logGroups"] == []


def test_a_job_that_runs_is_stopped_waited_for_and_deleted(run: Run) -> None:
    bucket, name = run.aws.name("data"), run.aws.name("job")
    run.aws.client("s3").create_bucket(Bucket=bucket)
    run.aws.client("s3").put_object(Bucket=bucket, Key="train/a.csv", Body=b"1,0\n0,1\n" * 20)
    source = {"S3DataSource": {"S3DataType": "S3Prefix", "S3Uri": f"s3://{bucket}/train"}}
    run.aws.client("sagemaker").create_training_job(
        TrainingJobName=name,
        RoleArn=ROLE_ARN,
        AlgorithmSpecification={"TrainingImage": IMAGE, "TrainingInputMode": "File"},
        HyperParameters={"num_round": "100000"},
        InputDataConfig=[{"ChannelName": "train", "ContentType": "text/csv", "DataSource": source}],
        OutputDataConfig={"S3OutputPath": f"s3://{bucket}/out"},
        ResourceConfig={"InstanceCount": 1, "InstanceType": "ml.m5.large", "VolumeSizeInGB": 1},
        StoppingCondition={"MaxRuntimeInSeconds": 600},
    )

    found = run.aws.find("sagemaker", "describe_training_job", TrainingJobName=name)
    verdict = run.tear_down()

    assert found is not None
    assert found["TrainingJobStatus"] == "InProgress"
    assert isinstance(verdict, Clean), verdict
    assert Resource("sagemaker-training-job", name) in (*verdict.gone, *verdict.kept)


def test_a_thing_of_this_very_name_that_is_there_already_is_not_taken_for_ours(run: Run) -> None:
    run.plain("glue").create_database(DatabaseInput={"Name": run.database})

    with pytest.raises(Exception, match="is there already, and this run did not make it"):
        run.aws.client("glue").create_database(DatabaseInput={"Name": run.database})

    assert run.journal == []
    assert run.tear_down() == Clean(())
    assert run.plain("glue").get_database(Name=run.database)
    run.plain("glue").delete_database(Name=run.database)


def test_what_the_learner_put_into_our_things_by_hand_goes_with_them(run: Run) -> None:
    bucket = run.aws.name("raw")
    run.aws.client("s3").create_bucket(Bucket=bucket)
    run.plain("s3").put_object(Bucket=bucket, Key="by hand", Body=b"x")
    run.plain("s3").put_bucket_tagging(Bucket=bucket, Tagging={"TagSet": [{"Key": "other", "Value": "tag"}]})

    assert isinstance(run.tear_down(), Clean)


def test_the_journal_is_enough_where_a_process_of_another_version_wrote_it(run: Run, tmp_path: Path) -> None:
    run.aws.client("s3").create_bucket(Bucket=run.aws.name("raw"))
    store = Store(tmp_path / "old.db", NOW)
    row = LabRunRow(run.names.run, NOW, "a-lab", "0.0.1", "sandbox", "123456789012", REGION, None)
    store.lab_runs.begin(row)
    for entry in run.journal:
        RunLog(Coach(store, Library(), lambda: NOW, Random(1), tmp_path), row).journal(entry)
    store.close()

    again = Store(tmp_path / "old.db", NOW)
    run.journal = RunLog(Coach(again, Library(), lambda: NOW, Random(1), tmp_path), row).entries()
    verdict = run.tear_down()
    again.close()

    assert isinstance(verdict, Clean)
    assert [resource.kind for resource in verdict.gone] == ["s3-bucket"]
