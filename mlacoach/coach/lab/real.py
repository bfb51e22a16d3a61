"""A lab on the learner's own AWS account: whose it may be, what it may cost, how long it may stand."""

import json
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from mlacoach.cloud import Account, Place, real_session
from mlacoach.cloud.identity import Identity, identify, refuse_management_account, refuse_root
from mlacoach.cloud.quotas import missing_quotas
from mlacoach.cloud.role import make_role
from mlacoach.coach import Coach
from mlacoach.coach.lab.log import RunLog
from mlacoach.coach.lab.places import AWS, real_place
from mlacoach.coach.lab.pricing import priced
from mlacoach.content.lab_plan import load_plan
from mlacoach.curriculum.labs import LabFacts
from mlacoach.errors import MlacoachError, UsageFault
from mlacoach.store.lab_runs import LabRunRow

MAX_USD, HOURS = 2.0, 4.0
ALLOWED = "aws_accounts"
PRICES_AGE = timedelta(days=365)
SECONDS_PER_HOUR = 3600


@dataclass(frozen=True, slots=True)
class Terms:
    """What the learner says about their account.

    Attributes:
        profile: of their AWS configuration; None takes what the environment says.
        region: None takes the profile's.
        max_usd: the ceiling of a run, in US dollars.
        hours: after so many the run is stopped.
    """

    profile: str | None = None
    region: str | None = None
    max_usd: float = MAX_USD
    hours: float = HOURS


def allowed_accounts(coach: Coach) -> dict[str, str]:
    """The accounts that labs may run in, with their aliases."""
    found: dict[str, str] = json.loads(coach.store.profile.all().get(ALLOWED, "{}"))
    return found


def who_am_i(terms: Terms) -> Identity:
    """Whose account the terms lead to.

    Raises:
        NeedsCredentials: AWS does not let us in.
        MlacoachError: it is the root user.
    """
    who = identify(real_session(terms.profile, terms.region), terms.profile)
    refuse_root(who)
    return who


def allow(coach: Coach, who: Identity, typed: str) -> None:
    """Put an account on the list; the learner proves by typing its alias that they know which one it is.

    Raises:
        UsageFault: that is not its alias.
    """
    if typed != who.alias:
        raise UsageFault(f"{typed!r} is not the alias of account {who.account}; nothing was changed.", who.sentence)
    accounts = {**allowed_accounts(coach), who.account: who.alias}
    coach.store.profile.put({ALLOWED: json.dumps(accounts)}, coach.now())


def admit(coach: Coach, lab: LabFacts, terms: Terms) -> Identity:
    """Look at everything that can be known before anything is made; who we are.

    Raises:
        NeedsCredentials: AWS does not let us in.
        MlacoachError: the account, the cost or a quota forbids it; nothing was made.
    """
    session = real_session(terms.profile, terms.region)
    must_be_affordable(priced(coach, lab, session.region_name), terms)
    plan = load_plan(lab.folder)
    if plan is None:
        raise MlacoachError(f"{lab.id} has no recorded plan, so nobody knows what it makes.", "Run it in the sandbox.")
    who = who_am_i(terms)
    if who.account not in allowed_accounts(coach):
        raise MlacoachError(
            f"Labs may not run in account {who.account} ({who.alias}): it is not on your list.",
            f"Put it there with: mlacoach lab allow{f' --profile {who.profile}' if who.profile else ''}",
        )
    refuse_management_account(session, who)
    missing = missing_quotas(session, plan.quotas)
    if missing:
        said = "; ".join(f"{name}: {allowed:g}, needed {count}" for name, (count, allowed) in missing.items())
        raise MlacoachError(f"Quotas are too small. {said}.", "Ask for more in Service Quotas, or use the sandbox.")
    return who


def must_be_affordable(lab: LabFacts, terms: Terms) -> None:
    """Keep to the ceiling.

    Raises:
        MlacoachError: the lab may cost more, or nobody knows what it costs.
    """
    if lab.usd_per_run is None:
        raise MlacoachError(f"Nobody has found out what {lab.id} costs, so no ceiling holds.", "Run it in the sandbox.")
    if lab.usd_per_run > terms.max_usd:
        raise MlacoachError(
            f"{lab.id} may cost {lab.usd_per_run:g} US dollars; your ceiling is {terms.max_usd:g}.",
            "Raise it with --max-usd, or run the lab in the sandbox.",
        )


def old_prices(lab: LabFacts, today: date) -> str:
    """A warning if the prices were read long ago, or nothing."""
    if lab.prices_read is None or today - lab.prices_read <= PRICES_AGE:
        return ""
    return f"The prices are those of {lab.prices_read}; they may have changed."


def must_stay_affordable(coach: Coach, log: RunLog, terms: Terms) -> None:
    """Stop a run that stands too long: by its hours, or by what they may have cost.

    Raises:
        MlacoachError: it stood too long; it is torn down.
    """
    if log.row.target != AWS:
        return
    agreed = log.last("terms")
    hours = (coach.now() - log.row.at).total_seconds() / SECONDS_PER_HOUR
    cost = hours * float(agreed.data["usd_per_hour"]) if agreed else 0.0
    if cost > terms.max_usd:
        raise MlacoachError(
            f"The run stood {hours:.1f} hours and may have cost {cost:.2f} US dollars.",
            f"Your ceiling is {terms.max_usd:g}; raise it with --max-usd.",
        )
    if agreed and coach.now() > datetime.fromisoformat(agreed.data["expires"]):
        raise MlacoachError(
            f"The run expired: it stood {hours:.1f} hours.", "Run it anew, with more --hours if it needs them."
        )


def must_be_the_same(row: LabRunRow) -> None:
    """Only the account that the run was made in is touched.

    Raises:
        NeedsCredentials: AWS does not let us in.
        MlacoachError: the credentials are those of another account.
    """
    who = identify(real_session(row.profile, row.region), row.profile)
    if who.account != row.account:
        profile = f" with the profile {row.profile}" if row.profile else ""
        raise MlacoachError(
            f"The run {row.id} of {row.lab} was made in account {row.account}{profile}; these credentials are of "
            f"{who.account}.",
            f"Log in to {row.account} and try again.",
        )


def place(log: RunLog) -> Place:
    """The account of a run."""
    role = log.last("role")
    return real_place(log.row.profile, log.row.region, role.data["arn"] if role else "")


def with_role(lab: LabFacts, log: RunLog, where: Place, aws: Account) -> Account:
    """The account with the run's role, which is made first where services need one."""
    if where.role_arn or not lab.permissions:
        return aws
    arn = make_role(aws, lab.permissions)
    log.add("role", arn=arn)
    return replace(where, role_arn=arn).account(log.names, log.journal, log.entries())
