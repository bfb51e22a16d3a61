"""Tell what was just reached, in one line each, on stderr: it is talk, no data."""

from rich.text import Text

from mlacoach.coach import Coach
from mlacoach.screen.console import stderr


def tell_new(coach: Coach, *sources: str) -> None:
    """Say the milestones that are new; `sources` as `coach.milestones` names them."""
    from mlacoach.coach.milestones import celebrate  # noqa: PLC0415 - at the end of a command, not at its start

    for one in celebrate(coach, *sources):
        stderr().print(Text(f"Milestone! {one.text}", style="bold"))
