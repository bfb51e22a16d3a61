"""What exams came to, as `mlacoach exam list`, `result` and `review` show it. Sitting one does without."""

from rich.text import Text

from mlacoach.cli.exam_data import gaps_data, result_data, review_data
from mlacoach.cli.output import print_json
from mlacoach.coach import Coach
from mlacoach.coach.exam.gaps import gaps_of
from mlacoach.coach.exam.prediction import Prediction
from mlacoach.coach.exam.results import Result, result_of, results
from mlacoach.errors import UnknownId, UsageFault
from mlacoach.screen.console import stdout
from mlacoach.screen.line_exam import Notes
from mlacoach.screen.result import SHOWN_ID, exam_line, print_result, score_text
from mlacoach.screen.review import Filter, print_review
from mlacoach.store.sittings import SittingRow


def show_all(coach: Coach, *, as_json: bool) -> None:
    """List the exams that were sat."""
    sat = results(coach)
    if as_json:
        print_json("exams-sat", {"exams": [result_data(result, _predicted(coach, result)) for result in sat]})
        return
    for result in sat:
        told = score_text(_predicted(coach, result))
        stdout().print(Text(f"{result.row.id[:SHOWN_ID]}  {exam_line(result)}{told}"))
    if not sat:
        stdout().print(Text("No exam has been sat yet: `mlacoach exam --timed`."))


def show(coach: Coach, row: SittingRow, *, as_json: bool) -> None:
    """Say what one came to."""
    sat = result_of(coach, row)
    predicted = _predicted(coach, sat)
    gaps = gaps_of(coach.library, sat) if sat.plan.of_no_exam else None
    if as_json:
        told = {sat.exam.id.lower(): gaps_data(gaps)} if gaps else {}
        print_json("exam-result", {"exam": {**result_data(sat, predicted), **told}})
    else:
        print_result(stdout(), sat, predicted, gaps)


def show_review(coach: Coach, row: SittingRow, chosen: Filter, notes: Notes, *, as_json: bool) -> None:
    """Show one question by question.

    Raises:
        UnknownId: the exam has no domain of that name.
        UsageFault: the foundations have no domains.
    """
    sat = result_of(coach, row)
    if chosen.domain and sat.plan.foundations:
        raise UsageFault("The foundations have no domains.", "Leave --domain away.")
    domains = [one.id for one in sat.exam.domains]
    if chosen.domain and chosen.domain not in domains:
        raise UnknownId("domain", chosen.domain, domains)
    if as_json:
        print_json("exam-review", review_data(sat, _predicted(coach, sat), chosen))
    else:
        print_review(stdout(), sat, chosen, notes)


def _predicted(coach: Coach, sat: Result) -> Prediction | None:
    # NumPy is for what is measured; telling what was asked and answered does without.
    from mlacoach.coach.exam.measure import predicted  # noqa: PLC0415

    return predicted(coach, sat)
