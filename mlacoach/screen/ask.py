"""Questions in lines: shown with letters, answered by typing them. No redraw, nothing told by colour alone."""

import re
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from string import ascii_lowercase

from rich.console import Console
from rich.text import Text

from mlacoach.curriculum.questions import Answer, Body, Choice, Matching, Ordering, Part, Question
from mlacoach.screen.console import print_hanging

CONFIDENCE = {"": "sure", "?": "unsure", "??": "guess"}


@dataclass(frozen=True, slots=True)
class Typed:
    """What was typed: an answer with its confidence, a command (a word such as `q`), or a fault to be told."""

    answer: Answer = ()
    confidence: str = "sure"
    command: str = ""
    fault: str = ""


def read_line(console: Console, prompt: str) -> str:
    """One line from the learner.

    Raises:
        EOFError: the input has ended.
    """
    console.print(Text(prompt), end="")
    console.file.flush()
    line = sys.stdin.readline()
    if not line:
        raise EOFError
    return line.strip()


def show_question(console: Console, question: Question, body: Body, heading: str, *, hint: bool = True) -> None:
    """Print the question with lettered parts, and how to answer it."""
    console.print()
    console.print(Text(heading, style="bold"))
    if question.case:
        console.print(Text(f"{question.case.title}. {question.case.scenario}"))
        console.print()
    console.print(Text(question.stem))
    console.print()
    for label, part in _labelled(body):
        print_hanging(console, f"  {label})  ", part.text)
    if hint:
        console.print(Text(how_to_answer(body), style="dim"))


def how_to_answer(body: Body) -> str:
    """One line on what to type."""
    if isinstance(body, Ordering):
        return f"Type the letters in the right order, such as {' '.join(ascii_lowercase[: len(body.steps)])}."
    if isinstance(body, Matching):
        return "Type a letter for each number, such as 1b 2a; a letter may be used again or not at all."
    if len(body.key) > 1:
        return f"Choose {len(body.key)}: type the letters, such as a c."
    return "Choose one: type its letter."


def _labelled(body: Body) -> list[tuple[str, Part]]:
    if isinstance(body, Matching):
        numbered = [(str(number), prompt) for number, prompt in enumerate(body.prompts, start=1)]
        return numbered + list(_letters(body.responses).items())
    return list(_letters(body.parts).items())


def _letters(parts: Sequence[Part]) -> Mapping[str, Part]:
    return dict(zip(ascii_lowercase, parts, strict=False))


def parse(body: Body, line: str) -> Typed:
    """Read what was typed: letters, `1b 2a` pairs, or a command; `?` after it means unsure, `??` a guess."""
    bare = line.rstrip("? ")
    marks = line[len(bare) :].replace(" ", "")
    confidence = CONFIDENCE.get(marks, "guess")
    words = bare.lower().replace(",", " ").split()
    if not words:
        return Typed(command=line.strip())
    if isinstance(body, Matching):
        return _pairs(body, words, confidence)
    letters = list("".join(words)) if all(len(word) == 1 for word in words) or len(words) == 1 else []
    parts = body.parts
    known = _letters(parts)
    if not letters or any(letter not in known for letter in letters):
        return Typed(command=words[0], fault=f"{bare!r} is no answer. {how_to_answer(body)}")
    wanted = len(parts) if isinstance(body, Ordering) else len(body.key)
    if len(letters) != wanted or len(set(letters)) != wanted:
        return Typed(fault=f"That takes {wanted} different letter{'s' if wanted > 1 else ''}. {how_to_answer(body)}")
    return Typed(tuple(known[letter].id for letter in letters), confidence)


def _pairs(body: Matching, words: Sequence[str], confidence: str) -> Typed:
    responses = _letters(body.responses)
    chosen: dict[str, str] = {}
    for word in words:
        match = re.fullmatch(r"(\d)([a-z])", word)
        if not match or int(match[1]) not in range(1, len(body.prompts) + 1) or match[2] not in responses:
            return Typed(command=words[0], fault=f"{word!r} is no pair. {how_to_answer(body)}")
        chosen[body.prompts[int(match[1]) - 1].id] = responses[match[2]].id
    if len(chosen) != len(body.prompts):
        return Typed(fault=f"That takes a letter for each of the {len(body.prompts)} numbers. {how_to_answer(body)}")
    return Typed(tuple(f"{prompt}={response}" for prompt, response in chosen.items()), confidence)


def part_of(body: Body, letter: str) -> str | None:
    """The id of the part that a letter stands for."""
    part = _letters(body.parts).get(letter)
    return part.id if part else None


def typed_form(body: Body, answer: Answer) -> str:
    """An answer as its letters, for showing it back."""
    if isinstance(body, Matching):
        letters = {part.id: letter for letter, part in _letters(body.responses).items()}
        numbers = {prompt.id: number for number, prompt in enumerate(body.prompts, start=1)}
        pairs = [pair.partition("=") for pair in answer]
        return " ".join(sorted(f"{numbers[prompt]}{letters[response]}" for prompt, _, response in pairs))
    letters = {part.id: letter for letter, part in _letters(body.parts).items()}
    ordered = answer if isinstance(body, Ordering) else sorted(answer, key=lambda part: letters.get(part, ""))
    return " ".join(letters[part] for part in ordered if part in letters)


def key_of(body: Body) -> Answer:
    """The right answer."""
    if isinstance(body, Choice):
        return tuple(body.key)
    return body.right_order if isinstance(body, Ordering) else tuple(body.pairs)
