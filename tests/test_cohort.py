"""`mlacoach cohort`: exports without the person, checked files, and a report that is the same on either engine."""

import csv
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from math import sqrt
from pathlib import Path
from random import Random
from statistics import correlation
from typing import Any, TypeAlias

import duckdb
import pytest

from mlacoach.cloud.account import new_client
from mlacoach.coach.cohort import queries
from mlacoach.content import Library
from mlacoach.curriculum.questions import Choice
from mlacoach.learning.forms import domain_of, task_of
from mlacoach.learning.item_analysis import Flag, GroupShare, ItemAnalysis
from mlacoach.learning.mastery import Z90, Share
from mlacoach.sandbox import REGION, Sandbox
from mlacoach.store import Store
from mlacoach.store.answers import Answered
from tests.in_process import InProcess
from tests.sandbox_clients import account_of, session_of

Client: TypeAlias = Any  # boto3 makes its clients at run time
Row: TypeAlias = tuple[str, str, int, str]
NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
C02 = "MLA-C02"
HEADER = "learner,question,correct,response\n"
LEARNERS = 60


@pytest.fixture
def program(home: Path) -> InProcess:
    return InProcess(home)


@dataclass(frozen=True)
class Group:
    """A simulated group: the abler a learner, the more is right; of wrong options only one is ever chosen."""

    rows: Sequence[Row]

    @classmethod
    def of(cls, library: Library) -> "Group":
        rng, rows = Random(5), []
        questions = [one for one in library.questions.values() if one.serves(C02) and isinstance(one.body, Choice)]
        for learner in range(LEARNERS):
            able = learner / LEARNERS
            for place, question in enumerate(questions[:40]):
                if rng.random() < 0.8:
                    right = rng.random() < (0.05 if place == 0 else 0.25 + 0.7 * able)
                    rows.append((f"learner-{learner}", question.id, int(right), answer(question.body, right=right)))
        return cls(rows)

    def by_question(self) -> Mapping[str, list[Row]]:
        found = defaultdict(list)
        for row in self.rows:
            found[row[1]].append(row)
        return found

    def write(self, path: Path, *more: str) -> Path:
        lines = [",".join(map(str, row)) for row in self.rows]
        path.write_text(HEADER + "\n".join([*lines, *more]) + "\n")
        return path


def answer(body: Any, *, right: bool) -> str:  # noqa: ANN401
    others = sorted(part.id for part in body.options if part.id not in body.key)
    key = sorted(body.key)
    return " ".join(key if right else [*key[1:], others[0]])


@pytest.fixture(scope="module")
def group(library: Library) -> Group:
    return Group.of(library)


def test_every_figure_of_the_report_is_that_of_plain_arithmetic(
    program: InProcess, library: Library, group: Group, tmp_path: Path
) -> None:
    document = program.run("cohort", "report", str(group.write(tmp_path / "a.csv")), "--exam", C02, "--json").json

    given, right = Counter(row[0] for row in group.rows), Counter[str]()
    for learner, _, correct, _ in group.rows:
        right[learner] += correct
    found = {one["question"]: one for one in document["questions"]}
    assert (document["learners"], document["answers"], set(found)) == (
        LEARNERS,
        len(group.rows),
        set(group.by_question()),
    )
    for question, rows in group.by_question().items():
        rest = [(right[row[0]] - row[2]) / (given[row[0]] - 1) for row in rows]
        correct = [row[2] for row in rows]
        body = library.questions[question].body
        assert isinstance(body, Choice)
        chosen = Counter(part for row in rows if not row[2] for part in row[3].split() if part not in body.key)
        wrong_options = [part.id for part in body.options if part.id not in body.key]
        one = found[question]
        assert one["answers"] == len(rows)
        assert one["facility"] == pytest.approx(sum(correct) / len(rows), abs=1e-4)
        assert one["discrimination"] == pytest.approx(correlation(correct, rest), abs=1e-4)
        assert one["distractors"] == {part: chosen[part] for part in wrong_options}
    hard = found[group.rows[0][1]]
    assert {flag["kind"] for flag in hard["flags"]} >= {"hard", "distractor"}


def test_mastery_is_told_by_domain_and_task_with_the_interval_of_learners(
    program: InProcess, library: Library, group: Group, tmp_path: Path
) -> None:
    document = program.run("cohort", "report", str(group.write(tmp_path / "a.csv")), "--exam", C02, "--json").json

    by_part: defaultdict[str, defaultdict[str, list[int]]] = defaultdict(lambda: defaultdict(list))
    for learner, question, correct, _ in group.rows:
        for part in (domain_of(library.questions[question], C02), task_of(library.questions[question], C02)):
            by_part[part][learner].append(correct)
    assert set(document["mastery"]) == set(by_part)
    for part, learners in by_part.items():
        share = sum(map(sum, learners.values())) / sum(map(len, learners.values()))
        residuals = [sum(own) - share * len(own) for own in learners.values()]
        count = sum(map(len, learners.values()))
        half = Z90 * sqrt(sum(one**2 for one in residuals) * len(learners) / (len(learners) - 1)) / count
        told = document["mastery"][part]
        assert told["learners"] == len(learners)
        assert told["right"] / told["given"] == pytest.approx(share)
        assert told["interval_90"] == pytest.approx([share - half, share + half], abs=1e-4)


def test_the_text_names_what_is_to_be_revised_and_why(program: InProcess, group: Group, tmp_path: Path) -> None:
    path = str(group.write(tmp_path / "a.csv", "learner-1,another-bank,1,a"))

    told = program.run("cohort", "report", path, "--exam", C02).out
    everything = program.run("cohort", "report", path, "--exam", C02, "--all").out

    assert "Not in the bank: another-bank." in told
    assert f"{group.rows[0][1]}: " in told
    assert "    fewer than 30 % are right" in told
    assert "wrong answers chose “" in told
    assert everything.count(" right, discrimination ") == 40


def answered(store: Store, name: str, response: tuple[str, ...], *, correct: bool) -> None:
    store.answers.add(Answered(name, response, correct, 30.0, "sure", "study"), NOW)


def test_an_export_tells_first_answers_under_a_lasting_pseudonym_and_nothing_of_the_person(
    program: InProcess, library: Library, tmp_path: Path
) -> None:
    first, second = list(library.questions)[:2]
    store = Store(program.database, NOW)
    answered(store, second, ("b", "c"), correct=False)
    answered(store, first, ("a",), correct=True)
    answered(store, first, ("b",), correct=False)
    answered(store, "gone-from-the-bank", ("a",), correct=True)
    store.close()

    program.run("cohort", "export", str(tmp_path / "one.csv"))
    program.run("cohort", "export", str(tmp_path / "two.csv"))

    text = (tmp_path / "one.csv").read_text()
    rows = list(csv.DictReader(text.splitlines()))
    assert [(row["question"], row["correct"], row["response"]) for row in rows] == [
        (first, "1", "a"),
        (second, "0", "b c"),
    ]
    [pseudonym] = {row["learner"] for row in rows}
    assert len(pseudonym) == 16
    assert (tmp_path / "two.csv").read_text() == text
    assert "2026" not in text


def test_without_an_answer_there_is_nothing_to_export(program: InProcess, tmp_path: Path) -> None:
    run = program.run("cohort", "export", str(tmp_path / "none.csv"), code=2)

    assert run.err.startswith("You have not answered a question yet.\n")
    assert not (tmp_path / "none.csv").exists()


def test_merged_exports_are_what_a_calibration_and_a_report_take(
    program: InProcess, group: Group, tmp_path: Path
) -> None:
    halves = [Group([row for row in group.rows if (row[0][-1] in "02468") == even]) for even in (True, False)]
    files = [str(half.write(tmp_path / f"{name}.csv")) for name, half in zip("ab", halves, strict=True)]
    merged, segment = tmp_path / "merged.csv", tmp_path / "merged.parquet"

    program.run("cohort", "merge", *files, "--to", str(merged))
    program.run("cohort", "merge", *files, "--to", str(segment))

    calibrated = program.run("bank", "calibrate", str(merged), "--dry-run", "--json").json
    assert calibrated["cohort"]["answers"] == len(group.rows)
    reports = [program.run("cohort", "report", str(path), "--json").json for path in (merged, segment)]
    assert reports[0] == reports[1] == program.run("cohort", "report", *files, "--json").json
    assert sorted(path.name for path in tmp_path.glob("*merged*")) == ["merged.csv", "merged.parquet"]


def test_a_folder_that_is_not_there_is_said(program: InProcess, library: Library, tmp_path: Path) -> None:
    store = Store(program.database, NOW)
    answered(store, next(iter(library.questions)), ("a",), correct=True)
    store.close()
    (tmp_path / "sound.csv").write_text(HEADER + "x,y,1,a\n")
    nowhere = tmp_path / "nowhere" / "out.csv"

    for words in (("export", str(nowhere)), ("merge", str(tmp_path / "sound.csv"), "--to", str(nowhere))):
        run = program.run("cohort", *words, code=75)
        assert run.err.startswith(f"{nowhere} cannot be written: ")


FAULTY = [
    ("learner,question\na,b\n", ":1: The first line names the columns: learner,question,correct."),
    ("a,b,c\nx,y,1\n", ":1: The first line names the columns: "),
    ("", ":1: The first line names the columns: "),
    (HEADER, ":1: There is no answer in it."),
    (HEADER + "x,y,2,a\n", ":2: correct is 1 or 0, not '2'."),
    (HEADER + "x,y,1.0,a\n", ":2: correct is 1 or 0, not '1.0'."),
    (HEADER + "x,y,1,a\nx,,1,a\n", ":3: The question has no name."),
    (HEADER + "x,y,1,a\n ,y,1,a\n", ":3: The learner has no name."),
    (HEADER + "x,y,1,a\nx,z,1\n", ":3: A row has 4 fields; this has 3."),
    (HEADER + "x,y,1,a\nx,z,1,a,b\n", ":3: A row has 4 fields; this has 5."),
    (HEADER + "x,y,1,a\nx,y,1,b\n", ":3: x answered y on line 2 already; only first answers count."),
    (HEADER + 'x,y,1,"a\n', ":2: This is no CSV: "),
    (b"learner,question,correct\nx,\xff,1\n", ":2: Save the file as UTF-8 (byte 27 is not)."),
]


@pytest.mark.parametrize(("text", "said"), FAULTY, ids=[said for _, said in FAULTY])
def test_a_faulty_file_is_refused_with_its_line(
    program: InProcess, tmp_path: Path, text: str | bytes, said: str
) -> None:
    path = tmp_path / "faulty.csv"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())

    run = program.run("cohort", "merge", str(path), "--to", str(tmp_path / "merged.csv"), code=1)

    assert run.err.startswith(f"{path}{said}")
    assert not (tmp_path / "merged.csv").exists()


SOUND = [
    "\ufefflearner,question,correct\nx,y,1\n",
    "correct, question ,learner\n1 ,y, x\n",
    HEADER + 'x,y,1,"a b"\n\n',
    HEADER.replace("\n", "\r\n") + "x,y,1,\r\n",
    HEADER + "x,y,1,",
]


@pytest.mark.parametrize("text", SOUND)
def test_what_a_calibration_reads_is_read_alike(program: InProcess, tmp_path: Path, text: str) -> None:
    path = tmp_path / "sound.csv"
    path.write_bytes(text.encode())

    program.run("cohort", "merge", str(path), "--to", str(tmp_path / "merged.csv"))

    (row,) = csv.DictReader((tmp_path / "merged.csv").read_text().splitlines())
    assert (row["learner"], row["question"], row["correct"]) == ("x", "y", "1")
    assert row["response"] == ("a b" if "a b" in text else "")


def test_a_learner_who_handed_in_twice_is_named(program: InProcess, tmp_path: Path) -> None:
    for name in "ab":
        (tmp_path / f"{name}.csv").write_text(HEADER + "x,y,1,a\n")

    run = program.run("cohort", "report", str(tmp_path / "a.csv"), str(tmp_path / "b.csv"), code=1)

    assert "x answered y more than once, and only first answers count." in run.err
    assert "leave the older file out" in run.err


@pytest.mark.parametrize(
    ("words", "what"),
    [
        (["report", "/nowhere.csv"], "/nowhere.csv is no file."),
        (["report", "{here}/answers.xlsx"], "answers.xlsx is no cohort's file."),
        (["report", "{here}/sound.csv", "--engine", "spark"], "There is no engine called 'spark'."),
        (["report", "{here}/sound.csv", "--engine", "athena"], "sound.csv is no place in S3."),
        (["report", "s3://a/", "s3://b/", "--engine", "athena"], "Athena reads one folder."),
        (["report", "{here}/sound.csv", "--exam", "MLA-C03"], "There is no exam called 'MLA-C03'."),
        (["merge", "{here}/sound.csv", "--to", "{here}/merged.txt"], "merged.txt has no known ending."),
    ],
)
def test_words_that_do_not_fit_are_refused(program: InProcess, tmp_path: Path, words: list[str], what: str) -> None:
    (tmp_path / "sound.csv").write_text(HEADER + "x,y,1,a\n")
    (tmp_path / "answers.xlsx").touch()

    run = program.run("cohort", *(word.format(here=tmp_path) for word in words), code=2)

    assert what in run.err


@pytest.mark.parametrize("columns", ["1 AS learner", "'x' AS learner, 'y' AS question, 7 AS correct, '' AS response"])
def test_a_parquet_file_of_something_else_is_refused(program: InProcess, tmp_path: Path, columns: str) -> None:
    path = tmp_path / "other.parquet"
    duckdb.sql(f"COPY (SELECT {columns}) TO '{path}'")

    assert f"{path} cannot be used: " in program.run("cohort", "report", str(path), code=1).err


def item(given: int, right: int, discrimination: float | None, **distractors: int) -> tuple[Flag, ...]:
    return ItemAnalysis("q", Share(right, given), discrimination, distractors).flags


def test_rule_q30_flags_facility_discrimination_and_idle_distractors_from_twenty_on() -> None:
    assert item(19, 1, -0.5, a=18, b=0) == ()
    assert item(20, 5, 0.3, a=15) == (Flag("hard"),)
    assert item(20, 6, 0.3, a=14) == ()
    assert item(100, 91, 0.3, a=9) == (Flag("easy"),)
    assert item(100, 90, 0.14, a=10) == (Flag("discrimination"),)
    assert item(100, 50, None) == ()
    assert item(100, 60, 0.3, a=38, b=1, c=2) == (Flag("distractor", "b"),)
    # A share of nineteen wrong answers is none yet.
    assert item(100, 81, 0.3, a=19, b=0) == ()


def test_a_single_learners_interval_is_that_of_the_answers() -> None:
    alone = GroupShare(1, Share(6, 10), 100, 60, 36)

    assert alone.interval == Share(6, 10).interval


def test_ids_are_quoted_in_the_sql() -> None:
    sql = queries.parts("answers", {"o'clock": "1.1"})

    duckdb.sql(
        "CREATE TEMP TABLE answers AS SELECT 'x' AS learner, 'o''clock' AS question, 1 AS correct, '' AS response"
    )
    assert [row[0] for row in duckdb.sql(sql).fetchall()] == ["1", "1.1"]


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    with Sandbox() as running:
        yield running


@pytest.fixture
def s3(sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Client:
    """What boto3 finds where somebody has an AWS account; and its S3."""
    for name, value in account_of(sandbox.url, tmp_path).items():
        monkeypatch.setenv(name, value)
    monkeypatch.delenv("AWS_PROFILE", raising=False)
    return new_client(session_of(REGION), "s3", sandbox.url)


ATHENA = ("--engine", "athena", "--database", "cohorts", "--results", "s3://cohorts/results/", "--json")


def test_athena_and_duckdb_report_the_same_of_segments_in_s3(
    program: InProcess, group: Group, s3: Client, sandbox: Sandbox, tmp_path: Path
) -> None:
    s3.create_bucket(Bucket="cohorts")
    glue = new_client(session_of(REGION), "glue", sandbox.url)
    glue.create_database(DatabaseInput={"Name": "cohorts"})
    halves = [Group([row for row in group.rows if (row[0][-1] in "02468") == even]) for even in (True, False)]
    files = []
    for name, half in zip("ab", halves, strict=True):
        files.append(str(half.write(tmp_path / f"{name}.csv")))
        program.run("cohort", "merge", files[-1], "--to", str(tmp_path / f"{name}.parquet"))
        s3.upload_file(str(tmp_path / f"{name}.parquet"), "cohorts", f"answers/{name}.parquet")

    by_athena = program.run("cohort", "report", "s3://cohorts/answers", *ATHENA).json
    by_duckdb = program.run("cohort", "report", *files, "--json").json
    s3.upload_file(str(tmp_path / "a.parquet"), "cohorts", "answers/again.parquet")
    twice = program.run("cohort", "report", "s3://cohorts/answers", *ATHENA, code=1)

    assert by_athena == by_duckdb
    assert "more than once; only first answers count." in twice.err
    assert glue.get_tables(DatabaseName="cohorts")["TableList"] == []


def test_athenas_refusal_is_told_with_its_reason(program: InProcess, s3: Client) -> None:  # noqa: ARG001
    run = program.run("cohort", "report", "s3://no-such-bucket-of-ours/", "--engine", "athena", "--json", code=1)

    assert run.err.startswith("Athena ")
    assert run.out == ""
