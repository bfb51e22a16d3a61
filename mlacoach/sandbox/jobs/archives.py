"""Archives: what others packed is unpacked with suspicion; what a job made is packed."""

import tarfile
import zlib
from pathlib import Path

MOST_BYTES = 5_000_000_000
MOST_MEMBERS = 100_000


class BadArchive(Exception):
    """An archive that is not unpacked, and why."""


def unpack(archive: Path, folder: Path, most_bytes: int = MOST_BYTES) -> None:
    """Unpack a tar into a folder, and nowhere else.

    Raises:
        BadArchive: it is no tar, too large, or holds a link or a name that leads out of the folder.
    """
    folder.mkdir(parents=True, exist_ok=True)
    try:
        with tarfile.open(archive, "r|*") as tar:
            _unpack_members(tar, folder, most_bytes)
    except (tarfile.TarError, EOFError, zlib.error, OSError, UnicodeError) as error:
        raise BadArchive(f"{archive.name} cannot be unpacked: {error}") from error


def _unpack_members(tar: tarfile.TarFile, folder: Path, most_bytes: int) -> None:
    size = 0
    for count, member in enumerate(tar, 1):
        size += member.size
        if size > most_bytes or count > MOST_MEMBERS:
            raise BadArchive("the archive is larger than the storage volume")
        if not (member.isfile() or member.isdir()):
            raise BadArchive(f"{member.name!r} is a link or a device")
        tar.extract(member, folder, filter="data", set_attrs=member.isfile())


def pack(folder: Path, archive: Path) -> None:
    """Pack what is in a folder; links are packed as they are, never what lies behind them."""
    with tarfile.open(archive, "w:gz", compresslevel=1) as tar:
        for entry in sorted(folder.iterdir()) if folder.is_dir() else ():
            tar.add(entry, arcname=entry.name, filter=_anonymous)


def _anonymous(member: tarfile.TarInfo) -> tarfile.TarInfo | None:
    member.uid = member.gid = 0
    member.uname = member.gname = ""
    return member if member.isfile() or member.isdir() else None
