"""Read the text of one content file, or say why there is none to be had."""

from pathlib import Path
from stat import S_ISREG

from mlacoach.content.faults import Fault

LARGEST = 512 * 1024


def read_text(path: Path) -> str | Fault:
    """The text, with every line ending as a newline; or the fault."""
    try:
        status = path.stat()
        if not S_ISREG(status.st_mode):
            return Fault(path, 1, "unreadable", "It is no file.")
        if status.st_size > LARGEST:
            return Fault(path, 1, "too-large", f"A content file may have {LARGEST // 1024} kB at most.")
        return path.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        return Fault(path, 1, "not-utf8", f"Save the file as UTF-8 (byte {error.start} is not).")
    except OSError as error:
        return Fault(path, 1, "unreadable", f"The file cannot be read: {error.strerror}.")
