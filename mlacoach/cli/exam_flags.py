"""Which flags of `mlacoach exam` go together: said before anything is opened or begun."""

from collections.abc import Mapping

from mlacoach.errors import UsageFault

ACCOMMODATION = 30
PARTS = ("domain", "task", "skill")
SOURCES = ("weak", "missed", "flagged", "final")
QUIZZES = (*PARTS, "weak", "missed", "flagged")
# Forms of ours, which follow no exam of the packs.
OURS = ("foundations", "architect")
MANNERS = ("timed", "untimed", "mini", "adaptive", "practice", *PARTS, *SOURCES, *OURS)
# How it is drawn changes nothing of the exam, so it also goes with the exam that is open.
DRAWING = ("plain", "web", "yes")
AT_MOST_ONE = (
    ("timed", "untimed"),
    ("timed", "practice"),
    ("mini", "untimed"),
    ("mini", "questions"),
    ("mini", "form"),
    (*PARTS, *SOURCES, *OURS),
    *((ours, name) for ours in OURS for name in ("mini", "adaptive", "form", "code")),
    *((quiz, "form") for quiz in QUIZZES),
    ("plain", "web"),
)


def given_flags(params: Mapping[str, object]) -> dict[str, object]:
    """The flags that were given, by the names of their parameters."""
    return {name: value for name, value in params.items() if value is not None and value is not False}


def check_flags(given: Mapping[str, object]) -> None:
    """See that the flags go together.

    Raises:
        UsageFault: they don't; the sentence names those that don't.
    """
    for group in AT_MOST_ONE:
        both = [_flag(name) for name in group if name in given]
        if len(both) > 1:
            raise UsageFault(f"{' and '.join(both)} do not go together.", "Give one of them.")
    if "questions" in given and not {"adaptive", *OURS, *QUIZZES} & set(given):
        raise UsageFault(
            "A whole form has as many questions as the exam.",
            "--questions goes with --adaptive, --foundations, --architect, --domain, --task, --skill, --weak, "
            "--missed, --flagged.",
        )
    minutes = given.get("accommodation")
    if minutes is not None and minutes != ACCOMMODATION:
        raise UsageFault(f"{minutes} extra minutes are not given.", f"The accommodation is {ACCOMMODATION} minutes.")
    if minutes is not None and has_manner(given) and not has_clock(given):
        raise UsageFault("Without a clock there are no extra minutes.", "Give --timed as well.")
    odd = [_flag(name) for name in given if name not in DRAWING]
    if odd and not has_manner(given):
        raise UsageFault(
            "Say how to sit it.", f"{odd[0]} goes with --timed, --untimed, --mini, --adaptive …; see `exam --help`."
        )


def has_manner(given: Mapping[str, object]) -> bool:
    """Do the flags ask for a new exam?"""
    return any(name in given for name in MANNERS)


def has_clock(given: Mapping[str, object]) -> bool:
    """Does that exam have a clock? A whole form has one unless it is to be without: the final, and ours."""
    whole = {"final", *OURS} & set(given)
    return "timed" in given or "mini" in given or bool(whole and not {"untimed", "practice"} & set(given))


def _flag(name: str) -> str:
    return "--exam" if name == "code" else f"--{name}"
