"""Every service that a lab may use, one file a family. A new family is a file here and a word in `MODULES`."""

from collections.abc import Mapping

from mlacoach.cloud.services import (
    apigateway,
    athena,
    audit,
    autoscaling,
    cloudformation,
    cloudwatch,
    ecr,
    events,
    features,
    glue,
    iam,
    lambda_,
    networks,
    parameters,
    s3,
    sagemaker,
    sns,
    streams,
)
from mlacoach.cloud.services.family import Family, Kind

MODULES = (
    apigateway,
    athena,
    audit,
    autoscaling,
    cloudformation,
    cloudwatch,
    ecr,
    events,
    features,
    glue,
    iam,
    lambda_,
    networks,
    parameters,
    s3,
    sagemaker,
    sns,
    streams,
)

FAMILIES: Mapping[str, Family] = {family.service: family for module in MODULES for family in module.FAMILIES}
KINDS: Mapping[str, Kind] = {name: kind for family in FAMILIES.values() for name, kind in family.kinds.items()}
NONE = Family("")


def family_of(service: str) -> Family:
    """The family of a boto3 service; one that knows nothing where there is none."""
    return FAMILIES.get(service, NONE)
