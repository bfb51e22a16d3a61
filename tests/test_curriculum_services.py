"""A text names a service when it has the name as a whole word and as it is written."""

from dataclasses import replace

import pytest

from mlacoach.curriculum.services import ServiceNote, named_in

FORECAST = ServiceNote(
    id="forecast",
    name="Amazon Forecast",
    names=("Amazon Forecast", "Forecast"),
    kind="service",
    status="closed-to-new-customers",
    when="2024-07-29",
    instead="Amazon SageMaker Canvas",
    teach="As history.",
    source="",
    certainty="high",
)
CANARIES = replace(FORECAST, id="c++", name="C++", names=("C++", "SDK (v1)"))
SILENT = replace(FORECAST, id="silent", name="Silent", names=())
NOTES = [FORECAST, CANARIES, SILENT]


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("Use Amazon Forecast for it.", ["forecast"]),
        ("`Forecast`, they said", ["forecast"]),
        ("a weather forecast", []),
        ("Forecasting with DeepAR", []),
        ("the PreForecast bucket", []),
        ("Forecast", ["forecast"]),
        ("Compile the C++ code.", ["c++"]),
        ("The SDK (v1) with Forecast", ["forecast", "c++"]),
        ("Silent night", []),
        ("", []),
    ],
)
def test_a_name_counts_as_a_whole_word_and_as_written(text: str, named: list[str]) -> None:
    assert [note.id for note in named_in(text, NOTES)] == named


def test_without_notes_or_names_nothing_is_named() -> None:
    assert named_in("Amazon Forecast", []) == []
    assert named_in("Silent", [SILENT]) == []
