"""HTTP to one container: a few connections that stay open, and a queue before them."""

import http.client
import queue
import select
import threading
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

# A container takes so many at a time; who comes later waits here.
CONNECTIONS = 8
PART = 16_384
ATTRIBUTES = "X-Amzn-SageMaker-Custom-Attributes"


@dataclass(frozen=True, slots=True)
class Answer:
    """What a container answered."""

    status: int
    body: bytes
    content_type: str = ""
    attributes: str = ""
    parts: Iterator[bytes] | None = None


@dataclass(frozen=True, slots=True)
class Question:
    """What a container is asked."""

    path: str
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)
    method: str = "POST"
    is_stream: bool = False


class TimedOut(Exception):
    """The container did not answer in time."""


class HungUp(Exception):
    """The container went away while it was to answer."""


class NotThere(Exception):
    """Nobody takes connections."""


class Channel:
    """The connections to one container.

    Args:
        port: where it listens.
    """

    def __init__(self, port: int) -> None:
        self.port = port
        self._turns = threading.BoundedSemaphore(CONNECTIONS)
        self._idle: queue.LifoQueue[http.client.HTTPConnection] = queue.LifoQueue()

    def ask(self, question: Question, seconds: float) -> Answer:
        """Ask, and wait for the answer.

        Raises:
            TimedOut: there was none in time.
            HungUp: the container ended meanwhile.
            NotThere: it takes no connections.
        """
        until = time.monotonic() + seconds
        if not self._turns.acquire(timeout=max(seconds, 0)):
            raise TimedOut
        try:
            connection = self._connect(until)
            return self._exchange(connection, question, until)
        finally:
            self._turns.release()

    def close(self) -> None:
        """Close what is idle."""
        while True:
            try:
                self._idle.get_nowait().close()
            except queue.Empty:
                return

    def _connect(self, until: float) -> http.client.HTTPConnection:
        while True:
            try:
                connection = self._idle.get_nowait()
            except queue.Empty:
                break
            if _is_open(connection):
                return connection
            connection.close()
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=max(until - time.monotonic(), 0.01))
        try:
            connection.connect()
        except OSError as error:
            raise NotThere from error
        return connection

    def _exchange(self, connection: http.client.HTTPConnection, question: Question, until: float) -> Answer:
        try:
            if connection.sock:
                connection.sock.settimeout(max(until - time.monotonic(), 0.01))
            connection.request(question.method, question.path, question.body, dict(question.headers))
            response = connection.getresponse()
            answer = _answer(connection, response, question)
        except TimeoutError as error:
            connection.close()
            raise TimedOut from error
        except (OSError, http.client.HTTPException) as error:
            connection.close()
            raise HungUp from error
        if answer.parts is None:
            self._keep(connection, response)
        return answer

    def _keep(self, connection: http.client.HTTPConnection, response: http.client.HTTPResponse) -> None:
        if response.will_close:
            connection.close()
        else:
            self._idle.put(connection)


def _answer(connection: http.client.HTTPConnection, response: http.client.HTTPResponse, question: Question) -> Answer:
    kind, attributes = response.getheader("Content-Type", ""), response.getheader(ATTRIBUTES, "")
    if question.is_stream and response.status < 400:  # noqa: PLR2004 - HTTP's own border
        return Answer(response.status, b"", kind, attributes, _parts(connection, response))
    return Answer(response.status, response.read(), kind, attributes)


def _parts(connection: http.client.HTTPConnection, response: http.client.HTTPResponse) -> Iterator[bytes]:
    try:
        while part := response.read1(PART):
            yield part
    finally:
        connection.close()


def _is_open(connection: http.client.HTTPConnection) -> bool:
    """Is the other end still there? What is readable before we asked is its goodbye."""
    if connection.sock is None:
        return False
    return not select.select([connection.sock], [], [], 0)[0]
