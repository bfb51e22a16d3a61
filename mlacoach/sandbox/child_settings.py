"""The environment of a child that runs a learner's code as a role: the sandbox's address, and nobody's own settings."""

import os
import re
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from mlacoach.sandbox.environment import SHIM
from mlacoach.sandbox.world import World


def settings_as(world: World, role: str, session: str, region: str, paths: Sequence[Path] = ()) -> Mapping[str, str]:
    """The environment of a child that acts as a role.

    Args:
        world: the sandbox.
        role: the ARN of the role whose credentials it gets.
        session: the session's name, as the caller's identity shows it.
        region: where it runs.
        paths: folders from which it imports, before all others.
    """
    # STS takes two letters at least, and fewer kinds of them than Glue.
    name = re.sub(r"[^\w+=,.@-]", "-", session, flags=re.ASCII)[:64].ljust(2, "-")
    made = world.client("sts").assume_role(RoleArn=role, RoleSessionName=name)["Credentials"]
    return {
        "PATH": os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", os.defpath)]),
        "PYTHONPATH": os.pathsep.join(map(str, [*paths, SHIM])),
        "PYTHONDONTWRITEBYTECODE": "1",
        "PYTHONUNBUFFERED": "1",
        "AWS_ENDPOINT_URL": world.url,
        "AWS_ACCESS_KEY_ID": made["AccessKeyId"],
        "AWS_SECRET_ACCESS_KEY": made["SecretAccessKey"],
        "AWS_SESSION_TOKEN": made["SessionToken"],
        "AWS_REGION": region,
        "AWS_DEFAULT_REGION": region,
        "AWS_EC2_METADATA_DISABLED": "true",
        "AWS_CONFIG_FILE": os.devnull,
        "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
        "NO_PROXY": "127.0.0.1,localhost",
        "OMP_NUM_THREADS": "1",
        "MLACOACH_SANDBOX": world.url,
    }
