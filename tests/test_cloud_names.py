"""Names that carry the lab and the run."""

import pytest

from mlacoach.cloud import Entry, Mark, Resource, RunNames
from mlacoach.cloud.journal import may_exist

NAMES = RunNames("s3-data-lake", "01a1fdfbc081e0ccadf7b6c000f6")


def test_a_name_says_whose_it_is() -> None:
    assert NAMES.name("raw") == "mlacoach-s3-data-lake-f7b6c000f6-raw"


def test_a_long_lab_leaves_room_for_the_run_and_the_suffix() -> None:
    name = RunNames("a-lab-with-an-uncommonly-long-name", NAMES.run).name("x" * 20)

    assert name == f"mlacoach-a-lab-with-an-unco-f7b6c000f6-{'x' * 20}"
    assert len(name) <= 63


@pytest.mark.parametrize("suffix", ["", "Raw", "a_b", "-a", "a-", "a--b", "a.b", "a/b", "ä", "a\n"])
def test_a_suffix_that_some_service_refuses_is_refused_at_once(suffix: str) -> None:
    with pytest.raises(ValueError, match="lower-case words"):
        NAMES.name(suffix)


def test_a_name_that_is_too_long_is_refused_at_once() -> None:
    with pytest.raises(ValueError, match="63 are allowed"):
        NAMES.name("x" * 40)


def test_a_run_owns_its_names_also_with_underscores_and_what_lies_in_them() -> None:
    assert NAMES.owns(NAMES.name("raw"))
    assert NAMES.owns(NAMES.name("lake").replace("-", "_") + "/readings")


@pytest.mark.parametrize(
    "name",
    [
        "mlacoach-s3-data-lake-0000000000-raw",
        "mlacoach-s3-data-lake-",
        "mine",
        "mine/mlacoach-s3-data-lake-f7b6c000f6-raw",
    ],
)
def test_a_run_owns_nothing_else(name: str) -> None:
    assert not NAMES.owns(name)


def test_what_may_exist_is_each_intent_not_seen_gone_since_newest_first() -> None:
    a, b, c = (Resource("s3-bucket", name) for name in "abc")
    story = [
        (Mark.INTENT, a),
        (Mark.DONE, a),
        (Mark.INTENT, b),
        (Mark.INTENT, c),
        (Mark.DELETED, c),
        (Mark.VERIFIED, b),
        (Mark.INTENT, a),
    ]

    assert may_exist(Entry(mark, "s3", "CreateBucket", resource) for mark, resource in story) == [a, c]
