"""What a check may find; our mistakes never look like the learner's."""

from typing import Any, cast

from mlacoach.labs import Aws, Broken, Done, Missing, NotYet, Step, Waiting, look, run_checks

AWS = cast("Aws", None)  # these checks look at nothing


def step(name: str, *, raises: Exception | None = None) -> Step:
    def check(_aws: Any) -> None:  # noqa: ANN401
        if raises:
            raise raises

    return Step(name, f"The {name} stands.", check, check, "")


HOUSE, ROOF = step("house"), step("roof")


def test_a_check_that_returns_is_done() -> None:
    assert look(HOUSE, AWS) == Done(HOUSE)
    assert Done(HOUSE).sentence == "Done: The house stands."


def test_not_yet_says_what_is_missing_and_hints() -> None:
    open_step = step("house", raises=NotYet("There is no wall.", hint="Bricks."))

    outcome = look(open_step, AWS)

    assert outcome == Missing(open_step, "There is no wall.", "Bricks.")
    assert outcome.sentence == "Not yet: There is no wall. Hint: Bricks."


def test_without_a_hint_none_is_promised() -> None:
    assert look(step("house", raises=NotYet("There is no wall.")), AWS).sentence == "Not yet: There is no wall."


def test_anything_else_is_our_bug() -> None:
    error = KeyError("Rules")
    broken = step("house", raises=error)

    outcome = look(broken, AWS)

    assert outcome == Broken(broken, error)
    assert outcome.sentence == "The check of house is broken, not your work: KeyError: 'Rules'"


def test_what_comes_after_an_open_step_waits_for_it() -> None:
    wall = step("wall", raises=NotYet("There is no wall."))

    outcomes = run_checks([HOUSE, wall, ROOF], AWS)

    assert outcomes == [Done(HOUSE), Missing(wall, "There is no wall.", ""), Waiting(ROOF, wall)]
    assert outcomes[2].sentence == "Waits for wall: The roof stands."


def test_what_comes_after_a_broken_check_waits_too() -> None:
    assert isinstance(run_checks([step("wall", raises=ValueError()), ROOF], AWS)[1], Waiting)
