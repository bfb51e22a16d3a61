"""AWS CloudFormation: stacks. What a stack made goes with it; a bucket that holds anything does not: it is emptied."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

import yaml

from mlacoach.cloud.journal import Resource
from mlacoach.cloud.services.family import Absence, Family, Kind, Request, codes, named, pairs, tag_list
from mlacoach.cloud.services.s3 import BUCKET, CONTENT

STACK = "cloudformation-stack"
GONE = (Absence("ValidationError", "does not exist"), *codes("ChangeSetNotFound"))
UNDER_WAY = "_IN_PROGRESS"
SUBSTITUTED = re.compile(r"\$\{(\w+)\}")


class _Template(yaml.CSafeLoader):
    """YAML with CloudFormation's short tags: `!Ref a` is `{"Ref": "a"}`."""


def _tagged(loader: Any, suffix: str, node: yaml.Node) -> dict[str, Any]:  # noqa: ANN401 - the loader's own class
    if isinstance(node, yaml.ScalarNode):
        return {suffix: loader.construct_scalar(node)}
    if isinstance(node, yaml.SequenceNode):
        return {suffix: loader.construct_sequence(node, deep=True)}
    return {suffix: loader.construct_mapping(node, deep=True)}


_Template.add_multi_constructor("!", _tagged)


def _buckets(request: Request) -> Iterator[str]:
    """The buckets that a template names, so that the lab may put something into them."""
    # A safe loader, of templates only: no content is read here.
    template = yaml.load(request.get("TemplateBody") or "{}", Loader=_Template)  # noqa: S506, TID251
    values = {name: str(facts.get("Default", "")) for name, facts in template.get("Parameters", {}).items()}
    values |= {each["ParameterKey"]: each.get("ParameterValue", "") for each in request.get("Parameters", ())}
    for resource in template.get("Resources", {}).values():
        if resource.get("Type") == "AWS::S3::Bucket":
            name = _filled(resource.get("Properties", {}).get("BucketName"), values)
            if name:
                yield name


def _filled(name: object, values: Mapping[str, str]) -> str:
    """A name that is written out, or by `Ref` and `Sub` of parameters; nothing where the stack makes it up."""
    if isinstance(name, str):
        return name
    if not isinstance(name, dict):
        return ""
    if "Ref" in name:
        return values.get(name["Ref"], "")
    text = name.get("Sub") or name.get("Fn::Sub")
    return SUBSTITUTED.sub(lambda found: values.get(found[1], ""), text) if isinstance(text, str) else ""


def _stack(request: Request) -> tuple[Resource, ...]:
    # The teardown goes from the last to the first: what lies in the buckets, the stack with all it made, and a bucket
    # that a stack left behind.
    names = list(_buckets(request))
    buckets, contents = ([Resource(kind, name) for name in names] for kind in (BUCKET, CONTENT))
    return *buckets, Resource(STACK, request["StackName"]), *contents


def _look(client: Any, name: str) -> Any:  # noqa: ANN401
    return client.describe_stacks(StackName=name)["Stacks"][0]


def _every(client: Any) -> list[str]:  # noqa: ANN401
    pages = client.get_paginator("describe_stacks").paginate()
    return [stack["StackName"] for page in pages for stack in page["Stacks"]]


CHANGES = ("DeleteChangeSet", "DeleteStack", "DetectStackDrift", "ExecuteChangeSet", "SetStackPolicy")
OF_A_STACK = named(STACK, "StackName")
# What CloudFormation asks for in the name of who calls, for the stacks of the labs.
ASKED = (
    *(
        "iam:CreateRole",
        "iam:DeleteRole",
        "iam:DeleteRolePolicy",
        "iam:GetRole",
        "iam:GetRolePolicy",
        "iam:PutRolePolicy",
    ),
    *("iam:TagRole", "iam:UpdateAssumeRolePolicy", "s3:CreateBucket", "s3:DeleteBucket", "s3:DeleteBucketPolicy"),
    *("s3:GetBucketPolicy", "s3:PutBucketPolicy", "s3:PutBucketPublicAccessBlock", "s3:PutBucketTagging"),
    *("s3:PutBucketVersioning", "s3:PutEncryptionConfiguration", "s3:PutLifecycleConfiguration"),
)
CHANGING = ("CreateChangeSet", "CreateStack", "UpdateStack")

FAMILIES = (
    Family(
        service="cloudformation",
        kinds={
            STACK: Kind(
                "cloudformation",
                look=_look,
                delete=lambda client, name: client.delete_stack(StackName=name),
                absent=GONE,
                busy=lambda found: str(found["StackStatus"]).endswith(UNDER_WAY),
                every=_every,
                tags_of=lambda client, name: pairs(_look(client, name).get("Tags", [])),
            )
        },
        creates=dict.fromkeys(CHANGING, _stack),
        parts=dict.fromkeys(CHANGES, OF_A_STACK),
        tags=dict.fromkeys(CHANGING, tag_list()),
        harmless=frozenset({"ValidateTemplate"}),
        absent=GONE,
        actions={name: (f"cloudformation:{name}", *ASKED) for name in CHANGING},
    ),
)
