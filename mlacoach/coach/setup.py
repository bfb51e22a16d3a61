"""Who is learning: the exam, its date, the hours a week, the track, what they bring along."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING

from mlacoach.coach import Coach
from mlacoach.curriculum.exams import Advice, Exam, advise, languages
from mlacoach.errors import UnknownId, UsageFault

if TYPE_CHECKING:
    from mlacoach.curriculum.tracks import Track

EXAM_DATE = "exam_date"
DEFAULT_TRACK = "roadmap-24-weeks"
DEFAULT_LANGUAGE = "English"
DEFAULT_HOURS = 8.0
MOST_HOURS = 80.0


@dataclass(frozen=True, slots=True)
class Profile:
    """The learner's choices, with defaults where none was made. `set_up` says whether `init` has been run."""

    exam: Exam
    language: str
    exam_date: date | None
    hours_per_week: float
    track: "Track"
    missing: tuple[str, ...]
    set_up: bool


@dataclass(frozen=True, slots=True)
class Choices:
    """What `init` was told; None leaves a choice as it is. `dateless` forgets the day of the exam."""

    exam: str | None = None
    language: str | None = None
    exam_date: date | None = None
    hours_per_week: float | None = None
    track: str | None = None
    missing: tuple[str, ...] | None = None
    dateless: bool = False


def today(coach: Coach) -> date:
    """The learner's day, in their own time zone."""
    return coach.now().astimezone().date()


def best_exam(coach: Coach, language: str, day: date) -> Advice | None:
    """Which exam to sit in this language on this day."""
    return advise(coach.library.exams.values(), language, day)


def profile(coach: Coach) -> Profile:
    """The learner's choices. A choice whose content is gone falls back to its default.

    Raises:
        UsageFault: the packs hold no exam or no track.
    """
    kept = coach.store.profile.all()
    exams, tracks = coach.library.exams, coach.library.tracks
    if not exams or not tracks:
        raise UsageFault("There are no exams or no tracks in the content.", "Run `mlacoach content check`.")
    language = kept.get("language", DEFAULT_LANGUAGE)
    advice = best_exam(coach, language, today(coach))
    fallback = advice.exam if advice else list(exams.values())[-1]
    first_track = tracks.get(DEFAULT_TRACK) or next(iter(tracks.values()))
    return Profile(
        exam=exams.get(kept.get("exam", ""), fallback),
        language=language,
        exam_date=exam_day(kept),
        hours_per_week=float(kept.get("hours_per_week", DEFAULT_HOURS)),
        track=tracks.get(kept.get("track", ""), first_track),
        missing=tuple(kept["missing"].split()) if kept.get("missing") else (),
        set_up="track" in kept,
    )


def exam_day(kept: Mapping[str, str]) -> date | None:
    """The day of the exam among the choices that were kept."""
    return date.fromisoformat(kept[EXAM_DATE]) if EXAM_DATE in kept else None


def set_up(coach: Coach, choices: Choices) -> Profile:
    """Check the choices and keep them; nothing is kept if one of them is wrong."""
    check(coach, choices)
    before = profile(coach)
    values: dict[str, str | None] = {
        "exam": _exam(coach, before, choices).id,
        "language": choices.language or before.language,
        "track": choices.track or before.track.id,
        "hours_per_week": f"{choices.hours_per_week or before.hours_per_week:g}",
    }
    if choices.exam_date or choices.dateless:
        values[EXAM_DATE] = choices.exam_date.isoformat() if choices.exam_date else None
    if choices.missing is not None:
        values["missing"] = " ".join(choices.missing)
    with coach.store.together():
        coach.store.profile.put(values, coach.now())
    return profile(coach)


def _exam(coach: Coach, before: Profile, choices: Choices) -> Exam:
    """The exam that was named; or the one chosen before, unless the language or the day is new; or the best one."""
    if choices.exam:
        return coach.library.exam(choices.exam)
    if before.set_up and not choices.language and not choices.exam_date:
        return before.exam
    day = choices.exam_date or before.exam_date or today(coach)
    advice = best_exam(coach, choices.language or before.language, day)
    return advice.exam if advice else before.exam


def check(coach: Coach, choices: Choices) -> None:
    """Hold the choices against what there is and what can be.

    Raises:
        UnknownId: an exam, track, language or experience that does not exist.
        UsageFault: a date in the past, or hours that no week has.
    """
    if choices.exam:
        coach.library.exam(choices.exam)
    if choices.track:
        coach.library.track(choices.track)
    known = languages(coach.library.exams.values())
    if choices.language and choices.language not in known:
        raise UnknownId("language", choices.language, known)
    _check_missing(choices.missing or ())
    if choices.exam_date and choices.exam_date < today(coach):
        raise UsageFault(f"{choices.exam_date} is in the past.", "Give the day on which you mean to sit the exam.")
    if choices.hours_per_week is not None and not 0 < choices.hours_per_week <= MOST_HOURS:
        raise UsageFault(
            f"{choices.hours_per_week:g} hours a week can't be.", f"Give more than 0 and at most {MOST_HOURS:g}."
        )


def _check_missing(missing: tuple[str, ...]) -> None:
    from mlacoach.curriculum.experience import EXPERIENCE  # noqa: PLC0415 - only `init` needs it

    known = [experience.id for experience in EXPERIENCE]
    for answer in missing:
        if answer not in known:
            raise UnknownId("experience", answer, known)


def advice_for(missing: tuple[str, ...]) -> list[str]:
    """What to do about what the learner does not bring along."""
    from mlacoach.curriculum.experience import EXPERIENCE  # noqa: PLC0415 - see `_check_missing`

    by_id: Mapping[str, str] = {experience.id: experience.advice for experience in EXPERIENCE}
    return [by_id[name] for name in missing if name in by_id]


def pace(learner: Profile, day: date) -> str:
    """One sentence: whether the plan fits into the weeks that are left."""
    least, most = learner.track.hours
    if learner.exam_date is None:
        weeks = most / learner.hours_per_week
        return f"At {learner.hours_per_week:g} hours a week your plan takes up to {weeks:.0f} weeks."
    hours = hours_left(learner, learner.exam_date, day)
    weeks = hours / learner.hours_per_week
    fits = "fits" if hours >= most else "fits if all goes well" if hours >= least else "does not fit"
    return (
        f"{weeks:.0f} weeks are left, {hours:.0f} hours at your pace; your plan takes {least:g} to {most:g}: it {fits}."
    )


def hours_left(learner: Profile, exam_date: date, day: date) -> float:
    """The hours of study until the exam, at the learner's pace."""
    return max((exam_date - day) / timedelta(weeks=1), 0.0) * learner.hours_per_week


def plans_that_fit(coach: Coach, learner: Profile, day: date) -> list["Track"]:
    """Where the learner's own plan does not fit: those that do, the longest first."""
    if learner.exam_date is None:
        return []
    hours = hours_left(learner, learner.exam_date, day)
    if hours >= learner.track.hours[0]:
        return []
    fitting = [track for track in coach.library.tracks.values() if track.hours[0] <= hours]
    return sorted(fitting, key=lambda track: -track.hours[0])
