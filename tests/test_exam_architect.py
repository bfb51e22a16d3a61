"""The Architect form: weighed by the domains of SAA-C03, held against 80 %, and nothing of an exam of the packs."""

import json
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from random import Random

import pytest
from rich.console import Console

from mlacoach.cli.exam_flags import check_flags, has_clock
from mlacoach.cli.exam_results import show, show_all, show_review
from mlacoach.cli.program import command_names
from mlacoach.coach import Coach
from mlacoach.coach.coverage import coverage
from mlacoach.coach.exam import Wish, abandon, begin, hand_in, lay_out, make, resume
from mlacoach.coach.exam.architect import architect
from mlacoach.coach.exam.gaps import gaps_of
from mlacoach.coach.exam.habits import habits
from mlacoach.coach.exam.plans import pool
from mlacoach.coach.exam.results import Result, result_of, results
from mlacoach.coach.report.drawn import report
from mlacoach.coach.roadmap import gate_questions
from mlacoach.content import Library, load
from mlacoach.curriculum.questions import Choice
from mlacoach.curriculum.tracks import Item, concerns
from mlacoach.errors import UnknownId, UsageFault
from mlacoach.learning.forms import domain_in, lay_by_weight
from mlacoach.learning.mastery import Share
from mlacoach.screen.line_exam import lacking, opening
from mlacoach.screen.result import print_result
from mlacoach.screen.review import Filter, print_review
from tests.room import right_answer

C02 = "MLA-C02"
WHOLE = Wish(C02, architect=True, timed=True)
# Of 65 by 30, 26, 24 and 20 per cent, by largest remainders.
COUNTS = {"1": 19, "2": 17, "3": 16, "4": 13}
DOMAIN = """{topic}:
  domain: "{number}"
  name: Design something
  weight: {weight}
  source: here
  certainty: low
"""


def sit(coach: Coach, wish: Wish, right: int, seed: int = 3) -> Result:
    """Answer the first `right` questions rightly, leave the others open, and hand in."""
    session = begin(coach, make(coach, wish), seed)
    for number in range(right):
        session.show(number)
        session.answer(right_answer(session.question))
    return result_of(coach, hand_in(session))


def printed(show_it: Callable[[Console], None]) -> str:
    """What is printed, in one line."""
    console = Console(width=100)
    with console.capture() as captured:
        show_it(console)
    return " ".join(captured.get().split())


def told(coach: Coach, result: Result) -> str:
    """The result as it is shown."""
    return printed(lambda console: print_result(console, result, None, gaps_of(coach.library, result)))


@pytest.mark.parametrize(
    ("wish", "name", "questions", "minutes"),
    [
        (WHOLE, "standard", 65, 130),
        (Wish(C02, architect=True), "standard", 65, None),
        (Wish(C02, architect=True, timed=True, questions=20), "quiz", 20, 40),
        (Wish(C02, architect=True, timed=True, extra_minutes=30), "standard", 65, 160),
        (Wish(C02, architect=True, practice=True, questions=10), "quiz practice", 10, None),
    ],
)
def test_a_wish_becomes_at_most_65_questions_in_130_minutes(
    coach: Coach, wish: Wish, name: str, questions: int, minutes: float | None
) -> None:
    plan = make(coach, wish)

    assert (plan.name, plan.questions, plan.scored, plan.minutes) == (name, questions, questions, minutes)
    with pytest.raises(UsageFault, match="at most 65"):
        make(coach, replace(wish, questions=66))


@pytest.mark.parametrize("seed", [1, 2, 3, 99])
def test_each_form_weighs_the_domains_as_the_guide_does_and_asks_choices_only(coach: Coach, seed: int) -> None:
    plan, paper = lay_out(coach, make(coach, WHOLE), seed)
    asked = [coach.library.questions[name] for name in paper]

    assert Counter(domain_in(architect(coach.library), one) for one in asked) == COUNTS
    assert all(isinstance(one.body, Choice) and not one.skills for one in asked)
    assert (len(set(paper)), dict(plan.missing)) == (65, {})


def test_the_seed_lays_the_same_paper_again_and_another_seed_another(coach: Coach) -> None:
    first, again, other = (lay_out(coach, make(coach, WHOLE), seed)[1] for seed in (5, 5, 6))

    assert first == again
    assert set(first) != set(other)


def test_in_each_domain_questions_come_first_that_were_not_met(coach: Coach, clock: object) -> None:
    met = {one.question.id for one in sit(coach, WHOLE, right=0).asked}
    clock.now += timedelta(days=1)  # type: ignore[attr-defined]
    bank, form = pool(coach, make(coach, WHOLE)), architect(coach.library)
    again = set(lay_out(coach, make(coach, WHOLE), seed=8)[1])

    for domain, count in COUNTS.items():
        new = {one.id for one in bank if domain_in(form, one) == domain} - met
        assert len(again & new) == min(len(new), count)


def test_what_a_domain_lacks_is_said_and_not_filled_from_another(coach: Coach) -> None:
    form = architect(coach.library)
    bank = [one for one in pool(coach, make(coach, WHOLE)) if domain_in(form, one) != "4"]
    paper = lay_by_weight(form, 65, bank, {}, Random(1))
    plan = replace(make(coach, WHOLE), missing=dict(paper.missing))

    assert (len(paper.questions), paper.missing) == (52, {"4": 13})
    assert lacking(plan) == "The bank has 52 of the 65 questions: 13 in domain 4 are missing."


def test_without_its_questions_nothing_is_begun(coach: Coach) -> None:
    bare = replace(coach, library=replace(coach.library, architect={}))

    with pytest.raises(UsageFault, match="no question"):
        begin(bare, make(bare, WHOLE), seed=1)


def test_the_foundations_ask_none_of_its_questions(coach: Coach) -> None:
    theirs = {one.id for one in pool(coach, make(coach, Wish(C02, foundations=True)))}
    ours = {one.id for one in pool(coach, make(coach, WHOLE))}

    assert len(ours) > 65
    assert not theirs & ours


def test_gates_ask_them_where_the_item_names_their_topic(coach: Coach) -> None:
    plain = Item("a", "t/a", "Networks", "checkpoint", 1, topics=frozenset({"vpc", "gateways-vpn"}), gate=200)
    design = replace(plain, topics=frozenset({"vpc", "secure-architectures"}))
    ours = {one.id for one in pool(coach, make(coach, WHOLE))}

    assert not ours & {one.id for one in gate_questions(coach, plain, Random(1))}
    asked = [one for one in gate_questions(coach, design, Random(1)) if one.id in ours]
    assert {domain_in(architect(coach.library), one) for one in asked} == {"1"}
    assert all(concerns(one, design, coach.library.architect.keys()) for one in asked)


def test_before_the_start_and_in_the_result_it_says_what_it_is_not(coach: Coach) -> None:
    session = begin(coach, make(coach, WHOLE), seed=3)
    before = opening(session)
    after = told(coach, result_of(coach, hand_in(session)))

    assert before.startswith("ARCHITECT, standard: 65 questions, 2:10:00 left. ")
    for said in (before, after):
        assert "SAA-C03" in said
        assert "not made or checked by AWS" in said
        assert "no scaled score and predicts no pass" in said
        assert "SAA-C03 asks more services" in said
    assert "redicted score" not in after
    assert "720" not in after


@pytest.mark.parametrize(("right", "verdict"), [(65, "reached."), (52, "reached. The interval"), (40, "not reached.")])
def test_the_target_of_80_percent_and_the_share_of_each_domain_are_told(coach: Coach, right: int, verdict: str) -> None:
    result = sit(coach, WHOLE, right)
    said = told(coach, result)

    assert f"The target of 80% is {verdict}" in said
    assert sum(result.by_domain.values(), Share(0, 0)) == Share(right, 65)
    for domain, share in result.by_domain.items():
        assert share.given == COUNTS[domain]
    assert f"1 Design Secure Architectures: {result.by_domain['1'].right} of 19 (" in said
    assert "Designing secure architectures" not in said


def test_each_miss_has_a_lesson(coach: Coach) -> None:
    for miss in gaps_of(coach.library, sit(coach, WHOLE, right=0)).misses:
        assert miss.lesson is not None


def test_the_result_list_and_review_are_told_to_programs(coach: Coach, capsys: pytest.CaptureFixture[str]) -> None:
    row = sit(coach, Wish(C02, architect=True, questions=10), right=8).row
    show(coach, row, as_json=True)
    result = json.loads(capsys.readouterr().out)["exam"]
    show_review(coach, row, Filter(domain="1"), lambda _: [], as_json=True)
    review = json.loads(capsys.readouterr().out)["questions"]
    show_all(coach, as_json=False)
    listed = capsys.readouterr().out

    assert (result["exam"], result["predicted"], result["habits"]) == ("ARCHITECT", None, [])
    assert {name: share["scored"] for name, share in result["domains"].items()} == {"1": 3, "2": 3, "3": 2, "4": 2}
    assert (result["architect"]["target"], result["architect"]["reached"]) == (0.8, True)
    assert result["architect"]["new"] == {"right": 8, "asked": 10, "interval_90": [0.5408, 0.9314]}
    assert not result["architect"]["topics"].keys() & coach.library.architect.keys()
    assert [(one["domain"], one["task"]) for one in review] == [("1", None)] * 3
    assert "ARCHITECT quiz: 8 of 10 (" in listed


def test_the_review_takes_a_domain_of_the_form_and_no_other(coach: Coach) -> None:
    result = sit(coach, Wish(C02, architect=True, questions=10), right=10)

    assert printed(lambda console: print_review(console, result, Filter(domain="2"), lambda _: [])).endswith(
        "3 of 10 questions."
    )
    with pytest.raises(UnknownId, match="5"):
        show_review(coach, result.row, Filter(domain="5"), lambda _: [], as_json=False)


def test_it_is_gone_on_with_where_it_was_left_and_can_be_dropped(coach: Coach) -> None:
    session = begin(coach, make(coach, WHOLE), seed=3)
    session.answer(right_answer(session.question))

    left = resume(coach)
    assert (left.row.paper, left.answers) == (session.row.paper, session.answers)
    abandon(coach)
    assert results(coach) == []


def test_the_report_holds_the_last_whole_form_against_80_percent_and_nothing_else_moves(coach: Coach) -> None:
    before = report(coach)
    sit(coach, Wish(C02, architect=True, questions=20), right=20)
    assert report(coach).criteria == before.criteria
    result = sit(coach, WHOLE, right=64, seed=4)
    after = report(coach)
    new = gaps_of(coach.library, result).new

    *others, ours = after.criteria
    assert tuple(others) == before.criteria
    assert (ours.target, ours.now, ours.met) == (0.8, new.value, True)
    assert (after.exams, after.masteries, after.readiness) == ((), before.masteries, None)
    assert habits(result) == []


def test_the_row_of_the_target_is_covered_by_the_form_that_exists(library: Library) -> None:
    row = library.requirements["S0-P6-SAA-07"]
    still_open = {one.requirement.id for one in coverage(library, command_names()).open}

    assert row.needs == ("exam", "feature")
    assert row.id not in still_open


@pytest.mark.parametrize("other", ["mini", "adaptive", "form", "code", "domain", "weak", "final", "foundations"])
def test_its_flag_goes_with_no_other_form(other: str) -> None:
    with pytest.raises(UsageFault, match="do not go together"):
        check_flags({"architect": True, other: "x"})


def test_it_has_a_clock_unless_it_is_to_be_without() -> None:
    check_flags({"architect": True, "questions": 20, "accommodation": 30})

    assert has_clock({"architect": True})
    assert not has_clock({"architect": True, "untimed": True})
    assert not has_clock({"architect": True, "practice": True})


@pytest.mark.parametrize(
    ("domains", "rules"),
    [
        ([("hats", "1", 60), ("coats", "2", 40)], []),
        ([("hats", "1", 60), ("coats", "2", 30)], ["weights"]),
        ([("hats", "1", 60), ("coats", "1", 40)], ["inconsistent"]),
        ([("hats", "1", 60), ("shoes", "2", 40)], ["unknown-topic"]),
        ([("hats", "one", 100)], ["wrong-value"]),
        ([("hats", "1", 0), ("coats", "2", 100)], ["wrong-value"]),
    ],
)
def test_domains_that_do_not_hold_are_faults(
    tmp_path: Path, domains: list[tuple[str, str, int]], rules: list[str]
) -> None:
    (tmp_path / "curriculum").mkdir()
    (tmp_path / "curriculum" / "topics.yaml").write_text("hats: Hats\ncoats: Coats\n", encoding="utf-8")
    text = "".join(DOMAIN.format(topic=topic, number=number, weight=weight) for topic, number, weight in domains)
    (tmp_path / "curriculum" / "architect.yaml").write_text(text, encoding="utf-8")
    loaded = load([tmp_path])

    assert [fault.rule for fault in loaded.faults] == rules
    assert (len(loaded.library.architect) == len(domains)) == (rules in ([], ["weights"], ["unknown-topic"]))
