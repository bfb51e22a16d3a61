"""What AWS calls things: operations, parameters and values, from the service models that ship with botocore."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from mlacoach.errors import MlacoachError

# The services that an ML engineer meets; botocore has 400, of which most say nothing here.
SERVICES = [
    "accessanalyzer",
    "apigateway",
    "apigatewayv2",
    "appconfig",
    "application-autoscaling",
    "applicationinsights",
    "athena",
    "autoscaling",
    "backup",
    "batch",
    "bcm-data-exports",
    "bedrock",
    "bedrock-agent",
    "bedrock-agent-runtime",
    "bedrock-agentcore",
    "bedrock-agentcore-control",
    "bedrock-data-automation",
    "bedrock-data-automation-runtime",
    "bedrock-runtime",
    "budgets",
    "ce",
    "cloudformation",
    "cloudfront",
    "cloudtrail",
    "cloudwatch",
    "codeartifact",
    "codebuild",
    "codecommit",
    "codedeploy",
    "codepipeline",
    "comprehend",
    "comprehendmedical",
    "compute-optimizer",
    "config",
    "cost-optimization-hub",
    "datasync",
    "datazone",
    "dms",
    "dynamodb",
    "dynamodbstreams",
    "ebs",
    "ec2",
    "ecr",
    "ecs",
    "efs",
    "eks",
    "elasticache",
    "elb",
    "elbv2",
    "emr",
    "emr-containers",
    "emr-serverless",
    "entityresolution",
    "events",
    "firehose",
    "forecast",
    "frauddetector",
    "fsx",
    "glue",
    "guardduty",
    "iam",
    "inspector2",
    "iot",
    "kafka",
    "kafkaconnect",
    "kendra",
    "kinesis",
    "kinesis-video-media",
    "kinesisanalyticsv2",
    "kms",
    "lakeformation",
    "lambda",
    "lex-models",
    "lexv2-models",
    "lexv2-runtime",
    "logs",
    "macie2",
    "mwaa",
    "mwaa-serverless",
    "neptune",
    "network-firewall",
    "opensearch",
    "opensearchserverless",
    "organizations",
    "personalize",
    "personalize-runtime",
    "pi",
    "pipes",
    "polly",
    "pricing",
    "quicksight",
    "rds",
    "rds-data",
    "redshift",
    "redshift-data",
    "redshift-serverless",
    "rekognition",
    "resource-groups",
    "resourcegroupstaggingapi",
    "route53",
    "s3",
    "s3control",
    "s3tables",
    "s3vectors",
    "sagemaker",
    "sagemaker-a2i-runtime",
    "sagemaker-featurestore-runtime",
    "sagemaker-geospatial",
    "sagemaker-metrics",
    "sagemaker-runtime",
    "savingsplans",
    "scheduler",
    "schemas",
    "secretsmanager",
    "securityhub",
    "service-quotas",
    "servicecatalog",
    "ses",
    "signer",
    "sns",
    "sqs",
    "ssm",
    "sso-admin",
    "stepfunctions",
    "storagegateway",
    "sts",
    "support",
    "synthetics",
    "textract",
    "timestream-query",
    "timestream-write",
    "transcribe",
    "transfer",
    "translate",
    "trustedadvisor",
    "wafv2",
    "xray",
]


@dataclass(frozen=True)
class Vocabulary:
    """Names by what they are: operations by service, with the members of their requests; members; values."""

    operations: Mapping[str, Mapping[str, list[str]]]
    members: frozenset[str]
    values: frozenset[str]

    @cached_property
    def operation_names(self) -> frozenset[str]:
        """The operations of all services."""
        return frozenset(name for service in self.operations.values() for name in service)

    def knows(self, name: str) -> bool:
        """Is it an operation, a parameter or a value of any service?"""
        return name in self.operation_names or name in self.members or name in self.values


def vocabulary(cache: Path | None) -> Vocabulary:
    """Read the models, or what was read of them before; `cache` is the folder for it.

    Raises:
        MlacoachError: botocore, which has the models, is not installed.
    """
    try:
        import botocore  # noqa: PLC0415 - comes with the extra for labs
    except ImportError as error:
        what = "The names of AWS's operations are checked with botocore, which is not installed."
        raise MlacoachError(what, "pip install 'mlacoach[labs]'") from error
    kept = cache / f"aws-names-{botocore.__version__}.json" if cache else None
    if kept and kept.exists():
        data = json.loads(kept.read_text(encoding="utf-8"))
    else:
        data = _read_models()
        if kept:
            kept.parent.mkdir(parents=True, exist_ok=True)
            kept.write_text(json.dumps(data), encoding="utf-8")
    return Vocabulary(data["operations"], frozenset(data["members"]), frozenset(data["values"]))


def _read_models() -> dict[str, Any]:
    from botocore.loaders import Loader  # noqa: PLC0415

    loader: Any = Loader()  # type: ignore[no-untyped-call]
    there = set(loader.list_available_services("service-2"))
    operations: dict[str, dict[str, list[str]]] = {}
    members: set[str] = set()
    values: set[str] = set()
    for service in sorted(there.intersection(SERVICES)):
        model = loader.load_service_model(service, "service-2")
        operations[service] = dict(_operations(model))
        for name, shape in model["shapes"].items():
            members.update(shape.get("members", {}))
            if shape.get("exception"):
                values.add(name)
            values.update(shape.get("enum", []))
    return {"operations": operations, "members": sorted(members), "values": sorted(values)}


def _operations(model: Mapping[str, Any]) -> Iterator[tuple[str, list[str]]]:
    for name, operation in model["operations"].items():
        shape = operation.get("input", {}).get("shape")
        yield name, list(model["shapes"][shape].get("members", {})) if shape else []
