"""`mlacoach sandbox`."""

from typing import Annotated

import typer
from rich.text import Text

from mlacoach.cli.context import clock, home
from mlacoach.cli.output import print_json
from mlacoach.coach import sandbox
from mlacoach.errors import UnknownId
from mlacoach.sandbox.fault_rules import FaultKind, FaultRule, rule_of
from mlacoach.screen.console import stderr, stdout

IDLE_HOURS = 4.0

app = typer.Typer(
    help="A local AWS of your own: no account, no cost, nothing leaves this machine.",
    rich_markup_mode=None,
    no_args_is_help=True,
)
faults = typer.Typer(
    help="Make things go wrong on purpose: throttling, errors, no capacity …",
    rich_markup_mode=None,
    no_args_is_help=True,
)
app.add_typer(faults, name="faults")


@app.command()
def start(
    idle_hours: Annotated[
        float, typer.Option(help="Stop by itself after so many hours without a request.")
    ] = IDLE_HOURS,
    port: Annotated[int, typer.Option(min=0, max=65535, help="Which port; 0 is any that is free.")] = 0,
    foreground: Annotated[bool, typer.Option("--foreground", help="Stay in this terminal.")] = False,
) -> None:
    """Start it, unless it is running."""
    if foreground:
        raise typer.Exit(sandbox.serve(home(), clock(), idle_hours, port))
    state, is_new = sandbox.start(home(), clock(), idle_hours, port)
    say = f"The sandbox {'answers' if is_new else 'was running already'} at {state.url}."
    stdout().print(Text(say))
    stderr().print(Text('Use it with: mlacoach sandbox shell, or eval "$(mlacoach sandbox env)"'))


@app.command()
def status(as_json: Annotated[bool, typer.Option("--json", help="As JSON.")] = False) -> None:
    """Whether it runs, and what is in it; exit 1 if it does not."""
    found = sandbox.status(home())
    if as_json:
        known = {"url": found.state.url, "pid": found.state.pid, "started": found.state.started} if found else {}
        print_json("sandbox-status", {"running": found is not None, **known, **(found.told if found else {})})
    elif found is None:
        stdout().print(Text("The sandbox is not running. Start it with: mlacoach sandbox start"))
    else:
        told = found.told
        stdout().print(Text(f"The sandbox answers at {found.state.url} (process {found.state.pid})."))
        stdout().print(Text(f"{told['requests']} requests, {told['memory_mb']} MB, {len(told['children'])} children."))
        for kind, count in told["resources"].items():
            stdout().print(Text(f"{count:>5}  {kind}"))
    if found is None:
        raise typer.Exit(1)


@app.command()
def stop() -> None:
    """End it, and everything that runs in it. What it held is gone."""
    stdout().print(Text("Stopped." if sandbox.stop(home()) else "The sandbox was not running."))


@app.command()
def reset() -> None:
    """Make its account new: nothing runs, nothing is stored."""
    sandbox.reset(home())
    stdout().print(Text("The account is empty."))


@app.command()
def logs(lines: Annotated[int, typer.Option("--lines", "-n", min=1, help="How many of the last.")] = 50) -> None:
    """What the server has said; requests among it."""
    text = sandbox.log_file(home()).read_text(encoding="utf-8", errors="replace")
    for line in text.splitlines()[-lines:]:
        stdout().print(Text.from_ansi(line), soft_wrap=True)


@app.command()
def env(shell: Annotated[str, typer.Option(help="sh, fish or powershell.")] = "sh") -> None:
    """Print the commands that make this shell talk to it."""
    typer.echo(sandbox.exports(home(), shell), nl=False)


@app.command()
def shell() -> None:
    """Open a shell in which every AWS tool talks to it."""
    stderr().print(Text("AWS is the sandbox here. Leave with `exit`."))
    raise typer.Exit(sandbox.shell(home()))


@app.command(context_settings={"ignore_unknown_options": True, "allow_interspersed_args": False})
def run(words: Annotated[list[str], typer.Argument(metavar="-- COMMAND …", help="What to run.")]) -> None:
    """Run one command against it; its exit code is the command's."""
    raise typer.Exit(sandbox.run(home(), words))


@app.command()
def fire(name: Annotated[str, typer.Argument(help="The rule's, schedule's or monitoring schedule's name.")]) -> None:
    """Set off a rule of EventBridge, a schedule or a monitoring schedule now, not at its time."""
    kind = sandbox.fire(home(), name)
    stdout().print(Text(f"Set off the {kind} {name}."))


@faults.command("set")
def set_(
    kind: Annotated[str, typer.Argument(help=", ".join(FaultKind))],
    argument: Annotated[str, typer.Argument(help="The error's code, or the seconds.")] = "",
    service: Annotated[str, typer.Option(help="Which service, with wild cards.")] = "*",
    operation: Annotated[str, typer.Option(help="Which operation, with wild cards.")] = "*",
    probability: Annotated[float, typer.Option(help="How often, of the calls that match.")] = 1.0,
    times: Annotated[int, typer.Option(help="How often at most; 0 is without end.")] = 0,
) -> None:
    """Put one more fault into force."""
    if kind not in set(FaultKind):
        raise UnknownId("fault", kind, FaultKind)
    rule = FaultRule(FaultKind(kind), service, operation, argument, probability, times)
    sandbox.add_fault(home(), rule)
    stdout().print(Text(f"From now on: {rule}."))


@faults.command("list")
def list_(as_json: Annotated[bool, typer.Option("--json", help="As JSON.")] = False) -> None:
    """The faults in force, and how often each has struck."""
    found = sandbox.faults(home())
    if as_json:
        print_json("sandbox-faults", {"faults": found})
        return
    for fault in found:
        struck = fault.pop("struck")
        stdout().print(Text(f"{rule_of(fault)}; struck {struck} times"))
    if not found:
        stdout().print(Text("Nothing goes wrong."))


@faults.command("clear")
def clear() -> None:
    """Lift every fault."""
    sandbox.clear_faults(home())
    stdout().print(Text("Nothing goes wrong any more."))
