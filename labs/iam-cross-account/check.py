import json
from fnmatch import fnmatchcase

from mlacoach.labs import NotYet, proofs

PARTNER, STRANGER = "111122223333", "444455556666"
EXTERNAL_ID = "pumps-7f3a"
READING = {"sagemaker:DescribeModelPackage", "sagemaker:ListModelPackages"}
NOTHING = '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3:ListAllMyBuckets","Resource":"*"}]}'


def gather_the_team(aws):
    """The newcomer may look at what the group may look at, and has nothing of their own."""
    group, user = aws.name("scientists"), aws.name("newcomer")
    found = aws.find("iam", "get_group", GroupName=group)
    if found is None:
        raise NotYet(f"There is no group {group}.", hint="iam.create_group(…)")
    if user not in [each["UserName"] for each in found["Users"]]:
        raise NotYet(f"{user} is not in the group.", hint="add_user_to_group(…)")
    own = [
        *aws.find("iam", "list_attached_user_policies", UserName=user)["AttachedPolicies"],
        *aws.find("iam", "list_user_policies", UserName=user)["PolicyNames"],
    ]
    if own:
        raise NotYet("The newcomer has a policy of their own.", hint="On the group, not on the user.")
    arn = f"arn:aws:iam::{_account(aws)}:user/{user}"
    _must(aws, arn, "sagemaker:DescribeModel", allowed=True)
    _must(aws, arn, "s3:GetObject", f"arn:aws:s3:::{aws.name('data')}/raw.csv", allowed=True)
    _must(aws, arn, "s3:GetObject", "arn:aws:s3:::another-bucket/raw.csv", allowed=False)
    for action in ("sagemaker:CreateTrainingJob", "sagemaker:DeleteModel", "iam:CreateUser"):
        _must(aws, arn, action, allowed=False)


def give_each_team_a_role(aws):
    """One role trains, another deploys, neither does both; the group may take on the trainer alone."""
    _must(aws, _role(aws, "trainer"), "sagemaker:CreateTrainingJob", allowed=True)
    _must(aws, _role(aws, "trainer"), "sagemaker:CreateEndpoint", allowed=False)
    _must(aws, _role(aws, "deployer"), "sagemaker:CreateEndpoint", allowed=True)
    _must(aws, _role(aws, "deployer"), "sagemaker:CreateTrainingJob", allowed=False)
    context = {"iam:PassedToService": "sagemaker.amazonaws.com"}
    _must(aws, _role(aws, "trainer"), "iam:PassRole", aws.role_arn, allowed=True, **context)
    other = {"iam:PassedToService": "ec2.amazonaws.com"}
    _must(aws, _role(aws, "trainer"), "iam:PassRole", aws.role_arn, allowed=False, **other)
    user = f"arn:aws:iam::{_account(aws)}:user/{aws.name('newcomer')}"
    _must(aws, user, "sts:AssumeRole", _role(aws, "trainer"), allowed=True)
    _must(aws, user, "sts:AssumeRole", _role(aws, "deployer"), allowed=False)
    for suffix in ("trainer", "deployer"):
        if not _lets_in(aws, suffix, _account(aws)):
            raise NotYet(f"{suffix} trusts nobody of this account.", hint="AssumeRolePolicyDocument: Principal")


def bound_the_builder(aws):
    """The builder is allowed everything, and can do no more than the boundary."""
    _role_of(aws, "builder")
    found = aws.find("iam", "list_role_policies", RoleName=aws.name("builder"))
    attached = aws.find("iam", "list_attached_role_policies", RoleName=aws.name("builder"))
    if not found["PolicyNames"] and not attached["AttachedPolicies"]:
        raise NotYet("The builder has a boundary and no policy, so may do nothing.", hint="put_role_policy(…)")
    for action in ("sagemaker:CreateModel", "s3:CreateBucket", "logs:CreateLogGroup"):
        _must(aws, _role(aws, "builder"), action, allowed=True)
    denied = _simulated(aws, _role(aws, "builder"), "iam:CreateUser", "*", {})
    if denied["EvalDecision"] == "allowed":
        raise NotYet("The builder may make users.", hint="PermissionsBoundary")
    if denied.get("PermissionsBoundaryDecisionDetail", {}).get("AllowedByPermissionsBoundary", True):
        raise NotYet("It is not a boundary that keeps the builder from making users.", hint="PermissionsBoundary")


def trust_the_partner(aws):
    """The partner's account may take the role on, with the external id only, to read the registry only."""
    if not _lets_in(aws, "partner", PARTNER, EXTERNAL_ID):
        raise NotYet("The partner is not let in.", hint=f"Principal: {PARTNER}, sts:ExternalId: {EXTERNAL_ID}")
    if _lets_in(aws, "partner", PARTNER):
        raise NotYet("The partner is let in without the external id.", hint="Condition: StringEquals")
    if _lets_in(aws, "partner", STRANGER, EXTERNAL_ID):
        raise NotYet("Anybody who knows the external id is let in.", hint="Principal: one account")
    for action in sorted(READING):
        _must(aws, _role(aws, "partner"), action, allowed=True)
    for action in ("sagemaker:UpdateModelPackage", "s3:GetObject"):
        _must(aws, _role(aws, "partner"), action, allowed=False)


def share_the_registry(aws):
    """A policy on the registry's group lets the partner's account read its versions, and no other."""
    found = aws.find("sagemaker", "get_model_package_group_policy", ModelPackageGroupName=aws.name("models"))
    if not found:
        raise NotYet("The group has no policy.", hint="put_model_package_group_policy(…)")
    statements = _listed(json.loads(found["ResourcePolicy"])["Statement"])
    allowing = [each for each in statements if each["Effect"] == "Allow"]
    principals = {who for each in allowing for who in _listed(_of_account(each.get("Principal")))}
    if not principals or any(PARTNER not in who for who in principals):
        raise NotYet(f"It lets in {', '.join(sorted(principals)) or 'nobody'}.", hint=f"Principal: {PARTNER}")
    actions = {action for each in allowing for action in _listed(each["Action"])}
    if READING - actions:
        raise NotYet(f"It allows {', '.join(sorted(actions))}.", hint=", ".join(sorted(READING)))
    writing = sorted(each for each in actions if not each.startswith(("sagemaker:Describe", "sagemaker:List")))
    if writing:
        raise NotYet(f"It allows {writing[0]}, too.", hint="Reading only.")
    version = f"arn:aws:sagemaker:{aws.region}:{_account(aws)}:model-package/{aws.name('models')}/1"
    resources = {resource for each in allowing for resource in _listed(each["Resource"])}
    if not any(fnmatchcase(version, each) for each in resources):
        raise NotYet(f"It is about {', '.join(sorted(resources))}, not about versions.", hint="…:model-package/…/*")


def ask_both_sides(aws):
    """A report says who gets in: only with a policy over there, the trust here and the external id."""
    _role_of(aws, "partner")
    report = proofs.report(aws, "reports/both-sides.json")
    wanted = {
        "both": True,
        "without_their_policy": False,
        "without_the_external_id": False,
        "from_another_account": False,
    }
    for name, said in wanted.items():
        if report.get(name) is not said:
            raise NotYet(f"It says {report.get(name)} of {name}.", hint="Both simulations must say allowed.")


def _account(aws):
    return aws.role_arn.split(":")[4]


def _role(aws, suffix):
    return f"arn:aws:iam::{_account(aws)}:role/{aws.name(suffix)}"


def _role_of(aws, suffix):
    found = aws.find("iam", "get_role", RoleName=aws.name(suffix))
    if found is None:
        raise NotYet(f"There is no role {aws.name(suffix)}.", hint="iam.create_role(…)")
    return found["Role"]


def _simulated(aws, who, action, resource, context):
    found = aws.find(
        "iam",
        "simulate_principal_policy",
        PolicySourceArn=who,
        ActionNames=[action],
        ResourceArns=[resource],
        ContextEntries=_entries(context),
    )
    if found is None:
        raise NotYet(f"There is no {who.rpartition('/')[2]}.", hint="iam.create_role(…) or iam.create_user(…)")
    return found["EvaluationResults"][0]


def _entries(context):
    return [
        {"ContextKeyName": key, "ContextKeyValues": [value], "ContextKeyType": "string"}
        for key, value in context.items()
    ]


def _must(aws, who, action, resource="*", *, allowed, **context):
    said = _simulated(aws, who, action, resource, context)["EvalDecision"]
    if (said == "allowed") != allowed:
        name = who.rpartition("/")[2].removeprefix(aws.name("x")[:-1])
        where = "" if resource == "*" else f" on {resource.rpartition(':')[2]}"
        raise NotYet(f"{name}: {action}{where} is {said}.", hint="Too much." if said == "allowed" else "Too little.")


def _lets_in(aws, suffix, account, external_id=None):
    """Does the role's trust let this account in? Asked of the simulator, as a policy of a resource."""
    found = aws.find(
        "iam",
        "simulate_custom_policy",
        PolicyInputList=[NOTHING],
        ResourcePolicy=json.dumps(_role_of(aws, suffix)["AssumeRolePolicyDocument"]),
        CallerArn=f"arn:aws:iam::{account}:root",
        ActionNames=["sts:AssumeRole"],
        ResourceArns=[_role(aws, suffix)],
        ContextEntries=_entries({"sts:ExternalId": external_id} if external_id else {}),
    )
    return found["EvaluationResults"][0]["EvalDecision"] == "allowed"


def _of_account(principal):
    return principal.get("AWS", []) if isinstance(principal, dict) else principal or []


def _listed(value):
    return value if isinstance(value, list) else [value]
