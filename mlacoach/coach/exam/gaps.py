"""What a sitting of no exam came to: shares by topic, the misses, and a lesson for each."""

from dataclasses import dataclass

from mlacoach.coach.exam.results import Result
from mlacoach.content import Library
from mlacoach.curriculum.questions import Question
from mlacoach.curriculum.reading import Lesson
from mlacoach.learning.mastery import Share

# What the study plans ask of practice exams, as a share of right answers.
TARGET = 0.8


@dataclass(frozen=True, slots=True)
class TopicShare:
    """Right answers to the questions on a topic."""

    id: str
    title: str
    share: Share


@dataclass(frozen=True, slots=True)
class Miss:
    """A question that was wrong or left open: its place in the paper, from 1, and the lesson nearest to it."""

    number: int
    question: Question
    lesson: Lesson | None


@dataclass(frozen=True, slots=True)
class Gaps:
    """The topics, the weakest first (a question counts for each of its own), right answers to new questions, misses."""

    topics: tuple[TopicShare, ...]
    new: Share
    misses: tuple[Miss, ...]

    @property
    def reached(self) -> bool:
        """Is the target reached, among the questions that the learner had not met before?"""
        return (self.new.value or 0.0) >= TARGET


def gaps_of(library: Library, result: Result) -> Gaps:
    """Look at a sitting of the foundations, or of the Architect form."""
    new = [right for _, right in result.evidence]
    misses = (
        Miss(number, one.question, nearest_lesson(library, one.question))
        for number, one in enumerate(result.asked, start=1)
        if not one.right
    )
    return Gaps(_by_topic(library, result), Share(sum(new), len(new)), tuple(misses))


def _by_topic(library: Library, result: Result) -> tuple[TopicShare, ...]:
    shares: dict[str, Share] = {}
    # What a domain's questions share is told as the domain.
    domains = {domain.topic for domain in result.exam.domains}
    for one in result.asked:
        for topic in one.question.topics - domains:
            shares[topic] = shares.get(topic, Share(0, 0)) + Share(int(one.right), 1)
    weakest_first = sorted(shares.items(), key=lambda pair: (pair[1].expected, pair[0]))
    return tuple(TopicShare(topic, library.topics.get(topic, topic), share) for topic, share in weakest_first)


def nearest_lesson(library: Library, question: Question) -> Lesson | None:
    """The lesson whose self-check asks the question, else the one with most of its topics and fewest others."""
    about = [lesson for lesson in library.lessons.values() if lesson.topics & question.topics]
    return min(about, key=lambda lesson: _distance(lesson, question), default=None)


def _distance(lesson: Lesson, question: Question) -> tuple[bool, int, int, str]:
    shared = len(lesson.topics & question.topics)
    return question.id not in lesson.questions, -shared, len(lesson.topics) - shared, lesson.id
