"""The errors that a person reads.

MlacoachError               1  something could not be done
├── UsageFault              2  the words of the command do not fit
│   └── UnknownId           2  no such question, item, lab …; names the nearest
├── NeedsCredentials        3  AWS did not let us in
├── LabNotClean             4  something of a lab run may still exist
├── ExamUnfinished          5  an exam was left; it is saved
├── DataDamaged             6  the learner's file cannot be used as it is
└── TryAgain               75  something that passes: a lock, a busy port

Each says what happened (`what`) and what to do (`try_this`). They are caught once, in `cli.main`; anything else that
reaches it is our own bug.
"""

from collections.abc import Iterable


class MlacoachError(Exception):
    """What happened and what to do about it, for the person at the terminal."""

    exit_code = 1

    def __init__(self, what: str, try_this: str = "") -> None:
        super().__init__(what)
        self.what = what
        self.try_this = try_this


class UsageFault(MlacoachError):
    """The words of the command do not fit together."""

    exit_code = 2


class UnknownId(UsageFault):
    """No such thing; the nearest names are offered."""

    def __init__(self, kind: str, wanted: str, known: Iterable[str]) -> None:
        # difflib costs 8 ms, and only somebody who mistyped needs it.
        from difflib import get_close_matches  # noqa: PLC0415

        names = sorted(set(known))
        close = get_close_matches(wanted, names, n=3, cutoff=0.4)
        super().__init__(f"There is no {kind} called {wanted!r}.", _offer(kind, close, names))


def _offer(kind: str, close: list[str], names: list[str]) -> str:
    if close:
        return f"Did you mean {', '.join(close)}?"
    if not names:
        return f"There is no {kind} yet."
    return f"Known are: {', '.join(names[:5])}{', …' if len(names) > 5 else '.'}"  # noqa: PLR2004 - enough for a line


class NeedsCredentials(MlacoachError):
    """AWS did not accept the credentials, or there are none."""

    exit_code = 3


class LabNotClean(MlacoachError):
    """Something that a lab run made may still exist."""

    exit_code = 4


class ExamUnfinished(MlacoachError):
    """An exam was left before its end; every answer is kept."""

    exit_code = 5


class DataDamaged(MlacoachError):
    """The learner's file cannot be used as it is; nothing was overwritten."""

    exit_code = 6


class TryAgain(MlacoachError):
    """Something that passes by itself: a lock, a port, a full disk."""

    exit_code = 75
