import json
from urllib.parse import unquote

from mlacoach.labs import NotYet, proofs

ENCRYPTION = "s3:x-amz-server-side-encryption"
KMS = {ENCRYPTION: ["aws:kms"]}
# A subnet and a group that need not exist: the simulator compares texts.
IN_VPC = {"sagemaker:VpcSubnets": ["subnet-0a"], "sagemaker:VpcSecurityGroupIds": ["sg-0a"]}
KEY = {"sagemaker:VolumeKmsKey": ["arn:aws:kms:us-east-1:123456789012:key/a"]}


def trust_one_service(aws):
    """A role that SageMaker may take on for this account, and nobody else."""
    role = _role(aws, "trainer")
    statements = _listed(role["AssumeRolePolicyDocument"]["Statement"])
    services = [name for each in statements for name in _listed(each["Principal"].get("Service", []))]
    others = [each for each in statements if set(each["Principal"]) != {"Service"}]
    if services != ["sagemaker.amazonaws.com"] or others:
        raise NotYet(
            f"It may be taken on by {services or 'no service'} and {len(others)} others.", hint="Principal: Service"
        )
    account = role["Arn"].split(":")[4]
    if not all(_is_for(account, each) for each in statements):
        raise NotYet("SageMaker may take it on for any account.", hint="Condition: aws:SourceAccount")


def grant_the_least(aws):
    """It reads train/ and code/, writes models/, lists only these, and may do nothing else."""
    role, bucket = _role(aws, "trainer")["Arn"], f"arn:aws:s3:::{aws.name('data')}"
    _must_be(aws, role, "s3:GetObject", f"{bucket}/train/trips.csv", allowed=True)
    _must_be(aws, role, "s3:GetObject", f"{bucket}/code/probe.py", allowed=True)
    _must_be(aws, role, "s3:PutObject", f"{bucket}/models/model.txt", allowed=True, **KMS)
    _must_be(aws, role, "s3:ListBucket", bucket, allowed=True, **{"s3:prefix": ["train/"]})
    _must_be(aws, role, "logs:PutLogEvents", "*", allowed=True)
    for action, resource in (
        ("s3:GetObject", f"{bucket}/secret/riders.csv"),
        ("s3:PutObject", f"{bucket}/train/trips.csv"),
        ("s3:DeleteObject", f"{bucket}/models/model.txt"),
        ("s3:GetObject", "arn:aws:s3:::another-bucket/train/trips.csv"),
        ("sagemaker:CreateTrainingJob", "*"),
        ("iam:PassRole", role),
    ):
        _must_be(aws, role, action, resource, allowed=False)
    _must_be(aws, role, "s3:ListBucket", bucket, allowed=False, **{"s3:prefix": ["secret/"]})


def demand_encryption(aws):
    """What it writes is encrypted with AWS KMS, or it is not written; the bucket does so by itself."""
    role, bucket = _role(aws, "trainer")["Arn"], f"arn:aws:s3:::{aws.name('data')}"
    model = f"{bucket}/models/model.txt"
    _must_be(aws, role, "s3:PutObject", model, allowed=True, **KMS)
    _must_be(aws, role, "s3:PutObject", model, allowed=False, why="with AES256", **{ENCRYPTION: ["AES256"]})
    _must_be(aws, role, "s3:PutObject", model, allowed=False, why="without a word of encryption")
    found = aws.find("s3", "get_bucket_encryption", Bucket=aws.name("data"))
    rules = found["ServerSideEncryptionConfiguration"]["Rules"] if found else [{}]
    default = rules[0].get("ApplyServerSideEncryptionByDefault", {}).get("SSEAlgorithm", "nothing of yours")
    if default != "aws:kms":
        raise NotYet(f"The bucket's default encryption is {default}.", hint="s3.put_bucket_encryption(…)")


def bind_the_scientist(aws):
    """A scientist starts jobs in the VPC only, on an encrypted volume, and passes this one role, to SageMaker."""
    role, trainer = _role(aws, "scientist")["Arn"], _role(aws, "trainer")["Arn"]
    job = f"arn:aws:sagemaker:{aws.region}:{role.split(':')[4]}:training-job/a"
    start = "sagemaker:CreateTrainingJob"
    _must_be(aws, role, start, job, allowed=True, **IN_VPC, **KEY)
    _must_be(aws, role, start, job, allowed=False, why="without a VPC", **KEY)
    _must_be(aws, role, start, job, allowed=False, why="without a key for the volume", **IN_VPC)
    to_sagemaker, to_ec2 = (
        {"iam:PassedToService": [name]} for name in ("sagemaker.amazonaws.com", "ec2.amazonaws.com")
    )
    _must_be(aws, role, "iam:PassRole", trainer, allowed=True, **to_sagemaker)
    _must_be(aws, role, "iam:PassRole", trainer, allowed=False, why="to EC2", **to_ec2)
    _must_be(aws, role, "iam:PassRole", trainer.replace("trainer", "admin"), allowed=False, **to_sagemaker)
    _must_be(aws, role, "s3:GetObject", f"arn:aws:s3:::{aws.name('data')}/secret/riders.csv", allowed=False)


def ask_the_simulator(aws):
    """A report has what the simulator says of the trainer, the denied as well as the allowed."""
    role, bucket = _role(aws, "trainer")["Arn"], f"arn:aws:s3:::{aws.name('data')}"
    report = proofs.report(aws, "reports/decisions.json")
    asked = {
        "read train": ("s3:GetObject", f"{bucket}/train/trips.csv", {}),
        "write models with kms": ("s3:PutObject", f"{bucket}/models/model.txt", KMS),
        "write models without": ("s3:PutObject", f"{bucket}/models/model.txt", {}),
        "read secret": ("s3:GetObject", f"{bucket}/secret/riders.csv", {}),
        "delete train": ("s3:DeleteObject", f"{bucket}/train/trips.csv", {}),
    }
    for name, (action, resource, context) in asked.items():
        wanted = _decision(aws, role, action, resource, context)
        if report.get(name) != wanted:
            raise NotYet(f"The report says {report.get(name)!r} for {name}.", hint="EvalDecision")


def see_it_refused(aws):
    """A job with this role read and wrote what it may, and was refused the rest."""
    found = aws.find("sagemaker", "describe_processing_job", ProcessingJobName=aws.name("probe"))
    if found is None:
        raise NotYet(f"There is no processing job {aws.name('probe')}.", hint="sagemaker.create_processing_job(…)")
    if found["ProcessingJobStatus"] != "Completed":
        said = str(found.get("FailureReason", "wait until it has ended")).strip().rstrip(".")
        raise NotYet(f"It is {found['ProcessingJobStatus']}: {said}.", hint="May its role read code/?")
    if found["RoleArn"] != _role(aws, "trainer")["Arn"]:
        raise NotYet(f"It had the role {found['RoleArn'].rpartition('/')[2]}.", hint="RoleArn: the trainer's")
    log = aws.find(
        "logs",
        "filter_log_events",
        logGroupName="/aws/sagemaker/ProcessingJobs",
        logStreamNamePrefix=aws.name("probe"),
    )
    said = dict(
        _tried(event["message"]) for event in (log or {"events": []})["events"] if '"tried"' in event["message"]
    )
    wanted = {
        "read train/": True,
        "write models/ with kms": True,
        "write models/ without": False,
        "read secret/": False,
        "delete train/": False,
    }
    for name, allowed in wanted.items():
        answer = said.get(name, "not tried")
        if (answer == "allowed") != allowed or answer == "not tried":
            raise NotYet(f"{name}: {answer}.", hint="data/probe.py tries five things and says how each went.")


def _is_for(account, statement):
    """Does a condition demand that the request comes from this account?"""
    for operator, keys in statement.get("Condition", {}).items():
        is_equal = operator.startswith(("StringEquals", "StringLike", "ArnLike", "ArnEquals"))
        for key, values in keys.items():
            is_source = key.lower() in {"aws:sourceaccount", "aws:sourcearn"}
            if is_equal and is_source and all(account in value for value in _listed(values)):
                return True
    return False


def _tried(message):
    found = json.loads(message)
    return found["tried"], found["said"]


def _role(aws, suffix):
    found = aws.find("iam", "get_role", RoleName=aws.name(suffix))
    if found is None:
        raise NotYet(f"There is no role {aws.name(suffix)}.", hint="iam.create_role(…)")
    role = found["Role"]
    trust = role["AssumeRolePolicyDocument"]
    return {**role, "AssumeRolePolicyDocument": json.loads(unquote(trust)) if isinstance(trust, str) else trust}


def _decision(aws, role, action, resource, context):
    entries = [
        {
            "ContextKeyName": name,
            "ContextKeyValues": values,
            "ContextKeyType": "stringList" if "Vpc" in name else "string",
        }
        for name, values in context.items()
    ]
    found = aws.find(
        "iam",
        "simulate_principal_policy",
        PolicySourceArn=role,
        ActionNames=[action],
        ResourceArns=[resource],
        ContextEntries=entries,
    )
    return found["EvaluationResults"][0]["EvalDecision"]


def _must_be(aws, role, action, resource, *, allowed, why="", **context):
    said = _decision(aws, role, action, resource, context)
    if (said == "allowed") != allowed:
        where = " ".join(filter(None, (resource.rpartition(":::")[2], why, str(context.get("s3:prefix", "")))))
        raise NotYet(f"{action} on {where}: {said}.", hint="Too much." if said == "allowed" else "Too little.")


def _listed(value):
    return value if isinstance(value, list) else [value]
