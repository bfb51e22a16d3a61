"""Files that are there whole, or not at all: after a kill, a power cut, on a full disk."""

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from mlacoach.errors import TryAgain


def write_whole(path: Path, data: bytes, *, replace: bool = True) -> bool:
    """Write a file beside its place, and move it there when it is on the disk.

    Args:
        path: the place.
        data: what it holds.
        replace: may something that is there be replaced? If not, whatever is there stays.

    Returns:
        Whether it was written.

    Raises:
        TryAgain: it could not be; what was there before stays.
    """
    unfinished = path.with_name(f".{path.name}.{os.getpid()}.new")
    try:
        with writing(path):
            with unfinished.open("wb") as file:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
            if not replace and path.exists():
                return False
            unfinished.replace(path)
            fsync_folder(path.parent)
    finally:
        with suppress(OSError):
            unfinished.unlink(missing_ok=True)
    return True


@contextmanager
def writing(path: Path) -> Iterator[None]:
    """Say what a disk refuses.

    Raises:
        TryAgain: something could not be written.
    """
    try:
        yield
    except OSError as error:
        raise TryAgain(
            f"{path} cannot be written: {error.strerror}.", "Make room on the disk, or check the folder's rights."
        ) from error


def fsync_folder(folder: Path) -> None:
    """Have a folder's names reach the disk; where a system can't, it does by itself."""
    with suppress(OSError):
        number = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(number)
        finally:
            os.close(number)


def fsync_file(path: Path) -> None:
    """Have what a file holds reach the disk."""
    with path.open("rb+") as file:
        os.fsync(file.fileno())
