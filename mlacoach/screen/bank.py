"""The bank in the terminal."""

from collections.abc import Iterable, Mapping, Sequence

from rich.console import Console
from rich.table import Table
from rich.text import Text

from mlacoach.coach.bank import Numbers
from mlacoach.content.bank.balance import Shape
from mlacoach.curriculum.questions import Question
from mlacoach.curriculum.services import ServiceNote, named_in
from mlacoach.screen.ask import key_of
from mlacoach.screen.ask import show_question as show_parts
from mlacoach.screen.explain import show_outcome
from mlacoach.screen.prompts import say, select, text

KINDS = {one: one.replace("-", " ") for one in ("multiple-choice", "multiple-response", "ordering", "matching")}
FOLDERS = {one: one for one in ("1-data", "2-models", "3-deployment", "4-operations", "foundations")}


def show_numbers(console: Console, counted: Numbers) -> None:
    """Everything that says whether the bank is fair and whole."""
    console.print(f"{counted.questions} questions count for an exam, {counted.foundations} are foundations.")
    for name in ("kinds", "levels", "cognitive", "ages"):
        console.print(f"{name.capitalize()}: {_listed(getattr(counted, name))}.")
    console.print(_shapes(counted))
    rules = ", ".join(f"{rule} {hits:.0%}" for rule, hits in counted.giveaways.items())
    console.print(f"Keys found without the stem by a rule of thumb (chance 25%): {rules}.")
    console.print("Second reading, first answer another than the key: " + (_readings(counted) or "none") + ".")
    for exam in counted.exams:
        _show_exam(console, exam)


def _listed(counts: Mapping[str, int]) -> str:
    return ", ".join(f"{count} {name}" for name, count in counts.items()) or "none"


def _shapes(counted: Numbers) -> Table:
    table = Table(title="What the form of multiple-choice questions says of their keys", title_justify="left", box=None)
    for heading in ("", "questions", "key is longest", "key / mean length", "a", "b", "c", "d"):
        table.add_column(heading, justify="left" if not heading else "right")
    for name, one in {"for an exam": counted.shape, **counted.shapes}.items():
        table.add_row(*_shape_row(name, one))
    return table


def _readings(counted: Numbers) -> str:
    return ", ".join(
        f"{place} {one['first_answer_was_another']:.0f} of {one['read']:.0f}"
        for place, one in counted.second_reading.items()
    )


def _shape_row(name: str, one: Shape) -> list[str]:
    places = [f"{share:.0%}" for share in one.positions.values()]
    return [name, str(one.questions), f"{one.longest:.0%}", f"{one.ratio:.2f}", *places]


def _show_exam(console: Console, exam: Mapping[str, object]) -> None:
    domains, weights, lacking, tasks = (exam[name] for name in ("domains", "weights", "lacking", "tasks"))
    assert isinstance(domains, Mapping) and isinstance(weights, Mapping) and isinstance(lacking, Mapping)  # noqa: S101, PT018
    assert isinstance(tasks, Mapping)  # noqa: S101
    total = max(sum(domains.values()), 1)
    console.print(f"{exam['exam']}: {exam['questions']} questions.")
    spread = (f"domain {one} {count / total:.0%} (weight {weights[one]} %)" for one, count in domains.items())
    console.print("  " + ", ".join(spread) + ".")
    console.print("  By task: " + ", ".join(f"{task}: {count}" for task, count in tasks.items()) + ".")
    if lacking:
        missing = ", ".join(f"{skill} (-{count})" for skill, count in lacking.items())
        console.print(f"  {len(lacking)} skills lack questions: {missing}.", soft_wrap=True)


def show_found(console: Console, found: Iterable[Question]) -> None:
    """What a search found."""
    for one in found:
        console.print(Text(one.id, style="bold"))
        console.print(Text(f"  {one.stem[:160]}{'…' if len(one.stem) > 160 else ''}"))  # noqa: PLR2004


def show_question(console: Console, question: Question, services: Sequence[ServiceNote]) -> None:
    """A question whole: what learners see, then the key and the reasons."""
    served = ", ".join(str(ref) for ref in sorted(question.skills)) or "foundations"
    console.print(
        Text(f"{question.id} · {question.kind} · level {question.difficulty} · {question.cognitive}", style="bold")
    )
    show_parts(console, question, question.body, f"{served}; checked {question.verified}", hint=False)
    show_outcome(console, question, question.body, key_of(question.body), named_in(question.text, services))


def ask_kind(kind: str, folder: str) -> tuple[str, str]:
    """Ask which kind of question it is and where it goes."""
    return select("Which kind of question is it?", KINDS, kind), select("Which folder?", FOLDERS, folder)


def ask_doubt() -> str:
    """Ask what is wrong."""
    say("A doubt helps most with the sentence of the documentation that speaks against the key.")
    return text("What is wrong or unclear?", "", lambda line: "" if line.strip() else "Say it in a few words.")
