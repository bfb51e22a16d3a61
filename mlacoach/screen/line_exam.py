"""The exam in lines: no redraw, no colour-only meaning. Each answer is in the store before the next question shows."""

from rich.console import Console
from rich.text import Text

from mlacoach.coach.exam import ExamSession, Result
from mlacoach.errors import ExamUnfinished
from mlacoach.screen.ask import parse, read_line, show_question, typed_form
from mlacoach.screen.report import print_shares, share_text

HELP = (
    "Letters answer and go on; n next, p previous, 12 goes to question 12, f flags, t tells the time, "
    "r lists what is open and flagged, x hands in, q saves and leaves."
)


def sit(console: Console, session: ExamSession) -> Result:
    """Drive a session until it is handed in.

    Raises:
        ExamUnfinished: the learner left; everything answered is kept.
    """
    console.print(Text(_opening(session)))
    console.print(Text(HELP, style="dim"))
    while not session.over:
        try:
            if _turn(console, session):
                return session.hand_in()
        except EOFError as error:
            raise _left(session) from error
    console.print(Text("Time is up: the exam hands itself in."))
    return session.hand_in()


def _opening(session: ExamSession) -> str:
    count = len(session.questions)
    time = "untimed" if session.row.deadline is None else f"{clock_text(session.seconds_left() or 0)} left"
    return (
        f"{session.exam.id}, {session.row.form} form: {count} questions, {time}. A question without an answer counts "
        "as wrong; there is no penalty for guessing. You may go back."
    )


def clock_text(seconds: float) -> str:
    """Hours, minutes and seconds."""
    whole = int(seconds)
    return f"{whole // 3600}:{whole % 3600 // 60:02}:{whole % 60:02}"


def _turn(console: Console, session: ExamSession) -> bool:
    """Show the question on the table and act on one line; True hands in."""
    body = session.body
    heading = f"Question {session.position + 1} of {len(session.questions)}"
    if session.question.id in session.flags:
        heading += " (flagged)"
    show_question(console, session.question, body, heading)
    given = session.answers.get(session.question.id)
    if given is not None:
        console.print(Text(f"Your answer so far: {typed_form(body, given)}"))
    while True:
        line = read_line(console, "Answer or command (h for help): ").lower()
        typed = parse(body, line)
        if typed.answer:
            if session.answer(typed.answer):
                _next(session)
            return False
        if line == "x":
            return _sure(console, session)
        if _move(console, session, line):
            return False
        console.print(Text(_told(session, line) or typed.fault or HELP))


def _move(console: Console, session: ExamSession, word: str) -> bool:
    """Act on a command after which a question is shown; False if it was none.

    Raises:
        ExamUnfinished: the learner leaves.
    """
    if word == "q":
        raise _left(session)
    if word == "f":
        console.print(Text("Flagged." if session.flag() else "The flag is off."))
    elif word in {"n", ""}:
        _next(session)
    elif word == "p":
        session.show(max(session.position - 1, 0))
    elif word.isdecimal() and 1 <= int(word) <= len(session.questions):
        session.show(int(word) - 1)
    else:
        return False
    return True


def _told(session: ExamSession, word: str) -> str:
    """What a command asks to be told; nothing if it asks nothing."""
    if word == "t":
        left = session.seconds_left()
        return "Untimed." if left is None else f"{clock_text(left)} left."
    return {"r": _overview(session), "h": HELP}.get(word, "")


def _next(session: ExamSession) -> None:
    session.show(min(session.position + 1, len(session.questions) - 1))


def _overview(session: ExamSession) -> str:
    places = {question.id: number for number, question in enumerate(session.questions, start=1)}
    flagged = sorted(places[name] for name in session.flags)
    unanswered = [number + 1 for number in session.unanswered()]
    return f"Without an answer: {_numbers(unanswered)}. Flagged: {_numbers(flagged)}."


def _numbers(numbers: list[int]) -> str:
    return ", ".join(str(number) for number in numbers) or "none"


def _sure(console: Console, session: ExamSession) -> bool:
    console.print(Text(_overview(session)))
    return read_line(console, "Hand in? Type yes: ").lower() in {"y", "yes"}


def _left(session: ExamSession) -> ExamUnfinished:
    clock = "" if session.row.deadline is None else " The clock goes on."
    done = len(session.questions) - len(session.unanswered())
    return ExamUnfinished(
        f"Saved: {done} of {len(session.questions)} questions are answered.{clock}",
        "Go on with `mlacoach exam --resume`.",
    )


def print_result(console: Console, session_exam: str, names: dict[str, str], result: Result) -> None:
    """Print what a sitting came to, and what the number rests on."""
    console.print()
    console.print(Text(f"{session_exam}: {share_text(result.total)} right, {result.unanswered} without an answer."))
    print_shares(console, {names[domain]: share for domain, share in result.by_domain.items()})
    console.print(Text(f"Time: {clock_text(result.seconds)}."))
    if result.short:
        console.print(Text(f"The bank was {result.short} questions short of the whole form."))
    console.print(
        Text(
            "These are raw shares of right answers. AWS scales its scores (720 of 1000 passes) in a way it does not "
            "publish, so 720 is not 72 %; and these questions are ours, not the exam's."
        )
    )
