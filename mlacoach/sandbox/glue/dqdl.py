"""DQDL, the language of data quality rules: text in, rules out."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

TOKEN = re.compile(r'\s*(?:"((?:[^"\\]|\\.)*)"|(-?\d+(?:\.\d+)?(?:[eE]-?\d+)?)|([A-Za-z_]\w*)|(<=|>=|!=|[=<>\[\](),]))')
SIGNS = frozenset({"=", "!=", ">", ">=", "<", "<="})
Value = float | str | None


@dataclass(frozen=True, slots=True)
class Test:
    """What a value must be: `sign` is one of SIGNS, between, in or matches."""

    sign: str
    values: tuple[Value, ...]
    negated: bool = False


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule.

    Attributes:
        name: such as IsComplete.
        arguments: the texts after it.
        test: what the value must be.
        threshold: which share of rows must meet the test.
        where: which rows are looked at.
        text: as it was written.
    """

    name: str
    arguments: tuple[str, ...]
    test: Test | None
    threshold: Test | None
    where: str
    text: str


@dataclass(frozen=True, slots=True)
class Joined:
    """Rules joined by `and` or `or`."""

    word: str
    parts: "tuple[Rule | Joined, ...]"
    text: str


AnyRule = Rule | Joined


def parse(text: str) -> list[AnyRule]:
    """The rules of a ruleset.

    Raises:
        ValueError: it is none; the message says where.
    """
    return _Parser(text).ruleset()


class _Parser:
    def __init__(self, text: str) -> None:
        self._text = re.sub(r"#[^\n]*", lambda found: " " * len(found[0]), text)
        self._tokens: list[tuple[str, str, int, int]] = []
        at = 0
        while at < len(self._text.rstrip()):
            found = TOKEN.match(self._text, at)
            if not found:
                raise ValueError(
                    f"Parsing Error: unexpected text at position {at}: {self._text[at : at + 20].strip()!r}"
                )
            kind = ("text", "number", "word", "sign")[(found.lastindex or 1) - 1]
            begin = found.end() - len(found[0].lstrip())
            self._tokens.append((kind, found[found.lastindex or 1], begin, found.end()))
            at = found.end()
        self._at = 0

    def ruleset(self) -> list[AnyRule]:
        self._need("Rules")
        self._need("=")
        self._need("[")
        rules = []
        while not self._is("]"):
            rules.append(self._joined())
            if not self._is("]"):
                self._need(",")
        self._need("]")
        if not rules:
            raise ValueError("Parsing Error: no rules provided.")
        return rules

    def _joined(self) -> AnyRule:
        begin = self._tokens[self._at][2] if self._at < len(self._tokens) else 0
        parts, word = [self._single()], ""
        while self._word() in {"and", "or"}:
            if word and self._word() != word:
                raise ValueError("Parsing Error: and and or are mixed; put parentheses around them.")
            word = self._take()[1].lower()
            parts.append(self._single())
        text = self._text[begin : self._tokens[self._at - 1][3]]
        return Joined(word, tuple(parts), text) if word else parts[0]

    def _single(self) -> AnyRule:
        if self._is("("):
            self._take()
            rule = self._joined()
            self._need(")")
            return rule
        kind, name, begin, _ = self._take()
        if kind != "word":
            raise ValueError(f"Parsing Error: expected a rule, found {name!r}")
        arguments = []
        while self._at < len(self._tokens) and self._tokens[self._at][0] == "text":
            arguments.append(self._take()[1])
        test = self._test()
        where, threshold = "", None
        while self._word() in {"where", "with"}:
            if self._take()[1].lower() == "where":
                where = self._take()[1]
            else:
                self._need("threshold")
                threshold = self._test()
        text = self._text[begin : self._tokens[self._at - 1][3]]
        return Rule(name, tuple(arguments), test, threshold, where, text)

    def _test(self) -> Test | None:
        negated = self._word() == "not"
        if negated:
            self._take()
        word = self._word()
        if self._at < len(self._tokens) and self._tokens[self._at][1] in SIGNS:
            return Test(self._take()[1], (self._value(),))
        if word == "between":
            self._take()
            low = self._value()
            self._need("and")
            return Test("between", (low, self._value()), negated)
        if word == "in":
            self._take()
            return Test("in", tuple(self._list()), negated)
        if word == "matches":
            self._take()
            return Test("matches", (self._value(),), negated)
        return None

    def _list(self) -> Sequence[Value]:
        self._need("[")
        values = [self._value()]
        while self._is(","):
            self._take()
            values.append(self._value())
        self._need("]")
        return values

    def _value(self) -> Value:
        kind, text, _, _ = self._take()
        if kind == "number":
            return float(text)
        if kind == "word" and text.upper() == "NULL":
            return None
        return text.replace('\\"', '"').replace("\\\\", "\\") if kind == "text" else text

    def _word(self) -> str:
        kind, text = self._tokens[self._at][:2] if self._at < len(self._tokens) else ("", "")
        return text.lower() if kind == "word" else ""

    def _is(self, sign: str) -> bool:
        return self._at < len(self._tokens) and self._tokens[self._at][1] == sign

    def _take(self) -> tuple[str, str, int, int]:
        if self._at >= len(self._tokens):
            raise ValueError("Parsing Error: the ruleset ends too early.")
        self._at += 1
        return self._tokens[self._at - 1]

    def _need(self, text: str) -> None:
        found = self._take()[1]
        if found.lower() != text.lower():
            raise ValueError(f"Parsing Error: expected {text!r}, found {found!r}")
