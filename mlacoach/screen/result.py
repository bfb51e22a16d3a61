"""What a sitting came to, and what that rests on."""

from collections.abc import Sequence

from rich.console import Console
from rich.text import Text

from mlacoach.coach.exam.gaps import TARGET, Gaps, Miss, TopicShare
from mlacoach.coach.exam.habits import LESSON, habits
from mlacoach.coach.exam.prediction import DomainVerdict, Prediction
from mlacoach.coach.exam.results import Result
from mlacoach.learning.mastery import Share
from mlacoach.screen.console import print_hanging
from mlacoach.screen.line_exam import clock_text, counted, lacking, purpose

PASS_MARK = 720
# No more is claimed of a model than this.
MOST_SURE = 0.99
# Of a sitting's id, as much as is shown and needed.
SHOWN_ID = 12
ASSUMED = "The cut and the way from points to scores are assumed: AWS publishes neither (docs/measuring.md)."
BASIS = {
    "expert": "their authors' ranking (fewer than 100 learners' answers)",
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
    """One sitting in a line; of an adaptive one no share, which would say nothing."""
    day = result.row.at.astimezone()
    how = " (time ran out)" if result.row.ended == "expire" else ""
    came_to = f"{counted(len(result.asked))} asked" if result.plan.adaptive else share_text(result.total)
    return f"{day:%Y-%m-%d} {result.exam.id} {result.row.form}: {came_to}{how}"


def score_text(prediction: Prediction | None) -> str:
    """The predicted score, to end such a line with."""
    if prediction is None:
        return ""
    return f"; predicted score {prediction.score:.0f} ({prediction.low:.0f} to {prediction.high:.0f})"


def print_result(console: Console, result: Result, prediction: Prediction | None, gaps: Gaps | None = None) -> None:
    """Print the whole result; without a prediction, only what was counted. What is of no exam has its gaps instead."""
    console.print()
    _print_heading(console, result)
    if gaps:
        console.print(Text(_target(result, gaps), style="bold"))
        console.print(Text(purpose(result.plan), style="dim"))
    elif prediction:
        _print_prediction(console, result, prediction)
    else:
        console.print(Text("No score is predicted: you had met every question before, or answered none."))
    _print_domains(console, result, prediction)
    if gaps:
        _print_gaps(console, gaps)
    _print_counts(console, result)
    _print_time(console, result)
    _print_habits(console, result)
    shown = result.row.id[:SHOWN_ID]
    console.print(Text(f"Look at it again: `mlacoach exam review {shown}` (--wrong, --flagged, --guessed)."))


def _print_heading(console: Console, result: Result) -> None:
    name = f"{result.exam.id} {result.row.form}"
    if not result.plan.adaptive:
        console.print(Text(f"{name}: {share_text(result.total)} right.", style="bold"))
        return
    console.print(Text(f"{name}: it asked {counted(len(result.asked))}.", style="bold"))
    console.print(
        Text(
            "It chose questions of which about half are right, whoever answers: not how many were right counts, but "
            "how hard they were. That is in the score."
        )
    )


def _print_gaps(console: Console, gaps: Gaps) -> None:
    once = [one for one in gaps.topics if one.share.given == 1]
    for topic in gaps.topics:
        if topic.share.given > 1:
            console.print(Text(f"  {topic.title}: {share_text(topic.share)}"))
    if once:
        print_hanging(console, "  ", _once(once))
    _print_misses(console, gaps.misses)


def _target(result: Result, gaps: Gaps) -> str:
    """The target against what was new, since a question that one has met asks for memory."""
    aim = f"The target of {TARGET:.0%}"
    if not gaps.new.given:
        return f"{aim} is held against questions that are new to you: you had met all of these."
    met = len(result.asked) - gaps.new.given
    told = f" among those that you hadn't met before: {share_text(gaps.new)}" if met else ""
    low, high = gaps.new.interval
    doubt = " The interval holds it, so another form may say otherwise." if low < TARGET < high else ""
    return f"{aim} is {'reached' if gaps.reached else 'not reached'}{told}.{doubt}"


def _once(topics: Sequence[TopicShare]) -> str:
    """The topics that a single question asked about, of which a share says nothing."""
    wrong = [one.title for one in topics if not one.share.right]
    told = f"; not on {'; '.join(wrong)}" if wrong else ""
    return f"Topics of one question: {share_text(Share(len(topics) - len(wrong), len(topics)))} right{told}."


def _print_misses(console: Console, misses: Sequence[Miss]) -> None:
    if misses:
        console.print(Text("Wrong or left open, and the lesson for it:"))
    by_lesson: dict[str, list[Miss]] = {}
    for miss in misses:
        by_lesson.setdefault(miss.lesson.id if miss.lesson else "", []).append(miss)
    for lesson, found in by_lesson.items():
        where = f"`mlacoach learn {lesson}`" if lesson else "no lesson yet; the review has the reasons"
        numbers = ", ".join(str(miss.number) for miss in found)
        words = "Question" if len(found) == 1 else "Questions"
        print_hanging(console, "- ", f"{words} {numbers}: {where}.")


def _print_domains(console: Console, result: Result, prediction: Prediction | None) -> None:
    names = {domain.id: domain.name for domain in result.exam.domains}
    verdicts = {one.domain: _verdict(one) for one in prediction.domains} if prediction else {}
    for domain, share in result.by_domain.items():
        told = [] if result.plan.adaptive else [share_text(share)]
        told += [verdicts[domain]] if domain in verdicts else []
        if share.given and told:
            console.print(Text(f"  {domain} {names[domain]}: {'; '.join(told)}"))


def _verdict(verdict: DomainVerdict) -> str:
    return f"{'meets' if verdict.meets else 'needs improvement'} ({min(verdict.sure, MOST_SURE):.0%} sure)"


def _print_prediction(console: Console, result: Result, prediction: Prediction) -> None:
    passes = "pass" if prediction.score >= PASS_MARK else "fail"
    score = f"{prediction.score:.0f} (90 % interval {prediction.low:.0f} to {prediction.high:.0f}; {PASS_MARK} passes)"
    console.print(
        Text(
            f"Predicted score {score}: {passes}. Probability of passing {chance_text(prediction.pass_probability)}; "
            f"{chance_text(prediction.if_harder)} if the real exam is harder for you than these questions, "
            f"{chance_text(prediction.if_easier)} if it is easier."
        ),
        style="bold",
    )
    console.print(Text(f"{_basis(result, prediction)} {ASSUMED}", style="dim"))


def chance_text(probability: float) -> str:
    """No more is claimed of a model than `MOST_SURE`."""
    if probability > MOST_SURE:
        return f"more than {MOST_SURE:.0%}"
    return f"{probability:.0%}" if probability >= 1 - MOST_SURE else f"less than {1 - MOST_SURE:.0%}"


def _basis(result: Result, prediction: Prediction) -> str:
    """What a prediction rests on."""
    blank = 0 if result.plan.adaptive else sum(one.first and not one.answer for one in result.asked)
    left_open = f" ({blank} of them without an answer, which counts as wrong)" if blank else ""
    told = [
        BASIS[state] if len(prediction.states) == 1 else f"{BASIS[state]} ({count})"
        for state, count in prediction.states.items()
    ]
    return (
        f"That rests on {prediction.answers} questions that you met for the first time{left_open}, whose difficulty is "
        f"known from {', '.join(told)}."
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
    if result.plan.missing:
        console.print(Text(lacking(result.plan)))


def _print_time(console: Console, result: Result) -> None:
    pace = result.pace
    console.print(
        Text(
            f"Time: {clock_text(pace.seconds)}; half of the questions took less than {pace.median:.0f} s, the exam "
            f"allows {pace.allowed:.0f} s for each; {pace.over} took more than twice that."
        )
    )


def _print_habits(console: Console, result: Result) -> None:
    found = habits(result)
    for habit in found:
        print_hanging(console, "- ", f"{habit.sentence} Practise it: `{habit.drill}`.")
    if found:
        console.print(Text(f"How to go about it: `mlacoach learn {LESSON}`."))
