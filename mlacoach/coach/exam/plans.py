"""What a sitting is: which questions it may ask, how many, for how long, and whether one may go back."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from math import ceil

from mlacoach.coach import Coach
from mlacoach.coach.exam.architect import ARCHITECT, architect_questions
from mlacoach.coach.exam.architect import FORM as ARCHITECT_FORM
from mlacoach.coach.exam.foundations import FORM, FOUNDATIONS, foundation_questions
from mlacoach.curriculum.exams import Exam, Form, SkillRef
from mlacoach.curriculum.questions import QuestionFacts
from mlacoach.errors import UnknownId, UsageFault
from mlacoach.learning.forms import task_of

# A mini exam, and what a quiz on a part of the exam asks at most. Two minutes a question, as in the exam.
MINI = 20
QUIZ = 20
MINUTES_PER_QUESTION = 2
# Certification level: the middle of the difficulty scale and above.
FINAL_DIFFICULTY = 3
WEAK_TASKS = 3
# What `missing` calls a paper that does not follow the blueprint.
ALL = "all"
SOURCES = ("bank", "weak", "missed", "flagged", "final")


@dataclass(frozen=True, slots=True)
class Plan:
    """A sitting to be laid.

    `questions` is how many are asked (the most, when adaptive), of which `scored` count; `minutes` is None without a
    clock; `part` restricts the questions to a domain, task or skill; `source` to those of one kind of history;
    `tasks` are the weak tasks that it asks about; an adaptive sitting of `fixed_length` asks all its questions even
    when it has decided; `missing` is what the bank lacked when it was laid, by domain, or under `ALL`.
    """

    exam: str
    form: str
    questions: int
    scored: int
    minutes: float | None
    part: str = ""
    source: str = "bank"
    tasks: tuple[str, ...] = ()
    adaptive: bool = False
    fixed_length: bool = False
    practice: bool = False
    missing: Mapping[str, int] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """What the list of sittings calls it."""
        words = [self.form, "adaptive" if self.adaptive else "", self.part]
        words += ["" if self.source == "bank" else self.source, "practice" if self.practice else ""]
        return " ".join(word for word in words if word)

    @property
    def whole(self) -> bool:
        """Does it follow the exam's blueprint?"""
        return not self.part and self.source in ("bank", "final")

    @property
    def foundations(self) -> bool:
        """Does it ask the foundations, which are no exam's?"""
        return self.exam == FOUNDATIONS.id

    @property
    def architect(self) -> bool:
        """Does it ask for the design of whole systems, weighed as SAA-C03 does?"""
        return self.exam == ARCHITECT

    @property
    def of_no_exam(self) -> bool:
        """Does it measure nothing of an exam that the packs have?"""
        return self.foundations or self.architect

    @property
    def minutes_each(self) -> float:
        """How long a question may take."""
        if self.minutes:
            return self.minutes / self.questions
        return FORM.minutes / FORM.questions if self.foundations else MINUTES_PER_QUESTION


@dataclass(frozen=True, slots=True)
class Wish:
    """What the learner asked for; None leaves a choice to the plan.

    The foundations and the Architect form belong to no exam.
    """

    exam: str
    foundations: bool = False
    architect: bool = False
    form: str = "standard"
    timed: bool = False
    adaptive: bool = False
    practice: bool = False
    mini: bool = False
    part: str = ""
    source: str = "bank"
    questions: int | None = None
    extra_minutes: float = 0


def make(coach: Coach, wish: Wish, weak: Sequence[str] = ()) -> Plan:
    """Turn a wish into a plan.

    Args:
        coach: the parts.
        wish: what the learner asked for.
        weak: the tasks that the learner is weakest in, the weakest first.

    Raises:
        UnknownId: there is no such exam, form, domain, task or skill.
        UsageFault: the wishes do not go together.
    """
    exam = coach.library.exam(wish.exam)
    if wish.foundations:
        return _of_no_exam(wish, FOUNDATIONS.id, FORM)
    if wish.architect:
        return _of_no_exam(wish, ARCHITECT, ARCHITECT_FORM)
    if wish.form not in exam.forms:
        raise UnknownId("form", wish.form, exam.forms)
    _check(wish, exam)
    form = exam.forms[wish.form]
    if wish.mini:
        plan = _short(exam, wish, "mini", MINI, timed=True)
    elif wish.part or wish.source in ("weak", "missed", "flagged"):
        plan = _short(exam, wish, "quiz", QUIZ, timed=wish.timed)
    else:
        plan = Plan(exam.id, wish.form, form.questions, form.scored, form.minutes if wish.timed else None)
    plan = replace(plan, part=wish.part, source=wish.source, adaptive=wish.adaptive, practice=wish.practice)
    if wish.source == "weak":
        plan = replace(plan, tasks=tuple(weak[:WEAK_TASKS]))
    if wish.adaptive and wish.questions:
        plan = replace(plan, fixed_length=True)
        plan = replace(plan, questions=wish.questions, minutes=plan.minutes and wish.questions * MINUTES_PER_QUESTION)
    if wish.adaptive:
        # Every answer of an adaptive sitting steers it, so none can be left unscored.
        plan = replace(plan, scored=plan.questions)
    if plan.minutes is not None and wish.extra_minutes:
        plan = replace(plan, minutes=plan.minutes + wish.extra_minutes)
    return plan


def _check(wish: Wish, exam: Exam) -> None:
    if wish.part and wish.part not in parts(exam):
        raise UnknownId("domain, task or skill", wish.part, parts(exam))
    if wish.practice and wish.timed:
        raise UsageFault(
            "Practice explains after each answer; a timed exam does not.", "Leave --timed or --practice away."
        )
    if wish.part and wish.source != "bank":
        raise UsageFault(
            "A part and a history do not go together.", "Give --domain, --task, --skill or one of the others."
        )
    if wish.questions is not None and wish.questions < 1:
        raise UsageFault("An exam asks at least one question.")


def _of_no_exam(wish: Wish, name: str, form: Form) -> Plan:
    """A sitting of our own form: at most the whole of it, and as much time a question with fewer."""
    asked = wish.questions or form.questions
    if asked > form.questions:
        raise UsageFault(f"This form asks at most {form.questions} questions.")
    minutes = ceil(asked * form.minutes / form.questions) + wish.extra_minutes if wish.timed else None
    called = "standard" if asked == form.questions else "quiz"
    return Plan(name, called, asked, asked, minutes, practice=wish.practice)


def parts(exam: Exam) -> list[str]:
    """Everything of an exam that a quiz can be about: domains, tasks, skills."""
    return [*(domain.id for domain in exam.domains), *(task.id for task in exam.tasks), *exam.skills]


def _short(exam: Exam, wish: Wish, name: str, count: int, *, timed: bool) -> Plan:
    asked = wish.questions or count
    return Plan(exam.id, name, asked, asked, asked * MINUTES_PER_QUESTION if timed else None)


def pool(coach: Coach, plan: Plan) -> list[QuestionFacts]:
    """The questions that a sitting may ask."""
    if plan.of_no_exam:
        return architect_questions(coach.library) if plan.architect else foundation_questions(coach)
    exam = coach.library.exam(plan.exam)
    kinds = _form(exam, plan).kinds
    bank = [one for one in coach.library.catalogue.values() if one.serves(exam.id) and one.kind in kinds]
    if plan.part:
        bank = [one for one in bank if _about(one, exam.id, plan.part)]
    if plan.source == "weak":
        return [one for one in bank if task_of(one, exam.id) in plan.tasks]
    if plan.source == "missed":
        return _named(bank, coach.store.answers.missed())
    if plan.source == "flagged":
        return _named(bank, coach.store.sittings.flagged())
    if plan.source == "final":
        seen = coach.store.answers.seen()
        return [one for one in bank if one.id not in seen and one.difficulty >= FINAL_DIFFICULTY]
    return bank


def _form(exam: Exam, plan: Plan) -> Form:
    return exam.forms.get(plan.form) or exam.forms["standard"]


def _named(bank: Iterable[QuestionFacts], names: Iterable[str]) -> list[QuestionFacts]:
    wanted = set(names)
    return [question for question in bank if question.id in wanted]


def _about(question: QuestionFacts, exam: str, part: str) -> bool:
    if part.count(".") > 1:
        return SkillRef(exam, part) in question.skills
    return any(part in (ref.task, ref.domain) for ref in question.skills if ref.exam == exam)
