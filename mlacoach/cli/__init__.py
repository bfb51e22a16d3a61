"""Words in, one call, one drawing. Errors are caught here and nowhere else."""

import os
import signal
import sys
from types import FrameType

from mlacoach.errors import MlacoachError

BUG = 70
INTERRUPTED = 130
TERMINATED = 143


class Terminated(BaseException):
    """SIGTERM or a closed terminal: leave as an interrupt does, with everything kept."""


def main() -> None:
    """Run the program and leave with its exit code."""
    _leave_on_signals()
    code = _guarded()
    _flush()
    sys.exit(code)


def _guarded() -> int:
    try:
        return _run()
    except MlacoachError as error:
        _say(error.what, error.try_this)
        return error.exit_code
    except (KeyboardInterrupt, EOFError):
        _say("Stopped; everything answered is kept.")
        return INTERRUPTED
    except Terminated:
        return TERMINATED
    except BrokenPipeError:
        # Whoever read our output has seen enough. Python would complain once more when it flushes at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except Exception as error:  # noqa: BLE001 - whatever else arrives here is our own bug, and is said to be one
        return _our_bug(error)


def _run() -> int:
    import typer  # noqa: PLC0415 - an interrupt during the slow imports is caught as well
    from typer._click.exceptions import ClickException  # noqa: PLC0415 - typer re-exports no base of its errors

    from mlacoach.cli.program import app  # noqa: PLC0415

    try:
        result = typer.main.get_command(app).main(prog_name="mlacoach", standalone_mode=False)
    except typer.Abort as error:
        raise KeyboardInterrupt from error
    except ClickException as error:
        error.show()
        return error.exit_code
    return result if isinstance(result, int) else 0


def _leave_on_signals() -> None:
    def leave(_number: int, _frame: FrameType | None) -> None:
        raise Terminated

    signal.signal(signal.SIGTERM, leave)
    if hasattr(signal, "SIGHUP"):
        signal.signal(signal.SIGHUP, leave)


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
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
