"""How fast the sandbox is, and how much it holds: `python -m benchmarks.sandbox`.

Wall-clock time on a server of its own: keep the machine quiet. In order: the start, memory at rest, the tour of a lab,
invocations of a small XGBoost endpoint, and many clients at once.
"""

import argparse
import http.client
import sys
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from botocore.config import Config

from benchmarks.figures import Figure, missed, table
from benchmarks.tour import BUCKET, ENDPOINT, tour
from mlacoach.cloud import sandbox_session
from mlacoach.sandbox import REGION, Sandbox
from mlacoach.sandbox.client import own_key
from mlacoach.sandbox.memory import own_memory

INVOCATIONS = 20_000
CALLERS = 8
CLIENTS = 200
REQUESTS_EACH = 5
ROW = b"1,-1,0,0,0,0,0,0,0,0"
MEGABYTE = 1e6
SETTLED_SECONDS = 2.0
OK = 200
SIGNED = "AWS4-HMAC-SHA256 Credential={key}/20260101/{region}/sagemaker/aws4_request, SignedHeaders=host, Signature=0"


def main() -> int:
    """Measure and print; 1 if a bar is missed."""
    words = _words()
    with TemporaryDirectory() as folder:
        begin = time.perf_counter()
        with Sandbox(Path(folder) / "log.txt") as sandbox:
            client = _clients(sandbox.url)
            client("sts").get_caller_identity()
            started = time.perf_counter() - begin
            time.sleep(SETTLED_SECONDS)
            figures = [
                Figure("first answer, s", started, at_most=2.5),
                Figure("at rest, MB", _memory(sandbox), at_most=250),
                *_tour(client),
                *_invoked(sandbox, words.invocations),
                *_many(client),
            ]
    sys.stdout.write(f"{table([figures])}\n")
    short = missed([figures])
    sys.stdout.write(f"Missed: {'; '.join(short)}\n" if short else "Every bar is met.\n")
    return 1 if short else 0


def _clients(url: str) -> Callable[[str], Any]:
    config = Config(max_pool_connections=CLIENTS, retries={"total_max_attempts": 1}, proxies={}, read_timeout=300)

    @cache
    def client(service: str) -> Any:  # noqa: ANN401 - boto3's client
        return sandbox_session(REGION).client(service, endpoint_url=url, config=config)

    return client


def _memory(sandbox: Sandbox) -> float:
    return own_memory(sandbox.pid) / MEGABYTE


def _tour(client: Callable[[str], Any]) -> list[Figure]:
    seconds = tour(client)
    parts = [Figure(f"tour: {name}, s", value) for name, value in seconds.items()]
    return [*parts, Figure("tour of 50,000 rows, s", sum(seconds.values()), at_most=60)]


def _invoked(sandbox: Sandbox, count: int) -> list[Figure]:
    """Invocations without an SDK, which would take most of the time itself."""
    _invoke(sandbox.url, count // 10)
    before = _memory(sandbox)
    begin = time.perf_counter()
    errors = _invoke(sandbox.url, count)
    rate = count / (time.perf_counter() - begin)
    return [
        Figure("invocations a second", rate, at_least=200),
        Figure("invocations that failed", errors, at_most=0),
        Figure(f"memory grown by {count} invocations, MB", _memory(sandbox) - before, at_most=20),
    ]


def _invoke(url: str, count: int) -> int:
    with ThreadPoolExecutor(CALLERS) as pool:
        return sum(pool.map(lambda _: _call(url, count // CALLERS), range(CALLERS)))


def _call(url: str, count: int) -> int:
    """So many invocations over one connection; how many failed."""
    headers = {"Authorization": SIGNED.format(key=own_key(), region=REGION), "Content-Type": "text/csv"}
    connection = http.client.HTTPConnection(url.removeprefix("http://"), timeout=60)
    errors = 0
    for _ in range(count):
        connection.request("POST", f"/endpoints/{ENDPOINT}/invocations", ROW, headers)
        answer = connection.getresponse()
        answer.read()
        errors += answer.status != OK
    connection.close()
    return errors


def _many(client: Callable[[str], Any]) -> list[Figure]:
    """All clients begin at once; each asks several services."""
    asks: tuple[Callable[[], Any], ...] = (
        lambda: client("sagemaker").list_training_jobs(),
        lambda: client("s3").list_objects_v2(Bucket=BUCKET),
        lambda: client("sagemaker-runtime").invoke_endpoint(EndpointName=ENDPOINT, ContentType="text/csv", Body=ROW),
        lambda: client("sagemaker").describe_endpoint(EndpointName=ENDPOINT),
        lambda: client("iam").list_roles(),
    )
    for ask in asks:
        ask()
    gate = threading.Barrier(CLIENTS)

    def one(number: int) -> int:
        gate.wait()
        return sum(_fails(asks[(number + turn) % len(asks)]) for turn in range(REQUESTS_EACH))

    begin = time.perf_counter()
    with ThreadPoolExecutor(CLIENTS) as pool:
        errors = sum(pool.map(one, range(CLIENTS)))
    return [
        Figure(f"{CLIENTS} clients at once: errors", errors, at_most=0),
        Figure(f"{CLIENTS} clients at once: {CLIENTS * REQUESTS_EACH} requests, s", time.perf_counter() - begin),
    ]


def _fails(ask: Callable[[], Any]) -> int:
    try:
        ask()
    except Exception as error:  # noqa: BLE001 - each is counted, and said
        sys.stderr.write(f"{type(error).__name__}: {error}\n")
        return 1
    return 0


def _words() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.sandbox", description=__doc__)
    parser.add_argument("--invocations", type=int, default=INVOCATIONS, help="how many invocations to measure")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
