"""The questions that a report asks of a cohort's answers, in the SQL that DuckDB and Athena (Trino) share.

`answers` is the name of a table or view with the columns learner, question, correct (0 or 1) and response.
"""
# ruff: noqa: S608 - the names are ours, and the ids are quoted

from collections.abc import Callable, Mapping, Sequence
from typing import Any

# Asks one query of an engine; the rows, in which numbers may come as text.
Ask = Callable[[str], Sequence[Sequence[Any]]]
# No bank has as many.
MOST_QUESTIONS = 1_000_000


def totals(answers: str) -> str:
    """One row: answers, learners, questions."""
    return f"SELECT count(*), count(DISTINCT learner), count(DISTINCT question) FROM {answers}"


def first_repeat(ask: Ask, answers: str) -> tuple[str, str] | None:
    """A learner and a question that stand together more than once, or None.

    Counted by numbers first, since ten million pairs of names would not fit into the memory.
    """
    counted = f"""
WITH learners AS (SELECT learner, row_number() OVER (ORDER BY learner) AS n
    FROM (SELECT DISTINCT learner FROM {answers}) AS l),
questions AS (SELECT question, row_number() OVER (ORDER BY question) AS n
    FROM (SELECT DISTINCT question FROM {answers}) AS q)
SELECT count(*) - count(DISTINCT learners.n * {MOST_QUESTIONS} + questions.n)
FROM {answers} AS a JOIN learners ON learners.learner = a.learner JOIN questions ON questions.question = a.question"""
    if not int(ask(counted)[0][0]):
        return None
    [(learner, question)] = ask(
        f"SELECT learner, question FROM {answers} GROUP BY learner, question HAVING count(*) > 1 "
        "ORDER BY learner, question LIMIT 1"
    )
    return learner, question


def items(answers: str) -> str:
    """A row for each question: its id, how many answered, how many of them right, and the item-rest correlation.

    The rest is the share of a learner's other questions that were right: not everybody was asked the same.
    """
    return f"""
WITH learners AS (SELECT learner, count(*) AS given, sum(correct) AS good FROM {answers} GROUP BY learner)
SELECT a.question, count(*) AS given, sum(a.correct) AS good,
    corr(CAST(a.correct AS DOUBLE), CAST(l.good - a.correct AS DOUBLE) / nullif(l.given - 1, 0)) AS discrimination
FROM {answers} AS a JOIN learners AS l ON l.learner = a.learner
GROUP BY a.question ORDER BY a.question"""


def wrong_responses(answers: str) -> str:
    """Question, response and how often, of the wrong answers."""
    return (
        f"SELECT question, response, count(*) FROM {answers} WHERE correct = 0 GROUP BY question, response "
        "ORDER BY question, response"
    )


def parts(answers: str, tasks: Mapping[str, str]) -> str:
    """A row for each task and each domain: learners, and sums over them of answers (n), right ones (r) and products.

    The columns are part, learners, Σn, Σr, Σn², Σnr, Σr².

    Args:
        answers: the table.
        tasks: the task of each question; a domain is what stands before a task's point.
    """
    rows = ", ".join(f"({_text(question)}, {_text(task)})" for question, task in tasks.items())
    return f"""
WITH tasks (question, task) AS (VALUES {rows}),
by_task AS (
    SELECT a.learner, t.task AS part, count(*) AS given, sum(a.correct) AS good
    FROM {answers} AS a JOIN tasks AS t ON t.question = a.question GROUP BY a.learner, t.task),
by_part AS (
    SELECT learner, part, given, good FROM by_task UNION ALL
    SELECT learner, split_part(part, '.', 1), sum(given), sum(good) FROM by_task
    GROUP BY learner, split_part(part, '.', 1))
SELECT part, count(*), sum(given), sum(good), sum(given * given), sum(given * good), sum(good * good)
FROM by_part GROUP BY part ORDER BY part"""


def _text(value: str) -> str:
    return "'" + value.replace("'", "''") + "'"
