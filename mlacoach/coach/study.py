"""Today's session, planned to the minute: what is due, what is worth most, what the track says next, the days left."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import cached_property
from statistics import median

from mlacoach.coach import Coach
from mlacoach.coach.roadmap import progress
from mlacoach.coach.setup import Profile, profile, today
from mlacoach.coach.standing import Standing, side_of, skills_of, standing
from mlacoach.curriculum.exams import SkillRef
from mlacoach.curriculum.labs import LabFacts
from mlacoach.curriculum.questions import Question, QuestionFacts
from mlacoach.curriculum.reading import CardSide, Flashcard, Lesson
from mlacoach.curriculum.tracks import Item, concerns
from mlacoach.errors import UnknownId
from mlacoach.learning.planning import (
    AGAIN,
    CARD_MINUTES,
    EXPLANATION_MINUTES,
    LAST_WEEK,
    PLACEMENT,
    QUESTION_MINUTES,
    REVIEW_MINUTES,
    Candidate,
    Split,
    choose,
    split,
    telling,
    worth,
)

MINUTES = 30.0
PARTS = ("reviews", "cards", "quiz", "lesson")
# A question answered within this time says more about yesterday's explanation than about the skill.
REST = timedelta(days=30)
# What is about the next item of the track is worth this much more.
ON_TRACK = 2.0
# So many answers tell a learner's pace; it is taken to lie between these, in minutes.
PACE = 10
FASTEST, SLOWEST = 0.5, 5.0
# What is new today is due soon: more than these would fill the sessions to come.
MOST_NEW_CARDS = 6
# A lab is offered when the track has one next, or after so many days without one.
LAB_EVERY = timedelta(days=7)

NO_SKILL = ""

Due = QuestionFacts | CardSide


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the learner asked for: how long, only one part, only one topic, so many new questions."""

    minutes: float = MINUTES
    only: str | None = None
    topic: str | None = None
    questions: int | None = None


@dataclass(frozen=True, slots=True)
class Session:
    """A plan for now, and why it is this one.

    `due` is everything due, of which `reviews` fit; `cards` and `questions` are how many new ones there is time for.
    """

    wanted: Wanted
    due: tuple[Due, ...]
    reviews: int
    cards: int
    questions: int
    lesson: Lesson | None
    item: Item | None
    lab: LabFacts | None
    minutes: Split
    reason: str


class Planner:
    """What a session is planned from; each part is worked out when it is asked for."""

    def __init__(self, coach: Coach, wanted: Wanted) -> None:
        """Look at the learner's day.

        Raises:
            UnknownId: no content has that topic.
        """
        self.coach, self.wanted = coach, wanted
        self.learner: Profile = profile(coach)
        parts = [part for skill in self.learner.exam.skills for part in _parts_of(skill)]
        if wanted.topic and wanted.topic not in {*coach.library.topics, *parts}:
            raise UnknownId("topic", wanted.topic, coach.library.topics)
        self._asked: set[str] = set()

    @cached_property
    def standing(self) -> Standing:
        """What the learner knows."""
        return standing(self.coach, self.learner.exam)

    @cached_property
    def item(self) -> Item | None:
        """What the track says next."""
        return next(iter(progress(self.coach, self.learner.track).next()), None)

    @property
    def days_left(self) -> int | None:
        """Days to the exam; None without a date or after it."""
        day = self.learner.exam_date
        left = (day - today(self.coach)).days if day else -1
        return left if left >= 0 else None

    def session(self) -> Session:
        """Plan the session."""
        due, lesson = self.due(), self.lesson()
        pace = paces(self.coach)
        minutes = self._minutes(sum(pace.of(one) for one in due), lesson)
        reviews = _fitting(due, minutes.reviews, pace)
        # Before anything was answered nothing says which cards are worth learning.
        begun = self.wanted.only == "cards" or bool(self.coach.store.answers.began())
        count = round(minutes.cards / pace.card) if begun else 0
        cards = min(count, MOST_NEW_CARDS) if self.wanted.only is None else count
        questions = self.wanted.questions
        if questions is None:
            questions = max(round(minutes.quiz / pace.question), 1) if minutes.quiz else 0
        on_track = self.wanted.only is None and self.wanted.topic is None
        session = Session(
            wanted=self.wanted,
            due=tuple(due),
            reviews=reviews,
            cards=cards,
            questions=questions,
            lesson=lesson if minutes.lesson else None,
            item=self.item if on_track else None,
            lab=self.lab() if on_track else None,
            minutes=minutes,
            reason="",
        )
        return replace(session, reason=self._reason(session))

    def _minutes(self, due: float, lesson: Lesson | None) -> Split:
        whole, only = self.wanted.minutes, self.wanted.only
        if only is None:
            return split(whole, due, lesson.minutes if lesson else 0.0, self.days_left)
        return Split(
            reviews=whole if only in {"reviews", "cards"} else 0.0,
            cards=max(whole - due, 0.0) if only == "cards" else 0.0,
            quiz=whole if only == "quiz" else 0.0,
            lesson=whole if only == "lesson" else 0.0,
        )

    def due(self) -> list[Due]:
        """What is due, what was forgotten longest first; with `--only cards` only cards."""
        found = [self._point(name) for name in self.coach.store.answers.due(self.coach.now())]
        return [one for one in found if one and self._is_about(one.card if isinstance(one, CardSide) else one)]

    def _point(self, name: str) -> Due | None:
        """What a point of memory is about; None if it is gone, or is not asked for today."""
        library = self.coach.library
        if name in library.catalogue:
            return library.catalogue[name] if self.wanted.only != "cards" else None
        return side_of(library, name)

    def new_cards(self, count: int) -> list[CardSide]:
        """Cards that were never shown, of what is worth most."""
        if not count:
            return []
        known = {row.point for row in self.coach.store.answers.memory()}
        cards = [card for card in self.coach.library.flashcards.values() if self._is_about(card)]
        fresh = {side.point: side for card in cards for side in card.sides if side.point not in known}
        weights = _weights((card.skills for card in self.coach.library.flashcards.values()), self.standing)
        candidates = []
        for side in fresh.values():
            own = skills_of(side.card.skills, self.learner.exam)
            rows = [self.standing.skills[name].right for name in own if name in self.standing.skills]
            right = sum(rows) / len(rows) if rows else 1.0
            candidates.append(Candidate(side.point, own, worth(weights, own, right)))
        return [fresh[name] for name in choose(candidates, count, self.coach.rng)]

    def next_question(self) -> Question | None:
        """The next question of the quiz, chosen after every answer anew; None when there is none left."""
        seen, recent = self.coach.store.answers.seen(), self.coach.now() - REST
        pool = [
            question
            for question in self.coach.library.catalogue.values()
            if question.id not in self._asked and self._is_about(question) and self._serves(question)
        ]
        fresh = [question for question in pool if question.id not in seen]
        rested = fresh or [question for question in pool if seen[question.id] < recent]
        found = choose(self._candidates(rested, seen), 1, self.coach.rng) if rested else []
        if not found:
            # Everything was met of late: what was met longest ago comes first.
            found = [one.id for one in sorted(pool, key=lambda one: (seen[one.id], one.id))[:1]]
        self._asked.update(found)
        return self.coach.library.questions[found[0]] if found else None

    def answered(self) -> None:
        """Something was answered or taken back: what the learner knows is estimated anew when it is needed."""
        vars(self).pop("standing", None)

    def leave_out(self, question: QuestionFacts) -> None:
        """Don't ask this one in the quiz any more."""
        self._asked.add(question.id)

    def _candidates(self, questions: Iterable[QuestionFacts], seen: Mapping[str, datetime]) -> list[Candidate]:
        exam, where = self.learner.exam, self.standing
        weights = _weights((one.skills for one in self.coach.library.catalogue.values()), where)
        # What serves no skill of this exam counts like a usual one.
        weights[NO_SKILL] = sum(weights.values()) / len(weights)
        candidates = []
        for question in questions:
            own = skills_of(question.skills, exam)
            parts = own or (NO_SKILL,)
            is_new_here = where.answers < PLACEMENT
            value = (
                telling(weights, parts, where.knows(question))
                if is_new_here
                else worth(weights, parts, where.right(question))
            )
            value *= ON_TRACK if self._concerns_item(question) else 1.0
            candidates.append(Candidate(question.id, own, value * self._variety(own, seen)))
        return candidates

    def _variety(self, own: tuple[str, ...], seen: Mapping[str, datetime]) -> float:
        """Skills that were asked about in this session step back, as in `planning.choose`."""
        asked = [self.coach.library.questions[name] for name in self._asked if name in seen]
        counts = [sum(name in skills_of(one.skills, self.learner.exam) for one in asked) for name in own]
        return AGAIN ** max(counts, default=0)

    def _serves(self, question: QuestionFacts) -> bool:
        concerned = self._concerns_item(question)
        return question.serves(self.learner.exam.id) or concerned or self.wanted.topic is not None

    def _concerns_item(self, question: QuestionFacts) -> bool:
        return self.item is not None and concerns(question, self.item, self.coach.library.architect.keys())

    def _is_about(self, one: QuestionFacts | Flashcard | Lesson) -> bool:
        """Is it about the topic, or the part of the exam, that was asked for?"""
        wanted = self.wanted.topic
        if wanted is None or wanted in one.topics:
            return True
        return any(wanted in _parts_of(name) for name in skills_of(one.skills, self.learner.exam))

    def lesson(self) -> Lesson | None:
        """The lesson to read next: the track's own, or what teaches most for its minutes; none two days running."""
        read = self.coach.store.readings.all()
        latest = max((row.at.astimezone().date() for row in read.values()), default=None)
        asked = self.wanted.only == "lesson" or self.wanted.topic is not None
        if not self.standing.known and not asked:
            return None  # first see where the learner stands
        if latest and (today(self.coach) - latest).days < 2 and not asked:  # noqa: PLR2004 - today or yesterday
            return None
        unread = [one for one in self.coach.library.lessons.values() if one.id not in read]
        fitting = [one for one in unread if self._is_about(one)]
        return max(fitting, key=lambda one: (self._teaches(one), one.id), default=None)

    def _teaches(self, lesson: Lesson) -> float:
        """Points at stake in a lesson's skills, for each of its minutes."""
        rows = self.standing.skills
        own = skills_of(lesson.skills, self.learner.exam)
        at_stake = sum(rows[name].at_stake for name in own if name in rows) / lesson.minutes
        item = self.item
        about = item is not None and bool(lesson.id in item.lessons or item.topics & lesson.topics)
        return at_stake * (ON_TRACK if about else 1.0)

    def lab(self) -> LabFacts | None:
        """A lab, when it is time: the track's next, or one after a week without; and not in the last week."""
        if self.days_left is not None and self.days_left <= LAST_WEEK:
            return None
        done = set(self.coach.store.lab_runs.completed())
        labs = self.coach.library.labs
        named = [labs[name] for name in (self.item.labs if self.item else ()) if name in labs and name not in done]
        if named:
            return named[0]
        runs = self.coach.store.lab_runs.all()
        if not self.standing.known or (runs and self.coach.now() - runs[-1].at < LAB_EVERY):
            return None
        rows = self.standing.skills
        open_labs = [one for one in labs.values() if one.id not in done]
        return max(
            open_labs,
            key=lambda one: sum(
                rows[name].at_stake for name in skills_of(one.skills, self.learner.exam) if name in rows
            ),
            default=None,
        )

    def weakest_task(self) -> str | None:
        """The task in which most of the exam's points are expected to be lost; None before anything was answered."""
        return next(iter(self.standing.weakest_tasks()), None) if self.standing.known else None

    def _reason(self, session: Session) -> str:
        due = len(session.due)
        parts = [f"{due} reviews are due" if due != 1 else "1 review is due"] if due else []
        if session.lesson:
            parts.append(f"to read: {session.lesson.title}")
        if session.item:
            parts.append(f"next on your roadmap: {session.item.title}")
        if self.wanted.topic:
            parts.append(f"only about {self.coach.library.topics.get(self.wanted.topic, self.wanted.topic)}")
        elif session.questions:
            weak = self.weakest_task()
            parts.append(f"weakest so far is task {weak}" if weak else "questions to see where you stand")
        if self.days_left is not None:
            parts.append(f"{self.days_left} days to the exam" if self.days_left != 1 else "1 day to the exam")
        sentence = "; ".join(parts or ["nothing is due"]) + "."
        return sentence[0].upper() + sentence[1:]


def _parts_of(skill: str) -> tuple[str, str, str]:
    """The domain, the task and the skill itself, of a skill's id."""
    task = skill.rsplit(".", 1)[0]
    return task.split(".", 1)[0], task, skill


def sibling(coach: Coach, question: QuestionFacts) -> Question:
    """What to ask at a review: the question itself after a wrong answer, else another on the same point if there is.

    A sibling serves the same skills and topics, and rested: so a review asks for the point, not for the letter.
    """
    point = (question.skills, question.topics)
    others = (one for one in coach.library.catalogue.values() if one.id != question.id)
    twins = [one for one in others if (one.skills, one.topics) == point]
    reviews = coach.store.answers.reviews(question.id) if twins else []
    if not reviews or reviews[-1].rating == 1:
        return coach.library.questions[question.id]
    seen, recent = coach.store.answers.seen(), coach.now() - REST
    rested = [one for one in twins if one.id not in seen or seen[one.id] < recent]
    chosen = min((one.id for one in rested), default=question.id)
    return coach.library.questions[chosen]


@dataclass(frozen=True, slots=True)
class Paces:
    """Minutes that this learner takes for each."""

    review: float
    card: float
    question: float

    def of(self, due: Due) -> float:
        """Minutes of one review."""
        return self.card if isinstance(due, CardSide) else self.review


def paces(coach: Coach) -> Paces:
    """The learner's pace: the median of the latest answers and the time to read why; assumed until there are ten."""
    took = coach.store.answers.recent_seconds
    return Paces(
        review=_pace(took("review"), REVIEW_MINUTES, EXPLANATION_MINUTES),
        card=_pace(took("card"), CARD_MINUTES, 0.0),
        question=_pace(took("study"), QUESTION_MINUTES, EXPLANATION_MINUTES),
    )


def _pace(seconds: list[float], assumed: float, beside: float) -> float:
    if len(seconds) < PACE:
        return assumed
    return min(max(median(seconds) / 60 + beside, assumed * FASTEST), assumed * SLOWEST)


def _fitting(due: list[Due], minutes: float, pace: Paces) -> int:
    """How many of the reviews fit; one at least, if time is given to them at all."""
    count, spent = 0, 0.0
    while count < len(due) and spent + pace.of(due[count]) <= minutes + 1e-9:
        spent += pace.of(due[count])
        count += 1
    return max(count, 1) if due and minutes > 0 else count


def _weights(skills: Iterable[frozenset[SkillRef]], where: Standing) -> dict[str, float]:
    """What one thing of each skill weighs: the skill's part of the exam over the number of things that serve it."""
    counts: dict[str, int] = {}
    for refs in skills:
        for name in skills_of(refs, where.exam):
            counts[name] = counts.get(name, 0) + 1
    return {name: row.weight / max(counts.get(name, 0), 1) for name, row in where.skills.items()}
