"""Labs in the terminal: the list, one lab, its plan, its runs, hints, how far it is."""

from collections.abc import Sequence

from rich.console import Console
from rich.table import Table
from rich.text import Text

from mlacoach.coach.lab import Settled
from mlacoach.coach.lab.adopting import Adopted
from mlacoach.coach.lab.by_hand import NUDGE, PAGE, Handed, Help, Standing
from mlacoach.coach.lab.planning import Planned
from mlacoach.coach.lab.pricing import Asked, known_rates
from mlacoach.coach.lab.settling import ALIVE
from mlacoach.content.lab_code import has_sdk_way
from mlacoach.curriculum.labs import LabFacts
from mlacoach.labs import Done, Outcome, Step
from mlacoach.labs.prices import Prices
from mlacoach.screen.console import print_folded
from mlacoach.screen.lesson import drawn
from mlacoach.screen.source import print_code, together

NARROW = 60
# What one does with a lab that is started, and the command.
WORK = (
    ("Run a step of steps.py:", "do"),
    ("Or work with any AWS tool:", "shell"),
    ("See how far you are:", "check"),
    ("Get help:", "hint"),
    ("End it:", "clean"),
)
NEXT_HELP = {
    NUDGE: "Once more shows the page where it is written, then the solution.",
    PAGE: "Once more shows the solution; the step counts half then.",
}
WITH_SOLUTION = "Do it your own way; then: mlacoach lab check"


def print_labs(console: Console, labs: Sequence[LabFacts], done: Sequence[str]) -> None:
    """Every lab, and whether it was done."""
    if console.width < NARROW:
        for lab in labs:
            console.print(Text(f"{lab.id}: {lab.title} ({lab.minutes} min, {_state(lab, done)})"))
        return
    table = Table(box=None, pad_edge=False, header_style="bold")
    table.add_column("Lab", no_wrap=True)
    table.add_column("What you do", ratio=1)
    table.add_column("Minutes", justify="right")
    table.add_column("On AWS", justify="right")
    table.add_column("Done")
    for lab in labs:
        cells = (lab.id, lab.title, str(lab.minutes), _price(lab), _state(lab, done))
        table.add_row(*(Text(cell) for cell in cells))
    console.print(table)
    _say_next(console, ("What a lab is about:", "show LAB"), ("Walk through it:", "run LAB"))


def print_lab(console: Console, lab: LabFacts, readme: str) -> None:
    """What a lab is about, what it costs, and its task."""
    console.print(Text(lab.title, style="bold"))
    console.print(Text(lab.summary))
    console.print(Text(f"{lab.minutes} minutes. Services: {', '.join(lab.services)}."))
    console.print(Text(f"Skills: {skills_of(lab)}."))
    console.print(Text(cost_line(lab)))
    if has_sdk_way(lab.folder):
        console.print(Text(f"Also with the SageMaker Python SDK 3: mlacoach lab run {lab.id} --sdk"))
    for head, text in (("New accounts", lab.new_accounts), ("Names and dates", lab.lifecycle)):
        if text:
            console.print(Text(f"{head}: {text}"))
    for difference in lab.sandbox_differs:
        console.print(Text(f"The sandbox differs: {difference}"))
    console.print()
    # The title stands above already.
    print_prose(console, readme.strip().removeprefix(f"# {lab.title}").lstrip())
    _say_next(console, ("Walk through it:", f"run {lab.id}"), ("Do it by hand:", f"start {lab.id}"))


def _say_next(console: Console, *ways: tuple[str, str]) -> None:
    """What one can do now and the command, where a person looks."""
    if not console.file.isatty():
        return
    console.print()
    width = max(len(says) for says, _ in ways)
    for says, command in ways:
        console.print(Text(f"{says:<{width}} mlacoach lab {command}"))


def skills_of(lab: LabFacts) -> str:
    """The skills that a lab practises, those of an exam together."""
    exams = sorted({skill.exam for skill in lab.skills})
    own = {exam: sorted(skill.skill for skill in lab.skills if skill.exam == exam) for exam in exams}
    return "; ".join(f"{exam} {', '.join(skills)}" for exam, skills in own.items())


def print_prose(console: Console, markdown: str) -> None:
    """Markdown as it is read, or in a pipe as it was written."""
    if console.file.isatty():
        console.print(drawn(markdown))
    else:
        console.print(Text(markdown), soft_wrap=True)


def cost_line(lab: LabFacts) -> str:
    """What the lab costs at most."""
    if lab.usd_per_run is None:
        return "It runs in the sandbox only, where it costs nothing."
    return (
        f"On an AWS account at most {lab.usd_per_run:.2f} US dollars a run and {lab.usd_per_hour:.2f} for each hour "
        f"that it stands (prices of {lab.prices_read}); in the sandbox nothing."
    )


def print_plan(console: Console, planned: Planned) -> None:
    """What a run makes, asks for, takes and costs; the policy is printed apart."""
    lab = planned.lab
    console.print(Text(lab.title, style="bold"))
    console.print(Text(f"{lab.minutes} minutes. {cost_line(lab)}"))
    console.print(Text("It makes, in this order:"))
    for number, (kind, name) in enumerate(planned.plan.resources, start=1):
        console.print(Text(f"  {number}. {kind} …-{name}"))
    for name, count in planned.plan.quotas.items():
        console.print(Text(f"It needs the quota {name}: {count}"))
    for warning in planned.warnings:
        console.print(Text(f"Note: {warning}"))


def print_prices(console: Console, table: Prices, fresh: Asked | None) -> None:
    """What instances cost an hour."""
    source = "the AWS Price List" if fresh else f"{table.source.title} ({table.source.url})"
    console.print(Text(f"{fresh.region if fresh else table.region}, read on {(fresh or table).read} from {source}:"))
    for name, rate in known_rates(table, fresh).items():
        console.print(Text(f"  ${rate.usd_per_hour:.4g} an hour: {name}"))


def print_adopted(console: Console, adopted: Adopted) -> None:
    """What was taken up, and where."""
    console.print(Text(f"Looked in account {adopted.who.account}, region {adopted.who.region} alone."))
    for row, new in adopted.runs:
        console.print(Text(f"{row.lab}, run {row.id}: {', '.join(str(each) for each in new)}"))
    if adopted.runs:
        console.print(Text("Take it away with: mlacoach lab clean"))
    else:
        console.print(Text("Nothing new carries a run's name and tag, as far as could be seen."))


def print_runs(console: Console, runs: Sequence[Settled]) -> None:
    """Each run and how it stands."""
    if not runs:
        console.print(Text("No lab was run yet. `mlacoach lab list` shows what there is."))
    for settled in runs:
        at = settled.run.at.astimezone()
        says = f"{at:%Y-%m-%d %H:%M} {settled.run.lab}: {settled.state}. {settled.because}{_bill(settled)}"
        print_folded(console, Text(says))
    usd_per_hour = sum(settled.usd_per_hour for settled in runs)
    if usd_per_hour:
        console.print(Text(f"Altogether at most {usd_per_hour:.2f} US dollars an hour.", style="bold"))
    standing = dict.fromkeys(settled.run.lab for settled in runs if settled.state == ALIVE)
    if standing:
        _say_next(console, *(("Take it away:", f"clean {lab}") for lab in standing))


def _bill(settled: Settled) -> str:
    bill = f" It may cost {settled.usd_per_hour:g} US dollars an hour." if settled.usd_per_hour else ""
    return bill + (f" It expires {settled.expires.astimezone():%Y-%m-%d %H:%M}." if settled.expires else "")


def print_handed(console: Console, handed: Handed) -> None:
    """Where to begin."""
    if not handed.is_new:
        console.print(Text(f"{handed.lab.id} is started already, in {handed.folder}."))
    else:
        steps = "the steps.py that you wrote before" if handed.is_kept else "your steps.py"
        console.print(Text(f"{handed.lab.title}: {handed.folder} holds the task (README.md) and {steps}."))
    console.print(Text(f'Every name begins with {handed.prefix}; aws.name("raw") is {handed.prefix}raw.'))
    lab = handed.lab.id
    for says, word in WORK:
        console.print(Text(f"  {says:<26} mlacoach lab {word} {lab}"), soft_wrap=True)


def print_outcomes(console: Console, outcomes: Sequence[Outcome]) -> None:
    """What each check says."""
    for outcome in outcomes:
        print_folded(console, Text(outcome.sentence, style="green" if isinstance(outcome, Done) else "red"))


def print_standing(console: Console, standing: Standing) -> None:
    """How far a lab is."""
    print_outcomes(console, standing.outcomes)
    done = sum(isinstance(outcome, Done) for outcome in standing.outcomes)
    halved = f" Steps whose solution was shown count half: {standing.shown}." if standing.shown else ""
    console.print(Text(f"{done} of {len(standing.outcomes)} steps, {standing.score} per cent of the points.{halved}"))
    if standing.open_step:
        console.print(Text(f"Next: {standing.open_step}. Help: mlacoach lab hint {standing.lab}"))
    else:
        console.print(Text(f"Every step is done. End it: mlacoach lab clean {standing.lab}"))


def print_help(console: Console, given: Help) -> None:
    """Help with a step."""
    console.print(Text(f"{given.step.sentence} ({given.level})", style="bold"))
    if given.text == given.step.code:
        print_solution(console, [given.step])
        if console.file.isatty():
            console.print()
            console.print(Text(WITH_SOLUTION, style="dim"))
        return
    console.print(Text(given.text))
    if given.url:
        console.print(Text(given.url), soft_wrap=True)
    console.print(Text(NEXT_HELP[given.level], style="dim"))


def print_solution(console: Console, steps: Sequence[Step]) -> None:
    """How the author does the steps."""
    print_code(console, solution_of(steps))


def solution_of(steps: Sequence[Step]) -> str:
    """The code of steps, after what they use beside themselves; it runs as it stands."""
    beside = dict.fromkeys(piece for step in steps for piece in step.beside)
    return together([*beside, *(step.code for step in steps)])


def _price(lab: LabFacts) -> str:
    return "no" if lab.usd_per_run is None else f"${lab.usd_per_run:.2f}"


def _state(lab: LabFacts, done: Sequence[str]) -> str:
    return "done" if lab.id in done else "open"
