"""`mlacoach bank calibrate`."""

from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.text import Text

from mlacoach.cli.context import open_coach
from mlacoach.cli.output import print_json
from mlacoach.content.cohort import CohortFault
from mlacoach.errors import UsageFault
from mlacoach.screen.console import stderr, stdout
from mlacoach.store import calibration as kept

if TYPE_CHECKING:
    from mlacoach.coach.calibration import Calibrated


def calibrate(
    ctx: typer.Context,
    cohort: Annotated[
        Path | None,
        typer.Argument(exists=True, dir_okay=False, help="CSV with the columns learner,question,correct (1 or 0)."),
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Report only; keep nothing.")] = False,
    forget: Annotated[bool, typer.Option("--forget", help="Go back to the authors' levels.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="As JSON.")] = False,
) -> None:
    """Learn the questions' difficulties from many learners' first answers, in place of the authors' levels."""
    if forget == (cohort is not None):
        raise UsageFault("Name the cohort's file, or --forget.", "Such as `mlacoach bank calibrate cohort.csv`.")
    coach = open_coach(ctx)
    if cohort is None:
        there = kept.forget(coach.home)
        stdout().print(Text("The authors' levels count again." if there else "No calibration was in force."))
        return
    # NumPy costs 100 ms, and only this needs it.
    from mlacoach.coach.calibration import Calibrated, calibrate_from, keep  # noqa: PLC0415
    from mlacoach.screen.calibration import print_calibrated  # noqa: PLC0415

    done = calibrate_from(coach, cohort)
    if not isinstance(done, Calibrated):
        _tell_faults(done, as_json=as_json)
        raise typer.Exit(1)
    path = None if dry_run else keep(coach, done)
    if as_json:
        print_json("bank-calibrate", _data(done, path))
        return
    print_calibrated(stdout(), done)
    said = f"Kept in {path}; it replaces any earlier calibration." if path else "Nothing was kept (--dry-run)."
    stderr().print(Text(said))


def _tell_faults(faults: Sequence[CohortFault], *, as_json: bool) -> None:
    if as_json:
        told = [{"path": str(one.path), "line": one.line, "sentence": one.sentence} for one in faults]
        print_json("bank-calibrate", {"faults": told})
        return
    for fault in faults:
        stdout().print(Text(str(fault)), soft_wrap=True)
    stderr().print(Text(f"{'1 fault' if len(faults) == 1 else f'{len(faults)} faults'}; nothing was kept."))


def _data(done: "Calibrated", path: Path | None) -> dict[str, object]:
    stored = done.stored
    return {
        "faults": [],
        "kept": None if path is None else str(path),
        "at": stored.at.isoformat(),
        "source": {"file": stored.file, "sha256": stored.sha256},
        "cohort": {"learners": stored.learners, "answers": stored.answers, "mean": stored.mean, "sd": stored.sd},
        "states": dict(done.states),
        "unknown": dict(done.unknown),
        "foundations": dict(done.foundations),
        "correlation": done.correlation,
        "rmsd": done.rmsd,
        "converged": done.converged,
        "misfits": [item.question for item in done.misfits],
        "questions": [
            {
                "question": item.question,
                "level": item.level,
                "expected_b": item.expected,
                "moved": item.by,
                "state": item.state,
                "slope_known": item.slope_known,
                **asdict(item.estimate),
            }
            for item in done.items
        ],
    }
