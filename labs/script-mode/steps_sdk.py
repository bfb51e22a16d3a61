from mlacoach.labs import Shown
from mlacoach.labs.sdk import session

METRICS = {"validation:auc": r"validation_auc=([0-9.]+);", "start:epoch": r"start_epoch=([0-9]+);"}


def train_and_keep_checkpoints(aws):
    """The trainer hands on the archive by the container's own hyperparameters; with SourceCode it would pack one."""
    return _train(aws, "first", epochs=3)


def go_on_from_the_last_one(aws):
    """The same place for checkpoints: what lies there is put into the folder first."""
    return _train(aws, "resumed", epochs=6)


def serve_it(aws):
    """ModelBuilder makes the model, then configuration and endpoint; both are called after the endpoint's name."""
    from sagemaker.core import image_uris
    from sagemaker.serve.model_builder import ModelBuilder

    builder = ModelBuilder(
        sagemaker_session=session(aws),
        s3_model_data_url=_newest(aws, "resumed")["ModelArtifacts"]["S3ModelArtifacts"],
        image_uri=image_uris.retrieve("sklearn", aws.region, "1.2-1", instance_type="ml.m5.large"),
        env_vars={"SAGEMAKER_PROGRAM": "inference.py", "SAGEMAKER_SUBMIT_DIRECTORY": "/opt/ml/model/code"},
        role_arn=aws.role_arn,
        instance_type="ml.m5.large",
    )
    builder.build(model_name=aws.name("model"))
    builder.deploy(endpoint_name=aws.name("live"), initial_instance_count=1, instance_type="ml.m5.large")


def _train(aws, name, epochs):
    from sagemaker.core import image_uris
    from sagemaker.core.shapes import CheckpointConfig, MetricDefinition, StoppingCondition
    from sagemaker.train import ModelTrainer
    from sagemaker.train.configs import Compute, InputData, OutputDataConfig

    data = f"s3://{aws.name('data')}"
    trainer = ModelTrainer(
        sagemaker_session=session(aws),
        training_image=image_uris.retrieve("sklearn", aws.region, "1.2-1", instance_type="ml.m5.large"),
        role=aws.role_arn,
        compute=Compute(instance_type="ml.m5.large", instance_count=1, volume_size_in_gb=5),
        stopping_condition=StoppingCondition(max_runtime_in_seconds=600),
        output_data_config=OutputDataConfig(s3_output_path=f"{data}/output"),
        checkpoint_config=CheckpointConfig(s3_uri=f"{data}/checkpoints"),
        hyperparameters={
            "sagemaker_program": "train.py",
            "sagemaker_submit_directory": f"{data}/code/sourcedir.tar.gz",
            "epochs": epochs,
            "learning-rate": 0.001,
        },
        # The job is called after it, with the time behind.
        base_job_name=aws.name(name),
    )
    trainer.with_metric_definitions([MetricDefinition(name=each, regex=regex) for each, regex in METRICS.items()])
    channels = [
        InputData(channel_name=channel, data_source=f"{data}/{channel}/", content_type="text/csv")
        for channel in ("train", "validation")
    ]
    trainer.train(channels, logs=False)
    metrics = _newest(aws, name)["FinalMetricDataList"]
    return Shown(metrics={each["MetricName"]: each["Value"] for each in metrics})


def _newest(aws, name):
    """What became of the newest job whose name begins so."""
    sagemaker = aws.client("sagemaker")
    found = sagemaker.list_training_jobs(NameContains=aws.name(name), SortBy="CreationTime", SortOrder="Descending")
    return sagemaker.describe_training_job(TrainingJobName=found["TrainingJobSummaries"][0]["TrainingJobName"])
