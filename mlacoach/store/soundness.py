"""Whether the learner's file is as we left it: then nobody has to read every page of it before the first question.

Beside the file stands what it looked like when it was last closed. A file that anything has touched since, or that
was not closed, is checked as a whole; 100,000 answers take a quarter of a second.
"""

import os
from contextlib import suppress
from pathlib import Path

# Times of files come in ticks of some milliseconds. Set back by one, ours is no time that a later write can have.
BACK_NS = 1_000_000_000


def is_as_left(path: Path) -> bool:
    """Is the file as `leave` saw it?"""
    try:
        return _note(path).read_text(encoding="ascii") == _look(path)
    except (OSError, UnicodeDecodeError):
        return False


def leave(path: Path) -> None:
    """Note what a file that was just closed, and is sound, looks like; without the note it is checked next time."""
    with suppress(OSError):
        if is_as_left(path):
            return
        status = path.stat()
        os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns - BACK_NS))
        _note(path).write_text(_look(path), encoding="ascii")


def forget(path: Path) -> None:
    """Have the file checked next time."""
    with suppress(OSError):
        _note(path).unlink(missing_ok=True)


def _note(path: Path) -> Path:
    return path.with_name(f"{path.name}.left")


def _look(path: Path) -> str:
    status = path.stat()
    return f"{status.st_ino} {status.st_size} {status.st_mtime_ns}"
