IMAGE = "683313688378.dkr.ecr.us-east-1.amazonaws.com/sagemaker-xgboost:1.7-1"
ETA = {"Name": "eta", "MinValue": "0.02", "MaxValue": "0.6", "ScalingType": "Logarithmic"}
DEPTH = {"Name": "max_depth", "MinValue": "1", "MaxValue": "8"}


def one_try(aws):
    """One try is no search."""
    _search(aws, "rand", "Random", most=1)


def the_worst_model(aws):
    """Minimises what should be large."""
    _search(aws, "rand", "Random", most=1, kind="Minimize")


def random_again(aws):
    """The strategy is the same."""
    _search(aws, "bayes", "Random", most=1)


def a_smaller_grid(aws):
    """One point."""
    sagemaker = aws.client("sagemaker")
    request = _request(aws, "grid", "Grid", 1, "Maximize")
    config = request["HyperParameterTuningJobConfig"]
    config["ParameterRanges"] = {"CategoricalParameterRanges": [{"Name": "eta", "Values": ["0.3"]}]}
    config["ResourceLimits"] = {"MaxParallelTrainingJobs": 1}
    sagemaker.create_hyper_parameter_tuning_job(**request)
    _wait(aws, "grid")


def figures_from_nowhere(aws):
    """Nobody looked at the jobs."""
    _report(aws, '{"rand": {"jobs": 4, "best": 0.99, "seconds": 10}}')


def without_the_cost(aws):
    """The best values alone."""
    _report(aws, '{"rand": {"best": 0.8}, "bayes": {"best": 0.8}, "grid": {"best": 0.8}}')


def from_the_beginning(aws):
    """No parent."""
    _search(aws, "warm", "Bayesian", most=1)


def the_last_trial(aws):
    """Whatever came last."""
    sagemaker = aws.client("sagemaker")
    jobs = sagemaker.list_training_jobs_for_hyper_parameter_tuning_job(HyperParameterTuningJobName=aws.name("rand"))
    worst = min(
        jobs["TrainingJobSummaries"], key=lambda job: job["FinalHyperParameterTuningJobObjectiveMetric"]["Value"]
    )
    job = sagemaker.describe_training_job(TrainingJobName=worst["TrainingJobName"])
    container = {"Image": IMAGE, "ModelDataUrl": job["ModelArtifacts"]["S3ModelArtifacts"]}
    sagemaker.create_model(ModelName=aws.name("model"), ExecutionRoleArn=aws.role_arn, PrimaryContainer=container)


def _search(aws, suffix, strategy, most, kind="Maximize"):
    aws.client("sagemaker").create_hyper_parameter_tuning_job(**_request(aws, suffix, strategy, most, kind))
    _wait(aws, suffix)


def _wait(aws, suffix):
    aws.wait(
        "sagemaker",
        "describe_hyper_parameter_tuning_job",
        lambda job: job["HyperParameterTuningJobStatus"] != "InProgress",
        HyperParameterTuningJobName=aws.name(suffix),
    )


def _request(aws, suffix, strategy, most, kind):
    data = f"s3://{aws.name('data')}"
    return {
        "HyperParameterTuningJobName": aws.name(suffix),
        "HyperParameterTuningJobConfig": {
            "Strategy": strategy,
            "HyperParameterTuningJobObjective": {"Type": kind, "MetricName": "validation:auc"},
            "ResourceLimits": {"MaxNumberOfTrainingJobs": most, "MaxParallelTrainingJobs": most},
            "ParameterRanges": {"ContinuousParameterRanges": [ETA], "IntegerParameterRanges": [DEPTH]},
        },
        "TrainingJobDefinition": {
            "StaticHyperParameters": {"objective": "binary:logistic", "eval_metric": "auc", "num_round": "2"},
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
        },
    }


def _report(aws, body):
    aws.client("s3").put_object(Bucket=aws.name("data"), Key="reports/strategies.json", Body=body)
