"""A pipeline of SDK 3: a parameter, a training step, a condition on what a script has written, the registry."""

import tempfile
from pathlib import Path

import boto3
import data
from sagemaker.core import image_uris
from sagemaker.core.helper.session_helper import get_execution_role
from sagemaker.core.processing import ScriptProcessor
from sagemaker.core.s3 import S3Uploader
from sagemaker.core.shapes import ProcessingInput, ProcessingOutput, ProcessingS3Input, ProcessingS3Output
from sagemaker.core.workflow.conditions import ConditionLessThanOrEqualTo
from sagemaker.core.workflow.functions import JsonGet
from sagemaker.core.workflow.parameters import ParameterFloat
from sagemaker.core.workflow.pipeline_context import PipelineSession
from sagemaker.core.workflow.properties import PropertyFile
from sagemaker.mlops.workflow.condition_step import ConditionStep
from sagemaker.mlops.workflow.fail_step import FailStep
from sagemaker.mlops.workflow.model_step import ModelStep
from sagemaker.mlops.workflow.pipeline import Pipeline
from sagemaker.mlops.workflow.steps import ProcessingStep, TrainingStep
from sagemaker.serve.model_builder import ModelBuilder
from sagemaker.train import ModelTrainer
from sagemaker.train.configs import Compute, InputData

EVALUATE = """
import json, tarfile, pandas, xgboost
with tarfile.open("/opt/ml/processing/model/model.tar.gz") as archive:
    archive.extractall("/tmp/model", filter="data")
model = xgboost.Booster()
model.load_model("/tmp/model/xgboost-model")
table = pandas.read_csv("/opt/ml/processing/test/train.csv", header=None)
scores = model.predict(xgboost.DMatrix(table.iloc[:, 1:].to_numpy()))
error = float(((scores > 0.5) != (table[0] > 0.5)).mean())
json.dump({"metrics": {"error": {"value": error}}}, open("/opt/ml/processing/evaluation/evaluation.json", "w"))
"""

session = PipelineSession()
bucket = session.default_bucket()
region = session.boto_session.region_name
role = get_execution_role()
folder = Path(tempfile.mkdtemp())
train = S3Uploader.upload(data.write(folder, "train.csv", data.rows()), f"s3://{bucket}/v3-pipeline/train")
(folder / "evaluate.py").write_text(EVALUATE, encoding="utf-8")
image = image_uris.retrieve("xgboost", region, "1.7-1")
limit = ParameterFloat(name="Limit", default_value=0.2)

trainer = ModelTrainer(
    training_image=image,
    role=role,
    sagemaker_session=session,
    compute=Compute(instance_type="ml.m5.large", instance_count=1),
    hyperparameters={"objective": "binary:logistic", "num_round": 20},
    base_job_name="v3-pipeline",
)
channel = InputData(channel_name="train", data_source=train, content_type="text/csv")
training = TrainingStep(name="Train", step_args=trainer.train([channel]))
artifacts = training.properties.ModelArtifacts.S3ModelArtifacts
processor = ScriptProcessor(
    image_uri=image_uris.retrieve("sklearn", region, "1.2-1", instance_type="ml.m5.large"),
    command=["python3"],
    role=role,
    instance_count=1,
    instance_type="ml.m5.large",
    sagemaker_session=session,
)


def given(name: str, uri: object, path: str) -> ProcessingInput:
    where = ProcessingS3Input(s3_uri=uri, local_path=path, s3_data_type="S3Prefix", s3_input_mode="File")
    return ProcessingInput(input_name=name, s3_input=where)


report = PropertyFile(name="Report", output_name="evaluation", path="evaluation.json")
evaluation = ProcessingStep(
    name="Evaluate",
    step_args=processor.run(
        code=str(folder / "evaluate.py"),
        inputs=[given("model", artifacts, "/opt/ml/processing/model"), given("test", train, "/opt/ml/processing/test")],
        outputs=[
            ProcessingOutput(
                output_name="evaluation",
                s3_output=ProcessingS3Output(
                    s3_uri=f"s3://{bucket}/v3-pipeline/evaluation",
                    local_path="/opt/ml/processing/evaluation",
                    s3_upload_mode="EndOfJob",
                ),
            )
        ],
    ),
    property_files=[report],
)
builder = ModelBuilder(
    s3_model_data_url=artifacts, image_uri=image, sagemaker_session=session, role_arn=role, instance_type="ml.m5.large"
)
register = ModelStep(
    name="Register",
    step_args=builder.register(
        model_package_group_name="v3-models",
        content_types=["text/csv"],
        response_types=["text/csv"],
        inference_instances=["ml.m5.large"],
        approval_status="Approved",
    ),
)
error = JsonGet(step_name="Evaluate", property_file=report, json_path="metrics.error.value")
decide = ConditionStep(
    name="Decide",
    conditions=[ConditionLessThanOrEqualTo(left=error, right=limit)],
    if_steps=[register],
    else_steps=[FailStep(name="TooBad", error_message="The error is too large.")],
)
steps = [training, evaluation, decide]
pipeline = Pipeline(name="v3-quality", parameters=[limit], steps=steps, sagemaker_session=session)
pipeline.upsert(role_arn=role)
execution = pipeline.start()
execution.wait()
states = {step["StepName"]: step["StepStatus"] for step in execution.list_steps()}
assert set(states.values()) == {"Succeeded"}, states
client = boto3.client("sagemaker")
found = client.list_model_packages(ModelPackageGroupName="v3-models")["ModelPackageSummaryList"]
assert [each["ModelApprovalStatus"] for each in found] == ["Approved"]
