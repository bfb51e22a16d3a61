"""An account as a lab sees it: clients whose every creating call is journalled."""

import os
import time
from collections.abc import Callable, Iterable, Mapping
from functools import cache
from typing import TYPE_CHECKING, Any

from mlacoach.cloud.journal import Resource, Write
from mlacoach.cloud.journaling import Journaling
from mlacoach.cloud.names import RunNames
from mlacoach.cloud.services import family_of
from mlacoach.errors import MlacoachError, NeedsCredentials
from mlacoach.sandbox.client import own_key

if TYPE_CHECKING:
    from boto3.session import Session
    from botocore.loaders import Loader

CONNECT_SECONDS = 5
READ_SECONDS = 60
ATTEMPTS = 3
# On AWS throttling may last longer, and nobody is in a hurry.
ATTEMPTS_ON_AWS = 8

# In the sandbox a moment is long; on AWS a look every few seconds is what its own waiters do.
SANDBOX_PAUSE = 0.1
AWS_PAUSE = 5.0
# What is waited for longest: a tuning job, a pipeline.
LONGEST_WAIT = 3600.0
REGION = "AWS_REGION"
# A minute on AWS.
ROLE_ATTEMPTS = 12


def nothing() -> None:
    """Nothing is asked before a call: what stands in the sandbox costs nothing."""


class Account:
    """The six names that a lab sees (`mlacoach.labs.Aws`).

    Args:
        session: whose account, and which region.
        names: the run's names.
        write: writes an entry of the journal durably.
        endpoint: the sandbox's address; None is AWS itself.
        role_arn: the role that services take on.
        made: what the run made before, if it goes on.
        is_own: is it the learner's own sandbox?
        before_each: asked before each call of the lab; what it raises stops the run, in the middle of a wait, too.
    """

    def __init__(  # noqa: PLR0913 - one for each thing that an account is
        self,
        session: "Session",
        names: RunNames,
        write: Write,
        endpoint: str | None,
        role_arn: str,
        made: Iterable[Resource] = (),
        *,
        is_own: bool = False,
        before_each: Callable[[], None] = nothing,
    ) -> None:
        self._session = session
        self._before_each = before_each
        self._endpoint = endpoint
        self._role_arn = role_arn
        self._names = names
        self._journaling = Journaling(names, write, self._plain_client, is_own)
        self._journaling.adopt(made)
        self._clients: dict[str, Any] = {}
        self._plain_clients: dict[str, Any] = {}

    @property
    def region(self) -> str:
        """The region everything is made in."""
        return str(self._session.region_name)

    @property
    def role_arn(self) -> str:
        """The role that services take on to work for us."""
        return self._role_arn

    def client(self, service: str) -> Any:  # noqa: ANN401 - boto3 makes its clients at run time
        """The boto3 client of a service, the same one each time."""
        if service not in self._clients:
            client = new_client(self._session, service, self._endpoint)
            self._journaling.watch(client)
            client.meta.events.register("needs-retry", self._role_is_coming)
            client.meta.events.register_first("before-parameter-build", self._ask_first)
            if self._endpoint:
                _hasten(client)
            self._clients[service] = client
        return self._clients[service]

    def name(self, suffix: str) -> str:
        """The name, unique to this run, under which something is made.

        Raises:
            ValueError: the suffix is not lower-case words joined by hyphens, or makes the name too long.
        """
        return self._names.name(suffix)

    def find(self, service: str, operation: str, **request: object) -> Mapping[str, Any] | None:
        """The answer to a request that looks, or None when the service says that it does not exist.

        Args:
            service: as for `client`.
            operation: the client's method, such as `get_bucket_policy`.
            request: its arguments.

        Raises:
            ClientError: the service says anything else.
        """
        from botocore.exceptions import ClientError  # noqa: PLC0415 - only labs need boto3

        try:
            answer: Mapping[str, Any] = getattr(self.client(service), operation)(**request)
        except ClientError as error:
            if any(absence.fits(error.response["Error"]) for absence in family_of(service).absent):
                return None
            raise
        return answer

    def wait(
        self, service: str, operation: str, until: Callable[[Mapping[str, Any]], bool], **request: object
    ) -> Mapping[str, Any]:
        """Ask again and again, until there is an answer that will do.

        Args:
            service: as for `client`.
            operation: as for `find`; while it finds nothing, it is waited for too.
            until: does this answer do?
            request: the operation's arguments.

        Raises:
            ClientError: as for `find`.
            WaitedTooLong: it took longer than an hour.
        """
        deadline = time.monotonic() + LONGEST_WAIT
        while True:
            answer = self.find(service, operation, **request)
            if answer is not None and until(answer):
                return answer
            if time.monotonic() > deadline:
                raise WaitedTooLong(f"{service} {operation} still says: {answer}.")
            time.sleep(SANDBOX_PAUSE if self._endpoint else AWS_PAUSE)

    def _ask_first(self, **_: object) -> None:
        self._before_each()

    def _role_is_coming(
        self, response: tuple[Any, Mapping[str, Any]] | None, attempts: int, **_: object
    ) -> float | None:
        """A new role can be taken on only after some seconds, everywhere on AWS a little later."""
        error = response[1].get("Error", {}) if response else {}
        words = error.get("Message", "").lower()
        if attempts > ROLE_ATTEMPTS or "assume" not in words or "role" not in words:
            return None
        return SANDBOX_PAUSE if self._endpoint else AWS_PAUSE

    def _plain_client(self, service: str) -> Any:  # noqa: ANN401
        if service not in self._plain_clients:
            self._plain_clients[service] = new_client(self._session, service, self._endpoint)
        return self._plain_clients[service]


class WaitedTooLong(MlacoachError):
    """Something did not come to pass in an hour."""


def _hasten(client: Any) -> None:  # noqa: ANN401
    """Have boto3's own waiters look more often: theirs look every 30 or 60 seconds, as is right on AWS."""
    make = client.get_waiter

    def quick(name: str) -> Any:  # noqa: ANN401
        waiter = make(name)
        waiter.config.delay = SANDBOX_PAUSE
        waiter.config.max_attempts = round(LONGEST_WAIT / SANDBOX_PAUSE)
        return waiter

    client.get_waiter = quick


def sandbox_session(region: str, credentials: Mapping[str, str] | None = None) -> "Session":
    """A session that knows nothing of the learner's own AWS: no profile, no config file, no keys.

    Args:
        region: of the session.
        credentials: as STS gives them out (`AccessKeyId` …); without them, the key of the sandboxes that this process
            starts.
    """
    from boto3.session import Session  # noqa: PLC0415 - 200 ms that only labs pay
    from botocore.session import Session as BareSession  # noqa: PLC0415

    nothing = (None, None, os.devnull, None)
    bare = BareSession(  # type: ignore[no-untyped-call]
        session_vars={"profile": (None, None, None, None), "config_file": nothing, "credentials_file": nothing}
    )
    given = credentials or {"AccessKeyId": own_key(), "SecretAccessKey": "sandbox"}
    models = _models()
    bare.register_component("data_loader", models)  # type: ignore[no-untyped-call]
    session = Session(  # type: ignore[no-untyped-call]
        aws_access_key_id=given["AccessKeyId"],
        aws_secret_access_key=given["SecretAccessKey"],
        aws_session_token=given.get("SessionToken"),
        region_name=region,
        botocore_session=bare,
    )
    # Every session of boto3 adds its own folder.
    models.search_paths[:] = dict.fromkeys(models.search_paths)
    return session


@cache
def _models() -> "Loader":
    """What reads the services' models, up to a quarter of a second each: once for all our sessions, not for each."""
    from botocore.loaders import Loader  # noqa: PLC0415 - only labs need boto3

    return Loader()  # type: ignore[no-untyped-call]


def real_session(profile: str | None, region: str | None) -> "Session":
    """The learner's own: a profile of their configuration, or what their environment says.

    Raises:
        NeedsCredentials: there is no such profile.
    """
    from boto3.session import Session  # noqa: PLC0415 - 200 ms that only labs pay
    from botocore.exceptions import ProfileNotFound  # noqa: PLC0415

    try:
        # boto3 itself reads AWS_DEFAULT_REGION only; the AWS CLI reads both.
        return Session(profile_name=profile, region_name=region or os.environ.get(REGION))  # type: ignore[no-untyped-call]
    except ProfileNotFound as error:
        raise NeedsCredentials(f"{error}.", "`aws configure list-profiles` shows which there are.") from error


def new_client(session: "Session", service: str, endpoint: str | None, region: str | None = None) -> Any:  # noqa: ANN401
    """A client with time-outs, not yet journalled: the teardown's own; the region is the session's unless given."""
    from botocore.config import Config  # noqa: PLC0415 - only labs need boto3

    config = Config(  # type: ignore[no-untyped-call]
        connect_timeout=CONNECT_SECONDS,
        read_timeout=READ_SECONDS,
        retries={"mode": "standard", "total_max_attempts": ATTEMPTS if endpoint else ATTEMPTS_ON_AWS},
        # A proxy must not be asked for 127.0.0.1; None takes what the environment says.
        proxies={} if endpoint else None,
    )
    return session.client(  # type: ignore[no-untyped-call]
        service, region_name=region, endpoint_url=endpoint, config=config
    )
