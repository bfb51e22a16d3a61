"""Words in, one call, one drawing. Errors are caught here and nowhere else."""

import errno
import gc
import io
import os
import signal
import sys
from types import FrameType

from mlacoach.errors import MlacoachError, TryAgain

BUG = 70
INTERRUPTED = 130
TERMINATED = 143
# A shell's scripts, which typer writes, set it when they ask for completions.
COMPLETE = "_MLACOACH_COMPLETE"
# New objects until the next look for garbage. What a start makes stays; with Python's own 700 it would be looked at a
# hundred times, for a tenth of the start.
BETWEEN_COLLECTIONS = 200_000


class Terminated(BaseException):
    """SIGTERM or a closed terminal: leave as an interrupt does, with everything kept."""


def main() -> None:
    """Run the program and leave with its exit code."""
    gc.set_threshold(BETWEEN_COLLECTIONS)
    _carry_any_text()
    _leave_on_signals()
    code = _guarded()
    _flush()
    sys.exit(code)


def _guarded() -> int:
    try:
        code = _run()
        sys.stdout.flush()
    except MlacoachError as error:
        code = _fault(error)
    except (KeyboardInterrupt, EOFError):
        _say("Stopped; everything answered is kept.")
        code = INTERRUPTED
    except Terminated:
        code = TERMINATED
    except BrokenPipeError:
        code = 0  # whoever read our output has seen enough
    except SystemExit as leaving:
        # Rich and typer each turn a broken pipe into an exit of their own.
        if not isinstance(leaving.__context__, BrokenPipeError):
            raise
        code = 0
    except Exception as error:  # noqa: BLE001 - what is neither a fault nor the world's is our own bug
        code = _unforeseen(error)
    return code


def _fault(error: MlacoachError) -> int:
    _say(error.what, error.try_this)
    return error.exit_code


def _unforeseen(error: Exception) -> int:
    """What no command foresees: the terminal or the disk under us gave way, or we have a bug."""
    if isinstance(error, OSError) and error.errno == errno.EIO:
        return TERMINATED  # the terminal is gone, and we were told to ignore its hang-up
    if isinstance(error, OSError) and error.errno == errno.ENOSPC:
        return _fault(TryAgain(f"Something could not be written: {error.strerror}.", "Make room on the disk."))
    if type(error).__module__ == "sqlite3":
        from mlacoach.cli.context import database  # noqa: PLC0415 - only for an error
        from mlacoach.store.database import as_ours  # noqa: PLC0415

        known = as_ours(database(), error)
        if known:
            return _fault(known)
    return _our_bug(error)


def _run() -> int:
    asked = os.environ.get(COMPLETE)
    if asked:
        from mlacoach.cli.completing import complete  # noqa: PLC0415 - a shell asks, at every press of a key

        if complete(asked):
            return 0
    import typer  # noqa: PLC0415 - an interrupt during the slow imports is caught as well
    from typer._click.exceptions import ClickException  # noqa: PLC0415 - typer re-exports no base of its errors

    from mlacoach.cli.coercion import spare_pydantic  # noqa: PLC0415
    from mlacoach.cli.program import app  # noqa: PLC0415

    spare_pydantic()
    try:
        result = typer.main.get_command(app).main(prog_name="mlacoach", standalone_mode=False)
    except typer.Abort as error:
        raise KeyboardInterrupt from error
    except ClickException as error:
        error.show()
        return error.exit_code
    if result == INTERRUPTED:  # typer's way to say that Ctrl-C was pressed
        raise KeyboardInterrupt
    return result if isinstance(result, int) else 0


def _leave_on_signals() -> None:
    def leave(_number: int, _frame: FrameType | None) -> None:
        raise Terminated

    signal.signal(signal.SIGTERM, leave)
    # nohup has us ignore it.
    if hasattr(signal, "SIGHUP") and signal.getsignal(signal.SIGHUP) is not signal.SIG_IGN:
        signal.signal(signal.SIGHUP, leave)


def _carry_any_text() -> None:
    """Show `?` for what a stream's encoding lacks: a Windows pipe and a Latin-1 terminal lack some of the content."""
    for stream in (sys.stdin, sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")


def _say(what: str, try_this: str = "") -> None:
    try:
        sys.stderr.write(f"{what}\n" + (f"{try_this}\n" if try_this else ""))
    except OSError:
        return  # the terminal is gone; there is nobody to tell


def _our_bug(error: Exception) -> int:
    import traceback  # noqa: PLC0415 - only for a bug

    from mlacoach.cli.context import clock, home  # noqa: PLC0415

    path = home() / f"bug-{clock():%Y%m%dT%H%M%S}.txt"
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("".join(traceback.format_exception(error)), encoding="utf-8")
        kept = f"The details are in {path}; please report them."
    except OSError:
        kept = "".join(traceback.format_exception(error))
    _say(f"This is a bug in mlacoach: {type(error).__name__}: {error}", kept)
    return BUG


def _flush() -> None:
    try:
        sys.stdout.flush()
    except OSError:
        # What is left can't be written any more. Python would try once again at exit, and complain.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
