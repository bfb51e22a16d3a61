"""Becomes a child of the supervisor: dies with its parent, leaves its id in a file, then is the command.

Run as a file by an isolated interpreter: `python -I -S child.py PARENT FOLDER -- WORD …`. It imports nothing of ours,
so that it costs 20 ms. What the kernel is to do at the parent's death is set here, in a process of one thread, because
nothing may run between fork and exec of a server that has many.
"""

import os
import sys

PR_SET_PDEATHSIG = 1
SIGKILL = 9


def main() -> None:
    """Make sure that we die with our parent, say that we are there, and turn into the command."""
    parent, folder, command = int(sys.argv[1]), sys.argv[2], sys.argv[4:]
    if sys.platform == "linux":
        import ctypes  # noqa: PLC0415 - on Linux only

        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, SIGKILL)
    # Python sets this for itself where the locale is C; the command's environment is what was asked for.
    if sys.argv[3] == "--no-lc-ctype":
        os.environ.pop("LC_CTYPE", None)
    # It may have died before we asked the kernel to tell us.
    if os.getppid() != parent:
        sys.exit(1)
    with open(os.path.join(folder, str(os.getpid())), "w", encoding="ascii") as file:  # noqa: PTH118, PTH123 - pathlib costs 10 ms
        file.write(started(os.getpid()))
    try:
        os.execvp(command[0], command)  # noqa: S606 - becoming the command is the point
    except OSError as error:
        sys.stderr.write(f"{command[0]}: {error.strerror}\n")
        sys.exit(127)


def started(pid: int) -> str:
    """When a process started, in the kernel's own ticks: a number that was given anew has another."""
    try:
        with open(f"/proc/{pid}/stat", encoding="utf-8", errors="replace") as file:  # noqa: PTH123
            return file.read().rpartition(")")[2].split()[19]
    except (OSError, IndexError):
        return ""


if __name__ == "__main__":
    main()
