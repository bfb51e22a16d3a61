import json
from pathlib import Path

from mlacoach.labs import Shown

PROBE = Path(__file__).parent / "data" / "probe.py"
IMAGE = "683313688378.dkr.ecr.us-east-1.amazonaws.com/sagemaker-scikit-learn:1.2-1-cpu-py3"
SERVICE = "sagemaker.amazonaws.com"
PULL = [
    "ecr:GetAuthorizationToken",
    "ecr:BatchCheckLayerAvailability",
    "ecr:GetDownloadUrlForLayer",
    "ecr:BatchGetImage",
]


def trust_one_service(aws):
    """Who may take the role on is one policy, what it may do then another. In the sandbox a tag makes both count."""
    aws.client("iam").create_role(
        RoleName=aws.name("trainer"),
        AssumeRolePolicyDocument=_trust(aws),
        Tags=[{"Key": "mlacoach:enforce", "Value": "true"}],
    )


def grant_the_least(aws):
    """Objects and the bucket are two resources; a list of the bucket is bound by a condition on the prefix."""
    bucket = f"arn:aws:s3:::{aws.name('data')}"
    _grant(
        aws,
        "trainer",
        {"Effect": "Allow", "Action": "s3:GetObject", "Resource": [f"{bucket}/train/*", f"{bucket}/code/*"]},
        {"Effect": "Allow", "Action": "s3:PutObject", "Resource": f"{bucket}/models/*"},
        {
            "Effect": "Allow",
            "Action": "s3:ListBucket",
            "Resource": bucket,
            "Condition": {"StringLike": {"s3:prefix": ["train/*", "code/*"]}},
        },
        {
            "Effect": "Allow",
            "Action": ["logs:CreateLogGroup", "logs:CreateLogStream", "logs:PutLogEvents", "logs:DescribeLogStreams"],
            "Resource": "*",
        },
        {"Effect": "Allow", "Action": PULL, "Resource": "*"},
    )


def demand_encryption(aws):
    """A Deny with StringNotEquals also holds where the request says nothing of encryption."""
    aws.client("s3").put_bucket_encryption(
        Bucket=aws.name("data"),
        ServerSideEncryptionConfiguration={
            "Rules": [{"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "aws:kms"}, "BucketKeyEnabled": True}]
        },
    )
    statement = {
        "Effect": "Deny",
        "Action": "s3:PutObject",
        "Resource": "*",
        "Condition": {"StringNotEquals": {"s3:x-amz-server-side-encryption": "aws:kms"}},
    }
    aws.client("iam").put_role_policy(
        RoleName=aws.name("trainer"), PolicyName="encrypted", PolicyDocument=_document(statement)
    )


def bind_the_scientist(aws):
    """Null is true where the request does not name it: no subnets, no key for the volume."""
    aws.client("iam").create_role(RoleName=aws.name("scientist"), AssumeRolePolicyDocument=_trust(aws))
    account = aws.role_arn.split(":")[4]
    start = "sagemaker:CreateTrainingJob"
    _grant(
        aws,
        "scientist",
        {"Effect": "Allow", "Action": [start, "sagemaker:DescribeTrainingJob"], "Resource": "*"},
        {
            "Effect": "Deny",
            "Action": start,
            "Resource": "*",
            "Condition": {"Null": {"sagemaker:VpcSubnets": "true"}},
        },
        {
            "Effect": "Deny",
            "Action": start,
            "Resource": "*",
            "Condition": {"Null": {"sagemaker:VolumeKmsKey": "true"}},
        },
        {
            "Effect": "Allow",
            "Action": "iam:PassRole",
            "Resource": f"arn:aws:iam::{account}:role/{aws.name('trainer')}",
            "Condition": {"StringEquals": {"iam:PassedToService": SERVICE}},
        },
    )


def ask_the_simulator(aws):
    """It decides as IAM does and sends nothing. Conditions need their values from you."""
    bucket = f"arn:aws:s3:::{aws.name('data')}"
    asked = {
        "read train": ("s3:GetObject", f"{bucket}/train/trips.csv"),
        "write models with kms": ("s3:PutObject", f"{bucket}/models/model.txt", "aws:kms"),
        "write models without": ("s3:PutObject", f"{bucket}/models/model.txt"),
        "read secret": ("s3:GetObject", f"{bucket}/secret/riders.csv"),
        "delete train": ("s3:DeleteObject", f"{bucket}/train/trips.csv"),
    }
    report = {name: _simulated(aws, *what) for name, what in asked.items()}
    _put(aws, "reports/decisions.json", json.dumps(report).encode())
    return Shown(columns=("tried", "decision"), rows=list(report.items()))


def see_it_refused(aws):
    """The simulator says what should be; a job shows what is."""
    _put(aws, "code/probe.py", PROBE.read_bytes())
    role = aws.client("iam").get_role(RoleName=aws.name("trainer"))["Role"]["Arn"]
    aws.client("sagemaker").create_processing_job(
        ProcessingJobName=aws.name("probe"),
        RoleArn=role,
        AppSpecification={
            "ImageUri": IMAGE,
            "ContainerEntrypoint": ["python3", "/opt/ml/processing/code/probe.py"],
            "ContainerArguments": ["--bucket", aws.name("data")],
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
        Environment={"AWS_DEFAULT_REGION": aws.region},
    )
    aws.wait(
        "sagemaker",
        "describe_processing_job",
        lambda found: found["ProcessingJobStatus"] not in {"InProgress", "Stopping"},
        ProcessingJobName=aws.name("probe"),
    )
    found = aws.client("logs").filter_log_events(
        logGroupName="/aws/sagemaker/ProcessingJobs", logStreamNamePrefix=aws.name("probe")
    )
    tried = [json.loads(event["message"]) for event in found["events"] if '"tried"' in event["message"]]
    return Shown(columns=("tried", "said"), rows=[(each["tried"], each["said"]) for each in tried])


def _trust(aws):
    statement = {
        "Effect": "Allow",
        "Principal": {"Service": SERVICE},
        "Action": "sts:AssumeRole",
        # Nobody else's SageMaker may be talked into using it.
        "Condition": {"StringEquals": {"aws:SourceAccount": aws.role_arn.split(":")[4]}},
    }
    return _document(statement)


def _grant(aws, suffix, *statements):
    aws.client("iam").put_role_policy(
        RoleName=aws.name(suffix), PolicyName="least", PolicyDocument=_document(*statements)
    )


def _document(*statements):
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


def _simulated(aws, action, resource, encryption=""):
    role = aws.client("iam").get_role(RoleName=aws.name("trainer"))["Role"]["Arn"]
    entry = {
        "ContextKeyName": "s3:x-amz-server-side-encryption",
        "ContextKeyValues": [encryption],
        "ContextKeyType": "string",
    }
    found = aws.client("iam").simulate_principal_policy(
        PolicySourceArn=role,
        ActionNames=[action],
        ResourceArns=[resource],
        ContextEntries=[entry] if encryption else [],
    )
    return found["EvaluationResults"][0]["EvalDecision"]


def _put(aws, key, body):
    aws.client("s3").put_object(Bucket=aws.name("data"), Key=key, Body=body)
