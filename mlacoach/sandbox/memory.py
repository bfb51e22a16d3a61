"""How much memory processes hold."""

import os
import subprocess
from pathlib import Path

PROC = Path("/proc")


def group_memory(group: int) -> int:
    """The bytes that a process group holds in memory; 0 where nobody can tell."""
    if PROC.is_dir():
        return sum(_resident(int(entry.name)) for entry in PROC.iterdir() if _is_in(entry, group))
    return _by_ps(["-g", str(group)])


def own_memory(pid: int | None = None) -> int:
    """The bytes that one process holds in memory; 0 where nobody can tell."""
    pid = pid or os.getpid()
    return _resident(pid) if PROC.is_dir() else _by_ps(["-p", str(pid)])


def _is_in(entry: Path, group: int) -> bool:
    if not entry.name.isdigit():
        return False
    try:
        return os.getpgid(int(entry.name)) == group
    except OSError:
        return False


def _resident(pid: int) -> int:
    try:
        return int((PROC / str(pid) / "statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")
    except (OSError, IndexError):
        return 0


def _by_ps(who: list[str]) -> int:
    try:
        told = subprocess.run(["ps", "-o", "rss=", *who], capture_output=True, text=True, check=False)  # noqa: S607
    except OSError:
        return 0
    return sum(int(line) for line in told.stdout.split() if line.isdigit()) * 1024
