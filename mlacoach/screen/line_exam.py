"""The exam in lines: no redraw, no colour-only meaning. Each answer is in the store before the next question shows."""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from rich.console import Console
from rich.text import Text

from mlacoach.coach.exam import ExamSession, Plan
from mlacoach.coach.exam.plans import ALL
from mlacoach.curriculum.questions import Question
from mlacoach.errors import ExamUnfinished
from mlacoach.screen.ask import parse, part_of, read_line, show_question, typed_form
from mlacoach.screen.explain import show_outcome

if TYPE_CHECKING:
    from mlacoach.curriculum.services import ServiceNote

Notes = Callable[[Question], Sequence["ServiceNote"]]

HELP = (
    "Letters answer (add ? if unsure, ?? for a guess) and go on; n next; f flags; s b strikes b out; m TEXT keeps a "
    "note; - takes the answer back; t tells the time; r lists what is open and flagged; x hands in; q saves and leaves."
)
PURPOSE = (
    "It asks the foundations: cloud, core services, security, cost, basics of machine learning, containers. It follows "
    "no exam's blueprint, neither that of CLF-C02 (Cloud Practitioner), nor of AIF-C01 (AI Practitioner), whose "
    "generative AI it leaves out, nor of SAA-C03 (Solutions Architect), most of which it leaves out. It shows what you "
    "lack of what they build on, and predicts neither a score nor a pass. The target of 80 %, which study plans set "
    "for practice exams, is held against your share of right answers."
)
DESIGN = (
    "It asks for the design of whole systems on AWS, and weighs the four domains as SAA-C03 (Solutions Architect - "
    "Associate) does. The questions are ours, not made or checked by AWS: a share right here is no scaled score and "
    "predicts no pass. SAA-C03 asks more services than these, and does not count 15 of its 65 questions; ours all "
    "count. The target of 80 %, which study plans set for practice exams, is held against your share of right answers."
)
BACK = " p goes back, 12 goes to question 12."
PAUSE = " z pauses the clock."
WITH_MORE = ("s", "m")


def sit(console: Console, session: ExamSession, notes: Notes) -> None:
    """Drive a session until it is to be handed in.

    Raises:
        ExamUnfinished: the learner left; everything answered is kept.
    """
    session.go_on()
    console.print(Text(opening(session)))
    console.print(Text(help_text(session), style="dim"))
    try:
        while not session.over:
            if _turn(console, session, notes):
                return
    except EOFError as error:
        raise left(session) from error
    console.print(Text("Time is up: the exam hands itself in."))


def opening(session: ExamSession) -> str:
    """What to know before the start."""
    plan = session.plan
    count = counted(plan.questions if plan.adaptive else len(session.questions))
    if plan.adaptive and not plan.fixed_length:
        count = f"at most {count}"
    time = "untimed" if session.deadline is None else f"{clock_text(session.seconds_left() or 0)} left"
    said = (
        f"{session.exam.id}, {plan.name}: {count}, {time}. A question without an answer counts as wrong; "
        f"there is no penalty for guessing. {way(plan)}"
    )
    return " ".join(sentence for sentence in (said, purpose(plan), lacking(plan)) if sentence)


def counted(questions: int) -> str:
    """So many questions."""
    return "1 question" if questions == 1 else f"{questions} questions"


def way(plan: Plan) -> str:
    """Which way it goes, and when it ends."""
    if not plan.adaptive:
        return "You may go back."
    end = f"after {counted(plan.questions)}" if plan.fixed_length else "when it has decided"
    return f"Each question follows from your answers, so it goes forward only, and it ends {end}."


def purpose(plan: Plan) -> str:
    """What a form of ours is for, and what it isn't; nothing of an exam's own."""
    if plan.architect:
        return DESIGN
    return PURPOSE if plan.foundations else ""


def lacking(plan: Plan) -> str:
    """What the bank lacks for it, or nothing."""
    short = sum(plan.missing.values())
    if not short:
        return ""
    there = f"The bank has {plan.questions - short} of the {plan.questions} questions"
    if ALL in plan.missing:
        return f"{there}."
    by_domain = ", ".join(f"{count} in domain {domain}" for domain, count in sorted(plan.missing.items()))
    return f"{there}: {by_domain} {'is' if short == 1 else 'are'} missing."


def help_text(session: ExamSession) -> str:
    """What can be typed."""
    return HELP + ("" if session.forward_only else BACK) + (PAUSE if session.plan.practice else "")


def clock_text(seconds: float) -> str:
    """Hours, minutes and seconds."""
    whole = int(seconds)
    return f"{whole // 3600}:{whole % 3600 // 60:02}:{whole % 60:02}"


def _turn(console: Console, session: ExamSession, notes: Notes) -> bool:
    """Show the question on the table and act until another is due; True ends the sitting."""
    _show(console, session)
    while not session.over:
        line = read_line(console, "Answer or command (h for help): ")
        typed = parse(session.body, line)
        if typed.answer:
            return _answered(console, session, typed.answer, typed.confidence, notes)
        word, _, rest = line.partition(" ")
        # Only a strike and a note say more than one word; anything else with a second one is a slip.
        command = word.lower() if not rest.strip() or word.lower() in WITH_MORE else ""
        if command == "x":
            return _sure(console, session)
        if (command or not line) and _moved(console, session, command):
            return False
        console.print(Text(_did(session, command, rest.strip()) or typed.fault or help_text(session)))
    return False


def _show(console: Console, session: ExamSession) -> None:
    of = session.plan.questions if session.plan.adaptive else len(session.questions)
    heading = f"Question {session.position + 1} of {'at most ' if session.plan.adaptive else ''}{of}"
    if session.question.id in session.flags:
        heading += " (flagged)"
    show_question(console, session.question, session.body, heading)
    given = session.answers.get(session.question.id)
    if given is not None:
        console.print(Text(f"Your answer so far: {typed_form(session.body, given)}"))
    struck = session.strikes.get(session.question.id)
    if struck:
        console.print(Text(f"Struck out: {typed_form(session.body, tuple(struck))}"))
    note = session.notes.get(session.question.id)
    if note:
        console.print(Text(f"Your note: {note}"))


def _answered(console: Console, session: ExamSession, answer: tuple[str, ...], confidence: str, notes: Notes) -> bool:
    # In lines a bare letter says nothing about how sure one is; only the marks do.
    said = confidence if confidence != "sure" else None
    if not session.answer(answer, said):
        return False
    if session.plan.practice:
        show_outcome(console, session.question, session.body, answer, notes(session.question))
    if session.forward():
        return False
    if session.forward_only:
        console.print(Text("That was the last question."))
        return True
    return _sure(console, session)


def _moved(console: Console, session: ExamSession, word: str) -> bool:
    """Act on a command after which a question is shown; False if it was none.

    Raises:
        ExamUnfinished: the learner leaves.
    """
    if word == "q":
        raise left(session)
    if word == "f":
        console.print(Text("Flagged." if session.flag() else "The flag is off."))
    elif word in {"n", ""}:
        if session.forward_only and session.question.id not in session.answers:
            console.print(Text("An adaptive exam needs an answer before it can go on; a guess will do."))
        elif not session.forward():
            console.print(Text("That was the last question: x hands in."))
    elif word == "p" and not session.forward_only:
        session.show(max(session.position - 1, 0))
    elif word.isdecimal() and not session.forward_only and 1 <= int(word) <= len(session.questions):
        session.show(int(word) - 1)
    elif word == "z" and session.plan.practice:
        session.pause()
        read_line(console, "Paused. Enter goes on: ")
        session.go_on()
    else:
        return False
    return True


def _did(session: ExamSession, word: str, rest: str) -> str:
    """Act on a command that leaves the question on the table; what to say, or nothing if it was none."""
    if word == "t":
        left_over = session.seconds_left()
        return "Untimed." if left_over is None else f"{clock_text(left_over)} left."
    if word == "-":
        session.answer(())
        return "The answer is taken back."
    if word == "m":
        session.note(rest)
        return "Noted." if rest else "The note is removed."
    if word == "s" and rest:
        part = part_of(session.body, rest.lower())
        return "" if part is None else f"{rest} is {'struck out' if session.strike(part) else 'no longer struck out'}."
    return {"r": overview(session), "h": help_text(session)}.get(word, "")


def overview(session: ExamSession) -> str:
    """What is open and what is flagged."""
    places = {question.id: number for number, question in enumerate(session.questions, start=1)}
    flagged = sorted(places[name] for name in session.flags if name in places)
    unanswered = [number + 1 for number in session.unanswered()]
    return f"Without an answer: {_numbers(unanswered)}. Flagged: {_numbers(flagged)}."


def _numbers(numbers: list[int]) -> str:
    return ", ".join(str(number) for number in numbers) or "none"


def _sure(console: Console, session: ExamSession) -> bool:
    console.print(Text(overview(session)))
    return read_line(console, "Hand in? Type yes: ").lower() in {"y", "yes"}


def left(session: ExamSession) -> ExamUnfinished:
    """What to say to somebody who leaves."""
    clock = "" if session.deadline is None or session.plan.practice else " The clock goes on."
    if session.plan.practice and not session.over:
        session.pause()
    done = len(session.questions) - len(session.unanswered())
    of = session.plan.questions if session.plan.adaptive else len(session.questions)
    return ExamUnfinished(f"Saved: {done} of {of} questions are answered.{clock}", "Go on with `mlacoach exam resume`.")
