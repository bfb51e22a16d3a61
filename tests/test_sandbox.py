"""The server: on the loopback only, for those who mean it, and no longer than its parent."""

import http.client
import json
import os
import signal
import socket
import subprocess
import sys
import threading
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest
from boto3.session import Session

from mlacoach.cloud import sandbox_session
from mlacoach.cloud.account import new_client
from mlacoach.errors import MlacoachError, TryAgain
from mlacoach.sandbox import REGION, ROLE_ARN, Sandbox
from mlacoach.sandbox.bucket_policy import as_written, for_moto
from mlacoach.sandbox.client import own_key

PATIENCE = 20.0

SIGNED = f"AWS4-HMAC-SHA256 Credential={own_key()}/20260101/us-east-1/s3/aws4_request"
PARENT = """
import sys
from mlacoach.sandbox import Sandbox
with Sandbox() as sandbox:
    print(sandbox.url.rpartition(":")[2], flush=True)
    sys.stdin.read()
"""


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    with Sandbox() as running:
        yield running


def port_of(sandbox: Sandbox) -> int:
    return int(sandbox.url.rpartition(":")[2])


def status(sandbox: Sandbox, host: str) -> int:
    connection = http.client.HTTPConnection("127.0.0.1", port_of(sandbox), timeout=PATIENCE)
    try:
        connection.request("GET", "/moto-api/data.json", headers={"Host": host, "Authorization": SIGNED})
        return connection.getresponse().status
    finally:
        connection.close()


def answers(address: str, port: int) -> bool:
    try:
        with socket.create_connection((address, port), timeout=PATIENCE):
            return True
    except OSError:
        return False


def wait_until_silent(port: int) -> bool:
    """Wait for the end of a process that is not our child: ask its port again and again."""
    pause = threading.Event()
    for _ in range(int(PATIENCE / 0.05)):
        if not answers("127.0.0.1", port):
            return True
        pause.wait(0.05)
    return False


@pytest.mark.parametrize("host", ["127.0.0.1", "127.0.0.1:5000", "localhost:1", "[::1]:80"])
def test_a_request_to_the_loopback_is_answered(sandbox: Sandbox, host: str) -> None:
    assert status(sandbox, host) == 200


@pytest.mark.parametrize(
    "host", ["evil.example", "127.0.0.1.evil.example", "s3.amazonaws.com:443", "", "[::1", "192.0.2.1"]
)
def test_a_request_that_names_another_host_is_refused(sandbox: Sandbox, host: str) -> None:
    assert status(sandbox, host) == 403


KEYLESS = {
    "no key": "",
    "a guess": SIGNED.replace(own_key(), "AKIAIOSFODNN7EXAMPLE"),
    "an old signature": "AWS AKIAIOSFODNN7EXAMPLE:c2ln",
    "what moto would take": SIGNED.replace(own_key(), "sandbox"),
}


@pytest.mark.parametrize("signed", KEYLESS.values(), ids=KEYLESS)
@pytest.mark.parametrize("path", ["/", "/moto-api/reset", "/2015-03-31/functions/f/invocations"])
def test_a_request_without_a_key_of_ours_is_refused(sandbox: Sandbox, path: str, signed: str) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", port_of(sandbox), timeout=PATIENCE)
    connection.request("POST", path, b"{}", {"Authorization": signed, "X-Amz-Target": "SageMaker.ListModels"})
    answer = connection.getresponse()
    told = json.loads(answer.read())
    connection.close()
    assert answer.status == 403
    assert told["__type"] in {"UnrecognizedClientException", "MissingAuthenticationTokenException"}


def test_keys_that_sts_and_iam_give_out_are_taken(sandbox: Sandbox) -> None:
    session = sandbox_session(REGION)
    iam, sts = (new_client(session, service, sandbox.url) for service in ("iam", "sts"))
    iam.create_user(UserName="u")
    made = iam.create_access_key(UserName="u")["AccessKey"]
    taken_on = sts.assume_role(RoleArn=ROLE_ARN, RoleSessionName="session")["Credentials"]
    for key in (made["AccessKeyId"], taken_on["AccessKeyId"]):
        client = Session(aws_access_key_id=key, aws_secret_access_key="x", region_name=REGION).client(
            "sagemaker", endpoint_url=sandbox.url
        )
        assert client.list_models()["Models"] == []


def test_a_presigned_address_opens_what_it_was_made_for(sandbox: Sandbox) -> None:
    s3 = new_client(sandbox_session(REGION), "s3", sandbox.url)
    s3.create_bucket(Bucket="presigned")
    s3.put_object(Bucket="presigned", Key="k", Body=b"it")
    url = s3.generate_presigned_url("get_object", Params={"Bucket": "presigned", "Key": "k"})
    with urllib.request.urlopen(url, timeout=PATIENCE) as answer:  # noqa: S310 - our own
        assert answer.read() == b"it"
    with pytest.raises(urllib.error.HTTPError, match="403"):
        urllib.request.urlopen(url.partition("?")[0], timeout=PATIENCE)  # noqa: S310


def test_no_web_page_may_read_the_answers(sandbox: Sandbox) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", port_of(sandbox), timeout=PATIENCE)
    connection.request("GET", "/moto-api/data.json", headers={"Origin": "https://evil.example"})
    headers = connection.getresponse().headers
    connection.close()

    assert "Access-Control-Allow-Origin" not in headers


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux answers on all of 127.0.0.0/8")
def test_the_server_listens_on_one_address_only(sandbox: Sandbox) -> None:
    assert answers("127.0.0.1", port_of(sandbox))
    assert not answers("127.0.0.2", port_of(sandbox))


def test_two_sandboxes_know_nothing_of_each_other(sandbox: Sandbox) -> None:
    with Sandbox() as other:
        here, there = (new_client(sandbox_session(REGION), "s3", box.url) for box in (sandbox, other))
        here.create_bucket(Bucket="only-here")

        assert there.list_buckets()["Buckets"] == []


def test_the_server_ends_with_the_with_block() -> None:
    with Sandbox() as sandbox:
        port = port_of(sandbox)
        assert sandbox.is_running

    assert not sandbox.is_running
    assert not answers("127.0.0.1", port)


def test_the_server_dies_when_its_parent_is_killed() -> None:
    with subprocess.Popen([sys.executable, "-c", PARENT], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as parent:
        assert parent.stdout
        port = int(parent.stdout.readline())
        assert answers("127.0.0.1", port)

        parent.kill()
        parent.wait()

    assert wait_until_silent(port)


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no SIGINT for one process")
def test_the_server_lives_through_ctrl_c_so_that_the_lab_can_be_torn_down() -> None:
    with Sandbox() as sandbox:
        os.kill(sandbox.pid, signal.SIGINT)

        assert status(sandbox, "localhost") == 200
        assert os.getpgid(sandbox.pid) != os.getpgid(0)


def test_a_server_that_is_too_slow_is_ended() -> None:
    slow = Sandbox(start_seconds=0.001)

    with pytest.raises(TryAgain, match=r"did not start within 0\.001 seconds"), slow:
        pass

    assert not slow.is_running


def test_a_server_that_fails_says_why(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "moto.py").write_text("raise ImportError('moto is damaged')\n", encoding="utf-8")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))

    with (
        pytest.raises(MlacoachError, match="ImportError: moto is damaged") as caught,
        Sandbox(tmp_path / "logs" / "log"),
    ):
        pass

    assert "mlacoach[labs]" in caught.value.try_this


def test_the_folder_that_the_learner_stands_in_shadows_no_package(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "moto.py").write_text("raise ImportError('not me')\n", encoding="utf-8")
    monkeypatch.chdir(tmp_path)

    with Sandbox() as sandbox:
        assert sandbox.is_running


def test_without_the_extra_the_remedy_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    # This is how Python itself marks a package that cannot be imported.
    monkeypatch.setitem(sys.modules, "moto", None)

    with pytest.raises(MlacoachError, match="not installed: moto") as caught, Sandbox():
        pass

    assert caught.value.try_this == "Install them with: pip install 'mlacoach[labs]'"


def test_requests_are_logged_to_the_file_only(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    with Sandbox(tmp_path / "sandbox.log") as sandbox:
        status(sandbox, "localhost")

    assert "/moto-api/data.json" in (tmp_path / "sandbox.log").read_text(encoding="utf-8")
    assert capfd.readouterr() == ("", "")


def test_the_learners_own_aws_is_neither_read_nor_needed(
    sandbox: Sandbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    config = tmp_path / "config"
    config.write_text("[profile work]\nregion = eu-west-1\naws_access_key_id = real\nsource_profile = none\n")
    for name, value in {
        "AWS_PROFILE": "work",
        "AWS_CONFIG_FILE": str(config),
        "AWS_SHARED_CREDENTIALS_FILE": str(config),
        "AWS_ACCESS_KEY_ID": "real",
        "AWS_SECRET_ACCESS_KEY": "real",
        "AWS_DEFAULT_REGION": "eu-west-1",
        "AWS_ENDPOINT_URL": "http://127.0.0.1:9",
        "HTTP_PROXY": "http://127.0.0.1:9",
        "http_proxy": "http://127.0.0.1:9",
    }.items():
        monkeypatch.setenv(name, value)

    session = sandbox_session(REGION)

    assert session.region_name == REGION
    assert session.get_credentials().access_key == own_key()
    assert new_client(session, "s3", sandbox.url).list_buckets()


def policy(**condition: object) -> dict[str, object]:
    statement: dict[str, object] = {
        "Effect": "Deny",
        "Principal": "*",
        "Action": "s3:*",
        "Resource": ["arn:aws:s3:::guarded", "arn:aws:s3:::guarded/*"],
    }
    return {"Version": "2012-10-17", "Statement": [statement | ({"Condition": condition} if condition else {})]}


def test_a_policy_against_plain_http_lets_the_sandbox_through_and_reads_as_written(sandbox: Sandbox) -> None:
    s3 = new_client(sandbox_session(REGION), "s3", sandbox.url)
    s3.create_bucket(Bucket="guarded")
    written = json.dumps(policy(Bool={"aws:SecureTransport": "false"}), indent=1)

    s3.put_bucket_policy(Bucket="guarded", Policy=written)
    s3.put_object(Bucket="guarded", Key="a", Body=b"a")

    assert s3.get_bucket_policy(Bucket="guarded")["Policy"] == written


def test_a_policy_that_denies_everything_still_does(sandbox: Sandbox) -> None:
    s3 = new_client(sandbox_session(REGION), "s3", sandbox.url)
    s3.create_bucket(Bucket="guarded")
    s3.put_bucket_policy(Bucket="guarded", Policy=json.dumps(policy()))

    with pytest.raises(s3.exceptions.ClientError, match="403"):
        s3.put_object(Bucket="guarded", Key="a", Body=b"a")


@pytest.mark.parametrize(
    "text",
    [
        b"",
        b"no json",
        b"[]",
        b'{"Statement": "odd"}',
        json.dumps(policy()).encode(),
        json.dumps(policy(Bool={"aws:SecureTransport": "true"})).encode(),
        json.dumps(policy(Bool="odd", StringEquals={"aws:SecureTransport": "false"})).encode(),
    ],
)
def test_any_other_policy_passes_unchanged(text: bytes) -> None:
    assert for_moto(text) == text
    assert as_written(text) == text
