"""Rules of composite alarms: ALARM("a") AND NOT (OK(b) OR INSUFFICIENT_DATA(c))."""

import re
from collections.abc import Callable, Iterator

TOKEN = re.compile(
    r'\s*(?:(AND|OR|NOT|TRUE|FALSE)\b|(ALARM|OK|INSUFFICIENT_DATA)\s*\(\s*(?:"([^"]+)"|\'([^\']+)\'|([^\s()]+))\s*\)'
    r"|([()]))",
    re.IGNORECASE,
)
State = Callable[[str], str]


class NotARule(ValueError):
    """The text is no rule of a composite alarm."""


def names(rule: str) -> list[str]:
    """The alarms that a rule looks at, by name or ARN.

    Raises:
        NotARule: it is none.
    """
    return [token[1] for token in _tokens(rule) if token[0] in {"ALARM", "OK", "INSUFFICIENT_DATA"}]


def holds(rule: str, state: State) -> bool:
    """Is the rule met?

    Args:
        rule: its text.
        state: the state of an alarm by its name or ARN.

    Raises:
        NotARule: it is none.
    """
    tokens = list(_tokens(rule))
    found = _either(tokens, state)
    if tokens:
        raise NotARule(rule)
    return found


def _tokens(rule: str) -> Iterator[tuple[str, str]]:
    place = 0
    while place < len(rule.rstrip()):
        found = TOKEN.match(rule, place)
        if not found:
            raise NotARule(rule[place:])
        word, wanted, *quoted, bracket = found.groups()
        yield (word or wanted or bracket).upper(), next((each for each in quoted if each), "")
        place = found.end()


def _either(tokens: list[tuple[str, str]], state: State) -> bool:
    found = _both(tokens, state)
    while tokens and tokens[0][0] == "OR":
        tokens.pop(0)
        found = _both(tokens, state) or found
    return found


def _both(tokens: list[tuple[str, str]], state: State) -> bool:
    found = _single(tokens, state)
    while tokens and tokens[0][0] == "AND":
        tokens.pop(0)
        found = _single(tokens, state) and found
    return found


def _single(tokens: list[tuple[str, str]], state: State) -> bool:
    if not tokens:
        raise NotARule("The rule ends too early.")
    word, name = tokens.pop(0)
    if word == "NOT":
        return not _single(tokens, state)
    if word in {"TRUE", "FALSE"}:
        return word == "TRUE"
    if word == "(":
        found = _either(tokens, state)
        if not tokens or tokens.pop(0)[0] != ")":
            raise NotARule("A bracket is not closed.")
        return found
    if not name:
        raise NotARule(word)
    return state(name) == word
