"""Labs, plans and runs as JSON has them."""

from dataclasses import asdict
from typing import Any

from mlacoach.coach.lab import Settled
from mlacoach.coach.lab.adopting import Adopted
from mlacoach.coach.lab.by_hand import Standing
from mlacoach.coach.lab.planning import Planned
from mlacoach.coach.lab.pricing import Asked, known_rates
from mlacoach.coach.lab.results import LabResult
from mlacoach.curriculum.labs import LabFacts
from mlacoach.labs import Done, Missing, Outcome
from mlacoach.labs.prices import Prices


def facts_as_data(lab: LabFacts, *, done: bool) -> dict[str, Any]:
    """What lab.yaml says."""
    return {
        "id": lab.id,
        "title": lab.title,
        "summary": lab.summary,
        "skills": sorted(str(skill) for skill in lab.skills),
        "topics": sorted(lab.topics),
        "minutes": lab.minutes,
        "services": list(lab.services),
        "usd_per_run": lab.usd_per_run,
        "usd_per_hour": lab.usd_per_hour,
        "prices_read": lab.prices_read.isoformat() if lab.prices_read else None,
        "sandbox_differs": list(lab.sandbox_differs),
        "new_accounts": lab.new_accounts,
        "lifecycle": lab.lifecycle,
        "done": done,
    }


def result_as_data(result: LabResult) -> dict[str, Any]:
    """What came of a run that was done to the end."""
    return {**asdict(result), "at": result.at.isoformat(), "metrics": dict(result.metrics)}


def plan_as_data(planned: Planned) -> dict[str, Any]:
    """What a run makes and takes."""
    lab, plan = planned.lab, planned.plan
    return {
        "lab": lab.id,
        "minutes": lab.minutes,
        "usd_per_run": lab.usd_per_run,
        "usd_per_hour": lab.usd_per_hour,
        "resources": [{"kind": kind, "name": name} for kind, name in plan.resources],
        "quotas": dict(plan.quotas),
        "policy": planned.policy,
        "warnings": list(planned.warnings),
    }


def run_as_data(settled: Settled) -> dict[str, Any]:
    """A run and how it stands."""
    row = settled.run
    return {
        "run": row.id,
        "lab": row.lab,
        "at": row.at.isoformat(),
        "target": row.target,
        "account": row.account,
        "region": row.region,
        "profile": row.profile,
        "state": settled.state,
        "because": settled.because,
        "usd_per_hour": settled.usd_per_hour,
        "expires": settled.expires.isoformat() if settled.expires else None,
    }


def adopted_as_data(adopted: Adopted) -> dict[str, Any]:
    """What was taken up, where, and what could not be looked at."""
    return {
        "account": adopted.who.account,
        "region": adopted.who.region,
        "runs": [
            {"run": row.id, "lab": row.lab, "resources": [str(each) for each in new]} for row, new in adopted.runs
        ],
        "unseen": [asdict(each) for each in adopted.unseen],
    }


def outcome_as_data(outcome: Outcome) -> dict[str, Any]:
    """What a check says."""
    data = {"step": outcome.step.name, "state": type(outcome).__name__.lower(), "says": outcome.sentence}
    if isinstance(outcome, Missing):
        data |= {"missing": outcome.missing, "hint": outcome.hint}
    return data


def standing_as_data(standing: Standing) -> dict[str, Any]:
    """How far a lab is."""
    return {
        "steps": [outcome_as_data(outcome) for outcome in standing.outcomes],
        "done": sum(isinstance(outcome, Done) for outcome in standing.outcomes),
        "score": standing.score,
    }


def prices_as_data(table: Prices, fresh: Asked | None) -> dict[str, object]:
    """The rates in US dollars an hour: those that AWS was last asked for, else those that ship."""
    return {
        "region": fresh.region if fresh else table.region,
        "read": (fresh or table).read.isoformat(),
        "source": "AWS Price List" if fresh else table.source.url,
        "usd_per_hour": {name: rate.usd_per_hour for name, rate in known_rates(table, fresh).items()},
    }
