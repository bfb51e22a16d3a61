"""Ends what a server that was killed left behind, by the files its children left.

Two use it: a process of its own that waits for the server's end (`python -I -S reaper.py FOLDER`), and every start.
"""

import os
import signal
import subprocess
import sys

PROC = "/proc"


def reap(folder: str) -> list[int]:
    """Kill every process group of which a file is in the folder; the groups that were killed."""
    try:
        names = [name for name in os.listdir(folder) if name.isdigit()]  # noqa: PTH208 - this file starts without pathlib
    except FileNotFoundError:
        return []
    killed = []
    for name in names:
        path = os.path.join(folder, name)  # noqa: PTH118
        with open(path, encoding="ascii") as file:  # noqa: PTH123
            birth = file.read()
        if is_ours(int(name), birth):
            kill_group(int(name))
            killed.append(int(name))
        os.unlink(path)  # noqa: PTH108
    return killed


def is_ours(pid: int, birth: str) -> bool:
    """Is the group still that of our child? A number that was given to somebody else is none of our business."""
    if not birth:
        return group_exists(pid)
    now = _started(pid)
    # Its leader may be gone while those it started live on; nobody gets the number of a group that still exists.
    return now == birth if now else group_exists(pid)


def group_exists(group: int) -> bool:
    """Is there anybody in the process group?"""
    if not hasattr(os, "killpg"):
        return True
    try:
        os.killpg(group, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return sys.platform == "darwin"  # a zombie there
    return True


def kill_group(group: int, number: int = 9) -> None:
    """Send a signal to everybody in the group."""
    if not hasattr(os, "killpg"):
        subprocess.run(["taskkill", "/F", "/T", "/PID", str(group)], check=False, capture_output=True)  # noqa: S607
        return
    try:
        os.killpg(group, number)
    except (ProcessLookupError, PermissionError):
        return


def _started(pid: int) -> str:
    try:
        with open(f"{PROC}/{pid}/stat", encoding="utf-8", errors="replace") as file:  # noqa: PTH123
            state, *rest = file.read().rpartition(")")[2].split()
    except (OSError, ValueError):
        return ""
    return "" if state == "Z" else rest[18]


def wait_for_the_end(folder: str) -> None:
    """Wait until stdin ends, which is when the server does, however it does; then reap."""
    for number in ("SIGINT", "SIGTERM", "SIGHUP"):
        if hasattr(signal, number):
            signal.signal(getattr(signal, number), signal.SIG_IGN)
    sys.stdin.buffer.read()
    reap(folder)


if __name__ == "__main__":
    wait_for_the_end(sys.argv[1])
