"""The stem: a scenario, one decision, answerable without the options (Q02, Q03, Q06, Q23, Q24, Q28)."""

import re
from collections.abc import Iterator

from mlacoach.content.bank.remark import Remark, parts_of, sentences
from mlacoach.curriculum.questions import Question

WORDS = {True: (35, 130), False: (12, 130)}  # exam questions, foundations
LONGEST_SENTENCE = 35
LONGEST_OPTION = 45
MOST_NUMBERS = 3

_SELECT = re.compile(r"\s*\(Select (?:TWO|THREE)\.\)$")
_CUE = re.compile(
    r"\b(?:least|lowest|fewest|minimal|"
    r"LEAST|MOST|LOWEST|FEWEST|HIGHEST|SHORTEST|without|must|cannot|may not|no longer|minimi[sz]e|within|no|none|"
    r"at least|at most|before|after|until|under|only|every|wants? to|needs?|requires?|has to|have to|should|as soon as|"
    r"less than|more than|smallest|cheapest|fastest|limit(?:ed|s)?|budget|avoid|keep|instead)\b"
)
_WHICH_IS_TRUE = re.compile(
    r"which (?:of the following )?(?:statement|option|sentence)s? (?:is|are) (?:true|correct)", re.IGNORECASE
)
# LEAST overhead, effort, change is what a company wants; the LEAST suitable answer is a negative question.
_NEGATIVE = re.compile(
    r"\bNOT\b|\bEXCEPT\b|\bLEAST (?:likely|suitable|appropriate|true|correct|effective|efficient|secure|useful)\b"
)
_LOADED = re.compile(
    r"\b(?:guys?|manpower|crazy|insane|dumb|stupid|sanity|grandfathered|blacklist|whitelist|slave)\b", re.IGNORECASE
)
_NUMBER = re.compile(r"(?<![\w.`-])\d[\d,.]*\b")
_ACRONYM = re.compile(r"\b[A-Z][A-Z0-9]{1,5}s?\b")
# What the exam guides use without expansion, units, and words in capitals.
EVERYDAY = frozenset(
    [
        "AWS",
        "S3",
        "EC2",
        "IAM",
        "VPC",
        "KMS",
        "SNS",
        "SQS",
        "EFS",
        "EBS",
        "EMR",
        "ECR",
        "ECS",
        "EKS",
        "RDS",
        "API",
        "APIs",
        "CLI",
        "SDK",
        "SQL",
        "CSV",
        "JSON",
        "HTTP",
        "HTTPS",
        "TLS",
        "SSL",
        "URL",
        "URI",
        "ID",
        "IDs",
        "IP",
        "DNS",
        "CPU",
        "CPUs",
        "GPU",
        "GPUs",
        "RAM",
        "SSD",
        "TB",
        "GB",
        "MB",
        "KB",
        "PB",
        "ML",
        "AI",
        "US",
        "EU",
        "UTC",
        "PDF",
        "PDFs",
        "XML",
        "HTML",
        "YAML",
        "ARN",
        "ARNs",
        "I/O",
        "IO",
        "CI",
        "CD",
        "TV",
        "SSH",
        "NFS",
        "USB",
        "OS",
        "PC",
        "IT",
        "HR",
        "QA",
        "TWO",
        "THREE",
        "LEAST",
        "MOST",
        "LOWEST",
        "FEWEST",
        "HIGHEST",
        "SHORTEST",
        "FIRST",
        "LARGEST",
        "SMALLEST",
        "NEW",
        "AND",
        "OR",
        "MLA",
        "C01",
        "C02",
        "K8s",
        "UI",
        "DAG",
        "DAGs",
        "ETL",
        "MLOps",
        "CDK",
        "SAM",
        "VM",
        "VMs",
        "AMI",
        "AMIs",
        "NAT",
        "ACL",
        "ACLs",
        "AZ",
        "AZs",
        "SaaS",
        "PaaS",
        "IaaS",
        "ORC",
        "FSx",
        "DB",
        "A/B",
        "BLEU",
        "ROUGE",
        "AUC",
        "ROC",
        "RMSE",
        "PCA",
        "SMOTE",
        "XGBoost",
        "LSTM",
        "MXNet",
        "NLP",
        "LLM",
        "LLMs",
        "RAG",
        "FM",
        "FMs",
        "PII",
        "PHI",
        "TPU",
        "REST",
        "F1",
    ]
)


def stem_rules(question: Question) -> Iterator[Remark]:
    """Everything that can be said of the stem alone."""
    for rule in (_asks_one_question, _has_a_length, _is_positive, _is_readable, _is_neutral):
        for name, sentence, error in rule(question):
            yield Remark(question.id, ("stem",), name, sentence, error)


Said = Iterator[tuple[str, str, bool]]


def _asks_one_question(question: Question) -> Said:
    asked = sentences(_SELECT.sub("", question.stem))
    if question.body.__class__.__name__ == "Choice" and not asked[-1].endswith("?"):
        yield "Q02", "The last sentence of the stem asks a question and ends with a question mark.", True
    if sum(one.endswith("?") for one in asked) > 1:
        yield "Q23", "A question asks for one decision; the stem has several question marks.", False
    if question.skills and not question.case and not _CUE.search(question.stem):
        yield "Q02", "The stem names no constraint (least overhead, without internet access, within a time …).", True


def _has_a_length(question: Question) -> Said:
    least, most = WORDS[bool(question.skills) and question.case is None]
    count = len(question.stem.split())
    if not least <= count <= most:
        yield "Q02", f"The stem has {count} words; {least} to {most} make a scenario that can be read.", True


def _is_positive(question: Question) -> Said:
    if _WHICH_IS_TRUE.search(question.stem):
        yield "Q03", "Ask for a decision: which statement is true cannot be answered with the options covered.", True
    if _NEGATIVE.search(question.stem):
        yield (
            "Q06",
            "Ask for what is right: no NOT, no EXCEPT, no LEAST likely.",
            True,
        )


def _is_readable(question: Question) -> Said:
    for sentence in sentences(question.stem):
        count = len(sentence.split())
        if count > LONGEST_SENTENCE:
            yield "Q24", f"A sentence of {count} words (at most {LONGEST_SENTENCE}): {sentence[:50]}…", False
    numbers = len(_NUMBER.findall(question.stem))
    if numbers > MOST_NUMBERS and question.skills:
        yield "Q23", f"{numbers} numbers in the stem; more than {MOST_NUMBERS} hide what decides.", False
    told = question.stem + (question.case.scenario if question.case else "")
    unknown = sorted({one for one in _ACRONYM.findall(_without_code(question.stem)) if not _is_told(one, told)})
    if unknown and question.skills:
        yield "Q24", f"Write out at first use: {', '.join(unknown)}.", False


def _is_told(acronym: str, text: str) -> bool:
    """Is it everyday, or does it stand in brackets behind its long form, or have its long form in brackets?"""
    return acronym in EVERYDAY or f"({acronym}" in text or f"({acronym.rstrip('s')}" in text or f"{acronym} (" in text


def _without_code(text: str) -> str:
    return re.sub(r"`[^`]*`", " ", text)


def _is_neutral(question: Question) -> Said:
    found = _LOADED.search(question.text)
    if found:
        yield "Q28", f"Find a neutral word for {found[0]!r}.", False


def option_reading_rules(question: Question) -> Iterator[Remark]:
    """The reading load of the parts (Q24)."""
    for name, number, part in parts_of(question):
        count = len(part.text.split())
        if count > LONGEST_OPTION:
            sentence = f"{count} words; at most {LONGEST_OPTION} can be compared with the others."
            yield Remark(question.id, (name, number, "text"), "Q24", sentence, error=False)
