"""Retry policies: which failures are tried again, how often, and after which pause."""

import time
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from mlacoach.sandbox.pipelines.doing import Result, StepStopped, Surroundings
from mlacoach.sandbox.pipelines.plan import Step
from mlacoach.sandbox.pipelines.references import StepFailed

# Where a policy says none of it: AWS's documentation of retry policies.
ATTEMPTS, INTERVAL, BACKOFF = 5, 1.0, 2.0
# Here nobody waits for capacity that comes back after minutes.
LONGEST_PAUSE = 2.0


def attempt(step: Step, around: Surroundings, make: Callable[[], Result]) -> Result:
    """Do it, and do it again as the step's policies say.

    Raises:
        StepFailed: it failed for the last time.
        StepStopped: the execution was stopped.
    """
    began = time.monotonic()
    pauses: dict[int, Iterator[float]] = {}
    while True:
        try:
            return make()
        except StepFailed as failed:
            pause = _pause(step, failed, pauses, (time.monotonic() - began) / 60)
            if pause is None:
                raise
            if around.stopped.wait(min(pause, LONGEST_PAUSE)):
                raise StepStopped from failed
        count = int(around.rows.of(step.name).get("AttemptCount", 1))
        around.rows.change(step, AttemptCount=count + 1)


def _pause(step: Step, failed: StepFailed, pauses: dict[int, Iterator[float]], minutes: float) -> float | None:
    """How long to wait before the next attempt; None where there is none."""
    for number, policy in enumerate(step.document.get("RetryPolicies") or []):
        if failed.kind in policy.get("ExceptionType", []):
            if minutes > float(policy.get("ExpireAfterMin", minutes)):
                return None
            return next(pauses.setdefault(number, _pauses(policy)), None)
    return None


def _pauses(policy: Mapping[str, Any]) -> Iterator[float]:
    pause = float(policy.get("IntervalSeconds", INTERVAL))
    # ExpireAfterMin stands instead of MaxAttempts.
    most = int(policy.get("MaxAttempts", 10_000 if "ExpireAfterMin" in policy else ATTEMPTS))
    for _ in range(most):
        yield pause
        pause *= float(policy.get("BackoffRate", BACKOFF))
