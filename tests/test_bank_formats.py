"""Export and import: nothing is lost on the way, and a file that is faulty changes nothing."""

import csv
import io
import json
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from random import Random

import pytest

from mlacoach.coach.bank import records
from mlacoach.content import Library, Loaded, load
from mlacoach.content.bank.gift import write_gift
from mlacoach.content.bank.imports import MOST_FAULTS, Taken, take_in, write_records
from mlacoach.content.bank.sheet import write_sheet
from mlacoach.errors import UsageFault
from tests.program import Program

ROOT = Path(__file__).resolve().parent.parent
FORMATS = ("jsonl", "csv", "gift")
FUZZED, SAMPLE = 10_000, 600
FIFTH = 5
TRAPS = [b"{", b"}", b'"', b"\\", b"~", b"=", b"::", b"\n\n", b",", b"\x00", b"[" * 2000, b"1e999"]
# What loading finds, which knows the packs, and importing does not.
LATER = {"unknown-skill", "unknown-topic", "no-topic", "wrong-folder", "unknown-case"}


def exported(loaded: Loaded, form: str, count: int | None = None, every: int = 1) -> str:
    """The bank (or the first of each kind, or each so manieth question) in a format."""
    questions = list(loaded.library.questions.values())[::every]
    if count is not None:
        kinds = {one.kind: one for one in questions}
        questions = [*kinds.values(), *questions][:count]
    rows, stream = records(loaded, questions), io.StringIO()
    if form == "jsonl":
        stream.writelines(json.dumps(row) + "\n" for row in rows)
    else:
        (write_sheet if form == "csv" else write_gift)(rows, stream)
    return stream.getvalue()


def taken_from(folder: Path, form: str, text: str | bytes, defaults: Mapping[str, object] | None = None) -> Taken:
    path = folder / f"questions.{form}"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return take_in(path, defaults or {})


@pytest.mark.parametrize("form", FORMATS)
def test_the_bank_comes_back_as_it_went(form: str, loaded: Loaded, tmp_path: Path, *, whole: bool) -> None:
    every = 1 if whole else FIFTH
    taken = taken_from(tmp_path, form, exported(loaded, form, every=every))
    pack = tmp_path / "pack"
    write_records(taken.records, pack)
    (pack / "curriculum").symlink_to(ROOT / "curriculum")
    (pack / "question_bank" / "cases").symlink_to(ROOT / "question_bank" / "cases")
    back = load([pack]).library.questions

    assert taken.faults == []
    left_out = {"ordering"} if form == "gift" else set()
    sent = list(loaded.library.questions.values())[::every]
    assert {one.kind for one in sent} == {one.kind for one in loaded.library.questions.values()}
    assert back == {one.id: one for one in sent if one.kind not in left_out}


def test_a_spreadsheet_gets_no_formula(loaded: Loaded) -> None:
    (row,) = records(loaded, [next(iter(loaded.library.questions.values()))])
    row["stem"] = '=HYPERLINK("https://example.com")'
    stream = io.StringIO()
    write_sheet([row], stream)

    (cells,) = csv.DictReader(io.StringIO(stream.getvalue()))
    assert cells["stem"].startswith("'=")


def test_a_quiz_of_moodles_own_is_read(tmp_path: Path) -> None:
    """Without our comment: what GIFT has no words for is given once for the whole file."""
    quiz = (
        "// made by hand\n$CATEGORY: clouds\n\n"
        "::which-cloud:: Where do servers stand in an office\\: which model is it? {\n"
        "=On premises#These servers stand in the rooms of the company.\n"
        "~IaaS#Infrastructure as a service stands in a provider's rooms.\n"
        "~PaaS#A platform as a service hides the servers away.\n"
        "~SaaS#Software as a service is used through a browser.\n}\n"
    )
    reference = [{"title": "Types", "url": "https://docs.aws.amazon.com/"}]
    defaults = {
        "skills": {},
        "folder": "foundations",
        "verified": "2026-11-21",
        "topics": ["glue"],
        "difficulty": 3,
        "cognitive": "apply",
        "references": reference,
    }
    taken = taken_from(tmp_path, "gift", quiz, defaults)

    assert taken.faults == []
    ((path, record),) = taken.records.items()
    assert path == Path("question_bank/foundations/which-cloud.yaml")
    assert record["stem"] == "Where do servers stand in an office: which model is it?"
    assert [one.get("correct", False) for one in record["options"]] == [True, False, False, False]


@pytest.mark.parametrize(
    ("form", "text", "line", "rule"),
    [
        ("jsonl", '{"id": "a"}\nnot json\n', 2, "json"),
        ("jsonl", "[1, 2]\n", 1, "json"),
        ("jsonl", '{"id": "../../etc/passwd", "folder": "1-data"}\n', 1, "bad-id"),
        ("jsonl", '{"id": "fine", "folder": "../.."}\n', 1, "wrong-folder"),
        ("jsonl", "[" * 50_000 + "\n", 1, "json"),
        ("jsonl", "x" * 200_000, 1, "unreadable"),
        ("csv", "id,folder\n,1-data\n", 2, "bad-id"),
        ("gift", "::fine:: A stem without answers\n", 1, "bad-id"),
        ("jsonl", b"\xff\xfe\xff", 1, "unreadable"),
    ],
)
def test_a_bad_record_is_named_with_its_line(
    form: str, text: str | bytes, line: int, rule: str, tmp_path: Path
) -> None:
    assert (line, rule) in {(fault.line, fault.rule) for fault in taken_from(tmp_path, form, text).faults}


def test_the_same_id_twice_is_a_fault(loaded: Loaded, tmp_path: Path) -> None:
    line = exported(loaded, "jsonl", 1)

    assert [fault.rule for fault in taken_from(tmp_path, "jsonl", line * 2).faults] == ["duplicate-id"]


def test_a_question_that_is_there_is_not_overwritten(loaded: Loaded, tmp_path: Path) -> None:
    taken = taken_from(tmp_path, "jsonl", exported(loaded, "jsonl", 5))
    first, *others = (tmp_path / path for path in taken.records)
    first.parent.mkdir(parents=True)
    first.write_text("mine")

    with pytest.raises(UsageFault, match="there already"):
        write_records(taken.records, tmp_path)

    assert first.read_text() == "mine"
    assert not any(path.exists() for path in others)


def mutated(text: str, rng: Random) -> bytes:
    """The text with some bytes lost, doubled, swapped for others or for what parsers stumble over."""
    data = bytearray(text.encode())
    for _ in range(rng.randrange(1, 6)):
        at, length = rng.randrange(len(data) or 1), rng.randrange(1, 40)
        match rng.randrange(5):
            case 0:
                del data[at : at + length]
            case 1:
                data[at:at] = data[at : at + length] * rng.randrange(1, 20)
            case 2:
                data[at : at + 1] = rng.randbytes(length)
            case 3:
                data[at:at] = rng.choice(
                    [b"{", b"}", b'"', b"\\", b"~", b"=", b"::", b"\n\n", b",", b"\x00", b"[" * 2000, b"1e999"]
                )
            case _:
                data = data[:at]
    return bytes(data)


@pytest.mark.parametrize("form", FORMATS)
def test_no_mutated_file_crashes_or_is_half_imported(form: str, loaded: Loaded, tmp_path: Path, *, whole: bool) -> None:
    """Ten thousand files in all, or a sample; what has a fault gives faults, and what has none can be loaded."""
    rng, text = Random(form), exported(loaded, form, 6)
    pack = tmp_path / "pack"
    before = peak_kilobytes()
    for number in range((FUZZED if whole else SAMPLE) // len(FORMATS) + 1):
        taken = taken_from(tmp_path, form, mutated(text, rng), {"folder": "1-data"})
        assert len(taken.faults) <= MOST_FAULTS + 6
        if taken.records and not taken.faults and number % 10 == 0:
            own = pack / str(number)
            write_records(taken.records, own)
            assert len(list(files(own))) == len(taken.records)
            assert {fault.rule for fault in load([own]).faults} <= LATER

    assert peak_kilobytes() - before < 100_000


def peak_kilobytes() -> int:
    """The most memory that this process has had; macOS counts in bytes."""
    resource = pytest.importorskip("resource", reason="the system does not tell what a process used")
    peak: int = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak // 1000 if sys.platform == "darwin" else peak


def files(folder: Path) -> Iterator[Path]:
    return (path for path in folder.rglob("*") if path.is_file())


@pytest.mark.parametrize("form", FORMATS)
def test_the_commands_export_and_import(form: str, home: Path, tmp_path: Path, library: Library) -> None:
    program, path = Program(home), tmp_path / f"bank.{form}"
    (first, second) = (name for name, one in list(library.questions.items())[:2])
    program.run("bank", "export", first, second, "--format", form, "--output", str(path))

    run = program.run("bank", "import", str(path), "--to", str(tmp_path / "pack"))

    assert run.err.startswith("2 questions written")
    assert sorted(one.stem for one in files(tmp_path / "pack")) == sorted([first, second])


def test_a_faulty_file_imports_nothing(home: Path, tmp_path: Path) -> None:
    path = tmp_path / "bad.jsonl"
    path.write_text('{"id": "Bad Id"}\n')

    run = Program(home).run("bank", "import", str(path), "--to", str(tmp_path / "pack"), code=1)

    assert f"{path}:1: bad-id: " in run.out
    assert not (tmp_path / "pack").exists()
