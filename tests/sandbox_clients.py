"""Clients of a sandbox, and what tests ask of them."""

import http.client
import json
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

from mlacoach.cloud import sandbox_session
from mlacoach.sandbox import REGION, ROLE_ARN
from mlacoach.sandbox.client import own_key

PATIENCE = 20.0
ROLE = ROLE_ARN
SCOPE = "AWS4-HMAC-SHA256 Credential={key}/20260101/{region}/{service}/aws4_request, SignedHeaders=host, Signature=0"
LIMITLESS = Config(parameter_validation=False, retries={"total_max_attempts": 1}, proxies={})


def account_of(url: str, folder: Path) -> dict[str, str]:
    """The environment of somebody whose AWS account is this sandbox; an empty file is made in the folder."""
    nothing = folder / "no-config"
    nothing.touch()
    return {
        "AWS_ENDPOINT_URL": url,
        "AWS_ACCESS_KEY_ID": own_key(),
        "AWS_SECRET_ACCESS_KEY": "sandbox",
        "AWS_DEFAULT_REGION": REGION,
        "AWS_CONFIG_FILE": str(nothing),
        "AWS_SHARED_CREDENTIALS_FILE": str(nothing),
    }


@cache
def session_of(region: str) -> Any:  # noqa: ANN401
    """One session for all tests: each would read AWS's models anew, which takes longer than most tests."""
    return sandbox_session(region)


def client_of(url: str, service: str, region: str = REGION) -> Any:  # noqa: ANN401
    """A client that sends what it is given, valid or not, and sends it once."""
    return session_of(region).client(service, endpoint_url=url, config=LIMITLESS)


def refused(ask: Callable[..., Any], **request: object) -> tuple[str, str]:
    """The code and the message with which a request is refused."""
    with pytest.raises(ClientError) as caught:
        ask(**request)
    error = caught.value.response["Error"]
    return error["Code"], error["Message"]


def raw(
    url: str, body: bytes, target: str = "SageMaker.ListModels", path: str = "/", **headers: str
) -> tuple[int, dict[str, Any]]:
    """Send a body as it is; the status, and the answer if it is JSON."""
    given = {
        "X-Amz-Target": target,
        "Content-Type": "application/x-amz-json-1.1",
        "Authorization": SCOPE.format(key=own_key(), region=REGION, service="sagemaker"),
        **{name.replace("_", "-"): value for name, value in headers.items()},
    }
    connection = http.client.HTTPConnection(url.removeprefix("http://"), timeout=PATIENCE)
    try:
        connection.request("POST", path, body, given)
        answer = connection.getresponse()
        text = answer.read()
    finally:
        connection.close()
    try:
        return answer.status, json.loads(text)
    except ValueError:
        return answer.status, {}
