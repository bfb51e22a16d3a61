"""Does everything in code formatting exist: operations, parameters, values, types, commands, permissions (Q16)."""

import re
from collections.abc import Callable, Iterator
from fnmatch import fnmatchcase
from functools import cache

from mlacoach.content.bank.aws_vocabulary import Vocabulary
from mlacoach.content.bank.remark import Remark, parts_of
from mlacoach.content.faults import Loc
from mlacoach.curriculum.questions import Question

_CODE = re.compile(r"`([^`]+)`")
_SIZE = r"(?:nano|micro|small|medium|large|\d*xlarge|metal(?:-\d+xl)?)"
_INSTANCE = re.compile(rf"(?:ml\.|db\.|dc2\.|ra3\.)?[a-z]+\d*[a-z0-9-]*\.{_SIZE}")
_LOOSE_INSTANCE = re.compile(rf"\bml\.[a-z]+\d+[a-z0-9-]*\.{_SIZE}\b")
_PERMISSION = re.compile(r"([a-z0-9-]+):([A-Z*][A-Za-z0-9*]*)")
_CONDITION = re.compile(r"[a-z0-9-]+:[A-Za-z0-9]+(?:/[\w${}-]+)?")
# A name such as CreateModel, Model.Name, chunkingStrategy, FINE_TUNING: what a service would have to know.
_IDENTIFIER = re.compile(
    r"(?:[A-Z][a-z0-9]+){2,}[A-Z0-9]*[a-z]*|[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+|[a-z]+(?:[A-Z][a-z0-9]+)+|[A-Z][a-z]+[A-Z]+[A-Za-z]*"
)
_VERB = re.compile(
    r"(?:Associate|Attach|Batch|Cancel|Create|Delete|Describe|Detect|Disable|Enable|Get|Invoke|List|Put|Register|Run|Send|Start|"
    r"Stop|Tag|Update)[A-Z][A-Za-z]+"
)
# Permissions that have another prefix than the service's name in botocore.
_PREFIX = {
    "elasticloadbalancing": ("elbv2", "elb"),
    "cloudwatch": ("cloudwatch",),
    "states": ("stepfunctions",),
    "es": ("opensearch",),
    "aoss": ("opensearchserverless",),
    "elasticmapreduce": ("emr",),
    "elasticfilesystem": ("efs",),
    "kinesisanalytics": ("kinesisanalyticsv2",),
    "bedrock": ("bedrock", "bedrock-runtime", "bedrock-agent", "bedrock-agent-runtime"),
    "bedrock-agentcore": ("bedrock-agentcore", "bedrock-agentcore-control"),
    "sagemaker": ("sagemaker", "sagemaker-runtime", "sagemaker-featurestore-runtime", "sagemaker-metrics"),
    "execute-api": (),
    "kafka": ("kafka",),
    "quicksight": ("quicksight",),
    "ses": ("ses",),
    "application-autoscaling": ("application-autoscaling",),
}
# High-level commands of the AWS CLI that stand for several operations.
_HIGH_LEVEL = {
    "s3": frozenset({"cp", "mv", "sync", "ls", "rm", "mb", "rb", "presign", "website"}),
    "ecr": frozenset({"get-login-password"}),
    "cloudformation": frozenset({"deploy", "package"}),
    "configure": frozenset({"sso", "set", "list"}),
    "sso": frozenset({"login"}),
    "eks": frozenset({"update-kubeconfig", "get-token"}),
    "emr": frozenset({"create-cluster"}),
    "logs": frozenset({"tail"}),
    "sagemaker-runtime": frozenset({"invoke-endpoint"}),
    "ec2-instance-connect": frozenset({"ssh"}),
}
_GLOBAL_FLAGS = frozenset(
    {
        "region",
        "profile",
        "output",
        "query",
        "endpoint-url",
        "no-cli-pager",
        "cli-input-json",
        "cli-input-yaml",
        "debug",
    }
)


def name_rules(question: Question, known: Vocabulary, terms: frozenset[str]) -> Iterator[Remark]:
    """What doesn't exist, and what lacks its code formatting. `terms` are names that no service model has."""
    for loc, text in _texts(question):
        for term in _CODE.findall(text):
            for sentence in unknown_names(term, known, terms):
                yield Remark(question.id, loc, "Q16", sentence)
        for loose in _loose(_CODE.sub(" ", text), known):
            yield Remark(question.id, loc, "Q16", f"{loose} is a name of AWS's: put it in code formatting.")


def _texts(question: Question) -> Iterator[tuple[Loc, str]]:
    yield ("stem",), question.stem
    if question.lifecycle:
        yield ("lifecycle",), question.lifecycle
    for name, number, part in parts_of(question):
        yield (name, number, "text"), part.text
        yield (name, number, "why"), part.why


def _loose(text: str, known: Vocabulary) -> Iterator[str]:
    yield from _LOOSE_INSTANCE.findall(text)
    yield from (one for one in _VERB.findall(text) if one in known.operation_names)


def unknown_names(term: str, known: Vocabulary, terms: frozenset[str]) -> Iterator[str]:
    """What is wrong with a term in code formatting; nothing if it exists or is the question's own."""
    if term in terms:
        return
    if term.startswith("aws "):
        yield from _command(term, known)
    elif _INSTANCE.fullmatch(term):
        if not known.knows(term):
            yield f"No service has the instance type {term}."
    elif " " not in term and not term.startswith("arn:") and _PERMISSION.fullmatch(term):
        yield from _permission(term, known)
    elif not _CONDITION.fullmatch(term):
        for name in _IDENTIFIER.findall(term):
            if name not in terms and not known.knows(name):
                yield f"No service model has {name}: no operation, parameter or value is called so."


def _permission(term: str, known: Vocabulary) -> Iterator[str]:
    prefix, action = term.split(":")
    services = _PREFIX.get(prefix, (prefix,))
    names = [name for service in services for name in known.operations.get(service, {})]
    if not any(fnmatchcase(name, action) for name in names):
        yield f"There is no permission {term}: no operation of {prefix} has that name."


def _command(term: str, known: Vocabulary) -> Iterator[str]:
    said = [word for word in term.split()[1:] if word.startswith("-") or not word.startswith(("s3://", "$", "<", "{"))]
    service, operation = (*said, "", "")[:2]
    if operation in {"wait", *_HIGH_LEVEL.get(service, ())}:
        return
    by_command = {_dashed(name): name for name in known.operations.get(_cli_service(service), {})}
    if operation and operation not in by_command:
        yield f"The AWS CLI has no command aws {service} {operation}."
        return
    members = known.operations[_cli_service(service)][by_command[operation]] if operation else []
    flags = {_dashed(name) for name in members} | _GLOBAL_FLAGS
    for flag in re.findall(r"--([a-z0-9-]+)", term):
        if flag not in flags and flag.removeprefix("no-") not in flags:
            yield f"aws {service} {operation} has no option --{flag}."


def _cli_service(name: str) -> str:
    return {"s3api": "s3", "deploy": "codedeploy", "configservice": "config"}.get(name, name)


@cache
def _dashed(name: str) -> str:
    xform: Callable[..., str] = _xform_name()
    return xform(name, "-")


def _xform_name() -> Callable[..., str]:
    from botocore import xform_name  # noqa: PLC0415 - comes with the extra for labs

    return xform_name
