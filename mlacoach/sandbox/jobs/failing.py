"""Why a job fails, in AWS's words."""

from mlacoach.sandbox.fault_rules import FaultKind, FaultRule
from mlacoach.sandbox.supervisor import Ended, Exit

KILLED = 137
LONGEST = 1024
NO_MEMORY = (
    "Please use an instance type with more memory, or reduce the size of training data processed on an instance."
)
NO_CAPACITY = (
    "CapacityError: Unable to provision requested ML compute capacity. Please retry using a different ML instance type."
)
INTERNAL = "InternalServerError: We encountered an internal error. Please try again."


class JobFailed(Exception):
    """A job cannot go on. The text is its FailureReason."""


class JobStopped(Exception):
    """Somebody stopped the job."""


def reason(text: str) -> str:
    """A failure reason of the length that AWS shows; the end says most."""
    return text if len(text) <= LONGEST else text[: LONGEST // 4] + " … " + text[-(LONGEST * 3 // 4 - 3) :]


def exit_code(ended: Exit) -> int:
    """The code as a container shows it."""
    if ended.why is Ended.OUT_OF_MEMORY:
        return KILLED
    return 128 - ended.code if ended.code < 0 else ended.code


def died(ended: Exit, said: str) -> str:
    """Why a container ended that nobody stopped.

    Args:
        ended: how it ended.
        said: what it left as its reason.
    """
    code = exit_code(ended)
    if code == KILLED and not said:
        said = NO_MEMORY
    kind = "" if said.startswith(("ClientError", "AlgorithmError")) else "AlgorithmError: "
    tail = f", exit code: {code}"
    return reason(kind + said)[: LONGEST - len(tail)] + tail


def of_fault(rule: FaultRule) -> str:
    """What a job says that fails because a fault of the sandbox says so."""
    return NO_CAPACITY if rule.kind is FaultKind.CAPACITY else rule.argument or INTERNAL
