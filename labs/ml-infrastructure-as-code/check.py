import json
from fnmatch import fnmatchcase

from mlacoach.labs import NotYet

KINDS = {"Data": "AWS::S3::Bucket", "Alerts": "AWS::SNS::Topic"}
COMPLETE = ("CREATE_COMPLETE", "UPDATE_COMPLETE")


def make_the_stack(aws):
    """A stack has made bucket, role and topic from a template that names nothing itself."""
    _stack(aws, "service")
    made = _made(aws, "service")
    for kind in ("AWS::S3::Bucket", "AWS::IAM::Role", "AWS::SNS::Topic"):
        if kind not in made.values():
            raise NotYet(f"The stack has no {kind}.", hint="data/service.yaml")
    if aws.name("service") in _text(aws, "service"):
        raise NotYet("The template holds a name that serves one stack only.", hint="!Sub, !Ref: Parameters")


def see_the_change_first(aws):
    """A change set shows that a pager is added, and that nothing is replaced."""
    _stack(aws, "service")
    name = aws.name("add-pager")
    found = aws.find("cloudformation", "describe_change_set", StackName=aws.name("service"), ChangeSetName=name)
    if found is None:
        raise NotYet(f"There is no change set {name}.", hint="create_change_set(…), of the type UPDATE")
    changes = {each["ResourceChange"]["LogicalResourceId"]: each["ResourceChange"] for each in found["Changes"]}
    if changes.get("Pager", {}).get("Action") != "Add":
        raise NotYet(
            f"It changes {', '.join(changes) or 'nothing'}, and adds no pager.", hint="data/service-with-pager.yaml"
        )
    gone = [name for name, each in changes.items() if each["Action"] == "Remove" or each.get("Replacement") == "True"]
    if gone:
        raise NotYet(f"It would take {gone[0]} away.", hint="The same names as before.")


def carry_it_out(aws):
    """The pager is there, by the change that was seen."""
    _stack(aws, "service")
    if "Pager" not in _logical(aws, "service"):
        raise NotYet("Nobody made a pager.", hint="execute_change_set(…)")
    see_the_change_first(aws)
    name = aws.name("add-pager")
    found = aws.find("cloudformation", "describe_change_set", StackName=aws.name("service"), ChangeSetName=name)
    # An update past its change set does as much, unseen.
    if found["ExecutionStatus"] != "EXECUTE_COMPLETE":
        raise NotYet(
            f"The pager is there, and the change set is {found['ExecutionStatus']}.", hint="execute_change_set(…)"
        )


def hand_a_value_on(aws):
    """Another stack knows the topic, by what the first one exports."""
    _stack(aws, "consumer")
    if "ImportValue" not in _text(aws, "consumer"):
        raise NotYet("The template of consumer imports nothing.", hint="Fn::ImportValue")
    exports = (aws.find("cloudformation", "list_exports") or {}).get("Exports", [])
    exported = {each["Name"]: each["Value"] for each in exports}.get(f"{aws.name('service')}-alerts")
    values = [
        (aws.find("ssm", "get_parameter", Name=name) or {}).get("Parameter", {}).get("Value")
        for name, kind in _made(aws, "consumer").items()
        if kind == "AWS::SSM::Parameter"
    ]
    if not exported or exported not in values:
        raise NotYet(f"The parameter holds {', '.join(map(str, values)) or 'nothing'}.", hint="The exported value.")


def find_the_drift(aws):
    """A report names what differs from the template: the bucket's encryption, changed by hand."""
    report = _report(aws)
    if (report.get("resource"), report.get("property")) != ("Data", "BucketEncryption"):
        raise NotYet(f"It is about {report.get('resource')}.{report.get('property')}.", hint="Data, BucketEncryption")
    if (report.get("expected"), report.get("actual")) != ("aws:kms", "AES256"):
        said = f"{report.get('expected')} expected, {report.get('actual')} found"
        raise NotYet(f"It says {said}.", hint="The template's value, and what S3 says.")


def mend_it(aws):
    """The drift was found, and the bucket is again as its template says."""
    find_the_drift(aws)
    algorithm = _encryption(aws)
    if algorithm != "aws:kms":
        raise NotYet(f"The bucket still encrypts with {algorithm}.", hint="put_bucket_encryption(…)")


def guard_the_data(aws):
    """No update may replace or delete the bucket; other updates may go on."""
    _stack(aws, "service")
    found = aws.find("cloudformation", "get_stack_policy", StackName=aws.name("service")) or {}
    statements = _listed(json.loads(found.get("StackPolicyBody") or "{}").get("Statement", []))
    if not statements:
        raise NotYet("The stack has no policy.", hint="set_stack_policy(…)")
    for action in ("Update:Replace", "Update:Delete"):
        if _may(statements, action, "Data"):
            raise NotYet("An update may still replace or delete the bucket.", hint="LogicalResourceId/Data")
    for action, name in (("Update:Modify", "Data"), ("Update:Modify", "Alerts"), ("Update:Replace", "Alerts")):
        if not _may(statements, action, name):
            raise NotYet(f"No {action} of {name} is allowed any more.", hint="Deny two actions of one resource.")


def try_it_and_take_it_away(aws):
    """A second stack of the same template was made, and nothing of it is left."""
    _stack(aws, "service")
    if aws.find("cloudformation", "describe_stacks", StackName=aws.name("trial")):
        raise NotYet("The stack trial stands still.", hint="delete_stack(…)")
    gone = (aws.find("cloudformation", "list_stacks", StackStatusFilter=["DELETE_COMPLETE"]) or {})["StackSummaries"]
    if aws.name("trial") not in [each["StackName"] for each in gone]:
        raise NotYet(f"There has been no stack {aws.name('trial')}.", hint="create_stack(…), then delete_stack(…)")
    if aws.find("s3", "head_bucket", Bucket=f"{aws.name('trial')}-data"):
        raise NotYet("Its bucket is left.", hint="Empty it, then delete the stack.")


def _stack(aws, suffix):
    found = aws.find("cloudformation", "describe_stacks", StackName=aws.name(suffix))
    if found is None:
        raise NotYet(f"There is no stack {aws.name(suffix)}.", hint="cloudformation.create_stack(…)")
    stack = found["Stacks"][0]
    if stack["StackStatus"] not in COMPLETE:
        raise NotYet(f"{suffix} is {stack['StackStatus']}.", hint="describe_stack_events says why.")
    return stack


def _resources(aws, suffix):
    found = aws.find("cloudformation", "list_stack_resources", StackName=aws.name(suffix))
    return found["StackResourceSummaries"]


def _made(aws, suffix):
    return {each["PhysicalResourceId"]: each["ResourceType"] for each in _resources(aws, suffix)}


def _logical(aws, suffix):
    return {each["LogicalResourceId"] for each in _resources(aws, suffix)}


def _text(aws, suffix):
    body = aws.find("cloudformation", "get_template", StackName=aws.name(suffix))["TemplateBody"]
    return body if isinstance(body, str) else json.dumps(body)


def _report(aws):
    bucket = f"{aws.name('service')}-data"
    found = aws.find("s3", "get_object", Bucket=bucket, Key="reports/drift.json")
    if found is None:
        raise NotYet(f"There is no s3://{bucket}/reports/drift.json.", hint="s3.put_object(…)")
    try:
        return json.loads(found["Body"].read())
    except ValueError:
        raise NotYet("The report is no JSON.", hint="json.dumps(…)") from None


def _encryption(aws):
    found = aws.find("s3", "get_bucket_encryption", Bucket=f"{aws.name('service')}-data") or {}
    rules = found.get("ServerSideEncryptionConfiguration", {}).get("Rules", [{}])
    return rules[0].get("ApplyServerSideEncryptionByDefault", {}).get("SSEAlgorithm", "nothing")


def _may(statements, action, name):
    """Does a stack policy let an update do this? With a policy, what nobody allows is denied."""
    effects = {each["Effect"] for each in statements if _is_about(each, action, name)}
    return effects == {"Allow"}


def _is_about(statement, action, name):
    kinds = [kind for keys in statement.get("Condition", {}).values() for kind in _listed(keys.get("ResourceType", []))]
    return (
        any(fnmatchcase(action, each) for each in _listed(statement.get("Action", [])))
        and any(fnmatchcase(f"LogicalResourceId/{name}", each) for each in _listed(statement.get("Resource", [])))
        and (not kinds or any(fnmatchcase(KINDS[name], kind) for kind in kinds))
    )


def _listed(value):
    return value if isinstance(value, list) else [value]
