"""`mlacoach lab`: find one, run one, see what stands, take it away."""

import sys
from typing import Annotated

import typer
from rich.text import Text

from mlacoach.cli import lab_by_hand
from mlacoach.cli.celebrate import tell_new
from mlacoach.cli.context import open_coach
from mlacoach.cli.lab_data import adopted_as_data, facts_as_data, plan_as_data, prices_as_data, run_as_data
from mlacoach.cli.lab_flags import EXAM, HOURS, JSON, LAB_ID, MAX_USD, PROFILE, REGION, TARGET
from mlacoach.cli.output import print_json
from mlacoach.coach import Coach
from mlacoach.coach.lab import Filter, How, Terms, done_labs, history, list_labs, real, run_lab
from mlacoach.coach.lab import clean as take_away
from mlacoach.coach.lab.adopting import adopt as take_up
from mlacoach.coach.lab.places import AWS, SANDBOX
from mlacoach.coach.lab.planning import plan_lab
from mlacoach.coach.lab.pricing import ask_prices, asked_prices, shipped_prices
from mlacoach.coach.lab.settling import must_be_clean
from mlacoach.errors import LabNotClean, UnknownId, UsageFault
from mlacoach.screen.ask import read_line
from mlacoach.screen.console import is_interactive, stderr, stdout, working
from mlacoach.screen.lab_walk import Walk
from mlacoach.screen.labs import print_adopted, print_lab, print_labs, print_plan, print_prices, print_runs

app = typer.Typer(help="Practise on a local AWS, step by step.", rich_markup_mode=None, no_args_is_help=True)


@app.command("list")
def list_(  # noqa: PLR0913 - a flag for each way to choose
    ctx: typer.Context,
    *,
    exam: EXAM = None,
    domain: Annotated[int | None, typer.Option(min=1, max=4, help="Of this domain: 1 to 4.")] = None,
    skill: Annotated[str | None, typer.Option(help="Of this skill, such as 1.1.2.")] = None,
    service: Annotated[str | None, typer.Option(help="With this service in its name, such as glue.")] = None,
    minutes: Annotated[int | None, typer.Option(min=1, help="At most so long.")] = None,
    usd: Annotated[float | None, typer.Option(min=0, help="At most so many US dollars on an AWS account.")] = None,
    state: Annotated[str | None, typer.Option(help="done or open.")] = None,
    as_json: JSON = False,
) -> None:
    """The labs there are, and which you have done."""
    coach = open_coach(ctx)
    if exam:
        exam = coach.library.exam(exam).id
    labs = list_labs(coach, Filter(exam, domain, skill, service, minutes, usd, state))
    done = done_labs(coach)
    if as_json:
        print_json("labs", {"labs": [facts_as_data(lab, done=lab.id in done) for lab in labs]})
    elif labs:
        print_labs(stdout(), labs, done)
    else:
        stdout().print(Text("No lab is like that."))


@app.command()
def show(ctx: typer.Context, lab_id: LAB_ID, as_json: JSON = False) -> None:
    """What a lab is about: its task, its cost, what the sandbox does differently."""
    coach = open_coach(ctx)
    lab = coach.library.lab(lab_id)
    if as_json:
        print_json("lab", facts_as_data(lab, done=lab.id in done_labs(coach)))
    else:
        print_lab(stdout(), lab, (lab.folder / "README.md").read_text(encoding="utf-8"))


@app.command()
def plan(ctx: typer.Context, lab_id: LAB_ID, target: TARGET = SANDBOX, as_json: JSON = False) -> None:
    """What a run makes, in order, how long it takes and what it costs; for AWS, the policy that it needs."""
    planned = plan_lab(open_coach(ctx), lab_id, _target(target))
    data = plan_as_data(planned)
    if as_json:
        print_json("lab-plan", data)
        return
    print_plan(stdout(), planned)
    if planned.policy:
        stdout().print(Text("The policy of who runs it:"))
        stdout().print_json(data=planned.policy)


@app.command()
def run(  # noqa: PLR0913 - a flag for each choice
    ctx: typer.Context,
    lab_id: LAB_ID,
    *,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Run every step without asking.")] = False,
    keep: Annotated[bool, typer.Option("--keep", help="Leave everything standing at the end.")] = False,
    pause: Annotated[bool, typer.Option("--pause", help="Wait before each step, as on a terminal.")] = False,
    resume: Annotated[bool, typer.Option("--resume", help="Go on with the paused run of this lab.")] = False,
    sdk: Annotated[bool, typer.Option("--sdk", help="With the SageMaker Python SDK 3, where the lab can.")] = False,
    target: TARGET = SANDBOX,
    profile: PROFILE = None,
    region: REGION = None,
    max_usd: MAX_USD = real.MAX_USD,
    hours: HOURS = real.HOURS,
    refresh_prices: Annotated[
        bool, typer.Option("--refresh-prices", help="On AWS: ask for today's prices first.")
    ] = False,
) -> None:
    """Walk through a lab in a sandbox of its own, or on your AWS account; it is torn down at the end."""
    coach, terms = open_coach(ctx), Terms(profile, region, max_usd, hours)
    how = How(_target(target), keep, resume, sdk, terms)
    if how.target == AWS and refresh_prices:
        ask_prices(coach, profile, region)
    if how.target == AWS and not resume:
        _announce(coach, lab_id, terms, yes=yes)
    walk(coach, lab_id, how, yes=yes, pause=pause)


def walk(coach: Coach, lab_id: str, how: How, *, yes: bool, pause: bool = False) -> None:
    """Run a lab from its first step to its teardown; with `yes` without asking."""
    asks = not yes and is_interactive()
    waits = pause or asks
    with Walk(stdout(), stderr(), _wait if waits else _go_on, asks=asks or pause).live() as watched:
        run_lab(coach, lab_id, watched, how)
    tell_new(coach, "labs")


@app.command()
def allow(
    ctx: typer.Context,
    profile: PROFILE = None,
    region: REGION = None,
    alias: Annotated[str, typer.Option(help="The account's alias, instead of typing it.")] = "",
) -> None:
    """Let labs run in an AWS account of yours; you type its alias, or its number if it has none."""
    coach = open_coach(ctx)
    who = real.who_am_i(Terms(profile, region))
    stdout().print(Text(who.sentence))
    if not alias and not is_interactive():
        raise UsageFault("Nobody can type the alias here.", "Give it with --alias.")
    real.allow(coach, who, alias or read_line(stdout(), "Type the account's alias: "))
    stdout().print(Text(f"Labs may run in account {who.account}."))


@app.command()
def prices(
    ctx: typer.Context,
    *,
    refresh: Annotated[bool, typer.Option("--refresh", help="Ask AWS for today's, with your credentials.")] = False,
    profile: PROFILE = None,
    region: REGION = None,
    as_json: JSON = False,
) -> None:
    """What the instances of labs cost an hour, and since when that is known."""
    coach = open_coach(ctx)
    table = shipped_prices(coach)
    fresh = ask_prices(coach, profile, region) if refresh else asked_prices(coach, region or table.region)
    if as_json:
        print_json("lab-prices", prices_as_data(table, fresh))
    else:
        print_prices(stdout(), table, fresh)
        if fresh is None and region and region != table.region:
            stderr().print(
                Text(f"AWS was not asked for those of {region} yet: mlacoach lab prices --refresh --region {region}")
            )


@app.command()
def status(ctx: typer.Context, as_json: JSON = False) -> None:
    """Your runs, and whether anything of them is left."""
    coach = open_coach(ctx)
    runs = history(coach)
    if as_json:
        per_hour = sum(settled.usd_per_hour for settled in runs)
        data = {"runs": [run_as_data(settled) for settled in runs], "done": done_labs(coach)}
        print_json("lab-status", {**data, "usd_per_hour": per_hour})
    else:
        print_runs(stdout(), runs)


@app.command()
def clean(
    ctx: typer.Context,
    lab_id: Annotated[str | None, typer.Argument(metavar="[ID]", help="Of this lab only.")] = None,
    everything: Annotated[bool, typer.Option("--all", help="Of every lab; the same as without an ID.")] = False,
    as_json: JSON = False,
) -> None:
    """Make sure that nothing of your runs is left."""
    coach = open_coach(ctx)
    if lab_id is not None and everything:
        raise UsageFault("An ID and --all do not go together.")
    if lab_id is not None:
        _must_be_known(coach, lab_id)
    with working(stderr(), "Taking away what labs made …"):
        runs = take_away(coach, lab_id)
    if as_json:
        print_json("lab-clean", {"runs": [run_as_data(settled) for settled in runs]})
    else:
        print_runs(stdout(), runs) if runs else stdout().print(Text("Nothing is left."))
    must_be_clean(runs)


@app.command()
def adopt(
    ctx: typer.Context,
    from_tags: Annotated[bool, typer.Option("--from-tags", help="By the tags that every run leaves.")] = False,
    profile: PROFILE = None,
    region: REGION = None,
    as_json: JSON = False,
) -> None:
    """Take up again what runs made in an AWS account whose journal is lost; then use `lab clean`."""
    if not from_tags:
        raise UsageFault("There is one way to find it: by tags.", "Say so: mlacoach lab adopt --from-tags")
    adopted = take_up(open_coach(ctx), Terms(profile, region))
    if as_json:
        print_json("lab-adopt", adopted_as_data(adopted))
    else:
        print_adopted(stdout(), adopted)
    if adopted.unseen:
        unseen = "".join(f"\n  {each.sentence}" for each in adopted.unseen)
        raise LabNotClean(
            f"Not everything could be looked at:{unseen}",
            "With credentials that may list these, do it again: mlacoach lab adopt --from-tags",
        )


lab_by_hand.add_to(app)


def _announce(coach: Coach, lab_id: str, terms: Terms, *, yes: bool) -> None:
    """Show whose account it is and what it will cost, and have it confirmed where somebody can."""
    who = real.who_am_i(terms)
    planned = plan_lab(coach, lab_id, AWS, who.region)
    stderr().print(Text(who.sentence, style="bold"))
    print_plan(stderr(), planned)
    stderr().print(Text(f"Ceiling: {terms.max_usd:g} US dollars. The run expires after {terms.hours:g} hours."))
    if yes:
        return
    if not is_interactive():
        raise UsageFault("Nobody can say yes here.", "Give --yes.")
    if read_line(stdout(), "Type yes to begin: ") != "yes":
        raise UsageFault("Nothing was made.")


def _target(word: str) -> str:
    if word not in {SANDBOX, AWS}:
        raise UnknownId("target", word, (SANDBOX, AWS))
    return word


def _must_be_known(coach: Coach, lab_id: str) -> None:
    # A lab may have left the content since it was run.
    if lab_id not in {row.lab for row in coach.store.lab_runs.all()}:
        coach.library.lab(lab_id)


def _wait(number: int) -> None:
    stderr().print(Text(f"Enter to run step {number}; Ctrl-C to stop and tear down. "), end="")
    try:
        line = sys.stdin.readline()
    except KeyboardInterrupt:
        # What is said next begins a line.
        stderr().print()
        raise
    if not line:
        raise EOFError


def _go_on(_number: int) -> None:
    """Run the step at once."""
