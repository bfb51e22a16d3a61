"""What still stands on a real account, for every start of the program. It looks at our own file only."""

from mlacoach.coach import Coach
from mlacoach.coach.lab.log import RunLog
from mlacoach.coach.lab.places import AWS
from mlacoach.coach.lab.settling import cost_per_hour, expiry


def reminders(coach: Coach) -> list[str]:
    """A line for each run on a real account that is not known to be clean."""
    rows = [row for row in coach.store.lab_runs.unsettled() if row.target == AWS]
    return [_reminder(coach, RunLog(coach, row)) for row in rows]


def _reminder(coach: Coach, log: RunLog) -> str:
    row, expires, cost = log.row, expiry(log), cost_per_hour(log)
    overdue = " It has expired." if expires and coach.now() > expires else ""
    bill = f" and may cost {cost:g} US dollars an hour" if cost else ""
    since = f"{row.at.astimezone():%Y-%m-%d %H:%M}"
    return (
        f"Lab {row.lab} stands in account {row.account} ({row.region}) since {since}{bill}."
        f"{overdue} Take it away with: mlacoach lab clean {row.lab}"
    )
