"""Step Functions: state machines in ASL that run, and make Lambda, SageMaker, Glue and Athena run."""

from mlacoach.sandbox.engines import Engines
from mlacoach.sandbox.late import add_late

EXECUTIONS = ("StartExecution", "DescribeExecution", "ListExecutions", "StopExecution", "GetExecutionHistory")


def register(engines: Engines) -> None:
    """Take over executions; the state machines themselves are kept by moto."""
    add_late(engines, "stepfunctions", "mlacoach.sandbox.workflows.executions", EXECUTIONS)
