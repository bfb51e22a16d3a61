import json

from mlacoach.labs import Shown

PARTNER = "111122223333"
EXTERNAL_ID = "pumps-7f3a"
SERVICE = "sagemaker.amazonaws.com"


def gather_the_team(aws):
    """Permissions stand on the group: who joins has them, who leaves has them no more."""
    iam = aws.client("iam")
    iam.create_group(GroupName=aws.name("scientists"))
    iam.create_user(UserName=aws.name("newcomer"))
    iam.add_user_to_group(GroupName=aws.name("scientists"), UserName=aws.name("newcomer"))
    made = iam.create_policy(
        PolicyName=aws.name("look"),
        PolicyDocument=_document(
            _allow(["sagemaker:Describe*", "sagemaker:List*"], "*"),
            _allow("s3:GetObject", f"arn:aws:s3:::{aws.name('data')}/*"),
        ),
    )
    iam.attach_group_policy(GroupName=aws.name("scientists"), PolicyArn=made["Policy"]["Arn"])


def give_each_team_a_role(aws):
    """Roles are taken on for a task and leave no key behind; the group may take on one of the two."""
    iam = aws.client("iam")
    own = {"AWS": f"arn:aws:iam::{_account(aws)}:root"}
    passing = {"StringEquals": {"iam:PassedToService": SERVICE}}
    tasks = {
        "trainer": [
            _allow(["sagemaker:CreateTrainingJob", "sagemaker:DescribeTrainingJob"], "*"),
            {**_allow("iam:PassRole", aws.role_arn), "Condition": passing},
        ],
        "deployer": [_allow(["sagemaker:CreateEndpoint", "sagemaker:UpdateEndpoint"], "*")],
    }
    for suffix, statements in tasks.items():
        iam.create_role(RoleName=aws.name(suffix), AssumeRolePolicyDocument=_trust(own))
        iam.put_role_policy(RoleName=aws.name(suffix), PolicyName="task", PolicyDocument=_document(*statements))
    iam.put_group_policy(
        GroupName=aws.name("scientists"),
        PolicyName="become-trainer",
        PolicyDocument=_document(_allow("sts:AssumeRole", _role(aws, "trainer"))),
    )


def bound_the_builder(aws):
    """A boundary grants nothing: it is the most that other policies may grant."""
    iam = aws.client("iam")
    made = iam.create_policy(
        PolicyName=aws.name("boundary"),
        PolicyDocument=_document(_allow(["s3:*", "sagemaker:*", "logs:*"], "*")),
    )
    iam.create_role(
        RoleName=aws.name("builder"),
        AssumeRolePolicyDocument=_trust({"AWS": f"arn:aws:iam::{_account(aws)}:root"}),
        PermissionsBoundary=made["Policy"]["Arn"],
    )
    iam.put_role_policy(RoleName=aws.name("builder"), PolicyName="all", PolicyDocument=_document(_allow("*", "*")))


def trust_the_partner(aws):
    """Whoever knows a role's ARN is not yet the partner: the external id says for which customer they ask."""
    iam = aws.client("iam")
    condition = {"StringEquals": {"sts:ExternalId": EXTERNAL_ID}}
    trust = _trust({"AWS": f"arn:aws:iam::{PARTNER}:root"}, Condition=condition)
    iam.create_role(RoleName=aws.name("partner"), AssumeRolePolicyDocument=trust, MaxSessionDuration=3600)
    reading = ["sagemaker:DescribeModelPackage", "sagemaker:ListModelPackages"]
    iam.put_role_policy(
        RoleName=aws.name("partner"), PolicyName="read-registry", PolicyDocument=_document(_allow(reading, "*"))
    )


def share_the_registry(aws):
    """A policy on the group itself lets the other account in under its own roles; no role is changed."""
    account = _account(aws)
    arn = f"arn:aws:sagemaker:{aws.region}:{account}:model-package"
    statement = {
        **_allow(["sagemaker:DescribeModelPackage", "sagemaker:ListModelPackages"], f"{arn}/{aws.name('models')}/*"),
        "Sid": "PartnerReads",
        "Principal": {"AWS": f"arn:aws:iam::{PARTNER}:root"},
    }
    aws.client("sagemaker").put_model_package_group_policy(
        ModelPackageGroupName=aws.name("models"), ResourcePolicy=_document(statement)
    )


def ask_both_sides(aws):
    """Across accounts both must say yes: the role's trust here, and a policy of who asks over there."""
    theirs = _document(_allow("sts:AssumeRole", _role(aws, "partner")))
    nothing = _document(_allow("s3:ListAllMyBuckets", "*"))
    trust = _trust_of(aws, "partner")
    report = {
        "both": _may(aws, theirs) and _let_in(aws, trust, EXTERNAL_ID),
        "without_their_policy": _may(aws, nothing) and _let_in(aws, trust, EXTERNAL_ID),
        "without_the_external_id": _may(aws, theirs) and _let_in(aws, trust, None),
        "from_another_account": _may(aws, theirs) and _let_in(aws, trust, EXTERNAL_ID, "444455556666"),
    }
    aws.client("s3").put_object(Bucket=aws.name("data"), Key="reports/both-sides.json", Body=json.dumps(report))
    return Shown(columns=("tried", "allowed"), rows=[(name, str(said)) for name, said in report.items()])


def _account(aws):
    return aws.role_arn.split(":")[4]


def _role(aws, suffix):
    return f"arn:aws:iam::{_account(aws)}:role/{aws.name(suffix)}"


def _allow(action, resource):
    return {"Effect": "Allow", "Action": action, "Resource": resource}


def _document(*statements):
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


def _trust(principal, **more):
    return _document({"Effect": "Allow", "Principal": principal, "Action": "sts:AssumeRole", **more})


def _trust_of(aws, suffix):
    found = aws.client("iam").get_role(RoleName=aws.name(suffix))["Role"]["AssumeRolePolicyDocument"]
    return json.dumps(found)


def _may(aws, identity):
    """Does a policy of theirs let them ask for the role?"""
    found = aws.client("iam").simulate_custom_policy(
        PolicyInputList=[identity], ActionNames=["sts:AssumeRole"], ResourceArns=[_role(aws, "partner")]
    )
    return found["EvaluationResults"][0]["EvalDecision"] == "allowed"


def _let_in(aws, trust, external_id, account=PARTNER):
    """Does the trust let that account in?"""
    entry = {
        "ContextKeyName": "sts:ExternalId",
        "ContextKeyValues": [external_id or ""],
        "ContextKeyType": "string",
    }
    found = aws.client("iam").simulate_custom_policy(
        PolicyInputList=[_document(_allow("s3:ListAllMyBuckets", "*"))],
        ResourcePolicy=trust,
        CallerArn=f"arn:aws:iam::{account}:root",
        ActionNames=["sts:AssumeRole"],
        ResourceArns=[_role(aws, "partner")],
        ContextEntries=[entry] if external_id else [],
    )
    return found["EvaluationResults"][0]["EvalDecision"] == "allowed"
