"""The pages of a portfolio that have a template, `curriculum/portfolio/<page>.md`, and what is put into each."""

from string import Template

# By page, the names that a template may have after a $.
PLACEHOLDERS = {
    "index": frozenset({"projects", "labs", "built"}),
    "project": frozenset(
        {"title", "summary", "state", "milestones", "results", "architecture", "labs", "cost", "teardown", "references"}
    ),
    "model-card": frozenset({"title", "summary", "results", "built"}),
    "slides": frozenset({"projects", "built"}),
    "slide": frozenset({"title", "summary", "results", "state"}),
    "resume": frozenset({"bullets", "built"}),
    "review": frozenset({"title", "rubric"}),
    "labs": frozenset({"results", "built"}),
}


def unknown_placeholders(page: str, text: str) -> list[str] | None:
    """The names after a $ for which nothing is put in; None if there is no such page."""
    known = PLACEHOLDERS.get(page)
    return None if known is None else sorted(set(Template(text).get_identifiers()) - known)
