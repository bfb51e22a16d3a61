"""The report as one HTML file: offline, without a script, for screen, phone, paper and screen readers."""

from collections.abc import Iterable, Sequence
from html import escape
from importlib.resources import files

from mlacoach.coach.report.drawn import Report
from mlacoach.curriculum.exams import Domain
from mlacoach.screen.report import (
    criterion_cells,
    forecast_text,
    gain_text,
    lab_lines,
    mastery_text,
    met_text,
    readiness_lines,
    retention_text,
    sat_text,
    timing_lines,
)
from mlacoach.screen.result import ASSUMED, PASS_MARK, chance_text, exam_line, share_text
from mlacoach.screen.svg import Axis, Bar, Series, bar_plot, day_plot, line_plot

WEAKEST = 10
SECTIONS = (
    ("readiness", "Readiness"),
    ("next", "What to do next"),
    ("mastery", "Mastery"),
    ("memory", "Memory and confidence"),
    ("time", "Time"),
    ("exams", "Exams"),
    ("covered", "Covered so far"),
    ("criteria", "Success criteria"),
)
Cells = Sequence[str]


def html_report(report: Report) -> str:
    """The whole document; every text in it is escaped."""
    parts = {
        "readiness": _readiness(report),
        "next": _areas(report),
        "mastery": _mastery(report),
        "memory": _memory(report),
        "time": _time(report),
        "exams": _exams(report),
        "covered": _paragraphs([_roadmap(report), met_text(report), *lab_lines(report)]),
        "criteria": _criteria(report),
    }
    title = f"{report.exam.id}: where you stand on {report.at.astimezone():%Y-%m-%d}"
    links = "".join(f'<li><a href="#{name}">{escape(heading)}</a></li>' for name, heading in SECTIONS)
    body = "".join(
        f'<section aria-labelledby="{name}"><h2 id="{name}">{escape(heading)}</h2>{parts[name]}</section>'
        for name, heading in SECTIONS
    )
    style = files("mlacoach.screen").joinpath("report.css").read_text(encoding="utf-8")
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f'<link rel="icon" href="data:,"><title>{escape(title)}</title><style>{style}</style></head><body>'
        f"<header><h1>{escape(title)}</h1><p class='soft'>{escape(report.learner.track.title)}</p>"
        f'<nav aria-label="Sections"><ul>{links}</ul></nav></header><main>{body}</main>'
        f"<footer><p class='soft'>{escape(ASSUMED)} Made by mlacoach from your own log.</p></footer></body></html>\n"
    )


def _paragraphs(lines: Iterable[str]) -> str:
    return "".join(f"<p>{escape(line)}</p>" for line in lines)


def _table(caption: str, head: Cells, rows: Iterable[Cells], *, numbers: int = 0) -> str:
    """A table of texts; the last `numbers` columns are figures."""

    def cells(row: Cells) -> str:
        told = [
            f'<td role="cell" data-label="{escape(name)}"{figure(place)}>{escape(cell)}</td>'
            for place, (name, cell) in enumerate(zip(head, row, strict=True))
            if place
        ]
        return f'<tr role="row"><th role="rowheader" scope="row">{escape(row[0])}</th>{"".join(told)}</tr>'

    def figure(place: int) -> str:
        return ' class="n"' if place >= len(head) - numbers else ""

    top = "".join(
        f'<th role="columnheader" scope="col"{figure(place)}>{escape(name)}</th>' for place, name in enumerate(head)
    )
    # The roles are said since a phone shows the rows as blocks, which would take them away.
    return (
        f'<div class="wide"><table role="table"><caption>{escape(caption)}</caption>'
        f'<thead role="rowgroup"><tr role="row">{top}</tr></thead>'
        f'<tbody role="rowgroup">{"".join(map(cells, rows))}</tbody></table></div>'
    )


def _readiness(report: Report) -> str:
    ready = report.readiness
    if ready is None:
        return _paragraphs(["Nothing is known yet: `mlacoach study` asks the first questions."])
    now = ready.now
    figures = (
        (chance_text(now.pass_probability), "probability of passing today"),
        (f"{now.score:.0f}", f"predicted score, 90 % interval {now.low:.0f} to {now.high:.0f}"),
        (str(report.streak), "days of streak; one left out is forgiven"),
    )
    big = "".join(f"<li><strong>{escape(figure)}</strong> {escape(text)}</li>" for figure, text in figures)
    told = _paragraphs([*readiness_lines(ready), forecast_text(ready.forecast)])
    return f'<ul class="big">{big}</ul>{told}{_trend(report)}'


def _trend(report: Report) -> str:
    ready = report.readiness
    if ready is None or len(ready.trend) < 2:  # noqa: PLR2004 - a line has two ends
        return ""
    shown = ready.trend
    days, first, last = [one.day for one in shown], shown[0], shown[-1]
    chance = line_plot(
        "chance",
        "Probability of passing by day",
        f"From {chance_text(first.pass_probability)} on {first.day} to {chance_text(last.pass_probability)} on "
        f"{last.day}; the band is a harder and an easier exam.",
        Series(
            days,
            [one.pass_probability for one in shown],
            [one.if_harder for one in shown],
            [one.if_easier for one in shown],
        ),
        Axis(0.0, 1.0, percent=True, mark=0.9, mark_name="ready: 90 %"),
    )
    score = line_plot(
        "score",
        "Predicted score by day",
        f"From {first.score:.0f} on {first.day} to {last.score:.0f} on {last.day}; the band is the 90 % interval.",
        Series(days, [one.score for one in shown], [one.low for one in shown], [one.high for one in shown]),
        Axis(100.0, 1000.0, percent=False, mark=float(PASS_MARK), mark_name=f"{PASS_MARK} passes"),
    )
    return f"<h3>Probability of passing by day</h3>{chance}<h3>Predicted score by day</h3>{score}"


def _areas(report: Report) -> str:
    if not report.areas:
        return _paragraphs(["Answer some questions first; then it shows where an hour brings most."])
    rows = []
    for one in report.areas[:WEAKEST]:
        action = one.actions[0]
        rows.append((f"{one.row.skill.id} {one.row.skill.text}", action.text, action.command, gain_text(one)))
    head = ("Skill", "Next", "Command", "Points of 100")
    return _table("By the points of the exam that an hour is expected to bring.", head, rows)


def _mastery(report: Report) -> str:
    shown = report.masteries
    bars = [
        Bar(f"Domain {one.id}", known.right, known.low, known.high, f"{known.right:.0%}")
        if known.answered
        else Bar(f"Domain {one.id}", None, 0.0, 0.0, mastery_text(known))
        for one in report.exam.domains
        for known in [shown.domains[one.id]]
    ]
    told = "; ".join(f"domain {one.id}: {mastery_text(shown.domains[one.id])}" for one in report.exam.domains)
    plot = bar_plot("domains", "Questions expected right, by domain", told, bars, report.threshold / 100)
    rows = [row for domain in report.exam.domains for row in _domain_rows(report, domain)]
    head = ("Part", "Answers", "Expected right, 90 % interval")
    details = "".join(
        f"<details><summary>Skills of task {escape(task.id)} {escape(task.name)}</summary>"
        + _table(
            f"Skills of task {task.id}.",
            ("Skill", *head[1:]),
            [
                (f"{one.id} {one.text}", str(shown.skills[one.id].answered), mastery_text(shown.skills[one.id]))
                for one in task.skills
            ],
            numbers=2,
        )
        + "</details>"
        for task in report.exam.tasks
    )
    note = "A skill of few answers leans on its task, its domain and the whole; the interval says how much is known."
    return f"{plot}{_table('By domain and task statement.', head, rows, numbers=2)}{_paragraphs([note])}{details}"


def _domain_rows(report: Report, domain: Domain) -> list[Cells]:
    known, tasks = report.masteries.domains[domain.id], report.masteries.tasks
    first = (f"Domain {domain.id} {domain.name}, {domain.weight} %", str(known.answered), mastery_text(known))
    others = [(f"{one.id} {one.name}", tasks[one.id]) for one in domain.tasks]
    return [first, *((name, str(task.answered), mastery_text(task)) for name, task in others)]


def _memory(report: Report) -> str:
    known = [(word, share) for word, share in report.confidence.items() if share.value is not None]
    told = _paragraphs([retention_text(report), f"Reviews due: {report.due}."])
    if not known:
        return told
    bars = [
        Bar(f"said “{word}” ({share.given})", share.value or 0.0, *share.interval, f"{share.value or 0.0:.0%} right")
        for word, share in known
    ]
    sentence = "; ".join(f"{word}: {share_text(share)}" for word, share in known)
    plot = bar_plot("confidence", "Right answers by how sure you were", sentence, bars, 0.9)
    rows = [(word, str(share.given), share_text(share)) for word, share in known]
    table = _table("Answers by how sure you said you were.", ("You said", "Answers", "Right"), rows)
    return f"{told}<h3>How sure you were, and how often you were right</h3>{plot}{table}"


def _time(report: Report) -> str:
    days = [(day.day, day.minutes) for day in report.days]
    studied = sum(minutes > 0 for _, minutes in days)
    told = (
        f"{studied} of the last {len(days)} days with study, {sum(minutes for _, minutes in days):.0f} minutes in all."
    )
    plot = day_plot("days", "Minutes of study by day", told, days)
    return f"{_paragraphs(timing_lines(report))}<h3>Minutes of study by day</h3>{plot}"


def _exams(report: Report) -> str:
    if not report.exams:
        return _paragraphs(["No exam has been sat yet: `mlacoach exam --timed`."])
    rows = [
        (
            exam_line(one.result),
            sat_text(one).removeprefix("; ") or "nothing: every question had been met before",
            f"{one.result.pace.median:.0f} s of {one.result.pace.allowed:.0f} s",
            str(one.result.pace.over),
        )
        for one in report.exams
    ]
    head = ("Exam", "It alone predicts", "Half took less than", "Twice as long")
    return _table("Every exam that was handed in.", head, rows, numbers=2)


def _roadmap(report: Report) -> str:
    done, total = report.roadmap.counts()
    return f"Roadmap {report.learner.track.title}: {done} of {total} items, {report.roadmap.hours_done():g} hours."


def _criteria(report: Report) -> str:
    rows = [(one.name, *criterion_cells(one)) for one in report.criteria]
    caption = f"The threshold for shares is {report.threshold:g} %; `mlacoach report --threshold` changes it."
    table = _table(caption, ("Criterion", "Target", "Now", "Gap"), rows, numbers=3)
    ticked = [(title, "done" if done else "open") for title, done in report.ticked]
    own = _table("Criteria that only you can judge; tick them on the roadmap.", ("Criterion", "State"), ticked)
    return table + (own if ticked else "")
