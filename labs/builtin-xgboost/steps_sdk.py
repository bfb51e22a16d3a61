from mlacoach.labs import Shown
from mlacoach.labs.sdk import session

ALGORITHM = "3.0-5"
VALUES = {"objective": "binary:logistic", "eval_metric": "auc", "num_round": 100}
EARLY = {**VALUES, "early_stopping_rounds": 10, "eta": 0.1, "max_depth": 4}


def train_a_first_model(aws):
    """ModelTrainer is what Estimator was: an image, an instance, hyperparameters; train() makes the job and waits."""
    return _train(aws, "first", {**VALUES, "eta": 0.3})


def stop_before_it_overfits(aws):
    """The same trainer with other values."""
    return _train(aws, "early", EARLY)


def weigh_the_failures(aws):
    """Pumps that fail are rare: each counts as much as the others outnumber them."""
    body = aws.client("s3").get_object(Bucket=aws.name("data"), Key="train/pumps.csv")["Body"].read().decode()
    failed = sum(line.startswith("1,") for line in body.splitlines())
    weight = (len(body.splitlines()) - failed) / failed
    return _train(aws, "weighed", {**EARLY, "scale_pos_weight": round(weight, 2)})


def _train(aws, name, values):
    from sagemaker.core import image_uris
    from sagemaker.core.shapes import StoppingCondition
    from sagemaker.train import ModelTrainer
    from sagemaker.train.configs import Compute, InputData, OutputDataConfig

    data = f"s3://{aws.name('data')}"
    trainer = ModelTrainer(
        sagemaker_session=session(aws),
        training_image=image_uris.retrieve("xgboost", aws.region, ALGORITHM),
        role=aws.role_arn,
        compute=Compute(instance_type="ml.m5.large", instance_count=1, volume_size_in_gb=5),
        stopping_condition=StoppingCondition(max_runtime_in_seconds=600),
        output_data_config=OutputDataConfig(s3_output_path=f"{data}/output"),
        hyperparameters=values,
        # The job is called after it, with the time behind.
        base_job_name=aws.name(name),
    )
    channels = [
        InputData(channel_name=channel, data_source=f"{data}/{channel}/", content_type="text/csv")
        for channel in ("train", "validation")
    ]
    trainer.train(channels, logs=False)
    job = trainer._latest_training_job  # noqa: SLF001 - as the SDK's own examples do
    job.refresh()
    return Shown(metrics={f"{name} {each.metric_name}": each.value for each in job.final_metric_data_list})
