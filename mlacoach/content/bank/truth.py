"""What is said of AWS: current names, primary sources, a date that is not stale (Q16 to Q20)."""

from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from urllib.parse import urlsplit

from mlacoach.content.bank.remark import Remark
from mlacoach.curriculum.questions import Question
from mlacoach.curriculum.services import GONE, ServiceNote, named_in

STALE = timedelta(days=365)
# AWS's own pages, the pages of the tools that the exams name, and papers.
PRIMARY = frozenset(
    [
        "arxiv.org",
        "aws.amazon.com",
        "boto3.amazonaws.com",
        "sagemaker.readthedocs.io",
        "docs.aws.amazon.com",
        "docs.docker.com",
        "doi.org",
        "jmlr.org",
        "kubernetes.io",
        "mlflow.org",
        "scikit-learn.org",
        "xgboost.readthedocs.io",
        "pytorch.org",
        "docs.pytorch.org",
        "spark.apache.org",
        "parquet.apache.org",
        "www.nist.gov",
        "nvlpubs.nist.gov",
        "huggingface.co",
        "modelcontextprotocol.io",
        "docs.ray.io",
        "docs.greatexpectations.io",
        "docs.python.org",
        "developer.hashicorp.com",
        "www.tensorflow.org",
        "prometheus.io",
        "docs.scipy.org",
        "git-scm.com",
        "avro.apache.org",
        "nightlies.apache.org",
        "numpy.org",
        "pandas.pydata.org",
        "aclanthology.org",
        # Textbooks and handbooks by those who made the methods.
        "otexts.com",
        "proceedings.mlr.press",
        "www.deeplearningbook.org",
        "www.itl.nist.gov",
    ]
)
# To name one of these is right as long as the learner is told what became of it.
NEEDS_NOTE = frozenset({"closed-to-new-customers", "sunset", "superseded", "restricted"})


def truth_rules(question: Question, notes: Sequence[ServiceNote], today: date) -> Iterator[Remark]:
    """What can be said without knowing AWS: `names` knows its operations and values."""
    for number, reference in enumerate(question.references):
        if urlsplit(reference.url).hostname not in PRIMARY or not reference.url.startswith("https://"):
            sentence = "A reference stands on AWS's documentation or another primary source, by https."
            yield Remark(question.id, ("references", number, "url"), "Q19", sentence)
    if today - question.verified > STALE:
        yield Remark(question.id, ("verified",), "Q19", f"Last checked on {question.verified}: check the facts again.")
    elif question.verified > today:
        yield Remark(question.id, ("verified",), "Q19", f"{question.verified} is not over yet.")
    yield from _names(question, notes)


def _names(question: Question, notes: Sequence[ServiceNote]) -> Iterator[Remark]:
    for note in named_in(question.text, notes):
        if note.status == "renamed" and not question.lifecycle:
            yield Remark(question.id, ("stem",), "Q18", f"{note.name} has a new name: {note.instead}")
        elif note.status in NEEDS_NOTE | GONE and not question.lifecycle:
            yield Remark(question.id, ("lifecycle",), "Q17", f"{note.name} is {note.status}: a lifecycle note says so.")
