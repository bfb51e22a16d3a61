"""The HTML report in a real browser: both themes, a phone's width, no error, nothing from outside."""

import re
import shutil
import subprocess
from datetime import UTC, datetime, timedelta
from html import escape
from html.parser import HTMLParser
from itertools import pairwise
from pathlib import Path
from random import Random

import pytest

from mlacoach.content import Library
from mlacoach.learning.memory import Rating, reviewed
from mlacoach.store import Store
from mlacoach.store.answers import Answered
from tests.program import Program

NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
BROWSER = shutil.which("chromium") or shutil.which("google-chrome") or shutil.which("chromium-browser")
# A headless window is never narrower than 500 pixels; a frame is.
MEASURE = "<script>parent.document.title = `${innerWidth} ${document.documentElement.scrollWidth}`</script></body>"
PHONE = '<!doctype html><title></title><iframe width="390" height="900" style="border:0" srcdoc="{}"></iframe>'

needs_browser = pytest.mark.skipif(BROWSER is None, reason="no chromium here")


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory, library: Library) -> Path:
    """A report with something in every section."""
    folder = tmp_path_factory.mktemp("report")
    program, rng = Program(folder / "home", now=NOW), Random(4)
    store = Store(program.database, NOW)
    with store.together():
        for number, name in enumerate(sorted(library.questions)[:150]):
            at = NOW - timedelta(days=45) + timedelta(hours=7 * number)
            row = store.answers.add(Answered(name, ("a",), rng.random() < 0.6, 40.0, "sure", "study"), at)
            store.answers.add_review(name, 3, row, at)
            card, due = reviewed(None, Rating.Good, at)
            store.answers.remember(name, due, card)
    store.close()
    program.run("exam", "--untimed", typed="x\nyes\n")
    program.run("report", "--html", str(folder / "report.html"))
    return folder / "report.html"


class Outline(HTMLParser):
    """What a screen reader goes by."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def named(self, *names: str) -> list[dict[str, str | None]]:
        return [attributes for tag, attributes in self.tags if tag in names]


def test_it_is_one_file_without_a_script_or_anything_from_outside(page: Path) -> None:
    text, outline = page.read_text(encoding="utf-8"), Outline(page.read_text(encoding="utf-8"))

    assert outline.named("script", "img", "iframe", "object", "video") == []
    assert "@import" not in text
    assert "url(" not in text
    assert [one["href"] for one in outline.named("link")] == ["data:,"]
    assert all((one["href"] or "").startswith("#") for one in outline.named("a"))


def test_headings_tables_and_plots_are_told_to_who_cannot_see_them(page: Path) -> None:
    outline = Outline(page.read_text(encoding="utf-8"))
    ids = {attributes["id"] for _, attributes in outline.tags if "id" in attributes}
    levels = [int(tag[1]) for tag, _ in outline.tags if re.fullmatch(r"h[1-6]", tag)]

    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(after - before <= 1 for before, after in pairwise(levels))
    assert len(outline.named("table")) == len(outline.named("caption"))
    assert all(one.get("scope") in {"row", "col"} for one in outline.named("th"))
    plots = outline.named("svg")
    assert len(plots) == 5
    for plot in plots:
        assert plot["role"] == "img"
        assert set((plot["aria-labelledby"] or "").split()) <= ids
    assert outline.named("html")[0]["lang"] == "en"
    assert {(one["href"] or "")[1:] for one in outline.named("a")} <= ids


def test_texts_and_bars_stand_out_in_both_themes(page: Path) -> None:
    style = page.read_text(encoding="utf-8").partition("<style>")[2].partition("</style>")[0]
    themes = [dict(re.findall(r"--(\w+): (#\w{6})", block)) for block in re.findall(r":root \{([^}]*--[^}]*)\}", style)]

    assert len(themes) == 2
    for theme in themes:
        for ink, least in (("ink", 7), ("soft", 4.5), ("bar", 4.5), ("mark", 3), ("whisker", 4.5)):
            assert contrast(theme[ink], theme["paper"]) >= least, (ink, theme)
        assert contrast(theme["soft"], theme["card"]) >= 4.5
        assert contrast(theme["bar"], theme["rail"]) >= 3


def contrast(one: str, other: str) -> float:
    """WCAG 2.2's contrast ratio."""

    def luminance(colour: str) -> float:
        parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
        linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

    high, low = sorted((luminance(one), luminance(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


def browse(folder: Path, *words: str) -> "subprocess.CompletedProcess[str]":
    assert BROWSER is not None
    options = ("--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars", "--enable-logging=stderr")
    return subprocess.run(
        [BROWSER, *options, f"--user-data-dir={folder / 'profile'}", *words],
        check=True,
        capture_output=True,
        text=True,
        timeout=120,
    )


@needs_browser
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_a_browser_draws_it_without_an_error_in_both_themes(page: Path, tmp_path: Path, theme: str) -> None:
    shot = tmp_path / f"{theme}.png"
    prefers = "--blink-settings=preferredColorScheme=" + {"dark": "0", "light": "1"}[theme]

    done = browse(tmp_path, prefers, "--window-size=1100,3600", f"--screenshot={shot}", page.as_uri())

    assert "CONSOLE" not in done.stderr
    assert shot.stat().st_size > 50_000


@needs_browser
def test_nothing_is_wider_than_a_phone(page: Path, tmp_path: Path) -> None:
    measured = tmp_path / "measured.html"
    text = page.read_text(encoding="utf-8").replace("</body>", MEASURE)
    measured.write_text(PHONE.format(escape(text)), encoding="utf-8")

    done = browse(tmp_path, "--dump-dom", measured.as_uri())

    assert "CONSOLE" not in done.stderr
    assert "<title>390 390</title>" in done.stdout
