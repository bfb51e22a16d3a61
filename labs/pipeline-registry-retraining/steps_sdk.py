from contextlib import suppress

from mlacoach.labs import Shown
from mlacoach.labs.sdk import session


def describe_the_pipeline(aws):
    """With a session for pipelines, train() and register() note what they would ask for: the steps are made of that."""
    from sagemaker.core.workflow.conditions import ConditionGreaterThanOrEqualTo
    from sagemaker.core.workflow.parameters import ParameterFloat, ParameterString
    from sagemaker.mlops.workflow.condition_step import ConditionStep
    from sagemaker.mlops.workflow.fail_step import FailStep
    from sagemaker.mlops.workflow.model_step import ModelStep
    from sagemaker.mlops.workflow.pipeline import Pipeline
    from sagemaker.mlops.workflow.steps import TrainingStep

    noting = session(aws, for_pipelines=True)
    data = ParameterString(name="Data", default_value=f"s3://{aws.name('data')}")
    least = ParameterFloat(name="LeastAuc", default_value=0.7)
    training = TrainingStep(name="Train", step_args=_train(aws, noting, data))
    register = ModelStep(name="Register", step_args=_register(aws, noting, training))
    auc = training.properties.FinalMetricDataList["validation:auc"].Value
    decide = ConditionStep(
        name="Decide",
        conditions=[ConditionGreaterThanOrEqualTo(left=auc, right=least)],
        if_steps=[register],
        else_steps=[FailStep(name="GiveUp", error_message="The AUC is too low.")],
    )
    pipeline = Pipeline(
        name=aws.name("pipeline"), parameters=[data, least], steps=[training, decide], sagemaker_session=noting
    )
    pipeline.upsert(role_arn=aws.role_arn)


def run_it(aws):
    """start() takes the parameters that differ from their defaults, and wait() the time that it needs."""
    return _run(aws)


def see_the_gate_close(aws):
    """The same pipeline, a higher bar: the run fails on purpose, and nothing is registered."""
    return _run(aws, LeastAuc=0.99)


def _train(aws, noting, data):
    from sagemaker.core import image_uris
    from sagemaker.core.shapes import StoppingCondition
    from sagemaker.core.workflow.functions import Join
    from sagemaker.train import ModelTrainer
    from sagemaker.train.configs import Compute, InputData, OutputDataConfig

    trainer = ModelTrainer(
        sagemaker_session=noting,
        training_image=image_uris.retrieve("xgboost", aws.region, "1.7-1"),
        role=aws.role_arn,
        compute=Compute(instance_type="ml.m5.large", instance_count=1, volume_size_in_gb=5),
        stopping_condition=StoppingCondition(max_runtime_in_seconds=600),
        output_data_config=OutputDataConfig(s3_output_path=f"s3://{aws.name('data')}/output"),
        hyperparameters={
            "objective": "binary:logistic",
            "eval_metric": "auc",
            "num_round": 25,
            "eta": 0.1,
            "max_depth": 3,
        },
        base_job_name=aws.name("train"),
    )
    channels = [
        InputData(
            channel_name=channel,
            data_source=Join(on="/", values=[data, f"{channel}/"]),
            content_type="text/csv",
        )
        for channel in ("train", "validation")
    ]
    return trainer.train(channels)


def _register(aws, noting, training):
    from sagemaker.core import image_uris
    from sagemaker.serve.model_builder import ModelBuilder

    builder = ModelBuilder(
        s3_model_data_url=training.properties.ModelArtifacts.S3ModelArtifacts,
        image_uri=image_uris.retrieve("xgboost", aws.region, "1.7-1"),
        sagemaker_session=noting,
        role_arn=aws.role_arn,
        instance_type="ml.m5.large",
    )
    return builder.register(
        model_package_group_name=aws.name("models"),
        content_types=["text/csv"],
        response_types=["text/csv"],
        inference_instances=["ml.m5.large"],
        approval_status="PendingManualApproval",
    )


def _run(aws, **parameters):
    from botocore.exceptions import WaiterError
    from sagemaker.mlops.workflow.pipeline import Pipeline

    execution = Pipeline(name=aws.name("pipeline"), sagemaker_session=session(aws)).start(parameters=parameters)
    # A run that fails on purpose is no fault of ours; wait() thinks otherwise.
    with suppress(WaiterError):
        execution.wait(delay=1, max_attempts=1800)
    steps = execution.list_steps()
    return Shown(columns=("step", "status"), rows=[(step["StepName"], step["StepStatus"]) for step in steps])
