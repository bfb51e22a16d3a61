"""IAM policies: what they come to, and that they bind who asks for it."""

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import pytest

from mlacoach.sandbox import Sandbox
from mlacoach.sandbox.permissions.conditions import meets
from mlacoach.sandbox.permissions.deciding import Asked, Kind, Policies, Verdict, decide
from mlacoach.sandbox.permissions.documents import Malformed, statements
from tests.sandbox_clients import LIMITLESS, client_of, refused

ACCOUNT = "123456789012"
TRUST = json.dumps(
    {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Effect": "Allow",
                "Principal": {"AWS": f"arn:aws:iam::{ACCOUNT}:root", "Service": "sagemaker.amazonaws.com"},
                "Action": "sts:AssumeRole",
            }
        ],
    }
)


def policy(*given: Mapping[str, Any], version: str = "2012-10-17") -> str:
    whole = [{"Effect": "Allow", "Resource": "*", **each} for each in given]
    return json.dumps({"Version": version, "Statement": whole})


def verdict(document: str, action: str, resource: str = "*", **context: Sequence[str]) -> str:
    keys = {name.replace("__", ":"): values for name, values in context.items()}
    return decide(Asked(action, resource, keys), Policies(statements(document))).verdict


@pytest.mark.parametrize(
    ("statement", "action", "resource", "wanted"),
    [
        ({"Action": "s3:Get*"}, "s3:GetObject", "arn:aws:s3:::b/k", "allowed"),
        ({"Action": ["S3:getobject"]}, "s3:GetObject", "*", "allowed"),
        ({"Action": "s3:Get?bject"}, "s3:GetObject", "*", "allowed"),
        ({"Action": "s3:Get*"}, "s3:PutObject", "*", "implicitDeny"),
        ({"Action": "*", "Resource": "arn:aws:s3:::b/*"}, "s3:GetObject", "arn:aws:s3:::b/a/b", "allowed"),
        ({"Action": "*", "Resource": "arn:aws:s3:::b/*"}, "s3:GetObject", "arn:aws:s3:::bb/a", "implicitDeny"),
        ({"Action": "*", "Resource": "arn:aws:s3:::B/*"}, "s3:GetObject", "arn:aws:s3:::b/a", "implicitDeny"),
        ({"Effect": "Deny", "Action": "s3:*"}, "s3:GetObject", "*", "explicitDeny"),
    ],
)
def test_actions_and_resources(statement: dict[str, Any], action: str, resource: str, wanted: str) -> None:
    assert verdict(policy(statement), action, resource) == wanted


def test_not_action_and_not_resource_mean_everything_else() -> None:
    no_iam = json.dumps({"Statement": [{"Effect": "Allow", "NotAction": "iam:*", "Resource": "*"}]})
    assert [verdict(no_iam, action) for action in ("s3:GetObject", "iam:CreateRole")] == ["allowed", "implicitDeny"]
    elsewhere = json.dumps(
        {"Statement": {"Effect": "Deny", "Action": "*", "NotResource": ["arn:aws:s3:::mine", "arn:aws:s3:::mine/*"]}}
    )
    assert verdict(elsewhere, "s3:GetObject", "arn:aws:s3:::other/k") == "explicitDeny"
    assert verdict(elsewhere, "s3:GetObject", "arn:aws:s3:::mine/k") == "implicitDeny"


def test_a_denial_goes_before_what_is_allowed_and_the_boundary_before_that() -> None:
    allow, deny = statements(policy({"Action": "*"})), statements(policy({"Effect": "Deny", "Action": "s3:Put*"}))
    get, put = Asked("s3:GetObject", "*", {}), Asked("s3:PutObject", "*", {})
    assert decide(put, Policies([*allow, *deny])).verdict is Verdict.DENIED
    assert decide(get, Policies([*allow, *deny])).verdict is Verdict.ALLOWED
    boundary = statements(policy({"Action": "s3:Get*"}))
    found = decide(put, Policies(allow, boundary=boundary))
    assert (found.verdict, found.kind, found.within_boundary) == (Verdict.NOT_ALLOWED, Kind.BOUNDARY, False)
    assert decide(get, Policies(allow, boundary=boundary)).verdict is Verdict.ALLOWED
    # A boundary by itself allows nothing.
    assert decide(get, Policies([], boundary=boundary)).verdict is Verdict.NOT_ALLOWED


def test_a_resources_policy_lets_in_whom_it_names() -> None:
    role = f"arn:aws:iam::{ACCOUNT}:role/r"
    named = statements(policy({"Principal": {"AWS": role}, "Action": "s3:GetObject"}))
    others = statements(policy({"Effect": "Deny", "NotPrincipal": {"AWS": [role]}, "Action": "*"}))
    for who, wanted in ((role, Verdict.ALLOWED), (f"{role}2", Verdict.DENIED)):
        found = decide(Asked("s3:GetObject", "*", {}, [who]), Policies(resource=[*named, *others]))
        assert found.verdict is wanted


def test_policy_variables_are_filled_in_and_bring_no_wild_cards() -> None:
    home = {"Action": "s3:*", "Resource": "arn:aws:s3:::b/${aws:username}/*"}
    assert verdict(policy(home), "s3:GetObject", "arn:aws:s3:::b/ann/k", aws__username=["ann"]) == "allowed"
    assert verdict(policy(home), "s3:GetObject", "arn:aws:s3:::b/bob/k", aws__username=["ann"]) == "implicitDeny"
    assert verdict(policy(home), "s3:GetObject", "arn:aws:s3:::b/bob/k", aws__username=["*"]) == "implicitDeny"
    assert verdict(policy(home), "s3:GetObject", "arn:aws:s3:::b/ann/k") == "implicitDeny"
    old = policy(home, version="2008-10-17")
    assert verdict(old, "s3:GetObject", "arn:aws:s3:::b/ann/k", aws__username=["ann"]) == "implicitDeny"
    tag = {"Action": "*", "Condition": {"StringEquals": {"aws:ResourceTag/team": "${aws:PrincipalTag/team}"}}}
    tags = {"aws__ResourceTag/team": ["a"], "aws__PrincipalTag/team": ["a"]}
    assert verdict(policy(tag), "s3:GetObject", **tags) == "allowed"
    literal = {"Action": "*", "Resource": "arn:aws:s3:::b/${*}"}
    assert verdict(policy(literal), "s3:GetObject", "arn:aws:s3:::b/*") == "allowed"
    assert verdict(policy(literal), "s3:GetObject", "arn:aws:s3:::b/k") == "implicitDeny"


@pytest.mark.parametrize(
    ("operator", "wanted", "found", "met"),
    [
        ("StringEquals", "a", ["a"], True),
        ("StringEquals", "A", ["a"], False),
        ("StringEquals", "a*", ["ab"], False),
        ("StringEquals", "a", None, False),
        ("StringEqualsIfExists", "a", None, True),
        ("StringNotEquals", "a", ["b"], True),
        ("StringNotEquals", "a", None, True),
        ("StringNotEquals", ["a", "b"], ["b"], False),
        ("StringEqualsIgnoreCase", "A", ["a"], True),
        ("StringLike", ["x", "a?c*"], ["abcd"], True),
        ("StringNotLike", "a*", ["ab"], False),
        ("NumericLessThanEquals", 10, ["10.0"], True),
        ("NumericGreaterThan", 10, ["x"], False),
        ("DateGreaterThan", "2026-01-01T00:00:00Z", ["2026-11-21T00:00:00+00:00"], True),
        ("DateLessThan", "2026-01-01T00:00:00Z", ["2026-11-21T00:00:00+00:00"], False),
        ("Bool", True, ["true"], True),
        ("Bool", "false", ["true"], False),
        ("IpAddress", "10.0.0.0/8", ["10.1.2.3"], True),
        ("NotIpAddress", "10.0.0.0/8", ["10.1.2.3"], False),
        ("ArnLike", "arn:aws:s3:::b/*", ["arn:aws:s3:::b/k"], True),
        ("ArnLike", "arn:aws:*:b", ["arn:aws:s3:us:1:b"], False),
        ("ArnNotEquals", "arn:aws:s3:::b", ["arn:aws:s3:::c"], True),
        ("Null", "true", None, True),
        ("Null", "true", ["a"], False),
        ("Null", False, ["a"], True),
        ("ForAllValues:StringEquals", ["a", "b"], ["a", "b", "a"], True),
        ("ForAllValues:StringEquals", ["a", "b"], ["a", "c"], False),
        ("ForAllValues:StringEquals", ["a"], None, True),
        ("ForAnyValue:StringEquals", ["a", "b"], ["c", "b"], True),
        ("ForAnyValue:StringEquals", ["a"], None, False),
        ("ForAnyValue:StringLike", "ml.m*", ["ml.p3.2xlarge", "ml.m5.large"], True),
        ("NoSuchOperator", "a", ["a"], False),
    ],
)
def test_condition_operators(operator: str, wanted: Any, found: list[str] | None, met: bool) -> None:  # noqa: ANN401, FBT001
    read = statements(policy({"Action": "*", "Condition": {operator: {"the:key": wanted}}}))[0]
    context = {"THE:Key": found} if found is not None else {}
    assert meets(read.conditions, context, fills=True) == (met, ["the:key"] if found is None else [])


@pytest.mark.parametrize("bad", ["{", "[]", "{}", '{"Statement": [{"Effect": "Maybe", "Action": "*"}]}',
                                 '{"Statement": [{"Effect": "Allow"}]}'])  # fmt: skip
def test_what_is_no_policy(bad: str) -> None:
    with pytest.raises(Malformed):
        statements(bad)


class Account:
    """A sandbox with roles that are bound by their policies."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.iam = client_of(url, "iam")
        self.sts = client_of(url, "sts")
        self.s3 = client_of(url, "s3")

    def role(self, name: str, *given: Mapping[str, Any], is_bound: bool = True, **more: Any) -> str:  # noqa: ANN401
        tags = [{"Key": "mlacoach:enforce", "Value": "true"}] if is_bound else []
        arn: str = self.iam.create_role(
            RoleName=name, AssumeRolePolicyDocument=TRUST, Tags=[*tags, {"Key": "team", "Value": "red"}], **more
        )["Role"]["Arn"]
        if given:
            self.iam.put_role_policy(RoleName=name, PolicyName="p", PolicyDocument=policy(*given))
        return arn

    def as_role(self, arn: str, service: str) -> Any:  # noqa: ANN401
        from boto3.session import Session  # noqa: PLC0415 - 100 ms

        given = self.sts.assume_role(RoleArn=arn, RoleSessionName="me")["Credentials"]
        session = Session(given["AccessKeyId"], given["SecretAccessKey"], given["SessionToken"], "us-east-1")
        return session.client(service, endpoint_url=self.url, config=LIMITLESS)


@pytest.fixture(scope="module")
def account() -> Iterator[Account]:
    with Sandbox() as sandbox:
        made = Account(sandbox.url)
        made.s3.create_bucket(Bucket="data")
        made.s3.put_object(Bucket="data", Key="in/a.csv", Body=b"1,2\n3,4\n")
        yield made


def test_the_simulator_says_what_a_roles_policies_come_to(account: Account) -> None:
    arn = account.role("simulated", {"Action": "s3:GetObject", "Resource": "arn:aws:s3:::data/*"}, is_bound=False)
    boundary = account.iam.create_policy(PolicyName="b", PolicyDocument=policy({"Action": "s3:*"}))["Policy"]["Arn"]
    full = "arn:aws:iam::aws:policy/AmazonSageMakerFullAccess"
    account.iam.attach_role_policy(RoleName="simulated", PolicyArn=full)
    attached = account.iam.list_attached_role_policies(RoleName="simulated")["AttachedPolicies"]
    assert attached == [{"PolicyName": "AmazonSageMakerFullAccess", "PolicyArn": full}]
    assert refused(account.iam.get_policy, PolicyArn="arn:aws:iam::aws:policy/NoSuchPolicy")[0] == "NoSuchEntity"
    account.iam.put_role_permissions_boundary(RoleName="simulated", PermissionsBoundary=boundary)
    found = account.iam.simulate_principal_policy(
        PolicySourceArn=arn,
        ActionNames=["s3:GetObject", "sagemaker:CreateTrainingJob", "iam:CreateUser"],
        ResourceArns=["arn:aws:s3:::data/k"],
    )["EvaluationResults"]
    assert [each["EvalDecision"] for each in found] == ["allowed", "implicitDeny", "implicitDeny"]
    assert found[0]["MatchedStatements"][0]["SourcePolicyId"] == "role_simulated_p"
    assert [each["PermissionsBoundaryDecisionDetail"]["AllowedByPermissionsBoundary"] for each in found] == [
        True,
        False,
        False,
    ]


def test_the_simulator_takes_policies_by_themselves(account: Account) -> None:
    condition = {"StringEquals": {"aws:RequestedRegion": "eu-west-1"}}
    given = [policy({"Action": "sagemaker:*", "Condition": condition}), policy({"Effect": "Deny", "Action": "iam:*"})]
    ask = account.iam.simulate_custom_policy
    actions = ["sagemaker:CreateModel", "iam:PassRole"]
    found = ask(PolicyInputList=given, ActionNames=actions)["EvaluationResults"]
    assert [each["EvalDecision"] for each in found] == ["implicitDeny", "explicitDeny"]
    assert found[0]["MissingContextValues"] == ["aws:RequestedRegion"]
    assert found[1]["MatchedStatements"][0]["SourcePolicyId"] == "PolicyInputList.2"
    entry = {"ContextKeyName": "aws:RequestedRegion", "ContextKeyValues": ["eu-west-1"], "ContextKeyType": "string"}
    found = ask(PolicyInputList=given, ActionNames=actions, ContextEntries=[entry])["EvaluationResults"]
    assert found[0]["EvalDecision"] == "allowed"
    assert refused(ask, PolicyInputList=["{"], ActionNames=actions)[0] == "InvalidInput"
    nobody = f"arn:aws:iam::{ACCOUNT}:role/nobody"
    code, _ = refused(account.iam.simulate_principal_policy, PolicySourceArn=nobody, ActionNames=actions)
    assert code == "NoSuchEntity"


def test_a_bound_role_may_do_no_more_than_its_policy_says(account: Account) -> None:
    read = {"Action": "s3:GetObject", "Resource": "arn:aws:s3:::data/in/*"}
    listing = {
        "Action": "s3:ListBucket",
        "Resource": "arn:aws:s3:::data",
        "Condition": {"StringLike": {"s3:prefix": "in/*"}},
    }
    arn = account.role("reader", read, listing)
    s3 = account.as_role(arn, "s3")
    assert s3.get_object(Bucket="data", Key="in/a.csv")["Body"].read() == b"1,2\n3,4\n"
    assert [each["Key"] for each in s3.list_objects_v2(Bucket="data", Prefix="in/")["Contents"]] == ["in/a.csv"]
    me = f"User: arn:aws:sts::{ACCOUNT}:assumed-role/reader/me is not authorized to perform: "
    why = "because no identity-based policy allows the {} action"
    assert refused(s3.put_object, Bucket="data", Key="in/b", Body=b"") == (
        "AccessDenied",
        f'{me}s3:PutObject on resource: "arn:aws:s3:::data/in/b" {why.format("s3:PutObject")}',
    )
    assert refused(s3.list_objects_v2, Bucket="data", Prefix="out/")[0] == "AccessDenied"
    code, said = refused(s3.delete_objects, Bucket="data", Delete={"Objects": [{"Key": "in/a.csv"}]})
    assert (code, '"arn:aws:s3:::data/in/a.csv"' in said) == ("AccessDenied", True)
    code, said = refused(account.as_role(arn, "sagemaker").list_models)
    assert (code, said) == (
        "AccessDeniedException",
        f"{me}sagemaker:ListModels on resource: * {why.format('sagemaker:ListModels')}",
    )
    # What is allowed later holds at once, and who one is may always be asked.
    account.iam.put_role_policy(RoleName="reader", PolicyName="q", PolicyDocument=policy({"Action": "sagemaker:List*"}))
    assert account.as_role(arn, "sagemaker").list_models()["Models"] == []
    assert account.as_role(arn, "sts").get_caller_identity()["Account"] == ACCOUNT


def test_without_the_tag_nobody_is_bound(account: Account) -> None:
    arn = account.role("free", is_bound=False)
    assert account.as_role(arn, "s3").list_buckets()["Buckets"]
    account.iam.tag_role(RoleName="free", Tags=[{"Key": "mlacoach:enforce", "Value": "true"}])
    assert refused(account.as_role(arn, "s3").list_buckets)[0] == "AccessDenied"


def test_a_boundary_and_an_explicit_denial_are_said(account: Account) -> None:
    document = policy({"Action": ["s3:List*", "dynamodb:*"]})
    boundary = account.iam.create_policy(PolicyName="edge", PolicyDocument=document)["Policy"]["Arn"]
    allow, deny = {"Action": "*"}, {"Effect": "Deny", "Action": "dynamodb:DeleteTable"}
    arn = account.role("edged", allow, deny, PermissionsBoundary=boundary)
    _, said = refused(account.as_role(arn, "sqs").list_queues)
    assert said.endswith("because no permissions boundary allows the sqs:ListQueues action")
    code, said = refused(account.as_role(arn, "dynamodb").delete_table, TableName="t")
    assert (code, said.endswith("table/t with an explicit deny in an identity-based policy")) == (
        "AccessDeniedException",
        True,
    )


def test_who_may_not_pass_a_role_cannot_start_a_job_with_it(account: Account) -> None:
    arn = account.role("starter", {"Action": "sagemaker:Create*"})
    worker = account.role("worker", {"Action": "s3:*"})
    asked = {"ModelName": "m", "ExecutionRoleArn": worker}
    code, said = refused(account.as_role(arn, "sagemaker").create_model, **asked)
    assert (code, f"iam:PassRole on resource: {worker} because" in said) == ("AccessDeniedException", True)
    passing = {
        "Action": "iam:PassRole",
        "Resource": worker,
        "Condition": {"StringEquals": {"iam:PassedToService": "sagemaker.amazonaws.com"}},
    }
    account.iam.put_role_policy(RoleName="starter", PolicyName="pass", PolicyDocument=policy(passing))
    assert account.as_role(arn, "sagemaker").create_model(**asked)["ModelArn"].endswith("model/m")


def test_instance_types_tags_and_names_bind_sagemaker(account: Account) -> None:
    small = {
        "Action": "sagemaker:CreateEndpointConfig",
        "Resource": f"arn:aws:sagemaker:us-east-1:{ACCOUNT}:endpoint-config/red-*",
        "Condition": {
            "ForAllValues:StringEquals": {"sagemaker:InstanceTypes": ["ml.t2.medium", "ml.m5.large"]},
            "StringEquals": {"aws:RequestTag/team": "${aws:PrincipalTag/team}"},
        },
    }
    sagemaker = account.as_role(account.role("small", small), "sagemaker")
    account.s3.put_object(Bucket="data", Key="m.tar.gz", Body=b"")
    client_of(account.url, "sagemaker").create_model(ModelName="any", ExecutionRoleArn=account.role("any"))

    def ask(name: str = "red-1", kind: str = "ml.m5.large", team: str = "red") -> dict[str, Any]:
        variant = {"VariantName": "a", "ModelName": "any", "InstanceType": kind, "InitialInstanceCount": 1}
        tags = [{"Key": "team", "Value": team}]
        return {"EndpointConfigName": name, "ProductionVariants": [variant], "Tags": tags}

    assert sagemaker.create_endpoint_config(**ask())["EndpointConfigArn"]
    for wrong in (ask("blue-1"), ask("red-2", "ml.p4d.24xlarge"), ask("red-3", team="blue")):
        assert refused(sagemaker.create_endpoint_config, **wrong)[0] == "AccessDeniedException"


def test_bucket_policies_and_key_policies_count(account: Account) -> None:
    arn = account.role("guest", {"Action": ["kms:*"]})
    s3 = account.as_role(arn, "s3")
    account.s3.create_bucket(Bucket="shared")
    account.s3.put_object(Bucket="shared", Key="open/k", Body=b"it")
    account.s3.put_object(Bucket="shared", Key="shut/k", Body=b"it")
    assert refused(s3.get_object, Bucket="shared", Key="open/k")[0] == "AccessDenied"
    given = {"Principal": {"AWS": arn}, "Action": "s3:GetObject", "Resource": "arn:aws:s3:::shared/*"}
    shut = {"Effect": "Deny", "Principal": "*", "Action": "s3:*", "Resource": "arn:aws:s3:::shared/shut/*"}
    account.s3.put_bucket_policy(Bucket="shared", Policy=policy(given, shut))
    assert s3.get_object(Bucket="shared", Key="open/k")["Body"].read() == b"it"
    _, said = refused(s3.get_object, Bucket="shared", Key="shut/k")
    assert said.endswith("with an explicit deny in a resource-based policy")
    kms = client_of(account.url, "kms")
    closed = policy({"Principal": {"AWS": f"arn:aws:iam::{ACCOUNT}:role/somebody"}, "Action": "kms:*"})
    key = kms.create_key(Policy=closed)["KeyMetadata"]["KeyId"]
    mine = account.as_role(arn, "kms")
    _, said = refused(mine.encrypt, KeyId=key, Plaintext=b"x")
    assert said.endswith("because no resource-based policy allows the kms:Encrypt action")
    kms.put_key_policy(
        KeyId=key,
        PolicyName="default",
        Policy=policy({"Principal": {"AWS": f"arn:aws:iam::{ACCOUNT}:root"}, "Action": "kms:*"}),
    )
    assert mine.encrypt(KeyId=key, Plaintext=b"x")["CiphertextBlob"]


def test_a_bound_execution_role_fails_the_job_that_reads_what_it_may_not(account: Account) -> None:
    arn = account.role("blind", {"Action": "s3:ListBucket"})
    sagemaker = client_of(account.url, "sagemaker")
    source = {"S3DataSource": {"S3DataType": "S3Prefix", "S3Uri": "s3://data/in/", "S3DataDistributionType":
                               "FullyReplicated"}}  # fmt: skip
    image = "683313688378.dkr.ecr.us-east-1.amazonaws.com/sagemaker-xgboost:1.7-1"
    sagemaker.create_training_job(
        TrainingJobName="blind",
        RoleArn=arn,
        AlgorithmSpecification={"TrainingImage": image, "TrainingInputMode": "File"},
        HyperParameters={"num_round": "1"},
        InputDataConfig=[{"ChannelName": "train", "ContentType": "text/csv", "DataSource": source}],
        OutputDataConfig={"S3OutputPath": "s3://data/out"},
        ResourceConfig={"InstanceType": "ml.m5.large", "InstanceCount": 1, "VolumeSizeInGB": 1},
        StoppingCondition={"MaxRuntimeInSeconds": 60},
    )

    waiter = sagemaker.get_waiter("training_job_completed_or_stopped")
    waiter.config.delay = 0.2
    with pytest.raises(Exception, match="Waiter"):
        waiter.wait(TrainingJobName="blind")
    found = sagemaker.describe_training_job(TrainingJobName="blind")
    assert found["TrainingJobStatus"] == "Failed"
    assert "s3:GetObject" in found["FailureReason"]
