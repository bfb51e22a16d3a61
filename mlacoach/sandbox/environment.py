"""The environment in which every AWS tool talks to the sandbox, and to nothing else."""

import os
import shlex
from collections.abc import Mapping
from pathlib import Path

from mlacoach.sandbox.client import REGION
from mlacoach.sandbox.state import Places

SHIM = Path(__file__).parent / "shim"
# Settings of the learner's own AWS; one that stayed could send a request to the real one.
FOREIGN = (
    "AWS_PROFILE",
    "AWS_DEFAULT_PROFILE",
    "AWS_ROLE_ARN",
    "AWS_ROLE_SESSION_NAME",
    "AWS_WEB_IDENTITY_TOKEN_FILE",
    "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI",
    "AWS_CONTAINER_CREDENTIALS_FULL_URI",
    "AWS_SECURITY_TOKEN",
    "AWS_CA_BUNDLE",
    "AWS_USE_FIPS_ENDPOINT",
    "AWS_USE_DUALSTACK_ENDPOINT",
)
SHELLS = ("sh", "fish", "powershell")


def settings(
    places: Places, url: str, credentials: Mapping[str, str], environment: Mapping[str, str]
) -> dict[str, str | None]:
    """What to set, and what to unset (None).

    Args:
        places: the sandbox's files.
        url: its address.
        credentials: of its role.
        environment: the present one; PYTHONPATH and NO_PROXY are added to, not replaced.
    """
    places.config.touch(mode=0o600)
    foreign = {name for name in environment if name in FOREIGN or name.startswith("AWS_ENDPOINT_URL_")}
    return {
        **dict.fromkeys(sorted(foreign)),
        "AWS_ENDPOINT_URL": url,
        "AWS_REGION": REGION,
        "AWS_DEFAULT_REGION": REGION,
        "AWS_ACCESS_KEY_ID": credentials["AccessKeyId"],
        "AWS_SECRET_ACCESS_KEY": credentials["SecretAccessKey"],
        "AWS_SESSION_TOKEN": credentials["SessionToken"],
        # No tool may ask the network for credentials, nor read the learner's own files.
        "AWS_EC2_METADATA_DISABLED": "true",
        "AWS_CONFIG_FILE": str(places.config),
        "AWS_SHARED_CREDENTIALS_FILE": str(places.config),
        "AWS_PAGER": "",
        "NO_PROXY": _joined(environment.get("NO_PROXY", ""), "127.0.0.1", ","),
        "PYTHONPATH": _joined(str(SHIM), environment.get("PYTHONPATH", ""), os.pathsep),
        "SAGEMAKER_USER_CONFIG_OVERRIDE": str(SHIM / "sagemaker-config.yaml"),
        "MLACOACH_SANDBOX": url,
    }


def _joined(first: str, second: str, by: str) -> str:
    parts = [part for part in (*first.split(by), *second.split(by)) if part]
    return by.join(dict.fromkeys(parts))


def merged(environment: Mapping[str, str], changes: Mapping[str, str | None]) -> dict[str, str]:
    """The environment with the changes made."""
    return {name: value for name, value in {**environment, **changes}.items() if value is not None}


def script(changes: Mapping[str, str | None], shell: str = "sh") -> str:
    """The changes as commands of a shell."""
    write = {"sh": _sh, "fish": _fish, "powershell": _powershell}[shell]
    return "".join(f"{write(name, value)}\n" for name, value in changes.items())


def _sh(name: str, value: str | None) -> str:
    return f"unset {name}" if value is None else f"export {name}={shlex.quote(value)}"


def _fish(name: str, value: str | None) -> str:
    if value is None:
        return f"set -e {name}"
    quoted = value.replace("\\", "\\\\").replace("'", "\\'")
    return f"set -gx {name} '{quoted}'"


def _powershell(name: str, value: str | None) -> str:
    if value is None:
        return f"Remove-Item Env:{name} -ErrorAction SilentlyContinue"
    quoted = value.replace("'", "''")
    return f"$env:{name} = '{quoted}'"


def prompt(environment: Mapping[str, str], shell: str) -> tuple[list[str], dict[str, str]]:
    """The words that start an interactive shell with a marked prompt, and what to add to its environment.

    Args:
        environment: the present one.
        shell: the learner's shell.
    """
    name = Path(shell).name
    mark = "(sandbox) "
    if name.startswith("bash"):
        # It reads no file of its own that could set the prompt anew, and then ours after the learner's.
        hook = f'case "$PS1" in "{mark}"*) ;; *) PS1="{mark}$PS1";; esac'
        old = environment.get("PROMPT_COMMAND", "")
        return [shell, "-i"], {"PROMPT_COMMAND": f"{hook}; {old}" if old else hook}
    if name.startswith("fish"):
        return [
            shell,
            "-i",
            "-C",
            f"functions -c fish_prompt _old; function fish_prompt; printf '{mark}'; _old; end",
        ], {}
    return [shell, "-i"], {"PS1": f"{mark}$ "}
