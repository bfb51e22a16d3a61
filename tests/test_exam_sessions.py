"""A sitting is its events played back: nothing acknowledged is lost, whoever drives it."""

from datetime import timedelta

import pytest

from mlacoach.coach import Coach
from mlacoach.coach.exam import ExamSession, Wish, begin, hand_in, make, resume, unfinished
from mlacoach.coach.exam.measure import meter, predict
from mlacoach.coach.exam.results import result_of
from mlacoach.errors import UsageFault
from mlacoach.learning.forms import domain_of

C02 = "MLA-C02"


def right_answer(session: ExamSession) -> tuple[str, ...]:
    return tuple(session.question.body.key)  # type: ignore[union-attr]


def state(session: ExamSession) -> tuple[object, ...]:
    return (
        [question.id for question in session.questions],
        session.position,
        session.answers,
        session.confidences,
        session.flags,
        session.strikes,
        session.notes,
        session.shown,
        session.seconds_left(),
    )


def test_everything_done_is_there_after_a_restart(coach: Coach) -> None:
    session = begin(coach, make(coach, Wish(C02, timed=True)), seed=1)
    session.answer(right_answer(session), "unsure")
    session.forward()
    session.flag()
    session.strike("a")
    session.strike("b")
    session.strike("a")
    session.note("look this up: s3[0] [/bold]")
    session.answer(("c",))
    session.answer(())
    session.show(40)

    assert state(resume(coach)) == state(session)


def test_an_answer_reads_the_same_in_whatever_order_it_was_chosen(coach: Coach) -> None:
    session = begin(coach, make(coach, Wish(C02)), seed=1)
    session.answer(("c", "a"))

    assert session.answers[session.question.id] == ("a", "c")


def test_the_clock_runs_on_while_nobody_is_there_and_hands_in_by_itself(coach: Coach, clock: object) -> None:
    session = begin(coach, make(coach, Wish(C02, mini=True)), seed=1)
    session.answer(right_answer(session))
    began = clock.now  # type: ignore[attr-defined]
    clock.now += timedelta(hours=5)  # type: ignore[attr-defined]

    assert not session.answer(("b",))
    assert unfinished(coach) is None
    (row,) = coach.store.sittings.all()
    assert (row.ended, row.ended_at) == ("expire", began + timedelta(minutes=40))
    assert result_of(coach, row).total.right == 1


def test_practice_pauses_and_the_pause_moves_the_deadline(coach: Coach, clock: object) -> None:
    session = begin(coach, make(coach, Wish(C02, mini=True, practice=True)), seed=1)
    clock.now += timedelta(minutes=10)  # type: ignore[attr-defined]
    session.pause()
    clock.now += timedelta(hours=8)  # type: ignore[attr-defined]

    again = resume(coach)
    assert again.seconds_left() == 30 * 60
    with pytest.raises(UsageFault, match="paused"):
        again.answer(("a",))
    again.go_on()
    assert again.answer(("a",))
    assert resume(coach).seconds_left() == 30 * 60


def test_a_timed_exam_cannot_pause(coach: Coach) -> None:
    session = begin(coach, make(coach, Wish(C02, timed=True)), seed=1)

    with pytest.raises(UsageFault, match="clock runs on"):
        session.pause()


def test_handing_in_logs_every_question_once_and_the_unanswered_as_wrong(coach: Coach) -> None:
    session = begin(coach, make(coach, Wish(C02, mini=True)), seed=1)
    session.answer(right_answer(session))
    hand_in(session)

    logged = list(coach.store.answers.log())

    assert sorted(answer.question for answer in logged) == sorted(question.id for question in session.questions)
    assert sum(answer.correct for answer in logged) == 1


def test_an_adaptive_sitting_goes_forward_only_and_by_the_blueprint(coach: Coach) -> None:
    session = begin(coach, make(coach, Wish(C02, adaptive=True, questions=12)), seed=5)
    while True:
        session.answer(right_answer(session) if session.position % 2 else ("none",))
        if not session.forward():
            break

    assert len({question.id for question in session.questions}) == 12
    domains = [domain_of(question, C02) for question in session.questions]
    for length in range(1, 13):
        for domain in coach.library.exam(C02).domains:
            assert abs(domains[:length].count(domain.id) - length * domain.weight / 100) <= 1
    with pytest.raises(UsageFault, match="forward only"):
        session.show(0)
    assert state(resume(coach)) == state(session)


def test_an_adaptive_sitting_stops_when_it_has_decided(coach: Coach) -> None:
    session = begin(coach, make(coach, Wish(C02, adaptive=True)), seed=5)
    while True:
        session.answer(("none",))
        if not session.forward():
            break

    assert 10 <= len(session.questions) < 20


def test_better_answers_get_harder_questions(coach: Coach) -> None:
    asked = {}
    for name, good in (("right", True), ("wrong", False)):
        session = begin(coach, make(coach, Wish(C02, adaptive=True, questions=20)), seed=6)
        while True:
            session.answer(right_answer(session) if good else ("none",))
            if not session.forward():
                break
        asked[name] = [question.difficulty for question in session.questions[5:]]
        coach.store.sittings.add(session.row.id, "abandon", coach.now())

    assert sum(asked["right"]) / len(asked["right"]) > sum(asked["wrong"]) / len(asked["wrong"])


def test_the_prediction_rests_on_questions_met_for_the_first_time(coach: Coach) -> None:
    for _ in range(2):
        session = begin(coach, make(coach, Wish(C02, mini=True)), seed=1)
        for number in range(20):
            session.show(number)
            session.answer(right_answer(session))
        row = hand_in(session)
    # The same paper again has 20 questions, none of them new: 91 in the bank suffice for another.
    first, second = (result_of(coach, one) for one in coach.store.sittings.all())

    assert len(first.evidence) == 20
    assert not {name for name, _ in second.evidence} & {name for name, _ in first.evidence}
    assert row.ended == "submit"


def test_more_right_answers_predict_a_higher_score(coach: Coach) -> None:
    exam = coach.library.exam(C02)
    names = sorted(question.id for question in coach.library.questions.values() if question.serves(C02))[:40]

    scores = [
        predict(coach.library, exam, [(name, number < right) for number, name in enumerate(names)])
        for right in (10, 20, 30, 40)
    ]

    values = [one.score for one in scores if one]
    chances = [one.pass_probability for one in scores if one]
    assert values == sorted(values)
    assert chances == sorted(chances)
    assert all(one.low <= one.score <= one.high for one in scores if one)
    assert all(one.if_harder <= one.pass_probability <= one.if_easier for one in scores if one)


def test_without_new_answers_nothing_is_predicted(coach: Coach) -> None:
    assert predict(coach.library, coach.library.exam(C02), []) is None
    assert predict(coach.library, coach.library.exam(C02), [("no-such-question", True)]) is None


def test_a_meter_knows_every_question_of_the_exam(coach: Coach) -> None:
    exam = coach.library.exam("MLA-C01")
    questions = [question for question in coach.library.questions.values() if question.serves(exam.id)]

    assert len(meter(exam, questions).bank) == len(questions)
