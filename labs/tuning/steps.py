import json

from mlacoach.labs import Shown

IMAGE = "683313688378.dkr.ecr.us-east-1.amazonaws.com/sagemaker-xgboost:1.7-1"
BUDGET = 4
STRATEGIES = ("rand", "bayes", "grid")


def search_at_random(aws):
    """Each training job tries values that chance picks out of the ranges; all could run at the same time."""
    sagemaker = aws.client("sagemaker")
    sagemaker.create_hyper_parameter_tuning_job(
        HyperParameterTuningJobName=aws.name("rand"),
        HyperParameterTuningJobConfig={
            "Strategy": "Random",
            "RandomSeed": 7,
            "HyperParameterTuningJobObjective": {"Type": "Maximize", "MetricName": "validation:auc"},
            "ResourceLimits": {"MaxNumberOfTrainingJobs": BUDGET, "MaxParallelTrainingJobs": 2},
            "ParameterRanges": {
                "ContinuousParameterRanges": [
                    {"Name": "eta", "MinValue": "0.02", "MaxValue": "0.6", "ScalingType": "Logarithmic"}
                ],
                "IntegerParameterRanges": [{"Name": "max_depth", "MinValue": "1", "MaxValue": "8"}],
            },
        },
        TrainingJobDefinition=_definition(aws),
    )
    return _end(aws, "rand")


def search_with_what_is_known(aws):
    """Bayesian search chooses by what the jobs before gave, so few run at the same time; the budget is the same."""
    sagemaker = aws.client("sagemaker")
    config = _config_of(aws, "rand")
    sagemaker.create_hyper_parameter_tuning_job(
        HyperParameterTuningJobName=aws.name("bayes"),
        HyperParameterTuningJobConfig={**config, "Strategy": "Bayesian"},
        TrainingJobDefinition=_definition(aws),
    )
    return _end(aws, "bayes")


def search_a_grid(aws):
    """A grid takes categories only, and tries every combination once: their product is the number of jobs."""
    sagemaker = aws.client("sagemaker")
    config = _config_of(aws, "rand")
    ranges = {
        "CategoricalParameterRanges": [
            {"Name": "eta", "Values": ["0.05", "0.3"]},
            {"Name": "max_depth", "Values": ["2", "6"]},
        ]
    }
    limits = {"MaxParallelTrainingJobs": 2}
    sagemaker.create_hyper_parameter_tuning_job(
        HyperParameterTuningJobName=aws.name("grid"),
        HyperParameterTuningJobConfig={
            **config,
            "Strategy": "Grid",
            "ParameterRanges": ranges,
            "ResourceLimits": limits,
        },
        TrainingJobDefinition=_definition(aws),
    )
    return _end(aws, "grid")


def compare_at_equal_cost(aws):
    """What each found, and how many jobs and seconds it took: a better value that cost twice as much proves little."""
    report = {}
    for suffix in STRATEGIES:
        jobs = _jobs_of(aws, suffix)
        values = [job["FinalHyperParameterTuningJobObjectiveMetric"]["Value"] for job in jobs]
        seconds = sum((job["TrainingEndTime"] - job["TrainingStartTime"]).total_seconds() for job in jobs)
        report[suffix] = {"jobs": len(jobs), "best": round(max(values), 5), "seconds": round(seconds)}
    body = json.dumps(report, indent=2)
    aws.client("s3").put_object(Bucket=aws.name("data"), Key="reports/strategies.json", Body=body)
    return Shown(
        columns=("strategy", "jobs", "best validation:auc", "seconds"),
        rows=[(name, each["jobs"], each["best"], each["seconds"]) for name, each in report.items()],
        metrics={f"{name}:best": each["best"] for name, each in report.items()},
    )


def go_on_from_there(aws):
    """A warm start begins with what an earlier search knows; one more job near its best is enough here."""
    sagemaker = aws.client("sagemaker")
    config = _config_of(aws, "bayes")
    limits = {"MaxNumberOfTrainingJobs": 1, "MaxParallelTrainingJobs": 1}
    sagemaker.create_hyper_parameter_tuning_job(
        HyperParameterTuningJobName=aws.name("warm"),
        HyperParameterTuningJobConfig={**config, "ResourceLimits": limits},
        TrainingJobDefinition=_definition(aws),
        WarmStartConfig={
            "WarmStartType": "IdenticalDataAndAlgorithm",
            "ParentHyperParameterTuningJobs": [{"HyperParameterTuningJobName": aws.name("bayes")}],
        },
    )
    return _end(aws, "warm")


def keep_the_best(aws):
    """The best training job of all searches, as a model."""
    sagemaker = aws.client("sagemaker")
    jobs = [job for suffix in (*STRATEGIES, "warm") for job in _jobs_of(aws, suffix)]
    best = max(jobs, key=lambda job: job["FinalHyperParameterTuningJobObjectiveMetric"]["Value"])
    job = sagemaker.describe_training_job(TrainingJobName=best["TrainingJobName"])
    sagemaker.create_model(
        ModelName=aws.name("model"),
        ExecutionRoleArn=aws.role_arn,
        PrimaryContainer={"Image": IMAGE, "ModelDataUrl": job["ModelArtifacts"]["S3ModelArtifacts"]},
    )


def _definition(aws):
    """What all training jobs have in common."""
    data = f"s3://{aws.name('data')}"
    return {
        "StaticHyperParameters": {"objective": "binary:logistic", "eval_metric": "auc", "num_round": "20"},
        "AlgorithmSpecification": {"TrainingImage": IMAGE, "TrainingInputMode": "File"},
        "RoleArn": aws.role_arn,
        "InputDataConfig": [
            {
                "ChannelName": channel,
                "ContentType": "text/csv",
                "DataSource": {"S3DataSource": {"S3DataType": "S3Prefix", "S3Uri": f"{data}/{channel}/"}},
            }
            for channel in ("train", "validation")
        ],
        "OutputDataConfig": {"S3OutputPath": f"{data}/output"},
        "ResourceConfig": {"InstanceType": "ml.m5.large", "InstanceCount": 1, "VolumeSizeInGB": 5},
        "StoppingCondition": {"MaxRuntimeInSeconds": 600},
    }


def _config_of(aws, suffix):
    found = aws.client("sagemaker").describe_hyper_parameter_tuning_job(HyperParameterTuningJobName=aws.name(suffix))
    config = found["HyperParameterTuningJobConfig"]
    ranges = {name: each for name, each in config["ParameterRanges"].items() if each}
    kept = ("Strategy", "HyperParameterTuningJobObjective", "ResourceLimits", "RandomSeed")
    return {**{name: config[name] for name in kept if name in config}, "ParameterRanges": ranges}


def _jobs_of(aws, suffix):
    return aws.client("sagemaker").list_training_jobs_for_hyper_parameter_tuning_job(
        HyperParameterTuningJobName=aws.name(suffix), MaxResults=100
    )["TrainingJobSummaries"]


def _end(aws, suffix):
    """Wait for a search; its trials in the order in which they began."""
    aws.wait(
        "sagemaker",
        "describe_hyper_parameter_tuning_job",
        lambda job: job["HyperParameterTuningJobStatus"] not in ("InProgress", "Stopping"),
        HyperParameterTuningJobName=aws.name(suffix),
    )
    jobs = sorted(_jobs_of(aws, suffix), key=lambda job: job["CreationTime"])
    values = [job["FinalHyperParameterTuningJobObjectiveMetric"]["Value"] for job in jobs]
    best = [(number, max(values[:number])) for number in range(1, len(values) + 1)]
    return Shown(
        metrics={f"{suffix}:best": best[-1][1]},
        lines={"best so far": best},
        measure="validation:auc",
        along="trial",
    )
