"""The report in the terminal."""

from collections.abc import Iterable

from rich.console import Console
from rich.table import Table
from rich.text import Text

from mlacoach.coach.lab.results import LabResult
from mlacoach.coach.report.criteria import Criterion
from mlacoach.coach.report.drawn import Report, Sat
from mlacoach.coach.report.mastery import Mastery
from mlacoach.coach.report.readiness import Forecast, Readiness
from mlacoach.coach.report.weak import Area
from mlacoach.screen.result import ASSUMED, BASIS, chance_text, exam_line, share_text

WEAKEST = 5
NARROW = 60
BAR = 20
SPARKS = "▁▂▃▄▅▆▇█"
# So many days of the trend fit into a line.
SPARK_DAYS = 40


def print_report(console: Console, report: Report, *, skills: bool = False) -> None:
    """Print the whole report; with `skills` every skill and not only domains and tasks."""
    console.print(Text(f"{report.exam.id} · {report.learner.track.title}", style="bold"))
    _print_readiness(console, report)
    _heading(console, "Mastery: questions expected right today, with the 90 % interval")
    _print_mastery(console, report, skills=skills)
    _print_areas(console, report.areas)
    _print_memory(console, report)
    _print_time(console, report)
    _print_exams(console, report.exams)
    _print_coverage(console, report)
    _heading(console, f"Success criteria (threshold {report.threshold:g} %, `mlacoach report --threshold`)")
    _print_criteria(console, report)


def _heading(console: Console, text: str) -> None:
    console.print()
    console.print(Text(text, style="bold"))


def _print_readiness(console: Console, report: Report) -> None:
    ready = report.readiness
    if ready is None:
        console.print(Text("Nothing is known yet: `mlacoach study` asks the first questions."))
        return
    for line in readiness_lines(ready):
        console.print(Text(line))
    if len(ready.trend) > 1:
        shown = ready.trend[-SPARK_DAYS:]
        sparks = "".join(SPARKS[min(int(one.pass_probability * len(SPARKS)), len(SPARKS) - 1)] for one in shown)
        console.print(
            Text(
                f"Trend, {shown[0].day} to {shown[-1].day}: {sparks} "
                f"({chance_text(shown[0].pass_probability)} to {chance_text(shown[-1].pass_probability)})"
            )
        )
    console.print(Text(forecast_text(ready.forecast)))
    console.print(Text(ASSUMED, style="dim"))


def readiness_lines(ready: Readiness) -> list[str]:
    """The probability, the score, and what they rest on."""
    now = ready.now
    basis = ", ".join(BASIS[state] for state in ready.states)
    chance, harder, easier = (chance_text(one) for one in (now.pass_probability, now.if_harder, now.if_easier))
    return [
        f"Probability of passing today: {chance} ({harder} if the real exam is harder for you, {easier} if easier).",
        f"Predicted score {now.score:.0f} (90 % interval {now.low:.0f} to {now.high:.0f}; 720 passes).",
        f"That rests on {now.answers} first answers, old ones less; how hard questions are is known from {basis}.",
    ]


def forecast_text(forecast: Forecast) -> str:
    """When it will be enough."""
    if forecast.day is None:
        if forecast.per_week is None:
            return "Forecast: none yet; it takes answers of three days within four weeks."
        return "Forecast: at the pace of the last four weeks 90 % are not in sight."
    if forecast.per_week is None:
        return "Forecast: you are ready now, as far as 90 % can be trusted."
    latest = f"{forecast.latest}" if forecast.latest else "never"
    return f"Forecast: 90 % on {forecast.day} at the pace of the last four weeks ({forecast.earliest} to {latest})."


def _print_mastery(console: Console, report: Report, *, skills: bool) -> None:
    shown = report.masteries
    rows: list[tuple[str, str, Mastery]] = []
    for domain in report.exam.domains:
        rows.append((domain.id, f"{domain.name} ({domain.weight} %)", shown.domains[domain.id]))
        for task in domain.tasks:
            rows.append((task.id, f"  {task.name}", shown.tasks[task.id]))
            rows += [(one.id, f"    {one.text}", shown.skills[one.id]) for one in task.skills if skills]
    if console.width < NARROW:
        for name, title, one in rows:
            console.print(Text(f"{name} {title.strip()}: {mastery_text(one)} from {one.answered} answers"))
        return
    table = Table(box=None, pad_edge=False, header_style="bold")
    table.add_column("Part")
    table.add_column("", ratio=1)
    table.add_column("", no_wrap=True)
    table.add_column("Expected right", justify="right", no_wrap=True)
    table.add_column("Answers", justify="right")
    for name, title, one in rows:
        table.add_row(Text(name), Text(title), Text(_bar(one)), Text(mastery_text(one)), Text(str(one.answered)))
    console.print(table)


def _bar(one: Mastery) -> str:
    filled = round(one.right * BAR) if one.answered else 0
    return "█" * filled + "░" * (BAR - filled)


def mastery_text(one: Mastery) -> str:
    """The share that is expected right with its interval; before the first answer it is an assumption, not told."""
    return f"{one.right:.0%} ({one.low:.0%} to {one.high:.0%})" if one.answered else "unknown"


def _print_areas(console: Console, areas: Iterable[Area]) -> None:
    shown = list(areas)[:WEAKEST]
    if not shown:
        return
    _heading(console, "What to do next, by the points of the exam that an hour is expected to bring")
    for one in shown:
        console.print(Text(f"  {one.row.skill.id} {one.row.skill.text}: {gain_text(one)}"))
        console.print(Text(f"      {one.actions[0].text}: `{one.actions[0].command}`"))


def gain_text(one: Area) -> str:
    """What an hour with a skill is expected to bring."""
    return f"{one.per_hour:.2f} of 100 points an hour ({one.gain:.2f} in {one.hours * 60:.0f} min)"


def _print_memory(console: Console, report: Report) -> None:
    _heading(console, "Memory and confidence")
    console.print(Text(retention_text(report)))
    for word, share in report.confidence.items():
        if share.given:
            console.print(Text(f"  When you said “{word}”: {share_text(share)} right."))
    console.print(Text(f"Reviews due: {report.due}."))


def retention_text(report: Report) -> str:
    """What is kept after thirty days."""
    kept = report.retention
    if kept.value is None:
        return "Kept for thirty days (90 % wanted): not known yet; it shows in reviews a month after a point was met."
    low, high = kept.interval
    return (
        f"Kept for thirty days: {kept.value:.0%} of {kept.share.given} points, corrected for guessing "
        f"(90 % interval {low:.0%} to {high:.0%}; 90 % wanted)."
    )


def _print_time(console: Console, report: Report) -> None:
    _heading(console, "Time")
    for line in timing_lines(report):
        console.print(Text(line))
    week = ", ".join(f"{day.day:%a} {day.given}" for day in report.days[-7:])
    console.print(Text(f"Answers in the last seven days: {week}."))


def timing_lines(report: Report) -> list[str]:
    """How long answers take, and how much time is spent."""
    timing, days = report.timing, report.days
    studied = sum(day.minutes for day in days)
    lines = [f"{studied:.0f} minutes in the last {len(days)} days; streak {report.streak}."]
    if timing.study is not None:
        lines.append(f"Half of your answers in study take less than {timing.study:.0f} s.")
    if timing.exam is not None:
        lines.append(f"Half of your answers in exams take less than {timing.exam:.0f} s of {timing.allowed:.0f} s.")
    if timing.slow.given:
        lines.append(f"Longer than twice that: {share_text(timing.slow)}.")
    return lines


def _print_exams(console: Console, exams: Iterable[Sat]) -> None:
    shown = list(exams)
    if not shown:
        _heading(console, "Exams")
        console.print(Text("No exam has been sat yet: `mlacoach exam --timed`."))
        return
    _heading(console, "Exams")
    for one in shown:
        console.print(Text(f"  {exam_line(one.result)}{sat_text(one)}"))


def sat_text(one: Sat) -> str:
    """What a sitting alone predicts."""
    if one.score is None or one.pass_probability is None:
        return ""
    chance = chance_text(one.pass_probability)
    return f"; predicted score {one.score:.0f} ({one.low:.0f} to {one.high:.0f}), passing {chance}"


def _print_coverage(console: Console, report: Report) -> None:
    _heading(console, "Covered so far")
    done, total = report.roadmap.counts()
    hours, (_, most) = report.roadmap.hours_done(), report.learner.track.hours
    console.print(Text(f"Roadmap: {done} of {total} items, {hours:g} of {most:g} hours."))
    console.print(Text(met_text(report)))
    for line in lab_lines(report):
        console.print(Text(line))


def lab_lines(report: Report) -> list[str]:
    """The labs that were done, each with what came of its last run."""
    if not report.labs:
        return ["Labs done: none yet."]
    return ["Labs done:", *(f"  {_lab_text(result)}" for result in report.labs)]


def _lab_text(result: LabResult) -> str:
    how = "by hand" if result.by_hand else "walked through"
    hints = f", {result.hints} hints" if result.hints else ""
    asked = f", {result.right} of {result.asked} questions right" if result.asked else ""
    return f"{result.lab}, {result.at:%Y-%m-%d}, {how}: {result.score} %{hints}{asked}."


def met_text(report: Report) -> str:
    """How much of the content was met."""
    met = report.met
    parts = (("questions", met.questions), ("cards", met.cards), ("lessons", met.lessons), ("labs", met.labs))
    return f"Met: {', '.join(f'{of} of {whole} {name}' for name, (of, whole) in parts)}."


def _print_criteria(console: Console, report: Report) -> None:
    if console.width < NARROW:
        for one in report.criteria:
            console.print(Text(f"{one.name}: {', '.join(criterion_cells(one))}"))
    else:
        table = Table(box=None, pad_edge=False, header_style="bold")
        table.add_column("Criterion", ratio=1)
        for name in ("Target", "Now", "Gap"):
            table.add_column(name, justify="right")
        for one in report.criteria:
            table.add_row(Text(one.name), *(Text(cell) for cell in criterion_cells(one)))
        console.print(table)
    for title, done in report.ticked:
        console.print(Text(f"[{'done' if done else 'open'}] {title}"))


def criterion_cells(one: Criterion) -> tuple[str, str, str]:
    """Target, now, gap, in words."""

    def told(value: float | None) -> str:
        if value is None:
            return "not known"
        return f"{value:g}" if one.counts else f"{value:.0%}"

    return told(one.target), told(one.now), "met" if one.met else told(one.gap)
