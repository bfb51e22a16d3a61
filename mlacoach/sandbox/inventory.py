"""`python -m mlacoach.sandbox.inventory`: what the sandbox does, by operation, as docs/sandbox.md shows it."""

import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from enum import StrEnum
from functools import cache
from textwrap import wrap

from mlacoach.sandbox import assemble
from mlacoach.sandbox.control.families import families
from mlacoach.sandbox.engines import Engines
from mlacoach.sandbox.protocol.models import service_model

# Services of the exams. What is not ours of them is moto's; what moto lacks is refused when it is asked for.
SERVICES = """
athena apigateway application-autoscaling bedrock bedrock-runtime cloudformation cloudtrail cloudwatch codebuild
codepipeline comprehend databrew dynamodb ec2 ecr ecs efs emr events firehose glue iam kinesis kms lakeformation
lambda logs opensearch polly rds redshift rekognition s3 scheduler secretsmanager sns sqs ssm stepfunctions sts
textract transcribe
"""
WIDTH = 120
VERBS = ("Create", "Describe", "Update", "Delete", "Stop", "Start")


class Depth(StrEnum):
    """How far an operation goes."""

    RUNS = "runs"
    STORED = "stored"
    AWAITS = "needs a runner"
    ABSENT = "not there"


MEANING = {
    Depth.RUNS: "code of ours does what AWS does",
    Depth.STORED: "kept, checked, listed and shown as AWS does; nothing has to run for it",
    Depth.AWAITS: "such a resource must run, and nothing here runs it yet: its creation is refused",
    Depth.ABSENT: "refused with `UnknownOperationException`",
}


def depth(engines: Engines, service: str, operation: str) -> Depth | None:
    """How far an operation goes; None where moto answers it."""
    if engines.answering(service, operation) is None:
        return Depth.ABSENT if engines.is_whole(service) else None
    if engines.is_single(service, operation):
        return Depth.RUNS
    noun = _noun_that_runs(operation) if service == "sagemaker" else ""
    if not noun:
        return Depth.STORED
    return Depth.RUNS if noun in engines.runners else Depth.AWAITS


@cache
def _noun_that_runs(operation: str) -> str:
    """The kind of resource of an operation, if such a resource is nothing unless it runs."""
    if "PipelineExecution" in operation:
        return "PipelineExecution"
    for noun, family in families().items():
        if family.difference.must_run and operation in {*(family.operation(verb) for verb in VERBS), family.lists}:
            return noun
    return ""


def counts(engines: Engines, service: str) -> Counter[Depth | None]:
    """How many operations of a service go how far."""
    return Counter(depth(engines, service, name) for name in service_model(service).operation_names)


def page(engines: Engines) -> str:
    """The page."""
    return "\n".join(_page(engines)) + "\n"


def _page(engines: Engines) -> Iterator[str]:
    yield "# What the sandbox does"
    yield ""
    yield "Written by `python -m mlacoach.sandbox.inventory > docs/sandbox.md` from the tables in the code."
    yield ""
    yield from (f"* **{each}**: {MEANING[each]}." for each in Depth)
    yield "* **moto**: [moto](https://docs.getmoto.org) answers; what it lacks is refused."
    yield ""
    yield from INTRODUCTION
    yield from _overview(engines)
    for service in sorted(engines.services()):
        yield from _service(engines, service)


INTRODUCTION = (
    "## What differs from AWS",
    "",
    "* One account, 123456789012; regions are apart, but all on this machine. State is in memory and ends with it.",
    "* Nobody checks signatures. Permissions bind a role or a user only where its tag `mlacoach:enforce` is `true`:",
    "  then its policies, its boundary, bucket policies and key policies decide, also on what jobs read in its name.",
    "* AWS's managed policies are there as soon as a request names them; ListPolicies shows only these.",
    "* ARNs keep the case of names. A member that botocore's model does not know is refused; AWS ignores some.",
    "* Patterns with classes of characters that Python lacks are checked loosely; a few not at all.",
    "* The role `mlacoach-sandbox` is there from the start; SageMaker, Lambda, Glue and you may take it on.",
    "* Requests count as ones over TLS, though they are not.",
    "* APIs of API Gateway answer at `/_aws/execute-api/API/STAGE/PATH`, REST APIs also at",
    "  `/restapis/API/STAGE/_user_request_/PATH`; in us-east-1 only, without authorizers. A REST API serves its",
    "  present methods, not those of its last deployment. Integrations: functions, SageMaker endpoints, MOCK.",
    "* Alarms look every second, at the present period too once it has data; no anomaly detection, no percentiles.",
    "* Metric filters of logs count: patterns of terms and of JSON, the latter without parentheses.",
    "* CloudFormation makes what moto knows: buckets with encryption, roles, networks, log groups, topics. What it",
    "  makes of SageMaker, Lambda and alarms is not seen by the engines here. No drift detection.",
    "* A trail of CloudTrail, a flow log and a budget are kept, and write nothing. Networks carry no packets.",
    "* Asynchronous invocations are tried again at once. Functions are read from queues of SQS only.",
    "* Pipelines: two seconds at most between attempts. After a failure nothing begins; what runs comes to its end.",
    "* Feature Store: the offline store is written half a second after a record, as Parquet; Iceberg is refused.",
    "* Model Monitor: labels are merged with predictions in the monitoring job itself. No scripts before or after it.",
    "* A monitoring schedule runs when it is due, or by `mlacoach sandbox fire NAME`.",
    "* Clarify: tables only, no partial dependence plots, no report. A SHAP baseline that is not given is the mean.",
    "* Lineage: what is noted of jobs, models and endpoints is what AWS documents; the names of actions are our own.",
    "",
)


# Nothing of ours: all of it is moto's.
_NONE: Counter[Depth | None] = Counter({None: 1})


def _overview(engines: Engines) -> Iterator[str]:
    yield "## Services"
    yield ""
    yield f"| service | {' | '.join(Depth)} | moto |"
    yield "| --- |" + " --: |" * (len(Depth) + 1)
    for service in sorted(engines.services() | set(SERVICES.split())):
        found = counts(engines, service) if service in engines.services() else _NONE
        cells = [str(found[each] or "") for each in Depth]
        yield f"| {service} | {' | '.join(cells)} | {'the rest' if found[None] else ''} |"
    yield ""


def _service(engines: Engines, service: str) -> Iterator[str]:
    yield f"## {service}"
    yield ""
    names = service_model(service).operation_names
    for each in Depth:
        found = sorted(name for name in names if depth(engines, service, name) is each)
        if found:
            yield f"**{each}** ({len(found)})"
            yield ""
            yield from _lines(found)
            yield ""


def _lines(names: Sequence[str]) -> list[str]:
    return wrap(", ".join(names), WIDTH, break_long_words=False)


if __name__ == "__main__":
    sys.stdout.write(page(assemble.engines()))
