"""Both exams side by side, what changed between them, and which one to sit."""

from collections.abc import Sequence

from rich.console import Console
from rich.text import Text

from mlacoach.curriculum.exams import Advice, Exam

# Told first, in this order, for both exams; the rest is in --json and in --all.
FIRST_FACTS = ("questions_total", "minutes", "price_usd", "pass_mark_scaled", "question_types", "languages")


def print_exams(console: Console, exams: Sequence[Exam], advice: Advice | None, *, every_fact: bool) -> None:
    """Print the exams and the advice."""
    for exam in exams:
        _print_exam(console, exam, every_fact=every_fact)
    for exam in exams:
        if exam.successor:
            _print_changes(console, exam, next((other for other in exams if other.id == exam.successor), None))
    console.print()
    if advice is None:
        console.print(Text("No exam is offered in that language."))
        return
    console.print(Text(f"Sit {advice.exam.id}. {advice.reason}", style="bold"))
    if advice.sitting.note:
        console.print(Text(advice.sitting.note))
    console.print(Text(f"Certainty: {advice.sitting.certainty}; source: {advice.sitting.source}", style="dim"))


def _print_exam(console: Console, exam: Exam, *, every_fact: bool) -> None:
    console.print(Text(f"{exam.id}: {exam.name}", style="bold"))
    for fact in exam.facts:
        if every_fact or fact.id in FIRST_FACTS:
            value = "; ".join(fact.value) if isinstance(fact.value, tuple) else str(fact.value)
            doubt = "" if fact.certainty == "high" else f" (certainty: {fact.certainty})"
            console.print(Text(f"  {fact.id.replace('_', ' ')}: {value}{doubt}"))
            if every_fact:
                note = f"{fact.note} " if fact.note else ""
                console.print(Text(f"    {note}<{fact.source}>", style="dim"))
    for sitting in exam.sittings:
        days = f"{sitting.first_day or '…'} to {sitting.last_day or '…'}"
        console.print(Text(f"  {sitting.form} form in {', '.join(sitting.languages)}: {days}"))
    for domain in exam.domains:
        skills = sum(len(task.skills) for task in domain.tasks)
        console.print(
            Text(f"  {domain.weight} % {domain.id} {domain.name} ({len(domain.tasks)} tasks, {skills} skills)")
        )
    console.print()


def _print_changes(console: Console, old: Exam, new: Exam | None) -> None:
    if new is None:
        return
    fresh = [skill for skill in new.skills.values() if skill.new]
    gone = [skill for skill in old.skills.values() if skill.removed]
    moved = ", ".join(
        f"domain {domain} from {weight} to {new.weights[domain]} %"
        for domain, weight in old.weights.items()
        if new.weights.get(domain) not in (None, weight)
    )
    console.print(Text(f"From {old.id} to {new.id}: {moved or 'the same weights'}.", style="bold"))
    console.print(Text(f"  New ({len(fresh)}):"))
    for skill in fresh:
        console.print(Text(f"    {skill.id} {skill.text}"))
    console.print(Text(f"  Dropped ({len(gone)}; still known to older material):"))
    for skill in gone:
        console.print(Text(f"    {skill.id} {skill.text}"))
