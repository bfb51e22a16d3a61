"""What a sitting came to, and what that rests on."""

from rich.console import Console
from rich.text import Text

from mlacoach.coach.exam.prediction import DomainVerdict, Prediction
from mlacoach.coach.exam.results import Result
from mlacoach.learning.mastery import Share
from mlacoach.screen.line_exam import clock_text

PASS_MARK = 720
# No more is claimed of a model than this.
MOST_SURE = 0.99
BASIS = {
    "expert": "their authors' ranking alone",
    "provisional": "at least 100 learners' answers",
    "calibrated": "at least 300 learners' answers",
}


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


def print_result(console: Console, result: Result, prediction: Prediction | None) -> None:
    """Print the whole result; without a prediction, only what was counted."""
    console.print()
    console.print(Text(f"{result.exam.id} {result.row.form}: {share_text(result.total)} right.", style="bold"))
    _print_domains(console, result, prediction)
    if prediction:
        _print_prediction(console, prediction)
    _print_counts(console, result)
    _print_time(console, result)
    console.print(
        Text(f"Look at it again: `mlacoach exam review {result.row.id[:12]}` (--wrong, --flagged, --guessed).")
    )


def _print_domains(console: Console, result: Result, prediction: Prediction | None) -> None:
    names = {domain.id: domain.name for domain in result.exam.domains}
    verdicts = {one.domain: one for one in prediction.domains} if prediction else {}
    for domain, share in result.by_domain.items():
        if share.given:
            verdict = f"; {_verdict(verdicts[domain])}" if domain in verdicts else ""
            console.print(Text(f"  {domain} {names[domain]}: {share_text(share)}{verdict}"))


def _verdict(verdict: DomainVerdict) -> str:
    return f"{'meets' if verdict.meets else 'needs improvement'} ({min(verdict.sure, MOST_SURE):.0%} sure)"


def _print_prediction(console: Console, prediction: Prediction) -> None:
    passes = "pass" if prediction.score >= PASS_MARK else "fail"
    score = f"{prediction.score:.0f} (90 % interval {prediction.low:.0f} to {prediction.high:.0f}; {PASS_MARK} passes)"
    console.print(
        Text(
            f"Predicted score {score}: {passes}. Probability of passing {prediction.pass_probability:.0%}; "
            f"{prediction.if_harder:.0%} if the real exam is harder for you than these questions, "
            f"{prediction.if_easier:.0%} if it is easier."
        ),
        style="bold",
    )
    console.print(
        Text(
            f"That rests on {prediction.answers} answers to questions you had not met, whose difficulty is known from "
            f"{BASIS[prediction.state]}. The cut and the way from points to scores are assumed: AWS publishes neither "
            "(docs/measuring.md)."
        ),
        style="dim",
    )


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
