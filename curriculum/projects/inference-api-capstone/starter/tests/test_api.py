import json

import pytest


def test_the_probes_say_that_the_service_lives_and_is_ready(client):
    assert client.get("/healthz").json() == {"status": "alive"}
    assert client.get("/readyz").json()["status"] == "ready"


def test_an_example_is_answered_with_a_class_and_its_probability(client, example):
    answer = client.post("/predict", json=example)

    assert answer.status_code == 200
    (prediction,) = answer.json()["predictions"]
    assert prediction["label"] == "class_0"
    assert 0.5 < prediction["probability"] <= 1
    assert prediction["unusual"] == []


def test_answers_come_in_the_order_of_the_rows(client, example):
    row = example["rows"][0]
    answers = client.post("/predict", json={"rows": [row, {**row, "alcohol": 99.0}]}).json()["predictions"]

    assert [one["unusual"] for one in answers] == [[], ["alcohol"]]


@pytest.mark.parametrize("wrong", [-1, "much", None, 1e9])
def test_a_value_that_cannot_be_is_refused_with_its_place(client, example, wrong):
    example["rows"][0]["hue"] = wrong
    answer = client.post("/predict", json=example)

    assert answer.status_code == 422
    assert answer.json()["detail"][0]["loc"] == ["body", "rows", 0, "hue"]


def test_infinity_is_refused(client, example):
    text = json.dumps(example).replace("0.92", "Infinity")
    answer = client.post("/predict", content=text, headers={"Content-Type": "application/json"})

    assert answer.status_code == 422
    assert "Infinity" not in answer.text


@pytest.mark.parametrize("body", [{"rows": []}, {}, {"rows": [{}]}, {"rows": [{"colour": 1}]}])
def test_rows_that_are_missing_or_unknown_are_refused(client, body):
    assert client.post("/predict", json=body).status_code == 422


def test_more_rows_than_a_request_may_have_are_refused(client, example):
    assert client.post("/predict", json={"rows": example["rows"] * 257}).status_code == 422


def test_the_counters_count_requests_and_faults(client, example):
    def counted():
        lines = client.get("/metrics").text.splitlines()
        return [int(line.rpartition(" ")[2]) for line in lines if not line.startswith("#")]

    before = counted()
    client.post("/predict", json=example)
    client.post("/predict", json={})
    after = counted()

    assert [now - then for now, then in zip(after, before, strict=True)] == [2, 1]


def test_without_a_model_the_service_lives_but_is_not_ready(client, example):
    model, client.app.state.model = client.app.state.model, None
    try:
        assert client.get("/healthz").status_code == 200
        assert client.get("/readyz").status_code == 503
        assert client.post("/predict", json=example).status_code == 503
    finally:
        client.app.state.model = model
