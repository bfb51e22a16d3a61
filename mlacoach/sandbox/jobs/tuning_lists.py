"""ListTrainingJobsForHyperParameterTuningJob."""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

from mlacoach.sandbox import pages
from mlacoach.sandbox.aws_error import AwsError, invalid
from mlacoach.sandbox.call import Call
from mlacoach.sandbox.jobs.trials import Objective, Trial

MOST = 100
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
METRIC = "FinalHyperParameterTuningJobObjectiveMetric"
ORDERS: Mapping[str, Callable[[Mapping[str, Any]], Any]] = {
    "Name": lambda row: row["TrainingJobName"],
    "CreationTime": lambda row: row.get("CreationTime", EPOCH),
    "Status": lambda row: row["TrainingJobStatus"],
    "FinalObjectiveMetricValue": lambda row: row[METRIC]["Value"] if METRIC in row else float("-inf"),
}


def list_trials(call: Call) -> Mapping[str, Any]:
    """The training jobs of a tuning job, sorted and by pages."""
    name = call.request["HyperParameterTuningJobName"].rpartition("/")[2]
    record = call.world.store.get("HyperParameterTuningJob", name, call.region)
    if record is None:
        raise AwsError("ResourceNotFound", f"Amazon SageMaker can't find a tuning job with the name {name}.")
    trials: list[Trial] = record.private.get("trials") or []
    objective: Objective = record.private.get("objective") or Objective("", is_less_better=False)
    rows = [trial.summary(call.world, objective, name) for trial in trials]
    status = call.request.get("StatusEquals")
    rows = [row for row in rows if status in (None, row["TrainingJobStatus"])]
    order = ORDERS[call.request.get("SortBy") or "Name"]
    rows.sort(key=order, reverse=(call.request.get("SortOrder") or "Ascending") == "Descending")
    page, more = pages.page(rows, call.request, MOST, invalid("The NextToken is not valid."))
    return {"TrainingJobSummaries": page, **more}
