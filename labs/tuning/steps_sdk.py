from mlacoach.labs import Shown
from mlacoach.labs.sdk import session

BUDGET = 4


def search_at_random(aws):
    """A tuner takes a trainer and ranges; what has no range stays as the trainer has it."""
    return _search(aws, "rand", "Random", _ranges(), max_jobs=BUDGET, random_seed=7)


def search_with_what_is_known(aws):
    """Bayesian search chooses by what the jobs before gave; the budget is the same."""
    return _search(aws, "bayes", "Bayesian", _ranges(), max_jobs=BUDGET, random_seed=7)


def search_a_grid(aws):
    """A grid takes categories only; without max_jobs it tries every combination once."""
    from sagemaker.train.tuner import CategoricalParameter

    ranges = {"eta": CategoricalParameter(["0.05", "0.3"]), "max_depth": CategoricalParameter(["2", "6"])}
    return _search(aws, "grid", "Grid", ranges)


def go_on_from_there(aws):
    """A warm start begins with what an earlier search knows."""
    from sagemaker.core.shapes import HyperParameterTuningJobWarmStartConfig, ParentHyperParameterTuningJob

    warm = HyperParameterTuningJobWarmStartConfig(
        warm_start_type="IdenticalDataAndAlgorithm",
        parent_hyper_parameter_tuning_jobs=[
            ParentHyperParameterTuningJob(hyper_parameter_tuning_job_name=aws.name("bayes"))
        ],
    )
    return _search(aws, "warm", "Bayesian", _ranges(), max_jobs=1, parallel=1, warm_start_config=warm)


def _ranges():
    from sagemaker.train.tuner import ContinuousParameter, IntegerParameter

    return {
        "eta": ContinuousParameter(0.02, 0.6, scaling_type="Logarithmic"),
        "max_depth": IntegerParameter(1, 8),
    }


def _search(aws, suffix, strategy, ranges, parallel=2, **more):
    from sagemaker.train.tuner import HyperparameterTuner

    tuner = HyperparameterTuner(
        model_trainer=_trainer(aws),
        objective_metric_name="validation:auc",
        hyperparameter_ranges=ranges,
        strategy=strategy,
        max_parallel_jobs=parallel,
        **more,
    )
    tuner.tune(_channels(aws), job_name=aws.name(suffix), wait=True)
    found = aws.client("sagemaker").describe_hyper_parameter_tuning_job(HyperParameterTuningJobName=aws.name(suffix))
    best = found["BestTrainingJob"]["FinalHyperParameterTuningJobObjectiveMetric"]["Value"]
    return Shown(metrics={f"{suffix}:best": best}, text=f"The best job is {tuner.best_training_job()}.")


def _trainer(aws):
    from sagemaker.core import image_uris
    from sagemaker.core.shapes import StoppingCondition
    from sagemaker.train import ModelTrainer
    from sagemaker.train.configs import Compute, OutputDataConfig

    return ModelTrainer(
        sagemaker_session=session(aws),
        training_image=image_uris.retrieve("xgboost", aws.region, "1.7-1"),
        role=aws.role_arn,
        compute=Compute(instance_type="ml.m5.large", instance_count=1, volume_size_in_gb=5),
        stopping_condition=StoppingCondition(max_runtime_in_seconds=600),
        output_data_config=OutputDataConfig(s3_output_path=f"s3://{aws.name('data')}/output"),
        hyperparameters={"objective": "binary:logistic", "eval_metric": "auc", "num_round": 20},
        base_job_name=aws.name("trial"),
    )


def _channels(aws):
    from sagemaker.train.configs import InputData

    data = f"s3://{aws.name('data')}"
    return [
        InputData(channel_name=channel, data_source=f"{data}/{channel}/", content_type="text/csv")
        for channel in ("train", "validation")
    ]
