"""A function's package: unpacked within its limits, and nowhere else than its own folder."""

import io
import stat
import zipfile
from pathlib import Path, PurePosixPath

from mlacoach.sandbox.aws_error import AwsError

LARGEST = 262_144_000
MOST_FILES = 50_000
CANNOT = "Could not unzip uploaded file. Please check your file, then try to upload again."


def refuse(message: str) -> AwsError:
    """Lambda's error for a value that it does not take."""
    return AwsError("InvalidParameterValueException", message)


def unpack(package: bytes, folder: Path) -> None:
    """Unpack a zip file into a new folder.

    Raises:
        AwsError: it is none, it is too large, or it would write or point outside.
    """
    try:
        archive = zipfile.ZipFile(io.BytesIO(package))
    except (zipfile.BadZipFile, ValueError) as error:
        raise refuse(CANNOT) from error
    with archive:
        entries = archive.infolist()
        if sum(each.file_size for each in entries) > LARGEST or len(entries) > MOST_FILES:
            raise refuse(f"Unzipped size must be smaller than {LARGEST} bytes")
        for each in entries:
            if not _is_safe(each):
                raise refuse(CANNOT)
        folder.mkdir(parents=True, mode=0o700)
        _write(archive, entries, folder)


def _is_safe(entry: zipfile.ZipInfo) -> bool:
    path = PurePosixPath(entry.filename)
    is_link = stat.S_ISLNK(entry.external_attr >> 16)
    return not is_link and not path.is_absolute() and ".." not in path.parts and "\\" not in entry.filename


def _write(archive: zipfile.ZipFile, entries: list[zipfile.ZipInfo], folder: Path) -> None:
    left = LARGEST
    for each in entries:
        target = folder / each.filename
        if each.is_dir():
            target.mkdir(parents=True, exist_ok=True)
            continue
        target.parent.mkdir(parents=True, exist_ok=True)
        try:
            with archive.open(each) as source:
                # What the directory says of a size need not be true.
                body = source.read(left + 1)
        except (zipfile.BadZipFile, RuntimeError, NotImplementedError, EOFError) as error:
            raise refuse(CANNOT) from error
        left -= len(body)
        if left < 0:
            raise refuse(f"Unzipped size must be smaller than {LARGEST} bytes")
        target.write_bytes(body)
