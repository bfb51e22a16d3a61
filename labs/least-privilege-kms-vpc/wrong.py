import json

IMAGE = "683313688378.dkr.ecr.us-east-1.amazonaws.com/sagemaker-scikit-learn:1.2-1-cpu-py3"
ASKED = ("read train", "write models with kms", "write models without", "read secret", "delete train")
SERVICE = "sagemaker.amazonaws.com"


def everybody_in_the_account(aws):
    """Any user may become the trainer."""
    _role(aws, "trainer", {"Service": SERVICE, "AWS": f"arn:aws:iam::{_account(aws)}:root"})


def another_service(aws):
    """EC2 trains nothing here."""
    _role(aws, "trainer", {"Service": "ec2.amazonaws.com"})


def for_anybody(aws):
    """The deputy can be confused."""
    _role(aws, "trainer", {"Service": SERVICE}, operator="")


def but_for_this_account(aws):
    """The condition the wrong way round."""
    _role(aws, "trainer", {"Service": SERVICE}, operator="StringNotEquals")


def by_another_key(aws):
    """The account of whoever calls: SageMaker's own, not that which it works for."""
    _role(aws, "trainer", {"Service": SERVICE}, key="aws:PrincipalAccount")


def everything_in_s3(aws):
    """s3:* on everything."""
    _grant(aws, "trainer", {"Effect": "Allow", "Action": ["s3:*", "logs:*"], "Resource": "*"})


def the_bucket_as_a_whole(aws):
    """All prefixes, the secret one too."""
    bucket = f"arn:aws:s3:::{aws.name('data')}"
    actions = ["s3:GetObject", "s3:PutObject", "s3:ListBucket"]
    _grant(
        aws,
        "trainer",
        {"Effect": "Allow", "Action": actions, "Resource": [bucket, f"{bucket}/*"]},
        {"Effect": "Allow", "Action": "logs:*", "Resource": "*"},
    )


def nothing_written(aws):
    """Training without a model."""
    bucket = f"arn:aws:s3:::{aws.name('data')}"
    _grant(aws, "trainer", {"Effect": "Allow", "Action": "s3:GetObject", "Resource": f"{bucket}/*"})


def any_encryption(aws):
    """AES256 is encryption, too, and not what was demanded."""
    _demand(aws, {"Null": {"s3:x-amz-server-side-encryption": "true"}})


def only_if_said(aws):
    """A Deny of AES256 lets pass who says nothing."""
    _demand(aws, {"StringEquals": {"s3:x-amz-server-side-encryption": "AES256"}})


def the_role_alone(aws):
    """Others write as they like."""
    _demand(aws, {"StringNotEquals": {"s3:x-amz-server-side-encryption": "aws:kms"}})


def jobs_anywhere(aws):
    """With internet."""
    _scientist(aws, [])


def volumes_in_the_clear(aws):
    """In the VPC, unencrypted."""
    _scientist(aws, ["sagemaker:VpcSubnets"])


def any_role(aws):
    """Whoever may pass every role is every role."""
    _scientist(aws, ["sagemaker:VpcSubnets", "sagemaker:VolumeKmsKey"], passed="*")


def to_any_service(aws):
    """EC2 would take it as well."""
    trainer = f"arn:aws:iam::{_account(aws)}:role/{aws.name('trainer')}"
    _scientist(aws, ["sagemaker:VpcSubnets", "sagemaker:VolumeKmsKey"], passed=trainer)


def all_is_well(aws):
    """Only what is hoped for."""
    _report(aws, dict.fromkeys(ASKED, "allowed"))


def denied_by_somebody(aws):
    """Nobody denied it; nobody allowed it."""
    said = dict.fromkeys(ASKED, "explicitDeny")
    _report(aws, {**said, "read train": "allowed", "write models with kms": "allowed"})


def with_the_labs_own_role(aws):
    """That one may do everything."""
    aws.client("s3").put_object(Bucket=aws.name("data"), Key="code/nothing.py", Body=b"print('done')")
    aws.client("sagemaker").create_processing_job(
        ProcessingJobName=aws.name("probe"),
        RoleArn=aws.role_arn,
        AppSpecification={
            "ImageUri": IMAGE,
            "ContainerEntrypoint": ["python3", "/opt/ml/processing/code/nothing.py"],
        },
        ProcessingInputs=[
            {
                "InputName": "code",
                "S3Input": {
                    "S3Uri": f"s3://{aws.name('data')}/code/",
                    "LocalPath": "/opt/ml/processing/code",
                    "S3DataType": "S3Prefix",
                    "S3InputMode": "File",
                },
            }
        ],
        ProcessingResources={"ClusterConfig": {"InstanceCount": 1, "InstanceType": "ml.m5.large", "VolumeSizeInGB": 5}},
        StoppingCondition={"MaxRuntimeInSeconds": 600},
    )
    aws.wait(
        "sagemaker",
        "describe_processing_job",
        lambda found: found["ProcessingJobStatus"] not in {"InProgress", "Stopping"},
        ProcessingJobName=aws.name("probe"),
    )


def _account(aws):
    return aws.role_arn.split(":")[4]


def _role(aws, suffix, principal, *, operator="StringEquals", key="aws:SourceAccount"):
    statement = {"Effect": "Allow", "Principal": principal, "Action": "sts:AssumeRole"}
    if operator:
        statement["Condition"] = {operator: {key: _account(aws)}}
    trust = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    aws.client("iam").create_role(RoleName=aws.name(suffix), AssumeRolePolicyDocument=trust)


def _grant(aws, suffix, *statements):
    document = json.dumps({"Version": "2012-10-17", "Statement": list(statements)})
    aws.client("iam").put_role_policy(RoleName=aws.name(suffix), PolicyName="least", PolicyDocument=document)


def _demand(aws, condition):
    statement = {"Effect": "Deny", "Action": "s3:PutObject", "Resource": "*", "Condition": condition}
    document = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    aws.client("iam").put_role_policy(RoleName=aws.name("trainer"), PolicyName="encrypted", PolicyDocument=document)


def _scientist(aws, demanded, passed=""):
    _role(aws, "scientist", {"Service": SERVICE})
    start = "sagemaker:CreateTrainingJob"
    denials = [
        {"Effect": "Deny", "Action": start, "Resource": "*", "Condition": {"Null": {key: "true"}}} for key in demanded
    ]
    allowed = [{"Effect": "Allow", "Action": start, "Resource": "*"}]
    allowed += [{"Effect": "Allow", "Action": "iam:PassRole", "Resource": passed}] if passed else []
    _grant(aws, "scientist", *allowed, *denials)


def _report(aws, decisions):
    aws.client("s3").put_object(
        Bucket=aws.name("data"),
        Key="reports/decisions.json",
        Body=json.dumps(decisions),
    )
