"""Flags mean what typer makes of them, whether or not typer is asked."""

import os
from pathlib import Path
from typing import Annotated, Any

import pytest
import typer
from typer import testing

from mlacoach.cli import coercion
from tests.program import Program

app = typer.Typer(rich_markup_mode=None)


@app.command()
def words(  # noqa: PLR0913 - one of each kind
    folder: Annotated[list[Path] | None, typer.Option()] = None,
    file: Annotated[Path | None, typer.Option(exists=True, dir_okay=False)] = None,
    count: Annotated[int, typer.Option(min=2, max=50)] = 5,
    minutes: Annotated[float, typer.Option(min=1, max=480)] = 30.0,
    name: Annotated[str, typer.Option()] = "none",
    tags: Annotated[list[str] | None, typer.Argument()] = None,
    *,
    loud: Annotated[bool, typer.Option("--loud")] = False,
) -> None:
    """Say what came."""
    typer.echo(repr((folder, file, count, minutes, name, tags, loud)))


GIVEN = (
    [], ["--loud"], ["--count", "2"], ["--count", "050"], ["--count", "51"], ["--count", "1"], ["--count", "-3"],
    ["--count", "+7"], ["--count", "1_0"], ["--count", " 8"], ["--count", "8.0"], ["--count", "eight"],
    ["--count", "9" * 20], ["--count", "٣"], ["--count", ""], ["--minutes", "45"], ["--minutes", "12.50"],
    ["--minutes", "1e2"], ["--minutes", "0.5"], ["--minutes", "481"], ["--minutes", "nan"], ["--minutes", ".5"],
    ["--minutes", "-1"], ["--name", "a b"], ["--name", "größer"], ["--name", "\udcff"], ["--name", ""],
    ["--folder", "."], ["--folder", "nowhere"], ["--folder", ""], ["--folder", "a", "--folder", "b/../c"],
    ["--file", "nowhere"], ["--file", "."], ["--file", os.devnull], ["a", "ä"], ["-7"], ["--cuont", "7"], ["--help"],
)  # fmt: skip


def said(given: list[str]) -> tuple[int, str]:
    result = testing.CliRunner().invoke(app, given)
    return result.exit_code, result.output


@pytest.mark.parametrize("given", GIVEN, ids=ascii)
def test_a_flag_is_what_typer_makes_of_it(given: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    by_typer = said(given)
    monkeypatch.setattr("typer.core._TyperParameter.get_runtime_param", coercion.runtime_param)

    assert said(given) == by_typer


@pytest.mark.parametrize(
    ("value", "annotation", "made"),
    [
        ("MLA-C02", str, "MLA-C02"),
        ("17", int, 17),
        (17, int, 17),
        (["a", "b"], list[Path], [Path("a"), Path("b")]),
        ("17", float, 17.0),
        (30.0, float, 30.0),
        ("1e3", float, None),
        ("nan", float, None),
        ("x", int, None),
        (True, int, None),
    ],
)
def test_what_is_plainly_sound_is_taken_without_typer(value: Any, annotation: Any, made: Any) -> None:  # noqa: ANN401
    assert coercion.plain(value, annotation, typer.models.OptionInfo(readable=False)) == made


def test_a_flag_that_is_wrong_is_said_by_the_program(home: Path) -> None:
    run = Program(home).run("study", "--questions", "51", code=2)

    assert "Invalid value for '--questions'" in run.err
    assert "50" in run.err
