"""Requests made from botocore's shapes: the least that an operation takes."""

from typing import Any

from mlacoach.sandbox.protocol.models import service_model
from mlacoach.sandbox.protocol.validation import compiled_pattern

ROLE = "arn:aws:iam::123456789012:role/mlacoach-sandbox"
# The first that a shape takes is used.
TEXTS = (
    "a",
    "a-name-of-twenty-letters-and-more",
    "1",
    "1.0.0",
    "ml.m5.large",
    "text/csv",
    "s3://bucket/key",
    "https://example.com/a",
    "https://codecommit.us-east-1.amazonaws.com/v1/repos/a",
    "vpc-12345678",
    "subnet-12345678",
    "sg-12345678",
    "d-aaaaaaaaaaaa",
    "arn:aws:sagemaker:us-east-1:123456789012:cluster/abcdefghijkl",
    "arn:aws:sagemaker:us-east-1:123456789012:hub/a",
    "arn:aws:sagemaker:us-east-1:123456789012:human-task-ui/a",
    "arn:aws:sagemaker:us-east-1:123456789012:workteam/private-crowd/a",
    "arn:aws:lambda:us-east-1:123456789012:function:a",
    "arn:aws:secretsmanager:us-east-1:123456789012:secret:a",
    "arn:aws:sagemaker:us-east-1:123456789012:model-package/a/1",
    "arn:aws:sagemaker:us-east-1:123456789012:image/a",
    "arn:aws:s3:::bucket/key",
    "123456789012.dkr.ecr.us-east-1.amazonaws.com/a:1",
    "us-east-1_aaaaaaaaa",
    "e30=",
    ROLE,
)


def least(operation: str, **known: Any) -> dict[str, Any]:  # noqa: ANN401
    """The least request that an operation takes; what is known of a required member goes before a guess."""
    shape = service_model("sagemaker").operation_model(operation).input_shape
    names = {} if shape is None else {name: shape.members[name] for name in shape.required_members}
    return {name: known[name] if name in known else value_for(member, name) for name, member in names.items()}


def value_for(shape: Any, name: str = "") -> Any:  # noqa: ANN401
    kind = shape.type_name
    if kind == "structure":
        names = list(shape.required_members)
        if shape.metadata.get("union") and not names:
            names = list(shape.members)[:1]
        return {each: value_for(shape.members[each], each) for each in names}
    if kind == "list":
        return [value_for(shape.member) for _ in range(shape.metadata.get("min") or 0)]
    if kind == "map":
        return {}
    if kind == "string":
        return text_for(shape, name)
    numbers = {"boolean": True, "timestamp": 0, "blob": b"a"}
    return numbers.get(kind, shape.metadata.get("min") or 1)


def text_for(shape: Any, name: str) -> str:  # noqa: ANN401
    rules = shape.metadata
    if rules.get("enum"):
        return str(rules["enum"][0])
    if name in {"RoleArn", "ExecutionRoleArn"}:
        return ROLE
    for text in TEXTS:
        pattern = compiled_pattern(rules["pattern"]) if rules.get("pattern") else None
        long_enough = len(text) >= (rules.get("min") or 0) and len(text) <= (rules.get("max") or 10**9)
        if long_enough and (pattern is None or pattern.fullmatch(text)):
            return text
    raise LookupError(f"No text fits {shape.name}: {dict(rules)}")
