"""An AWS account to practise in, for tests: the sandbox, which boto3 is led to as it would be to AWS."""

from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from mlacoach.cloud import real_session
from mlacoach.coach.lab import How, Terms, places
from mlacoach.sandbox import REGION
from mlacoach.sandbox.client import own_key

LAB, ACCOUNT = "s3-data-lake", "123456789012"
TERMS = Terms(region=REGION)
ON_AWS = How(target="aws", terms=TERMS)


def lead_boto3_to(url: str, monkeypatch: pytest.MonkeyPatch, folder: Path) -> None:
    """What boto3 finds where somebody has an AWS account."""
    nothing = folder / "no-config"
    nothing.touch()
    monkeypatch.setenv("AWS_ENDPOINT_URL", url)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", own_key())
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "sandbox")
    for name in ("AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE"):
        monkeypatch.setenv(name, str(nothing))
    for name in ("AWS_PROFILE", "AWS_REGION", "AWS_DEFAULT_REGION"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")


def buckets(s3: Any) -> list[str]:  # noqa: ANN401 - boto3 makes its clients at run time
    """The names of all buckets."""
    return [bucket["Name"] for bucket in s3.list_buckets()["Buckets"]]


def refuse(monkeypatch: pytest.MonkeyPatch, operation: str, code: str) -> None:
    """The account refuses an operation."""
    told = {"Error": {"Code": code, "Message": "not you"}}
    strike_at(monkeypatch, operation, ClientError(told, operation))  # type: ignore[no-untyped-call]


def operations_of(monkeypatch: pytest.MonkeyPatch, service: str) -> set[str]:
    """What a service is asked from now on."""
    asked: set[str] = set()

    def session(profile: str | None, region: str | None) -> Any:  # noqa: ANN401 - a session of boto3
        made = real_session(profile, region)
        made.events.register(f"before-call.{service}", lambda model, **_: asked.add(model.name))
        return made

    monkeypatch.setattr(places, "real_session", session)
    return asked


def strike_at(monkeypatch: pytest.MonkeyPatch, operation: str, error: BaseException) -> None:
    """An operation ends in this."""

    def session(profile: str | None, region: str | None) -> Any:  # noqa: ANN401 - a session of boto3
        made = real_session(profile, region)

        def strike(**_: object) -> None:
            raise error

        made.events.register_first(f"before-call.{operation}", strike)
        return made

    monkeypatch.setattr(places, "real_session", session)
