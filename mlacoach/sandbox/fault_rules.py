"""Faults on purpose: throttling, errors, slowness, no capacity, expired credentials, roles that are not there yet."""

import threading
from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import datetime
from enum import StrEnum
from fnmatch import fnmatchcase
from random import Random
from typing import Any

from mlacoach.errors import UnknownId, UsageFault
from mlacoach.sandbox.aws_error import AwsError, invalid
from mlacoach.sandbox.protocol.models import known_services

ANY = "*"
# Names in signatures that are not boto3's names.
SIGNED_AS = {"monitoring": "cloudwatch", "states": "stepfunctions", "elasticloadbalancing": "elbv2"}


class FaultKind(StrEnum):
    """What goes wrong."""

    THROTTLE = "throttle"
    ERROR = "error"
    SLOW = "slow"
    CAPACITY = "capacity"
    EXPIRED = "expired-credentials"
    ROLE = "role-propagation"
    JOB = "job-failure"


# These strike a resource after it was created; its runner asks for them.
OF_RUNNERS = frozenset({FaultKind.CAPACITY, FaultKind.JOB})
WITH_ARGUMENT = frozenset({FaultKind.ERROR, FaultKind.SLOW})


@dataclass(frozen=True, slots=True)
class FaultRule:
    """One rule. It strikes calls that match, by chance, until it has struck often enough.

    Attributes:
        kind: what goes wrong.
        service: boto3's name of the service, with wild cards.
        operation: the operation, with wild cards.
        argument: the error's code, or the seconds.
        probability: how often, of the calls that match.
        times: how often at most; 0 is without end.
    """

    kind: FaultKind
    service: str = ANY
    operation: str = ANY
    argument: str = ""
    probability: float = 1.0
    times: int = 0

    def __post_init__(self) -> None:
        """Check the rule.

        Raises:
            UsageFault: it cannot be followed.
        """
        if self.kind in WITH_ARGUMENT and not self.argument:
            needed = "the error's code" if self.kind is FaultKind.ERROR else "the seconds"
            raise UsageFault(
                f"A fault of the kind {self.kind} needs {needed}.", f"Such as: {self.kind} {EXAMPLE[self.kind]}"
            )
        if self.kind is FaultKind.SLOW and not _is_duration(self.argument):
            raise UsageFault(f"{self.argument!r} is no number of seconds.", "Such as: slow 2.5")
        if not 0 < self.probability <= 1:
            raise UsageFault(f"{self.probability:g} is no probability.", "Give more than 0 and at most 1.")
        if not set("*?[") & set(self.service) and self.service not in known_services():
            raise UnknownId("service", self.service, known_services())
        if self.times < 0:
            raise UsageFault("A fault cannot strike less than no times.", "0 is without end.")

    def __str__(self) -> str:
        """The rule in one line."""
        often = "" if self.probability == 1 else f", {self.probability:.0%} of the calls"
        at_most = f", {self.times} times at most" if self.times else ""
        return f"{self.kind} {self.argument}".strip() + f" on {self.service} {self.operation}{often}{at_most}"

    def matches(self, service: str, operation: str) -> bool:
        """Is this call meant?"""
        return fnmatchcase(service, self.service) and fnmatchcase(operation, self.operation)

    def as_data(self) -> dict[str, Any]:
        """The rule as JSON carries it."""
        return asdict(self)


EXAMPLE = {FaultKind.ERROR: "ResourceLimitExceeded", FaultKind.SLOW: "2.5"}


def rule_of(data: dict[str, Any]) -> FaultRule:
    """The rule that JSON carries.

    Raises:
        UsageFault: it cannot be followed.
    """
    try:
        return FaultRule(**{**data, "kind": FaultKind(data["kind"])})
    except (TypeError, ValueError, KeyError) as error:
        raise UsageFault(f"That is no fault: {error}.", f"The kinds are {', '.join(FaultKind)}.") from error


class FaultRules:
    """The rules in force, and how often each has struck."""

    def __init__(self, rng: Random, now: Callable[[], datetime]) -> None:
        self._rng = rng
        self._now = now
        self._lock = threading.Lock()
        self._rules: list[tuple[FaultRule, int]] = []
        self.pause = threading.Event()

    def add(self, rule: FaultRule) -> None:
        """Put a rule into force."""
        with self._lock:
            self._rules.append((rule, 0))

    def clear(self) -> None:
        """Lift every rule."""
        with self._lock:
            self._rules.clear()

    def all(self) -> list[tuple[FaultRule, int]]:
        """Every rule, and how often it has struck."""
        with self._lock:
            return list(self._rules)

    def services(self, signed_for: str) -> set[str]:
        """The services that a request signed for this one may be for, as far as a rule concerns them."""
        with self._lock:
            rules = [rule for rule, _ in self._rules]
        name = SIGNED_AS.get(signed_for, signed_for)
        named = {rule.service for rule in rules if not set("*?[") & set(rule.service)}
        return named | {name for rule in rules if name in known_services() and fnmatchcase(name, rule.service)}

    def strike(self, kinds: frozenset[FaultKind], service: str, operation: str) -> FaultRule | None:
        """The rule that strikes this call, which is counted; or None."""
        with self._lock:
            for number, (rule, struck) in enumerate(self._rules):
                used_up = rule.times and struck >= rule.times
                if rule.kind not in kinds or used_up or not rule.matches(service, operation):
                    continue
                if self._rng.random() < rule.probability:
                    self._rules[number] = (rule, struck + 1)
                    return rule
        return None

    def of_job(self, operation: str, service: str = "sagemaker") -> FaultRule | None:
        """For runners: does the resource that this operation created fail, by `capacity` or `job-failure`?"""
        return self.strike(OF_RUNNERS, service, operation)

    def before(self, service: str, operation: str, role: str = "") -> None:
        """Let the faults of a call strike before it is answered.

        Args:
            service: boto3's name of the service.
            operation: which operation.
            role: the role that the request names, if it names one.

        Raises:
            AwsError: one that answers the call struck.
        """
        kinds = frozenset(FaultKind) - OF_RUNNERS
        rule = self.strike(kinds if role else kinds - {FaultKind.ROLE}, service, operation)
        if rule is None:
            return
        if rule.kind is FaultKind.SLOW:
            self.pause.wait(float(rule.argument))
            return
        raise _error(rule, role)


def _error(rule: FaultRule, role: str) -> AwsError:
    if rule.kind is FaultKind.THROTTLE:
        return AwsError("ThrottlingException", "Rate exceeded")
    if rule.kind is FaultKind.EXPIRED:
        return AwsError("ExpiredTokenException", "The security token included in the request is expired", 403)
    if rule.kind is FaultKind.ROLE:
        return cannot_assume(role)
    return AwsError(rule.argument, f"{rule.argument}, because a fault of the sandbox says so.")


def cannot_assume(role: str) -> AwsError:
    """What SageMaker says about a role that is not there (yet), or does not trust it."""
    return invalid(
        f"Could not assume role {role}. Please ensure that the role exists and allows principal "
        "'sagemaker.amazonaws.com' to assume the role."
    )


def _is_duration(text: str) -> bool:
    try:
        return 0 <= float(text) < float("inf")
    except ValueError:
        return False
