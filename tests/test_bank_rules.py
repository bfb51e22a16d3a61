"""The rules of fair questions: a sound question breaks none, and each mistake breaks just its own."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import yaml

from mlacoach.content import Library, Loaded, load
from mlacoach.content.bank.aws_vocabulary import Vocabulary, vocabulary
from mlacoach.content.bank.lint import Finding, lint
from mlacoach.content.bank.options import option_rules
from mlacoach.content.bank.record import as_yaml, record_of
from mlacoach.curriculum.questions import Question

TODAY = date(2026, 11, 21)
ROOT = Path(__file__).resolve().parent.parent
# Ships, and may be asked anew; what is changed here on purpose is a question of the tests' own.
SOUND = "customers-of-two-merged-banks"
SOUND_FILE = Path(__file__).with_name("data") / "sound-question.yaml"
Change = Callable[[dict[str, object]], object]


@pytest.fixture(scope="session")
def known(tmp_path_factory: pytest.TempPathFactory) -> Vocabulary:
    return vocabulary(tmp_path_factory.mktemp("names"))


def found(tmp_path: Path, known: Vocabulary, *records: dict[str, object]) -> list[Finding]:
    """What lint says of questions in a pack of their own, beside our exams and topics."""
    folder = tmp_path / "question_bank" / "1-data"
    folder.mkdir(parents=True)
    (tmp_path / "curriculum").mkdir()
    for name in ("exams", "services.yaml", "terms.yaml", "topics.yaml"):
        (tmp_path / "curriculum" / name).symlink_to(ROOT / "curriculum" / name)
    for number, record in enumerate(records):
        (folder / f"question-{number}.yaml").write_text(as_yaml(record), encoding="utf-8")
    rows = [f"| question-{number} | second reader | 2026-11-21 | agreed | |\n" for number in range(len(records))]
    (tmp_path / "question_bank" / "REVIEW.md").write_text("".join(rows), encoding="utf-8")
    loaded = load([tmp_path])
    faults = [fault for fault in loaded.faults if fault.path.parent == folder]
    assert not faults, faults
    return lint(loaded, known, TODAY, [f"question-{number}" for number in range(len(records))])


def changed(**texts: object) -> dict[str, object]:
    """The data of the sound question with some of it replaced; `a.text` is the text of the option a."""
    record: dict[str, Any] = yaml.safe_load(SOUND_FILE.read_text(encoding="utf-8"))
    record["verified"] = str(record["verified"])
    for name, value in texts.items():
        part, _, key = name.rpartition("__")
        if part:
            next(one for one in record["options"] if one["id"] == part)[key] = value
        else:
            record[name] = value
    return record


STEM = (
    "A hospital keeps scans in an Amazon S3 bucket. A team of two data scientists wants to label them in {} "
    "and they must keep patient data inside the hospital network at all times during the work. {}"
)
ASKS = "Which solution meets these requirements with the LEAST operational overhead?"


def stem(middle: str = "a month", end: str = ASKS) -> str:
    return STEM.format(middle, end)


def test_a_sound_question_breaks_no_rule(tmp_path: Path, known: Vocabulary) -> None:
    assert found(tmp_path, known, changed()) == []


@pytest.mark.parametrize(
    ("rule", "change"),
    [
        ("Q02", {"stem": stem(end="Name the solution with the LEAST operational overhead.")}),
        ("Q02", {"stem": "Which solution meets these requirements with the LEAST operational overhead?"}),
        ("Q02", {"stem": stem("a month, " * 60)}),
        ("Q03", {"stem": stem(end="Which statement is true with the LEAST operational overhead?")}),
        ("Q05", {"d__text": "Do everything that all of the above options do, and count the rows that are left over."}),
        ("Q06", {"stem": stem(end="Which solution does NOT meet these requirements at the LOWEST cost?")}),
        ("Q07", {"d__text": "Use Athena."}),
        ("Q10", {"a__why": "Option B is better than the Drop Duplicates transform, which compares entire rows."}),
        ("Q11", {"a__text": "Create an AWS Glue job with a Drop Duplicates transform, and let it compare the rows"}),
        ("Q14", {"a__text": "Create an AWS Glue job with a Drop Duplicates transform, and always compare rows."}),
        ("Q15", {"a__why": "Rows differ."}),
        ("Q15", {"a__why": "This would be right for another company with quite different wishes and plans."}),
        ("Q16", {"a__text": "Create an AWS Glue job that calls `CreateDuplicateFinder`, and let it compare the rows."}),
        ("Q16", {"a__text": "Create a Glue job through CreateJob with a Drop Duplicates transform for the rows."}),
        ("Q17", {"a__why": "Amazon Forecast with a Drop Duplicates transform predicts series and finds no rows."}),
        ("Q18", {"a__why": "Kinesis Data Firehose delivers streams, and the Drop Duplicates transform compares rows."}),
        ("Q19", {"references": [{"title": "A blog", "url": "https://example.com/blog"}]}),
        ("Q19", {"verified": "2025-01-01"}),
        ("Q19", {"verified": "2027-01-01"}),
        ("Q23", {"stem": stem("2 months with 3 people, 4 tools and 5 servers")}),
        ("Q24", {"stem": stem("a QXZ tool")}),
        ("Q24", {"a__text": "Create an AWS Glue job " + "that compares the entire rows " * 9 + "of it."}),
        ("Q28", {"stem": stem("a sanity check")}),
    ],
)  # fmt: skip
def test_each_mistake_breaks_its_rule(rule: str, change: dict[str, object], tmp_path: Path, known: Vocabulary) -> None:
    assert rule in {one.fault.rule for one in found(tmp_path, known, changed(**change))}


@pytest.mark.parametrize(
    "term",
    [
        "CreateTrainingJobs", "EnableSpotTraining", "FULLY_MANAGED_MAGIC", "ml.zz9.xlarge", "aws sagemaker train-model",
        "aws sagemaker create-model --bucket-name x", "s3:FetchObject", "sagemaker:CreateTrainingJobs",
    ],
)  # fmt: skip
def test_a_name_that_aws_does_not_have_is_found(term: str, tmp_path: Path, known: Vocabulary) -> None:
    said = found(tmp_path, known, changed(lifecycle=f"Since 2026 it is done with `{term}`."))

    assert [one.fault.rule for one in said if one.error] == ["Q16"]


@pytest.mark.parametrize(
    "term",
    [
        "CreateTrainingJob", "EnableManagedSpotTraining", "FastFile", "InService", "ml.m5.large", "p4d.24xlarge",
        "aws sagemaker create-model --model-name x", "aws s3 sync", "s3:Get*", "sagemaker:InvokeEndpoint",
        "ResourceConfig.VolumeSizeInGB", "ProvisionedThroughputExceededException", "churn_rate", "data/train.csv",
        "arn:aws:s3:::bucket/*", "aws:SecureTransport", "ModelLatency",
    ],
)  # fmt: skip
def test_a_name_that_exists_or_is_the_questions_own_is_left_alone(term: str, tmp_path: Path, known: Vocabulary) -> None:
    assert found(tmp_path, known, changed(lifecycle=f"Since 2026 it is done with `{term}`.")) == []


def test_a_rare_word_that_the_stem_shares_with_the_key_alone_is_named(tmp_path: Path, known: Vocabulary) -> None:
    found(tmp_path, known, changed())
    question = load([tmp_path]).library.question("question-0")

    assert "Q12" not in {one.rule for one in option_rules(question, frozenset({"zoolog"}))}
    clanging = replace(question, stem=question.stem.replace("churn", "machine learning based"))
    assert "Q12" in {one.rule for one in option_rules(clanging, frozenset({"machin"}))}


def test_a_finding_names_the_line(tmp_path: Path, known: Vocabulary) -> None:
    record = changed(a__text="Do everything that all of the above options do, and count the rows left over.")

    one = next(one for one in found(tmp_path, known, record) if one.fault.rule == "Q05")

    lines = one.fault.path.read_text(encoding="utf-8").splitlines()
    assert "all of the above" in " ".join(lines[one.fault.line - 1 : one.fault.line + 1])


def test_the_later_of_two_near_duplicates_is_named(tmp_path: Path, known: Vocabulary) -> None:
    copy = changed(a__why="The Drop Duplicates transform suits equal rows, and here the spellings differ.")

    said = found(tmp_path, known, changed(), copy)

    assert [(one.question, one.fault.rule) for one in said if one.fault.rule == "Q22"] == [("question-1", "Q22")]
    assert "question-0" in next(one.fault.sentence for one in said if one.fault.rule == "Q22")


def test_the_shipped_bank_breaks_no_rule_that_is_an_error(known: Vocabulary, loaded: Loaded) -> None:
    findings = [one for one in lint(loaded, known, TODAY) if one.error]

    assert findings == [], "\n".join(str(one.fault) for one in findings)


def test_a_question_that_nobody_else_has_read_is_named(tmp_path: Path, known: Vocabulary) -> None:
    found(tmp_path, known, changed())
    record = tmp_path / "question_bank" / "REVIEW.md"

    for text in (
        "",
        "| question-0 | second reader | 2026-11-21 | looked-at | |\n",
        "| question-0 | x | 2026-99-99 | agreed | |\n",
    ):
        record.write_text(text, encoding="utf-8")
        assert [one.fault.rule for one in lint(load([tmp_path]), known, TODAY, ["question-0"])] == ["Q32"]


def ordering(library: Library, text: str) -> dict[str, object]:
    record = record_of(next(one for one in library.questions.values() if one.kind == "ordering"))
    record["steps"][1]["text"] = text
    return record


def test_a_step_gives_no_cue(tmp_path: Path, library: Library, known: Vocabulary) -> None:
    said = found(tmp_path, known, ordering(library, "Finally register the model in the registry"))

    assert "Q25" in {one.fault.rule for one in said}


def test_a_matching_question_says_that_a_response_may_serve_twice(
    tmp_path: Path, library: Library, known: Vocabulary
) -> None:
    question: Question = next(one for one in library.questions.values() if one.kind == "matching")
    record = record_of(replace(question, stem=stem(end="Which tool fits each?")))
    for prompt in record["prompts"]:
        prompt["response"] = record["responses"][0]["id"]

    assert "Q26" in {one.fault.rule for one in found(tmp_path, known, record)}
