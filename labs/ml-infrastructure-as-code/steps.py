import json
from pathlib import Path

from mlacoach.labs import Shown

DATA = Path(__file__).parent / "data"
NAMED = ["CAPABILITY_NAMED_IAM"]


def make_the_stack(aws):
    """The template names nothing itself: what names begin with is a parameter, so it serves any number of stacks."""
    _create(aws, "service", aws.name("service"))
    found = aws.client("cloudformation").list_stack_resources(StackName=aws.name("service"))
    rows = [(each["LogicalResourceId"], each["ResourceType"]) for each in found["StackResourceSummaries"]]
    return Shown(columns=("resource", "type"), rows=[row for row in rows if row[0]])


def see_the_change_first(aws):
    """A change set says what would be added, modified, replaced or removed; nothing happens yet."""
    cloudformation = aws.client("cloudformation")
    cloudformation.create_change_set(
        StackName=aws.name("service"),
        ChangeSetName=aws.name("add-pager"),
        ChangeSetType="UPDATE",
        TemplateBody=_template("service-with-pager"),
        Parameters=_parameters(aws.name("service")),
        Capabilities=NAMED,
    )
    cloudformation.get_waiter("change_set_create_complete").wait(
        StackName=aws.name("service"), ChangeSetName=aws.name("add-pager")
    )
    found = cloudformation.describe_change_set(StackName=aws.name("service"), ChangeSetName=aws.name("add-pager"))
    changes = [each["ResourceChange"] for each in found["Changes"]]
    return Shown(columns=("action", "resource"), rows=[(each["Action"], each["LogicalResourceId"]) for each in changes])


def carry_it_out(aws):
    """What was seen is what is done."""
    cloudformation = aws.client("cloudformation")
    cloudformation.execute_change_set(StackName=aws.name("service"), ChangeSetName=aws.name("add-pager"))
    cloudformation.get_waiter("stack_update_complete").wait(StackName=aws.name("service"))


def hand_a_value_on(aws):
    """One stack exports, another imports: nobody copies an ARN, and what is imported can't be deleted."""
    cloudformation = aws.client("cloudformation")
    cloudformation.create_stack(
        StackName=aws.name("consumer"),
        TemplateBody=_template("consumer"),
        Parameters=_parameters(aws.name("service")),
    )
    cloudformation.get_waiter("stack_create_complete").wait(StackName=aws.name("consumer"))


def find_the_drift(aws):
    """Somebody changes the bucket by hand, and its template knows nothing of it."""
    s3, bucket = aws.client("s3"), f"{aws.name('service')}-data"
    s3.put_bucket_encryption(Bucket=bucket, ServerSideEncryptionConfiguration=_by("AES256"))
    found = s3.get_bucket_encryption(Bucket=bucket)["ServerSideEncryptionConfiguration"]["Rules"][0]
    drift = {
        "resource": "Data",
        "property": "BucketEncryption",
        "expected": "aws:kms",
        "actual": found["ApplyServerSideEncryptionByDefault"]["SSEAlgorithm"],
    }
    s3.put_object(Bucket=bucket, Key="reports/drift.json", Body=json.dumps(drift))
    return Shown(columns=("resource", "expected", "actual"), rows=[("Data", drift["expected"], drift["actual"])])


def mend_it(aws):
    """An update with the same template would say that nothing changed: what was done by hand is undone by hand."""
    aws.client("s3").put_bucket_encryption(
        Bucket=f"{aws.name('service')}-data", ServerSideEncryptionConfiguration=_by("aws:kms")
    )


def guard_the_data(aws):
    """A stack's policy holds for updates: with it all is denied that is not allowed, and the data stay denied."""
    statements = [
        {"Effect": "Allow", "Action": "Update:*", "Principal": "*", "Resource": "*"},
        {
            "Effect": "Deny",
            "Action": ["Update:Replace", "Update:Delete"],
            "Principal": "*",
            "Resource": "LogicalResourceId/Data",
        },
    ]
    aws.client("cloudformation").set_stack_policy(
        StackName=aws.name("service"), StackPolicyBody=json.dumps({"Statement": statements})
    )


def try_it_and_take_it_away(aws):
    """The same template under another name, and all of it gone again: a bucket has to be empty first."""
    cloudformation, s3 = aws.client("cloudformation"), aws.client("s3")
    _create(aws, "trial", aws.name("trial"))
    bucket = f"{aws.name('trial')}-data"
    s3.put_object(Bucket=bucket, Key="tried.txt", Body=b"It works.")
    s3.delete_object(Bucket=bucket, Key="tried.txt")
    cloudformation.delete_stack(StackName=aws.name("trial"))
    cloudformation.get_waiter("stack_delete_complete").wait(StackName=aws.name("trial"))


def _create(aws, suffix, name):
    cloudformation = aws.client("cloudformation")
    cloudformation.create_stack(
        StackName=aws.name(suffix),
        TemplateBody=_template("service"),
        Parameters=_parameters(name),
        Capabilities=NAMED,
    )
    cloudformation.get_waiter("stack_create_complete").wait(StackName=aws.name(suffix))


def _template(name):
    return (DATA / f"{name}.yaml").read_text(encoding="utf-8")


def _parameters(name):
    return [{"ParameterKey": "Name", "ParameterValue": name}]


def _by(algorithm):
    return {"Rules": [{"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": algorithm}}]}
