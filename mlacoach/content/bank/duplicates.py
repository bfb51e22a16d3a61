"""Near-duplicates (Q22): Jaccard similarity of word shingles (Broder 1997), over stem and options."""

from collections import defaultdict
from collections.abc import Iterable, Iterator

from mlacoach.content.bank.remark import Remark, words
from mlacoach.curriculum.questions import Question

SHINGLE = 3
ALIKE = 0.6
# A shingle that so many questions have ("which solution meets these …") says nothing of a pair.
COMMON = 40


def duplicates(questions: Iterable[Question]) -> Iterator[Remark]:
    """The later of two questions that are nearly the same; each is named once, with its likest."""
    listed = list(questions)
    shingles = [_shingles(one) for one in listed]
    holders: defaultdict[int, list[int]] = defaultdict(list)
    for number, own in enumerate(shingles):
        likest = max(_alike(own, number, shingles, holders), default=(0.0, -1))
        if likest[0] >= ALIKE:
            sentence = f"{likest[0]:.0%} of its phrases are those of {listed[likest[1]].id}."
            yield Remark(listed[number].id, ("stem",), "Q22", sentence)
        for shingle in own:
            holders[shingle].append(number)


def _shingles(question: Question) -> frozenset[int]:
    told = [question.stem, *sorted(part.text for part in question.body.parts)]
    return frozenset(
        hash(tuple(listed[start : start + SHINGLE]))
        for listed in map(words, told)
        for start in range(len(listed) - SHINGLE + 1)
    )


def _alike(
    own: frozenset[int], number: int, shingles: list[frozenset[int]], holders: defaultdict[int, list[int]]
) -> Iterator[tuple[float, int]]:
    """The earlier questions with a telling shingle in common, and how alike they are."""
    near = {other for shingle in own for other in holders[shingle][:COMMON]}
    for other in near - {number}:
        yield len(own & shingles[other]) / len(own | shingles[other]), other
