"""What a script says when it fails, as the frameworks' images tell it."""

import re
import shlex
from collections.abc import Sequence
from pathlib import Path

from mlacoach.sandbox.jobs.failing import exit_code
from mlacoach.sandbox.supervisor import Exit

ERROR = re.compile(r"^[A-Za-z_][\w.]*(?:Error|Exception|Interrupt|Exit|Warning|Iteration)\b.*$")
LAST_BYTES = 20_000


def script_said(ended: Exit, words: Sequence[str], log: Path) -> str:
    """The reason of a script's end: its last error, and the command.

    Args:
        ended: how it ended.
        words: its command.
        log: what it wrote.
    """
    lines = log.read_bytes()[-LAST_BYTES:].decode("utf-8", "replace").strip().splitlines() if log.exists() else []
    errors = [line for line in lines if ERROR.match(line)]
    message = errors[-1] if errors else "\n".join(lines[-5:])
    return (
        f"ExecuteUserScriptError:\nExitCode {exit_code(ended)}\n"
        f'ErrorMessage "{message[:500]}"\nCommand "{shlex.join(words)[:300]}"'
    )
