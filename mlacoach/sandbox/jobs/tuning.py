"""Hyperparameter tuning jobs: training jobs, one suggested after the other from what the earlier ones gave."""

import math
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from random import Random
from typing import Any

from mlacoach.sandbox.algorithms import image_of, metric_definitions
from mlacoach.sandbox.aws_error import AwsError, invalid
from mlacoach.sandbox.jobs.early_stopping import by_median, by_rung, limits, rungs
from mlacoach.sandbox.jobs.failing import JobFailed, JobStopped, of_fault
from mlacoach.sandbox.jobs.ranges import Space, space_of
from mlacoach.sandbox.jobs.running import Running, Slots
from mlacoach.sandbox.jobs.suggesting import Known, Suggest, suggester
from mlacoach.sandbox.jobs.training_folder import PROGRAM
from mlacoach.sandbox.jobs.transitions import tell
from mlacoach.sandbox.jobs.trials import RUNNING, Objective, Trial, begin
from mlacoach.sandbox.records import Record
from mlacoach.sandbox.world import World

EVENT = "SageMaker HyperParameter Tuning Job State Change"
LOOK_SECONDS = 0.1
DAY = 86_400
MOST_JOBS = 500
NOT_BETTER = "The tuning job stopped, because it did not find a better training job any more."


def make(world: World, record: Record, _slots: Slots) -> "Tuning":
    """A tuning job, checked.

    Raises:
        AwsError: it cannot be run as it was asked for.
    """
    return Tuning(world, record)


class _Search:
    """One definition of a tuning job: what it searches, and for what."""

    def __init__(self, world: World, record: Record, definition: Mapping[str, Any], rng: Random) -> None:
        config = record["HyperParameterTuningJobConfig"]
        wanted = definition.get("TuningObjective") or config.get("HyperParameterTuningJobObjective")
        if not wanted:
            raise invalid("A tuning job needs an objective: HyperParameterTuningJobObjective.")
        self.definition = definition
        self.objective = Objective(wanted["MetricName"], wanted["Type"] == "Minimize")
        _require_metric(definition, self.objective)
        self.space = space_of(definition.get("HyperParameterRanges") or config.get("ParameterRanges") or {})
        both = {one.name for one in self.space.ranges} & set(definition.get("StaticHyperParameters") or {})
        if both:
            raise invalid(f"The hyperparameters {sorted(both)} are both static and in a range.")
        self.suggest: Suggest = suggester(config["Strategy"], self.space, rng)
        self.parents = _parents(world, record, self.space)


def _require_metric(definition: Mapping[str, Any], objective: Objective) -> None:
    spec = definition["AlgorithmSpecification"]
    known = {one["Name"] for one in spec.get("MetricDefinitions") or []}
    image = image_of(spec.get("TrainingImage") or "")
    if PROGRAM not in (definition.get("StaticHyperParameters") or {}):
        known |= {one["Name"] for one in metric_definitions(image.name)}
    if objective.name not in known and not spec.get("AlgorithmName"):
        raise invalid(
            f"The objective metric [{objective.name}] is not one that the training jobs report. "
            f"Choose one of {sorted(known) or 'the metrics that you define in MetricDefinitions'}."
        )


def _parents(world: World, record: Record, space: Space) -> list[Known]:
    """What parent jobs found out: where a warm start begins."""
    found = []
    for one in (record.get("WarmStartConfig") or {}).get("ParentHyperParameterTuningJobs") or []:
        name = one["HyperParameterTuningJobName"].rpartition("/")[2]
        parent = world.store.get("HyperParameterTuningJob", name, record.region)
        if parent is None or parent["HyperParameterTuningJobStatus"] in RUNNING:
            raise invalid(f"The parent tuning job {name} does not exist or has not ended.")
        trials: Sequence[Trial] = parent.private.get("trials") or []
        objective: Objective = parent.private["objective"]
        for trial in trials:
            final = trial.final(world, objective)
            if final is not None and all(each.name in trial.values for each in space.ranges):
                values = {each.name: trial.values[each.name] for each in space.ranges}
                found.append(Known(values, objective.worth(final)))
    return found


class Tuning(Running):
    """One tuning job that is running."""

    def __init__(self, world: World, record: Record) -> None:
        super().__init__(world, record, self._try_them, self._end)
        config = record["HyperParameterTuningJobConfig"]
        rng = Random(config.get("RandomSeed", world.rng(record.key).random()))
        definitions = record.get("TrainingJobDefinitions") or [record.get("TrainingJobDefinition")]
        if definitions[0] is None:
            raise invalid("A tuning job needs a TrainingJobDefinition.")
        self._searches = [_Search(world, record, one, rng) for one in definitions]
        self._strategy: str = config["Strategy"]
        given = config["ResourceLimits"]
        self._most = self._total(given.get("MaxNumberOfTrainingJobs"))
        self._parallel: int = given["MaxParallelTrainingJobs"]
        self._seconds = float(given.get("MaxRuntimeInSeconds") or 30 * DAY)
        self._criteria: Mapping[str, Any] = config.get("TuningJobCompletionCriteria") or {}
        self._stops_early = config.get("TrainingJobEarlyStoppingType") == "Auto"
        least, most = limits((config.get("StrategyConfig") or {}).get("HyperbandStrategyConfig"))
        self._rungs = rungs(least, most)
        self._trials: list[tuple[_Search, Trial]] = []
        self._halted: set[str] = set()
        self._show()

    def _total(self, asked: int | None) -> int:
        if self._strategy != "Grid":
            if not asked:
                raise invalid("MaxNumberOfTrainingJobs is required for this strategy.")
            return int(asked)
        count = sum(math.prod(len(one.values) for one in search.space.ranges) for search in self._searches)
        for search in self._searches:
            search.space.grid()
        if asked and asked != count:
            raise invalid(
                f"MaxNumberOfTrainingJobs ({asked}) must be the number of combinations of the grid ({count})."
            )
        if count > MOST_JOBS:
            raise invalid(f"The grid has {count} combinations; at most {MOST_JOBS} training jobs are allowed.")
        return count

    def _try_them(self) -> None:
        """Start trials until there are enough, and wait for them."""
        tell(self.world, self.record, EVENT)
        self._fail_by_fault()
        try:
            self._search()
            self._finish()
        except JobStopped:
            self._halt_all()
            raise

    def _fail_by_fault(self) -> None:
        rule = self.world.faults.of_job("CreateHyperParameterTuningJob")
        if rule:
            raise JobFailed(of_fault(rule))

    def _search(self) -> None:
        began, exhausted = time.monotonic(), False
        while True:
            self.raise_if_stopped()
            running = self._running()
            if time.monotonic() - began > self._seconds or self._is_reached():
                self._halt_all()
                return
            while not exhausted and len(self._trials) < self._most and len(running) < self._parallel:
                exhausted = not self._try_next()
                running = self._running()
            if not running and (exhausted or len(self._trials) >= self._most):
                return
            self._stop_early(running)
            self.stopped.wait(LOOK_SECONDS)
            self._show()

    def _running(self) -> list[tuple[_Search, Trial]]:
        return [(search, trial) for search, trial in self._trials if self._status(trial) in RUNNING]

    def _status(self, trial: Trial) -> str:
        return str(trial.now(self.world)["TrainingJobStatus"])

    def _try_next(self) -> bool:
        """Start one more trial; False if there is nothing left to try."""
        first = len(self._trials) % len(self._searches)
        for search in [*self._searches[first:], *self._searches[:first]]:
            values = search.suggest([*search.parents, *self._known(search)])
            if values is not None:
                self._begin(search, values)
                return True
        return False

    def _begin(self, search: _Search, values: dict[str, str]) -> None:
        from botocore.exceptions import ClientError  # noqa: PLC0415 - beside the client

        try:
            trial = begin(self.world, self.record, search.definition, len(self._trials) + 1, values)
        except (ClientError, AwsError) as error:
            told = error.response["Error"]["Message"] if isinstance(error, ClientError) else error.message
            raise JobFailed(f"ClientError: {told}") from error
        self._trials.append((search, trial))
        self._show()

    def _known(self, search: _Search) -> list[Known]:
        found = []
        for mine, trial in self._trials:
            final = trial.final(self.world, search.objective)
            if mine is search and (final is not None or self._status(trial) in RUNNING):
                found.append(Known(trial.values, None if final is None else search.objective.worth(final)))
        return found

    def _is_reached(self) -> bool:
        """Do the completion criteria say that it is enough?"""
        best = self._best()
        target = self._criteria.get("TargetObjectiveMetricValue")
        if best is None:
            return False
        search, trial = best
        final = trial.final(self.world, search.objective)
        if target is not None and final is not None and search.objective.worth(final) >= search.objective.worth(target):
            return True
        patience = (self._criteria.get("BestObjectiveNotImproving") or {}).get("MaxNumberOfTrainingJobsNotImproving")
        since = len(self._trials) - 1 - next(n for n, (_, one) in enumerate(self._trials) if one is trial)
        return patience is not None and since >= patience

    def _stop_early(self, running: Sequence[tuple[_Search, Trial]]) -> None:
        if not self._stops_early and self._strategy != "Hyperband":
            return
        for search, trial in running:
            seen = trial.seen(self.world, search.objective)
            others = [
                one.seen(self.world, search.objective)
                for mine, one in self._trials
                if mine is search and one is not trial
            ]
            judged = by_rung(seen, others, self._rungs) if self._strategy == "Hyperband" else by_median(seen, others)
            if seen and judged:
                self._halt(trial)

    def _halt(self, trial: Trial) -> None:
        if trial.record.key not in self._halted:
            self._halted.add(trial.record.key)
            sagemaker = self.world.client("sagemaker", self.record.region)
            try:
                sagemaker.stop_training_job(TrainingJobName=trial.record.key)
            except sagemaker.exceptions.ClientError:
                return  # It has just ended.

    def _halt_all(self) -> None:
        for _, trial in self._running():
            self._halt(trial)
        for _, trial in self._running():
            over = lambda now: now is None or now["TrainingJobStatus"] not in RUNNING  # noqa: E731
            self.world.store.wait(trial.record, over, DAY)

    def _best(self) -> tuple[_Search, Trial] | None:
        ranked = [
            (search.objective.worth(final), number)
            for number, (search, trial) in enumerate(self._trials)
            if (final := trial.final(self.world, search.objective)) is not None
        ]
        return self._trials[max(ranked, key=lambda one: (one[0], -one[1]))[1]] if ranked else None

    def _finish(self) -> None:
        statuses = Counter(self._status(trial) for _, trial in self._trials)
        if self._trials and statuses["Failed"] == len(self._trials):
            raise JobFailed(
                "All training jobs failed. Please take a look at the training jobs failures to get more details."
            )
        self._end("Completed")

    def _show(self, **fields: Any) -> Record | None:  # noqa: ANN401
        """What Describe shows of how far it is."""
        rows = [trial.summary(self.world, search.objective, self.record.key) for search, trial in self._trials]
        states, marks = (
            Counter(row["TrainingJobStatus"] for row in rows),
            Counter(row["ObjectiveStatus"] for row in rows),
        )
        best = self._best()
        shown = best[1].summary(self.world, best[0].objective, self.record.key) if best else None
        changes: dict[str, Any] = {
            "TrainingJobStatusCounters": {
                "Completed": states["Completed"],
                "InProgress": states["InProgress"] + states["Stopping"],
                "RetryableError": 0,
                "NonRetryableError": states["Failed"],
                "Stopped": states["Stopped"],
            },
            "ObjectiveStatusCounters": {name: marks[name] for name in ("Succeeded", "Pending", "Failed")},
            "LastModifiedTime": self.world.now(),
            "BestTrainingJob": shown,
            **({"OverallBestTrainingJob": shown} if self.record.get("WarmStartConfig") else {}),
            **fields,
        }
        private = {"trials": [trial for _, trial in self._trials], "objective": self._searches[0].objective}
        return self.world.store.change(self.record, changes, private)

    def _end(self, status: str, **fields: Any) -> None:  # noqa: ANN401
        now = self.world.now()
        seconds = sum(trial.now(self.world).get("TrainingTimeInSeconds") or 0 for _, trial in self._trials)
        consumed = {"RuntimeInSeconds": seconds}
        changed = self._show(
            HyperParameterTuningJobStatus=status, HyperParameterTuningEndTime=now, ConsumedResources=consumed, **fields
        )
        if changed:
            tell(self.world, changed, EVENT)
