"""A pipeline with parameters, a condition and the model registry; its model is approved and deployed."""

import json
import tempfile
from pathlib import Path

import boto3
import data
import sagemaker
from sagemaker.estimator import Estimator
from sagemaker.inputs import TrainingInput
from sagemaker.model import ModelPackage
from sagemaker.processing import ProcessingInput, ProcessingOutput
from sagemaker.serializers import CSVSerializer
from sagemaker.sklearn.processing import SKLearnProcessor
from sagemaker.workflow.condition_step import ConditionStep
from sagemaker.workflow.conditions import ConditionLessThanOrEqualTo
from sagemaker.workflow.fail_step import FailStep
from sagemaker.workflow.functions import JsonGet
from sagemaker.workflow.parameters import ParameterFloat, ParameterInteger
from sagemaker.workflow.pipeline import Pipeline
from sagemaker.workflow.properties import PropertyFile
from sagemaker.workflow.step_collections import RegisterModel
from sagemaker.workflow.steps import ProcessingStep, TrainingStep

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

session = sagemaker.Session()
bucket = session.default_bucket()
role = sagemaker.get_execution_role()
folder = Path(tempfile.mkdtemp())
train = session.upload_data(data.write(folder, "train.csv", data.rows()), bucket, "pipeline/train")
(folder / "evaluate.py").write_text(EVALUATE, encoding="utf-8")
image = sagemaker.image_uris.retrieve("xgboost", session.boto_region_name, "1.7-1")

rounds = ParameterInteger("Rounds", 10)
limit = ParameterFloat("Limit", 0.2)
estimator = Estimator(
    image_uri=image,
    role=role,
    instance_count=1,
    instance_type="ml.m5.large",
    output_path=f"s3://{bucket}/pipeline/out",
    hyperparameters={"objective": "binary:logistic", "num_round": rounds},
)
training = TrainingStep("Train", estimator=estimator, inputs={"train": TrainingInput(train, content_type="text/csv")})
artifacts = training.properties.ModelArtifacts.S3ModelArtifacts
report = PropertyFile("Report", output_name="evaluation", path="evaluation.json")
processor = SKLearnProcessor(framework_version="1.2-1", role=role, instance_type="ml.m5.large", instance_count=1)
evaluation = ProcessingStep(
    "Evaluate",
    processor=processor,
    inputs=[
        ProcessingInput(source=artifacts, destination="/opt/ml/processing/model"),
        ProcessingInput(source=train, destination="/opt/ml/processing/test"),
    ],
    outputs=[ProcessingOutput(output_name="evaluation", source="/opt/ml/processing/evaluation")],
    code=str(folder / "evaluate.py"),
    property_files=[report],
)
register = RegisterModel(
    "Register",
    estimator=estimator,
    model_data=artifacts,
    content_types=["text/csv"],
    response_types=["text/csv"],
    inference_instances=["ml.m5.large"],
    transform_instances=["ml.m5.large"],
    model_package_group_name="pipeline-models",
    approval_status="PendingManualApproval",
)
value = JsonGet(step_name="Evaluate", property_file=report, json_path="metrics.error.value")
decide = ConditionStep(
    "Decide",
    conditions=[ConditionLessThanOrEqualTo(left=value, right=limit)],
    if_steps=[register],
    else_steps=[FailStep("TooBad", error_message="The error is too large.")],
)
pipeline = Pipeline("quality", parameters=[rounds, limit], steps=[training, evaluation, decide])
pipeline.upsert(role_arn=role)
assert [step["Name"] for step in json.loads(pipeline.definition())["Steps"]] == ["Train", "Evaluate", "Decide"]

execution = pipeline.start(parameters={"Rounds": 20})
execution.wait()
states = {step["StepName"]: step["StepStatus"] for step in execution.list_steps()}
assert states["Register-RegisterModel"] == "Succeeded", states
assert execution.describe()["PipelineExecutionStatus"] == "Succeeded"

client = boto3.client("sagemaker")
found = client.list_model_packages(ModelPackageGroupName="pipeline-models")["ModelPackageSummaryList"]
assert [each["ModelApprovalStatus"] for each in found] == ["PendingManualApproval"]
client.update_model_package(ModelPackageArn=found[0]["ModelPackageArn"], ModelApprovalStatus="Approved")
model = ModelPackage(role=role, model_package_arn=found[0]["ModelPackageArn"], sagemaker_session=session)
model.deploy(1, "ml.m5.large", endpoint_name="from-registry")
predictor = sagemaker.Predictor("from-registry", session, CSVSerializer())
assert float(predictor.predict([0.9, 0, 0])) > 0.5 > float(predictor.predict([-0.9, 0, 0]))
predictor.delete_endpoint()

failed = pipeline.start(parameters={"Limit": -1.0})
try:
    failed.wait()
except Exception as error:  # noqa: BLE001 - botocore's WaiterError, which the script's author may not know
    assert "Failed" in str(error)  # noqa: PT017
assert failed.describe()["PipelineExecutionStatus"] == "Failed"
pipeline.delete()
