"""`mlacoach bank sets` and `bank levels`: from authors' rankings to the level of each question."""

from dataclasses import asdict
from random import Random
from typing import Annotated

import typer

from mlacoach.cli.context import packs
from mlacoach.cli.output import print_json
from mlacoach.cli.program import command_names
from mlacoach.coach import bank as the_bank
from mlacoach.content import load
from mlacoach.content.bank.balance import for_exam
from mlacoach.screen.console import stderr, stdout


def sets(
    ctx: typer.Context,
    times: Annotated[int, typer.Option(min=1, max=20, help="In how many sets each question stands.")] = 3,
    seed: Annotated[int, typer.Option(help="Another seed makes other sets.")] = 0,
) -> None:
    """Make sets of seven questions, a line each, for an author to order from the hardest to the easiest."""
    # NumPy costs 100 ms, and only these two need it.
    from mlacoach.learning.ranking import sets_to_rank  # noqa: PLC0415

    names = sorted(question.id for question in for_exam(load(packs(ctx)).library))
    for one in sets_to_rank(names, times, Random(seed)):
        stdout().print(",".join(one), soft_wrap=True)


def levels(
    ctx: typer.Context,
    write: Annotated[bool, typer.Option("--write", help="Write the levels into the questions' files.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="As JSON.")] = False,
) -> None:
    """Say which questions' difficulty differs from what RANKINGS.csv gives; exit 1 if one does and isn't written."""
    ranked = the_bank.ranked(load(packs(ctx), commands=command_names()))
    if write and not ranked.faults:
        the_bank.write_levels(ranked)
    if as_json:
        faults = [str(fault) for fault in ranked.faults]
        print_json("bank-levels", {"faults": faults, "differ": [asdict(one) for one in ranked.differ]})
    else:
        for fault in ranked.faults:
            stdout().print(str(fault), soft_wrap=True)
        for one in ranked.differ:
            stdout().print(f"{one.question}: {one.difficulty} -> {one.level}", soft_wrap=True)
    said = "were written" if write else "differ"
    stderr().print(f"{ranked.sets} sets rank {ranked.questions} questions; {len(ranked.differ)} {said}.")
    if ranked.faults or (ranked.differ and not write):
        raise typer.Exit(1)
