"""What every account begins with: the role that SageMaker, Lambda, Glue and the learner take on."""

import io
import json
from typing import Any
from urllib.parse import urlencode

from mlacoach.sandbox.call import Environ, Wsgi
from mlacoach.sandbox.client import ACCOUNT, ROLE_ARN

ROLE = ROLE_ARN.rpartition("/")[2]
TRUSTED = (
    "sagemaker",
    "lambda",
    "glue",
    "states",
    "events",
    "scheduler",
    "firehose",
    "apigateway",
    "codebuild",
    "codepipeline",
)
TRUST = {
    "Version": "2012-10-17",
    "Statement": [
        {
            "Effect": "Allow",
            "Principal": {
                "Service": [f"{service}.amazonaws.com" for service in TRUSTED],
                "AWS": f"arn:aws:iam::{ACCOUNT}:root",
            },
            "Action": "sts:AssumeRole",
        }
    ],
}
MAY_DO = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}


def seed(moto: Wsgi) -> None:
    """Make the role. It speaks to moto's application itself: a client would cost more than the server's whole start."""
    trust = json.dumps(TRUST)
    _iam(moto, Action="CreateRole", RoleName=ROLE, AssumeRolePolicyDocument=trust, MaxSessionDuration="43200")
    _iam(moto, Action="PutRolePolicy", RoleName=ROLE, PolicyName="everything", PolicyDocument=json.dumps(MAY_DO))


def add_policy(moto: Wsgi, path: str, name: str, document: str) -> None:
    """Make a managed policy, unless it is there."""
    _iam(moto, ("200", "409"), Action="CreatePolicy", Path=path, PolicyName=name, PolicyDocument=document)


def empty(moto: Wsgi) -> None:
    """Have moto forget everything."""
    _post(moto, "/moto-api/reset", b"", {})


def _iam(moto: Wsgi, fine: tuple[str, ...] = ("200",), **form: str) -> None:
    body = urlencode({"Version": "2010-05-08", **form}).encode()
    scope = "AWS4-HMAC-SHA256 Credential=sandbox/20260101/us-east-1/iam/aws4_request, SignedHeaders=host"
    _post(moto, "/", body, {"HTTP_AUTHORIZATION": scope, "CONTENT_TYPE": "application/x-www-form-urlencoded"}, fine)


def _post(moto: Wsgi, path: str, body: bytes, more: Environ, fine: tuple[str, ...] = ("200",)) -> None:
    seen: list[str] = []
    environ: dict[str, Any] = {
        "REQUEST_METHOD": "POST",
        "PATH_INFO": path,
        "QUERY_STRING": "",
        "SERVER_NAME": "127.0.0.1",
        "SERVER_PORT": "80",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "HTTP_HOST": "127.0.0.1",
        "CONTENT_LENGTH": str(len(body)),
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": "http",
        "wsgi.input": io.BytesIO(body),
        "wsgi.errors": io.StringIO(),
        "wsgi.multithread": True,
        "wsgi.multiprocess": False,
        "wsgi.run_once": False,
        **more,
    }
    answer = b"".join(moto(environ, lambda status, _headers, _error=None: seen.append(status)))
    if not seen or not seen[0].startswith(fine):
        raise RuntimeError(f"moto refused {path}: {seen} {answer[:200]!r}")
