"""A folder for synchronising: on a stick, a network share, or one that another program carries to other machines."""

import errno
from pathlib import Path

from mlacoach.errors import MlacoachError, TryAgain
from mlacoach.store.whole_file import write_whole


class SyncFolder:
    """Named files, each written once."""

    def __init__(self, folder: Path) -> None:
        """Look at the folder.

        Raises:
            MlacoachError: it is not there. It is not made: a stick that is not plugged in must not become a folder.
        """
        self._folder = folder
        self.name = str(folder)
        if not folder.is_dir():
            raise MlacoachError(f"There is no folder {folder}.", "Make it, or plug in what it is on.")

    def names(self) -> list[str]:
        """The files, by their paths below the folder; hidden ones are other programs'."""
        try:
            found = [path.relative_to(self._folder) for path in self._folder.rglob("*") if path.is_file()]
        except OSError as error:
            raise _unreadable(self._folder, error) from error
        return sorted(path.as_posix() for path in found if not any(part.startswith(".") for part in path.parts))

    def read(self, name: str) -> bytes:
        """What a file holds."""
        try:
            return (self._folder / name).read_bytes()
        except OSError as error:
            raise _unreadable(self._folder / name, error) from error

    def write(self, name: str, data: bytes) -> None:
        """Write a file, unless there is one of that name.

        Raises:
            TryAgain: it cannot be written.
        """
        path = self._folder / name
        try:
            path.parent.mkdir(exist_ok=True)
        except OSError as error:
            why = "read-only" if error.errno == errno.EROFS else str(error.strerror)
            raise TryAgain(f"{self._folder} cannot be written: {why}.", "Check its rights.") from error
        write_whole(path, data, replace=False)


def _unreadable(path: Path, error: OSError) -> TryAgain:
    return TryAgain(f"{path} cannot be read: {error.strerror}.", "Check its rights.")
