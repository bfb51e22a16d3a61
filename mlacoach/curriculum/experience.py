"""The self-assessment before the start: what the plans take for granted, and what to do where it is not there."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Experience:
    """One thing to have before the start; `advice` is for who answers no."""

    id: str
    question: str
    advice: str


EXPERIENCE = (
    Experience(
        "python",
        "Have you programmed before, best in Python?",
        "Take two to four weeks for Python first (free: Khan Academy's programming course, Codecademy's basics).",
    ),
    Experience(
        "sql",
        "Have you queried a database with SQL?",
        "Learn SELECT, JOIN and GROUP BY first: a few evenings with Khan Academy's SQL course are enough.",
    ),
    Experience(
        "ml",
        "Do you know the basic ideas of machine learning?",
        "Take two to four weeks for the fundamentals first (free: fast.ai's Practical Deep Learning for Coders).",
    ),
    Experience(
        "computer",
        "Have you a computer on which you may install software, for the labs?",
        "The labs need one. Until then study, exams and reading work on any machine with Python.",
    ),
)
