"""Prices, bounds and quotas: what ships, what AWS says, and how a lab is held to it."""

import json
from datetime import date
from pathlib import Path
from typing import Any, TypeAlias

import pytest

from mlacoach.cloud import real_session, sandbox_session
from mlacoach.cloud.prices import current_rates
from mlacoach.cloud.quotas import missing_quotas
from mlacoach.coach import Coach
from mlacoach.coach.lab import (
    Terms,
    pricing,
)
from mlacoach.coach.lab.pricing import ASKED, ask_prices, asked_prices, elsewhere, priced, shipped_prices
from mlacoach.coach.lab.real import must_be_affordable, old_prices
from mlacoach.content.lab_plan import load_plan
from mlacoach.errors import MlacoachError, NeedsCredentials
from mlacoach.sandbox import REGION
from tests.practice import LAB, lead_boto3_to

Client: TypeAlias = Any  # boto3 makes its clients at run time


def test_old_prices_are_said_to_be_old(coach: Coach) -> None:
    lab = coach.library.lab(LAB)

    assert old_prices(lab, date(2026, 12, 1)) == ""
    assert "may have changed" in old_prices(lab, date(2028, 1, 1))


def quotas_answer(session: Client, quotas: dict[str, float]) -> None:
    """The account answers Service Quotas so."""

    class Response:
        status_code = 200

    body = {"Quotas": [{"QuotaName": name, "Value": value} for name, value in quotas.items()]}
    session.events.register("before-call.service-quotas", lambda **_: (Response(), body))


def test_a_quota_that_is_too_small_or_not_listed_is_named() -> None:
    session = sandbox_session(REGION)
    quotas_answer(session, {"ml.m5.large for endpoint usage": 1, "ml.m5.large for training job usage": 0})
    needed = {
        "ml.m5.large for endpoint usage": 1,
        "ml.m5.large for training job usage": 2,
        "ml.m5.large for transform job usage": 1,
    }

    assert missing_quotas(session, needed) == {
        "ml.m5.large for training job usage": (2, 0),
        "ml.m5.large for transform job usage": (1, 0),
    }
    assert missing_quotas(session, {}) == {}


# --- prices ---


def price_list(name: str, usd: str, *, unit: str = "Hrs") -> str:
    """A product as the Price List has it."""
    dimension = {"unit": unit, "pricePerUnit": {"USD": usd}}
    terms = {"OnDemand": {"A.B": {"priceDimensions": {"A.B.C": dimension}}}}
    return json.dumps({"product": {"attributes": {"usagetype": name}}, "terms": terms})


def prices_answer(session: Client, *products: str) -> list[dict[str, Any]]:
    """AWS answers these; what it was asked."""

    class Response:
        status_code = 200

    asked: list[dict[str, Any]] = []

    def answer(params: dict[str, Any], **_: object) -> tuple[Response, dict[str, Any]]:
        asked.append(json.loads(params["body"]))
        return Response(), {"FormatVersion": "aws_v1", "PriceList": list(products)}

    session.events.register("before-call.pricing", answer)
    return asked


def test_a_price_is_found_by_its_usage_type_on_demand_and_by_the_hour() -> None:
    session = sandbox_session(REGION)
    asked = prices_answer(
        session,
        price_list("EUC1-Host:ml.m5.large", "0.138"),
        price_list("EUC1-Host:ml.m5.large", "9.9", unit="Quantity"),
        price_list("EUC1-Train:ml.m5.large", "0.14"),
        price_list("EUC1-Notebk:ml.m5.large", "0.2"),
    )

    found = current_rates(session, "eu-central-1", ["Host:ml.m5.large", "Train:ml.m5.large", "Tsform:ml.m5.large"])

    assert found == {"Host:ml.m5.large": 0.138, "Train:ml.m5.large": 0.14}
    assert [(each["Field"], each["Value"]) for each in asked[0]["Filters"]] == [
        ("regionCode", "eu-central-1"),
        ("instanceName", "ml.m5.large"),
    ]


def test_aws_that_tells_no_prices_is_said(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    lead_boto3_to("http://127.0.0.1:9", monkeypatch, tmp_path)

    with pytest.raises(NeedsCredentials, match="does not tell its prices"):
        current_rates(real_session(None, REGION), REGION, ["Host:ml.m5.large"])


def test_the_bounds_of_a_lab_cover_its_instances_at_the_prices_that_ship(coach: Coach) -> None:
    shipped = shipped_prices(coach)

    with_prices = [lab for lab in coach.library.labs.values() if lab.usd_per_hour is not None]
    assert len(with_prices) > 20
    for lab in with_prices:
        plan = load_plan(lab.folder)
        assert plan is not None
        assert lab.usd_per_hour is not None
        assert lab.usd_per_hour >= shipped.hourly(plan.quotas), lab.id


def test_where_aws_is_dearer_the_bounds_grow_and_where_it_is_cheaper_they_stay(coach: Coach) -> None:
    lab = coach.library.lab("builtin-xgboost")
    kept = {"read": "2026-11-22", "rates": {"Train:ml.m5.large": 0.23}}
    cheap = {"read": "2026-11-22", "rates": {"Train:ml.m5.large": 0.01}}
    coach.store.profile.put({ASKED: json.dumps({"eu-central-1": kept, "us-west-2": cheap})}, coach.now())

    dear = priced(coach, lab, "eu-central-1")

    assert (dear.usd_per_run, dear.usd_per_hour) == (lab.usd_per_run * 2, lab.usd_per_hour * 2)
    assert priced(coach, lab, "us-west-2") == priced(coach, lab, "eu-west-3") == priced(coach, lab, None) == lab
    assert elsewhere(coach, lab, "eu-central-1") == elsewhere(coach, lab, REGION) == ""
    assert "--refresh --region eu-west-3" in elsewhere(coach, lab, "eu-west-3")
    with pytest.raises(MlacoachError, match=r"may cost 0\.16 US dollars; your ceiling is 0\.1"):
        must_be_affordable(dear, Terms(max_usd=0.1))


def test_what_aws_said_is_kept_for_the_region(coach: Coach, monkeypatch: pytest.MonkeyPatch) -> None:
    session = sandbox_session("eu-central-1")
    prices_answer(session, price_list("EUC1-Host:ml.m5.large", "0.138"))
    monkeypatch.setattr(pricing, "real_session", lambda _profile, _region: session)

    asked = ask_prices(coach, None, "eu-central-1")

    assert asked_prices(coach, "eu-central-1") == asked
    assert asked.rates == {"Host:ml.m5.large": 0.138}
    assert asked_prices(coach, REGION) is None
