"""The role that services take on, made by the run on a real account. A sandbox has one."""

import json
from collections.abc import Mapping, Sequence

from mlacoach.cloud.account import Account

POLICY = "lab"
# Who takes it on; each needs the trust before the first call that names the role.
TRUSTED = ("apigateway", "events", "firehose", "glue", "lambda", "sagemaker", "scheduler", "states")


def make_role(aws: Account, permissions: Sequence[str]) -> str:
    """Make the run's role with these permissions; its ARN. It goes with the run, as everything does."""
    iam, name = aws.client("iam"), aws.name("role")
    principals = [f"{service}.amazonaws.com" for service in TRUSTED]
    trust = [{"Effect": "Allow", "Principal": {"Service": principals}, "Action": "sts:AssumeRole"}]
    made = iam.create_role(RoleName=name, AssumeRolePolicyDocument=_document(trust))
    allow = [{"Effect": "Allow", "Action": sorted(permissions), "Resource": "*"}]
    iam.put_role_policy(RoleName=name, PolicyName=POLICY, PolicyDocument=_document(allow))
    return str(made["Role"]["Arn"])


def _document(statements: Sequence[Mapping[str, object]]) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": statements})
