"""`mlacoach sandbox`: one server, found again, ended, used by other programs."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from mlacoach.errors import UsageFault
from mlacoach.sandbox.client import KEY, own_key
from mlacoach.sandbox.environment import script
from mlacoach.sandbox.fault_rules import rule_of
from mlacoach.sandbox.lock import is_held
from mlacoach.sandbox.state import Places, running
from tests.program import Program
from tests.sandbox_clients import client_of, raw, refused

PATIENCE = 20.0
MAKE = """
import boto3
boto3.client('s3').create_bucket(Bucket='made')
# As the SageMaker SDK does it: an endpoint that is written down.
sts = boto3.client('sts', endpoint_url='https://sts.us-east-1.amazonaws.com')
print(sts.get_caller_identity()['Arn'])
print(boto3.client('s3').meta.endpoint_url)
waiter = boto3.client('sagemaker').get_waiter('endpoint_in_service')
print(waiter.config.delay, waiter.config.max_attempts)
raise SystemExit(7)
"""


@pytest.fixture(autouse=True)
def known_key(monkeypatch: pytest.MonkeyPatch) -> None:
    """The servers that these tests start know the key of this process."""
    monkeypatch.setenv(KEY, own_key())


@pytest.fixture
def places(home: Path) -> Iterator[Places]:
    """Where the sandbox of this test is; ended whatever happens."""
    places = Places(home / "sandbox")
    yield places
    state = running(places)
    if state:
        os.kill(state.pid, signal.SIGKILL)
    assert until(lambda: not is_held(places.lock))


def until(met: Callable[[], bool]) -> bool:
    """Look until it is so, or patience ends."""
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        if met():
            return True
        time.sleep(0.01)
    return False


def status(program: Program, code: int = 0) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(program.run("sandbox", "status", "--json", code=code).out)
    return found


def test_it_is_started_found_used_emptied_and_stopped(home: Path, places: Places) -> None:
    program = Program(home)
    assert status(program, code=1)["running"] is False

    first = program.run("sandbox", "start").out
    again = program.run("sandbox", "start").out
    assert "answers at http://127.0.0.1:" in first
    assert "was running already" in again
    told = status(program)
    assert told["memory_mb"] < 250
    assert (told["running"], told["children"]) == (True, [])
    assert oct(places.state.stat().st_mode & 0o777) == "0o600"
    assert oct(places.folder.stat().st_mode & 0o777) == "0o700"

    made = program.run("sandbox", "run", "--", sys.executable, "-c", MAKE, code=7)
    arn, url, waiting = made.out.splitlines()
    assert arn == "arn:aws:sts::123456789012:assumed-role/mlacoach-sandbox/SageMaker"
    assert (url, waiting) == (told["url"], "0.25 14400")
    s3 = client_of(url, "s3")
    assert [bucket["Name"] for bucket in s3.list_buckets()["Buckets"]] == ["made"]

    program.run("sandbox", "reset")
    assert s3.list_buckets()["Buckets"] == []
    assert "PUT /made" in program.run("sandbox", "logs").out

    assert program.run("sandbox", "stop").out == "Stopped.\n"
    assert program.run("sandbox", "stop").out == "The sandbox was not running.\n"
    assert not places.state.exists()


def test_two_starts_at_once_make_one_server(home: Path, places: Places) -> None:
    program = Program(home)
    words = program.command("sandbox", "start")
    starts = [
        subprocess.Popen(words, env=program.environment(), stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        for _ in range(3)
    ]
    said = [start.communicate(timeout=PATIENCE)[0].decode() for start in starts]

    assert [start.returncode for start in starts] == [0, 0, 0]
    assert len({text.rpartition("http://")[2] for text in said}) == 1
    assert sum("was running already" in text for text in said) == 2
    assert running(places)


def test_a_dead_server_is_seen_through_and_its_place_taken(home: Path, places: Places) -> None:
    program = Program(home)
    program.run("sandbox", "start")
    state = running(places)
    assert state
    os.kill(state.pid, signal.SIGKILL)
    assert until(lambda: not is_held(places.lock))
    assert places.state.exists()

    assert status(program, code=1)["running"] is False
    # Its number may be somebody else's by now.
    places.state.write_text(json.dumps({"pid": os.getpid(), "port": 1, "token": "", "started": ""}))
    program.run("sandbox", "start")

    assert status(program)["pid"] not in {state.pid, os.getpid()}


def test_it_ends_when_nobody_asks_for_anything(home: Path, places: Places) -> None:
    Program(home).run("sandbox", "start", "--idle-hours", "0.001")
    state = running(places)
    assert state
    # An alarm looks at its metric every second, which is nobody's use.
    client_of(state.url, "cloudwatch").put_metric_alarm(
        AlarmName="a", Namespace="n", MetricName="m", Statistic="Sum", Period=60, EvaluationPeriods=1, Threshold=1,
        ComparisonOperator="GreaterThanThreshold",
    )  # fmt: skip

    assert until(lambda: running(places) is None)


def test_a_rule_is_set_off_by_its_name(home: Path, places: Places) -> None:
    program = Program(home)
    program.run("sandbox", "start")
    state = running(places)
    assert state
    sqs, events = client_of(state.url, "sqs"), client_of(state.url, "events")
    url = sqs.create_queue(QueueName="q")["QueueUrl"]
    events.put_rule(Name="nightly", ScheduleExpression="cron(0 3 * * ? *)")
    events.put_targets(Rule="nightly", Targets=[{"Id": "1", "Arn": "arn:aws:sqs:us-east-1:123456789012:q"}])

    assert program.run("sandbox", "fire", "nightly").out == "Set off the rule nightly.\n"

    assert "Scheduled Event" in sqs.receive_message(QueueUrl=url, WaitTimeSeconds=5)["Messages"][0]["Body"]
    assert "nightly" in program.run("sandbox", "fire", "nightyl", code=2).err


@pytest.mark.skipif(sys.platform == "win32", reason="sh")
def test_the_environment_is_what_a_shell_reads(home: Path, places: Places) -> None:
    program = Program(home)
    program.run("sandbox", "start")
    env = program.environment({"AWS_PROFILE": "work", "AWS_ENDPOINT_URL_S3": "https://real.example"})
    exports = subprocess.run(
        program.command("sandbox", "env"), env=env, capture_output=True, text=True, check=True, timeout=PATIENCE
    ).stdout
    shown = subprocess.run(
        ["sh", "-c", f"{exports}\nenv"],  # noqa: S607
        env=env,
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    read = dict(line.partition("=")[::2] for line in shown.splitlines())

    state = running(places)
    assert state
    assert read["AWS_ENDPOINT_URL"] == state.url
    assert read["AWS_REGION"] == read["AWS_DEFAULT_REGION"] == "us-east-1"
    assert Path(read["AWS_CONFIG_FILE"]).parent == places.folder
    assert not {"AWS_PROFILE", "AWS_ENDPOINT_URL_S3"} & set(read)


def test_each_shell_gets_its_own_quotes() -> None:
    changes = {"A": "it's", "B": None}

    assert script(changes, "sh") == "export A='it'\"'\"'s'\nunset B\n"
    assert script(changes, "fish") == "set -gx A 'it\\'s'\nset -e B\n"
    assert script(changes, "powershell") == "$env:A = 'it''s'\nRemove-Item Env:B -ErrorAction SilentlyContinue\n"


@pytest.mark.parametrize(
    "wrong",
    [
        {"kind": "error"},
        {"kind": "slow", "argument": "soon"},
        {"kind": "throttle", "service": "s4"},
        {"kind": "throttle", "probability": 2},
        {"kind": "throttle", "times": -1},
        {"kind": "throttle", "nonsense": 1},
        {"kind": "earthquake"},
        {},
    ],
)
def test_a_fault_that_cannot_be_followed_is_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(UsageFault):
        rule_of(wrong)


def test_faults_are_set_listed_and_lifted(home: Path, places: Places) -> None:
    program = Program(home)
    program.run("sandbox", "start")
    program.run("sandbox", "faults", "set", "throttle", "--service", "s3", "--operation", "ListBuckets", "--times", "1")
    program.run("sandbox", "faults", "set", "earthquake", code=2)
    state = running(places)
    assert state

    assert refused(client_of(state.url, "s3").list_buckets)[0] == "ThrottlingException"

    listed = json.loads(program.run("sandbox", "faults", "list", "--json").out)["faults"]
    assert [(fault["kind"], fault["struck"]) for fault in listed] == [("throttle", 1)]
    program.run("sandbox", "faults", "clear")
    assert program.run("sandbox", "faults", "list").out == "Nothing goes wrong.\n"


def test_only_who_may_read_the_state_file_may_tell_it_something(home: Path, places: Places) -> None:
    Program(home).run("sandbox", "start")
    state = running(places)
    assert state

    for path in ("/_sandbox/status", "/_sandbox/stop"):
        assert raw(state.url, b"", path=path)[0] == 403
    assert raw(state.url, b"{}", Origin="https://evil.example")[0] == 403
    assert running(places)


def test_without_a_server_the_remedy_is_named(home: Path) -> None:
    program = Program(home)
    for words in (["run", "--", "true"], ["logs"]):
        assert "Start it with: mlacoach sandbox start" in program.run("sandbox", *words, code=2).err


def test_a_command_that_is_not_there_is_said(home: Path, places: Places) -> None:
    program = Program(home)
    program.run("sandbox", "start")

    assert oct(places.state.stat().st_mode & 0o777) == "0o600"
    assert "There is no command 'no-such-command'" in program.run("sandbox", "run", "--", "no-such-command", code=2).err
    assert running(places)


def test_what_a_dead_server_left_is_gone_at_the_next_start(home: Path, places: Places) -> None:
    (places.work / "children").mkdir(parents=True)
    (places.work / "job" / "input").mkdir(parents=True)
    with subprocess.Popen(["sleep", "1000"], start_new_session=True) as left:  # noqa: S607
        (places.work / "children" / str(left.pid)).write_text("")
        Program(home).run("sandbox", "start")

        assert left.wait(PATIENCE) == -signal.SIGKILL
    assert [entry.name for entry in places.work.iterdir()] == ["children"]
    assert list((places.work / "children").iterdir()) == []


@pytest.mark.skipif(sys.platform == "win32", reason="a terminal")
def test_the_shell_is_marked_and_talks_to_the_sandbox(home: Path, places: Places) -> None:
    pexpect = pytest.importorskip("pexpect")
    program = Program(home)
    program.run("sandbox", "start")
    env = program.environment({"SHELL": "/bin/sh"})
    words = program.command("sandbox", "shell")
    terminal = pexpect.spawn(words[0], words[1:], env=env, encoding="utf-8", timeout=PATIENCE)
    terminal.expect_exact("(sandbox) ")
    terminal.sendline("echo url=$AWS_ENDPOINT_URL; exit 5")
    terminal.expect(r"url=(http://127\.0\.0\.1:\d+)")
    state = running(places)
    assert state
    assert terminal.match.group(1) == state.url
    terminal.expect(pexpect.EOF)
    terminal.close()
    assert terminal.exitstatus == 5
