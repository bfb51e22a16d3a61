"""Labs done with the SageMaker Python SDK: which, and in what surroundings."""

import logging
import os
from collections.abc import Iterator
from contextlib import contextmanager

from mlacoach.cloud import Place
from mlacoach.coach import Coach
from mlacoach.content.lab_code import has_sdk_way
from mlacoach.curriculum.labs import LabFacts
from mlacoach.errors import UsageFault
from mlacoach.labs.sdk import need_sdk_extra
from mlacoach.sandbox.environment import FOREIGN, SHIM, merged


def must_have_sdk_way(coach: Coach, lab: LabFacts) -> None:
    """Make sure that the lab can be done with the SDK, and that the SDK is there.

    Raises:
        UsageFault: the lab has no such way.
        MlacoachError: the SDK is not installed.
    """
    if not has_sdk_way(lab.folder):
        those = ", ".join(sorted(each.id for each in coach.library.labs.values() if has_sdk_way(each.folder)))
        raise UsageFault(f"{lab.id} has no way with the SageMaker Python SDK.", f"These have one: {those}")
    need_sdk_extra()


@contextmanager
def surroundings(place: Place, profile: str | None) -> Iterator[None]:
    """What the SDK makes by itself, some of it when it is imported, goes to the run's place and to no other.

    Args:
        place: where the run is.
        profile: of the learner's own configuration, for a real account.
    """
    before = dict(os.environ)
    changes = _of_sandbox(place) if place.endpoint else {"AWS_PROFILE": profile or before.get("AWS_PROFILE")}
    region = str(place.session.region_name)
    # The file says that nobody is told which functions of the SDK are used.
    config = str(SHIM / "sagemaker-config.yaml")
    changes |= {"AWS_DEFAULT_REGION": region, "AWS_REGION": region, "SAGEMAKER_USER_CONFIG_OVERRIDE": config}
    _set(merged(before, changes))
    # The SDK tells of every call.
    logging.disable(logging.INFO)
    try:
        yield
    finally:
        logging.disable(logging.NOTSET)
        _set(before)


def _of_sandbox(place: Place) -> dict[str, str | None]:
    key = place.session.get_credentials().get_frozen_credentials()  # type: ignore[no-untyped-call]
    return {
        **dict.fromkeys(FOREIGN),
        "AWS_ENDPOINT_URL": place.endpoint,
        "AWS_ACCESS_KEY_ID": key.access_key,
        "AWS_SECRET_ACCESS_KEY": key.secret_key,
        "AWS_SESSION_TOKEN": key.token,
        "AWS_EC2_METADATA_DISABLED": "true",
        "AWS_CONFIG_FILE": os.devnull,
        "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
    }


def _set(environment: dict[str, str]) -> None:
    os.environ.clear()
    os.environ.update(environment)
