from mlacoach.labs import NotYet, proofs

METRIC = "validation:auc"
LEAST_BUDGET = 4
TOLERANCE = 0.0006
# How far the seconds of a report may be from the sum of the jobs' times.
SECONDS = 3
STRATEGIES = {"rand": "Random", "bayes": "Bayesian", "grid": "Grid"}


def search_at_random(aws):
    """A tuning job has tried values at random, within ranges and a budget."""
    job = _searched(aws, "rand")
    ranges = job["HyperParameterTuningJobConfig"]["ParameterRanges"]
    found = {each["Name"]: each for kind in ranges.values() for each in kind}
    if "eta" not in found or "max_depth" not in found:
        raise NotYet(f"It searches {', '.join(sorted(found))}.", hint="eta and max_depth at least")
    if found["eta"].get("ScalingType", "Auto") not in ("Logarithmic", "Auto"):
        raise NotYet(
            f"The scale of eta is {found['eta']['ScalingType']}.", hint="From 0.02 to 0.6: a logarithmic scale"
        )
    if _budget(job) < LEAST_BUDGET:
        raise NotYet(f"It may try {_budget(job)} times only.", hint=f"{LEAST_BUDGET} times at least")


def search_with_what_is_known(aws):
    """A second one has learned from each try, with the same budget."""
    first, job = _searched(aws, "rand"), _searched(aws, "bayes")
    if _budget(job) != _budget(first):
        raise NotYet(f"It may try {_budget(job)} times, the random search {_budget(first)}.", hint="ResourceLimits")
    ranges = [_names(each["HyperParameterTuningJobConfig"]["ParameterRanges"]) for each in (first, job)]
    if ranges[0] != ranges[1]:
        raise NotYet("It searches other ranges than the random search.", hint="Change nothing but the strategy.")
    parallel = job["HyperParameterTuningJobConfig"]["ResourceLimits"]["MaxParallelTrainingJobs"]
    if parallel * 2 > _budget(job):
        raise NotYet(f"{parallel} at the same time leave little to learn from.", hint="MaxParallelTrainingJobs")


def search_a_grid(aws):
    """A third one has tried every combination of a grid, as many as the others tried."""
    job, budget = _searched(aws, "grid"), _budget(_searched(aws, "rand"))
    if _tried(job) != budget:
        raise NotYet(f"The grid has {_tried(job)} points, the others tried {budget}.", hint="2 values times 2 values")


def compare_at_equal_cost(aws):
    """A report says what each strategy found, and at what cost."""
    report = proofs.report(aws, "reports/strategies.json")
    for suffix in STRATEGIES:
        _searched(aws, suffix)
        jobs = _trials(aws, suffix)
        said = report.get(suffix) if isinstance(report.get(suffix), dict) else {}
        where = f"reports/strategies.json under {suffix}"
        seconds = sum((job["TrainingEndTime"] - job["TrainingStartTime"]).total_seconds() for job in jobs)
        truth = {"jobs": len(jobs), "best": max(map(_value, jobs)), "seconds": seconds}
        for name, slack in (("jobs", 0), ("best", TOLERANCE), ("seconds", SECONDS)):
            value = proofs.number(said, name, where)
            if abs(value - truth[name]) > slack:
                raise NotYet(f"{where} says {name} {value:g}; it is {truth[name]:.4g}.", hint="All its training jobs.")


def go_on_from_there(aws):
    """A warm start goes on where a search ended."""
    job = _searched(aws, "warm", "Bayesian")
    warm = job.get("WarmStartConfig") or {}
    parents = [each["HyperParameterTuningJobName"] for each in warm.get("ParentHyperParameterTuningJobs", ())]
    if not parents:
        raise NotYet("It begins from nothing.", hint="WarmStartConfig: ParentHyperParameterTuningJobs")
    if not set(parents) <= {aws.name(suffix) for suffix in STRATEGIES}:
        raise NotYet(f"Its parent is {parents[0]}.", hint="One of the searches of this lab")
    if warm.get("WarmStartType") != "IdenticalDataAndAlgorithm":
        raise NotYet(f"The type is {warm.get('WarmStartType')}.", hint="Neither the data nor the image has changed.")


def keep_the_best(aws):
    """The best of all trials is a model."""
    found = proofs.model(aws, "model")
    container = found.get("PrimaryContainer") or (found.get("Containers") or [{}])[0]
    jobs = [job for suffix in (*STRATEGIES, "warm") for job in _trials(aws, suffix)]
    if not jobs:
        raise NotYet("There is no training job yet.", hint="Search first.")
    highest = max(map(_value, jobs))
    names = [job["TrainingJobName"] for job in jobs if _value(job) == highest]
    best = [aws.find("sagemaker", "describe_training_job", TrainingJobName=name) for name in names]
    if container.get("ModelDataUrl") not in [job["ModelArtifacts"]["S3ModelArtifacts"] for job in best if job]:
        raise NotYet(f"The model is not of {names[0]}, whose {METRIC} is the best.", hint="ModelDataUrl")


def _searched(aws, suffix, strategy=""):
    job = proofs.tuning_job(aws, suffix)
    config = job["HyperParameterTuningJobConfig"]
    if config["Strategy"] != (strategy or STRATEGIES[suffix]):
        raise NotYet(f"The strategy of {suffix} is {config['Strategy']}.", hint=strategy or STRATEGIES[suffix])
    objective = config.get("HyperParameterTuningJobObjective", {})
    if (objective.get("Type"), objective.get("MetricName")) != ("Maximize", METRIC):
        raise NotYet(f"It wants {objective.get('Type')} {objective.get('MetricName')}.", hint=f"Maximize {METRIC}")
    return job


def _budget(job):
    limits = job["HyperParameterTuningJobConfig"]["ResourceLimits"]
    return limits.get("MaxNumberOfTrainingJobs", 0)


def _tried(job):
    return job["TrainingJobStatusCounters"]["Completed"]


def _names(ranges):
    return {(kind, str(sorted(each.items(), key=str))) for kind, found in ranges.items() for each in found}


def _trials(aws, suffix):
    found = aws.find(
        "sagemaker",
        "list_training_jobs_for_hyper_parameter_tuning_job",
        HyperParameterTuningJobName=aws.name(suffix),
        MaxResults=100,
    )
    jobs = found["TrainingJobSummaries"] if found else []
    return [job for job in jobs if "FinalHyperParameterTuningJobObjectiveMetric" in job]


def _value(job):
    return job["FinalHyperParameterTuningJobObjectiveMetric"]["Value"]
