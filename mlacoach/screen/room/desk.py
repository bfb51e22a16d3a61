"""The question on the table and what the learner does with it: stored first, then told to the screen. No terminal."""

from mlacoach.coach.exam import ExamSession
from mlacoach.coach.exam.session import CONFIDENCES
from mlacoach.curriculum.questions import Answer, Ordering
from mlacoach.screen.ask import typed_form
from mlacoach.screen.room.draft import Draft, draft_of, lettered


class Desk:
    """A session with the drafts of its answers, by question id."""

    def __init__(self, session: ExamSession) -> None:
        self.session = session
        self._drafts: dict[str, Draft] = {}
        self._warned: Draft | None = None
        # What practice has explained: its answer stands.
        self._explained: set[str] = set()

    @property
    def name(self) -> str:
        """The id of the question on the table."""
        return self.session.question.id

    @property
    def draft(self) -> Draft:
        """The answer on the table, complete or not."""
        if self.name not in self._drafts:
            self._drafts[self.name] = draft_of(self.session.body, self.answer)
        return self._drafts[self.name]

    @property
    def answer(self) -> Answer:
        """What is stored as the answer to the question on the table."""
        return self.session.answers.get(self.name, ())

    @property
    def struck(self) -> frozenset[str]:
        """The options of this question that are struck out."""
        return self.session.strikes.get(self.name, frozenset())

    @property
    def halves(self) -> list[int]:
        """The positions of the questions whose answer was begun and is not complete."""
        names = {name for name, draft in self._drafts.items() if draft.half}
        return [place for place, question in enumerate(self.session.questions) if question.id in names]

    @property
    def explained(self) -> bool:
        """Has practice explained this question?"""
        return self.name in self._explained

    def explain(self) -> None:
        """Remember that this question's key is known now."""
        self._explained.add(self.name)

    def mark(self, draft: Draft) -> bool:
        """Store what the draft comes to, then keep it; False if the time was up."""
        if draft.answer != self.answer and not self.session.answer(draft.answer):
            return False
        self._drafts[self.name] = draft
        return True

    def clear(self) -> bool:
        """Take the answer back; False if the time was up."""
        return self.mark(draft_of(self.session.body, ()))

    def strike(self, letter: str) -> str:
        """Strike an option out, or take that back; what to say."""
        part = lettered(self.draft.body).get(letter)
        if part is None:
            return "There is nothing to strike out with that letter."
        return f"{letter} is {'struck out' if self.session.strike(part.id) else 'no longer struck out'}."

    def next_confidence(self) -> None:
        """Sure, unsure, guess, and round again."""
        now = self.session.confidences.get(self.name, CONFIDENCES[-1])
        self.session.be_confident(CONFIDENCES[(CONFIDENCES.index(now) + 1) % len(CONFIDENCES)])

    def warning(self) -> str:
        """What to say before moving on from an incomplete answer; once for each state of it."""
        if not self.draft.half or self._warned == self.draft:
            return ""
        self._warned = self.draft
        return f"{self.draft.guard}. Nothing is stored; press again to go on."

    @property
    def state(self) -> str:
        """How it stands with this question, in words."""
        words = [self._answer_state()]
        if self.name in self.session.confidences:
            words.append(self.session.confidences[self.name])
        if self.session.notes.get(self.name):
            words.append("note")
        return " · ".join(words)

    def _answer_state(self) -> str:
        if not self.answer:
            return self.draft.guard
        if isinstance(self.draft.body, Ordering):
            return "saved: your order"
        return f"saved: {typed_form(self.draft.body, self.answer)}"

    @property
    def where(self) -> str:
        """Which question this is, of how many."""
        plan = self.session.plan
        of = f"at most {plan.questions}" if plan.adaptive else str(len(self.session.questions))
        return f"Question {self.session.position + 1} of {of}"
