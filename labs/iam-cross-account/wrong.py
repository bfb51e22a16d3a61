import json

PARTNER = "111122223333"
EXTERNAL_ID = "pumps-7f3a"
ASKED = ("both", "without_their_policy", "without_the_external_id", "from_another_account")


def policy_on_the_user(aws):
    """Who takes it away when the newcomer leaves the team?"""
    _team(aws)
    aws.client("iam").put_user_policy(
        UserName=aws.name("newcomer"), PolicyName="own", PolicyDocument=_document(_allow("sagemaker:*", "*"))
    )


def everything_of_sagemaker(aws):
    """Looking, and deleting as well."""
    _team(aws)
    aws.client("iam").put_group_policy(
        GroupName=aws.name("scientists"),
        PolicyName="all",
        PolicyDocument=_document(
            _allow("sagemaker:*", "*"), _allow("s3:GetObject", f"arn:aws:s3:::{aws.name('data')}/*")
        ),
    )


def one_role_for_both(aws):
    """Who trains deploys."""
    _new_role(aws, "trainer", {"AWS": f"arn:aws:iam::{_account(aws)}:root"})
    _grant(aws, "trainer", _allow("sagemaker:*", "*"))


def any_role_to_any_service(aws):
    """A trainer that may hand any role to any service is as strong as the strongest of them."""
    for suffix, action in (("trainer", "sagemaker:CreateTrainingJob"), ("deployer", "sagemaker:CreateEndpoint")):
        _new_role(aws, suffix, {"AWS": f"arn:aws:iam::{_account(aws)}:root"})
        _grant(aws, suffix, _allow([action, "iam:PassRole"], "*"))


def without_a_boundary(aws):
    """Everything, then."""
    _new_role(aws, "builder", {"AWS": f"arn:aws:iam::{_account(aws)}:root"})
    _grant(aws, "builder", _allow("*", "*"))


def narrow_by_itself(aws):
    """A policy that grants little bounds nobody who may change it."""
    _new_role(aws, "builder", {"AWS": f"arn:aws:iam::{_account(aws)}:root"})
    _grant(aws, "builder", _allow(["s3:*", "sagemaker:*", "logs:*"], "*"))


def without_the_external_id(aws):
    """The confused deputy."""
    _new_role(aws, "partner", {"AWS": f"arn:aws:iam::{PARTNER}:root"})


def for_everybody(aws):
    """The id is no secret."""
    _new_role(aws, "partner", {"AWS": "*"}, Condition={"StringEquals": {"sts:ExternalId": EXTERNAL_ID}})


def with_writing(aws):
    """The partner approves their own models."""
    condition = {"StringEquals": {"sts:ExternalId": EXTERNAL_ID}}
    _new_role(aws, "partner", {"AWS": f"arn:aws:iam::{PARTNER}:root"}, Condition=condition)
    _grant(aws, "partner", _allow("sagemaker:*ModelPackage*", "*"))


def with_the_world(aws):
    """Everybody reads."""
    _share(aws, "*", ["sagemaker:DescribeModelPackage", "sagemaker:ListModelPackages"])


def with_all_actions(aws):
    """Whoever reads may delete."""
    actions = ["sagemaker:DescribeModelPackage", "sagemaker:ListModelPackages", "sagemaker:DeleteModelPackage"]
    _share(aws, f"arn:aws:iam::{PARTNER}:root", actions)


def with_deployment(aws):
    """Whoever makes versions decides what is released."""
    actions = ["sagemaker:DescribeModelPackage", "sagemaker:ListModelPackages", "sagemaker:CreateModelPackage"]
    _share(aws, f"arn:aws:iam::{PARTNER}:root", actions)


def the_group_itself(aws):
    """The group is no version: another resource."""
    actions = ["sagemaker:DescribeModelPackage", "sagemaker:ListModelPackages"]
    group = f"arn:aws:sagemaker:{aws.region}:{_account(aws)}:model-package-group/{aws.name('models')}"
    _share(aws, f"arn:aws:iam::{PARTNER}:root", actions, group)


def one_side_is_enough(aws):
    """It is not."""
    _report(aws, {**dict.fromkeys(ASKED, False), "both": True, "without_their_policy": True})


def nobody_gets_in(aws):
    """Then what is the role for?"""
    _report(aws, dict.fromkeys(ASKED, False))


def _account(aws):
    return aws.role_arn.split(":")[4]


def _allow(action, resource):
    return {"Effect": "Allow", "Action": action, "Resource": resource}


def _document(*statements):
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


def _team(aws):
    iam = aws.client("iam")
    iam.create_group(GroupName=aws.name("scientists"))
    iam.create_user(UserName=aws.name("newcomer"))
    iam.add_user_to_group(GroupName=aws.name("scientists"), UserName=aws.name("newcomer"))


def _new_role(aws, suffix, principal, **more):
    trust = {"Effect": "Allow", "Principal": principal, "Action": "sts:AssumeRole", **more}
    aws.client("iam").create_role(RoleName=aws.name(suffix), AssumeRolePolicyDocument=_document(trust))


def _grant(aws, suffix, *statements):
    aws.client("iam").put_role_policy(
        RoleName=aws.name(suffix), PolicyName="task", PolicyDocument=_document(*statements)
    )


def _share(aws, principal, actions, resource="*"):
    statement = {**_allow(actions, resource), "Principal": {"AWS": principal}}
    aws.client("sagemaker").put_model_package_group_policy(
        ModelPackageGroupName=aws.name("models"), ResourcePolicy=_document(statement)
    )


def _report(aws, said):
    aws.client("s3").put_object(Bucket=aws.name("data"), Key="reports/both-sides.json", Body=json.dumps(said))
