"""What a sitting came to, and what that rests on."""

from rich.console import Console
from rich.text import Text

from mlacoach.coach.exam.results import Result
from mlacoach.learning.mastery import Share
from mlacoach.screen.line_exam import clock_text


def share_text(share: Share) -> str:
    """A share with its interval, never alone."""
    if not share.given:
        return "nothing answered"
    low, high = share.interval
    return f"{share.right} of {share.given} ({share.right / share.given:.0%}, 90 % interval {low:.0%} to {high:.0%})"


def exam_line(result: Result) -> str:
    """One sitting in a line."""
    day = result.row.at.astimezone()
    how = " (time ran out)" if result.row.ended == "expire" else ""
    return f"{day:%Y-%m-%d} {result.exam.id} {result.row.form}: {share_text(result.total)}{how}"


def print_result(console: Console, result: Result) -> None:
    """Print the whole result."""
    console.print()
    console.print(Text(f"{result.exam.id} {result.row.form}: {share_text(result.total)} right.", style="bold"))
    _print_domains(console, result)
    _print_counts(console, result)
    _print_time(console, result)
    console.print(
        Text(f"Look at it again: `mlacoach exam review {result.row.id[:12]}` (--wrong, --flagged, --guessed).")
    )


def _print_domains(console: Console, result: Result) -> None:
    names = {domain.id: domain.name for domain in result.exam.domains}
    for domain, share in result.by_domain.items():
        if share.given:
            console.print(Text(f"  {domain} {names[domain]}: {share_text(share)}"))


def _print_counts(console: Console, result: Result) -> None:
    unscored = len(result.asked) - len(result.scored)
    if unscored:
        console.print(Text(f"{unscored} of the {len(result.asked)} questions did not count, as in the exam."))
    if result.unanswered:
        console.print(Text(f"{result.unanswered} without an answer: each counts as wrong."))
    if result.lucky:
        console.print(
            Text(f"{result.lucky} right by a guess of yours: they count in the exam, and come back in reviews.")
        )
    thoughts = result.thoughts
    if thoughts.right_to_wrong or thoughts.wrong_to_right:
        console.print(
            Text(
                f"Changed answers: {thoughts.wrong_to_right} from wrong to right, "
                f"{thoughts.right_to_wrong} from right to wrong."
            )
        )
    if result.short:
        console.print(Text(f"The bank was {result.short} questions short of the whole form."))


def _print_time(console: Console, result: Result) -> None:
    pace = result.pace
    console.print(
        Text(
            f"Time: {clock_text(pace.seconds)}; half of the questions took less than {pace.median:.0f} s, the exam "
            f"allows {pace.allowed:.0f} s for each; {pace.over} took more than twice that."
        )
    )
