import json
from pathlib import Path

DATA = Path(__file__).parent / "data"
NAMED = ["CAPABILITY_NAMED_IAM"]
ALLOW = {"Effect": "Allow", "Action": "Update:*", "Principal": "*", "Resource": "*"}


def names_written_out(aws):
    """It serves one stack, once."""
    text = _template("service").replace("${Name}", aws.name("service"))
    _create(aws, "service", text)


def a_bucket_alone(aws):
    """Who reads it, and who is called?"""
    bucket = {"Type": "AWS::S3::Bucket", "Properties": {"BucketName": {"Fn::Sub": "${Name}-data"}}}
    _create(aws, "service", json.dumps({"Parameters": {"Name": {"Type": "String"}}, "Resources": {"Data": bucket}}))


def under_another_name(aws):
    """Nobody finds it."""
    aws.client("cloudformation").create_change_set(
        StackName=aws.name("service"),
        ChangeSetName=aws.name("something"),
        ChangeSetType="UPDATE",
        TemplateBody=_template("service-with-pager"),
        Parameters=_parameters(aws),
        Capabilities=NAMED,
    )


def by_hand(aws):
    """The topic is there, and the stack knows nothing of it."""
    aws.client("sns").create_topic(Name=aws.name("service-pager"))


def past_the_change_set(aws):
    """The same template, and nobody looked what it would do."""
    aws.client("cloudformation").update_stack(
        StackName=aws.name("service"),
        TemplateBody=_template("service-with-pager"),
        Parameters=_parameters(aws),
        Capabilities=NAMED,
    )


def copied(aws):
    """The ARN, written out: right until the topic is made anew."""
    account = aws.role_arn.split(":")[4]
    value = f"arn:aws:sns:{aws.region}:{account}:{aws.name('service')}-alerts"
    parameter = {"Name": f"/{aws.name('service')}/alerts-topic", "Type": "String", "Value": value}
    where = {"Type": "AWS::SSM::Parameter", "Properties": parameter}
    aws.client("cloudformation").create_stack(
        StackName=aws.name("consumer"), TemplateBody=json.dumps({"Resources": {"WhereToCall": where}})
    )


def all_is_well(aws):
    """Nobody looked."""
    _report(aws, {"resource": "Data", "property": "BucketEncryption", "expected": "aws:kms", "actual": "aws:kms"})


def of_something_else(aws):
    """The topic is as it was."""
    _report(aws, {"resource": "Alerts", "property": "TopicName", "expected": "a", "actual": "b"})


def only_said(aws):
    """A report mends nothing."""
    _report(aws, {"resource": "Data", "property": "BucketEncryption", "expected": "aws:kms", "actual": "AES256"})


def everything_may_change(aws):
    """As without a policy."""
    _guard(aws, [ALLOW])


def nothing_may_change(aws):
    """Then it is no code any more."""
    _guard(aws, [{"Effect": "Deny", "Action": "Update:*", "Principal": "*", "Resource": "*"}])


def nothing_is_replaced(aws):
    """The topics, too, stay what they are for ever."""
    deny = {"Effect": "Deny", "Action": ["Update:Replace", "Update:Delete"], "Principal": "*", "Resource": "*"}
    _guard(aws, [ALLOW, deny])


def the_data_as_they_are(aws):
    """Not even its encryption may change."""
    deny = {"Effect": "Deny", "Action": "Update:*", "Principal": "*", "Resource": "LogicalResourceId/Data"}
    _guard(aws, [ALLOW, deny])


def left_standing(aws):
    """It is paid for."""
    _create(aws, "trial", _template("service"))


def _create(aws, suffix, text):
    aws.client("cloudformation").create_stack(
        StackName=aws.name(suffix),
        TemplateBody=text,
        Parameters=[{"ParameterKey": "Name", "ParameterValue": aws.name(suffix)}],
        Capabilities=NAMED,
    )


def _template(name):
    return (DATA / f"{name}.yaml").read_text(encoding="utf-8")


def _parameters(aws):
    return [{"ParameterKey": "Name", "ParameterValue": aws.name("service")}]


def _report(aws, drift):
    aws.client("s3").put_object(Bucket=f"{aws.name('service')}-data", Key="reports/drift.json", Body=json.dumps(drift))


def _guard(aws, statements):
    aws.client("cloudformation").set_stack_policy(
        StackName=aws.name("service"), StackPolicyBody=json.dumps({"Statement": statements})
    )
