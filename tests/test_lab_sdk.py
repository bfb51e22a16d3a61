"""Labs by the SageMaker Python SDK: what can be seen without it. `just sdk labs` runs them with it."""

import logging
import os

import pytest

from mlacoach.cloud import Account, Entry, Place, RunNames, sandbox_session
from mlacoach.cloud.journaling import CallRefused
from mlacoach.coach.lab.by_sdk import surroundings
from mlacoach.labs.sdk import boto_session
from mlacoach.sandbox import REGION, ROLE_ARN

NOWHERE = "http://127.0.0.1:9"


def test_what_the_sdk_sends_goes_through_the_runs_journal() -> None:
    journal = list[Entry]()
    aws = Account(sandbox_session(REGION), RunNames("sdk", "0" * 32), journal.append, NOWHERE, ROLE_ARN)
    session = boto_session(aws)

    with pytest.raises(CallRefused, match="it was not sent"):
        session.client("sagemaker", region_name="eu-west-1").delete_model(ModelName="theirs")
    assert session.resource("s3").meta.client is aws.client("s3")
    assert journal == []


def test_what_the_sdk_makes_by_itself_is_in_the_sandbox_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_PROFILE", "mine")
    before = dict(os.environ)

    with surroundings(Place(sandbox_session(REGION), NOWHERE, ROLE_ARN), None):
        there = dict(os.environ)
        assert logging.root.manager.disable == logging.INFO

    assert (there["AWS_ENDPOINT_URL"], there["AWS_DEFAULT_REGION"]) == (NOWHERE, REGION)
    assert there["AWS_SECRET_ACCESS_KEY"] == "sandbox"
    assert "AWS_PROFILE" not in there
    assert dict(os.environ) == before
    assert logging.root.manager.disable == logging.NOTSET
