"""ModelTrainer, ModelBuilder: a built-in algorithm and a script; real-time, serverless, batch; tuner; processing."""

import tempfile
from pathlib import Path

import boto3
import data
from sagemaker.core import image_uris
from sagemaker.core.helper.session_helper import Session, get_execution_role
from sagemaker.core.processing import ScriptProcessor
from sagemaker.core.resources import Endpoint, EndpointConfig, Model
from sagemaker.core.s3 import S3Downloader, S3Uploader
from sagemaker.core.shapes import (
    ContainerDefinition,
    ProcessingInput,
    ProcessingOutput,
    ProcessingS3Input,
    ProcessingS3Output,
    ProductionVariant,
)
from sagemaker.core.transformer import Transformer
from sagemaker.train import ModelTrainer
from sagemaker.train.configs import Compute, InputData, OutputDataConfig, SourceCode
from sagemaker.train.tuner import ContinuousParameter, HyperparameterTuner

TRAIN = """
import argparse, os, joblib, pandas
from sklearn.linear_model import LogisticRegression

parser = argparse.ArgumentParser()
parser.add_argument("--strength", type=float, default=1.0)
given = parser.parse_args()
table = pandas.read_csv(os.path.join(os.environ["SM_CHANNEL_TRAIN"], "train.csv"), header=None)
model = LogisticRegression(C=given.strength).fit(table.iloc[:, 1:].to_numpy(), table[0])
print(f"accuracy={model.score(table.iloc[:, 1:].to_numpy(), table[0])};")
joblib.dump(model, os.path.join(os.environ["SM_MODEL_DIR"], "model.joblib"))
"""
PROCESS = """
import pandas, sys
table = pandas.read_csv("/opt/ml/processing/input/train.csv", header=None)
table[table[0] == int(sys.argv[2])].to_csv("/opt/ml/processing/output/chosen.csv", index=False, header=False)
"""

session = Session()
bucket = session.default_bucket()
region = session.boto_session.region_name
role = get_execution_role()
folder = Path(tempfile.mkdtemp())
table = data.rows()
train = S3Uploader.upload(data.write(folder, "train.csv", table), f"s3://{bucket}/v3/train")
(folder / "code").mkdir()
(folder / "code" / "train.py").write_text(TRAIN, encoding="utf-8")
(folder / "process.py").write_text(PROCESS, encoding="utf-8")
compute = Compute(instance_type="ml.m5.large", instance_count=1, volume_size_in_gb=5)

image = image_uris.retrieve("xgboost", region, "1.7-1")
trainer = ModelTrainer(
    training_image=image,
    role=role,
    compute=compute,
    hyperparameters={"objective": "binary:logistic", "num_round": 20},
    output_data_config=OutputDataConfig(s3_output_path=f"s3://{bucket}/v3/out"),
    base_job_name="builtin",
)
trainer.train([InputData(channel_name="train", data_source=train, content_type="text/csv")], logs=True)
job = trainer._latest_training_job  # noqa: SLF001 - as the SDK's own examples do
job.refresh()
assert job.training_job_status == "Completed"
artifacts = job.model_artifacts.s3_model_artifacts

model = Model.create(
    model_name="v3-model",
    primary_container=ContainerDefinition(image=image, model_data_url=artifacts),
    execution_role_arn=role,
)
variant = ProductionVariant(
    variant_name="all", model_name="v3-model", instance_type="ml.m5.large", initial_instance_count=1
)
EndpointConfig.create(endpoint_config_name="v3-instances", production_variants=[variant])
# SDK 3.27 spells MemorySizeInMB wrongly in its own resources, which its checks then refuse.
serverless = {"MemorySizeInMB": 2048, "MaxConcurrency": 1}
boto3.client("sagemaker").create_endpoint_config(
    EndpointConfigName="v3-serverless",
    ProductionVariants=[{"VariantName": "all", "ModelName": "v3-model", "ServerlessConfig": serverless}],
)
for name in ("v3-instances", "v3-serverless"):
    endpoint = Endpoint.create(endpoint_name=name, endpoint_config_name=name)
    endpoint.wait_for_status("InService")
    answers = [
        float(endpoint.invoke(body=f"{first},0,0", content_type="text/csv").body.read()) for first in (0.9, -0.9)
    ]
    assert answers[0] > 0.5 > answers[1], answers
    endpoint.delete()

batch = S3Uploader.upload(data.write(folder, "batch.csv", [row[1:] for row in table]), f"s3://{bucket}/v3/batch-in")
transformer = Transformer(
    model_name="v3-model",
    instance_count=1,
    instance_type="ml.m5.large",
    output_path=f"s3://{bucket}/v3/batch-out",
    assemble_with="Line",
    accept="text/csv",
)
transformer.transform(batch, content_type="text/csv", split_type="Line", wait=True)
lines = S3Downloader.read_file(f"s3://{bucket}/v3/batch-out/batch.csv.out").split()
assert sum((float(line) > 0.5) == bool(row[0]) for line, row in zip(lines, table, strict=True)) >= 290

trainer = ModelTrainer(
    training_image=image_uris.retrieve("sklearn", region, "1.2-1", instance_type="ml.m5.large"),
    source_code=SourceCode(source_dir=str(folder / "code"), entry_script="train.py"),
    role=role,
    compute=compute,
    hyperparameters={"strength": 10.0},
    base_job_name="script",
)
source = InputData(channel_name="train", data_source=train)
trainer.train([source], logs=False)
tuner = HyperparameterTuner(
    model_trainer=trainer,
    objective_metric_name="accuracy",
    hyperparameter_ranges={"strength": ContinuousParameter(0.01, 10)},
    metric_definitions=[{"Name": "accuracy", "Regex": "accuracy=(.*?);"}],
    max_jobs=2,
    max_parallel_jobs=2,
)
tuner.tune([source], wait=True)
assert tuner.best_training_job()

processor = ScriptProcessor(
    image_uri=image_uris.retrieve("sklearn", region, "1.2-1", instance_type="ml.m5.large"),
    command=["python3"],
    role=role,
    instance_count=1,
    instance_type="ml.m5.large",
)
where = {"s3_data_type": "S3Prefix", "s3_input_mode": "File"}
processor.run(
    code=str(folder / "process.py"),
    inputs=[
        ProcessingInput(
            input_name="table",
            s3_input=ProcessingS3Input(s3_uri=train, local_path="/opt/ml/processing/input", **where),
        )
    ],
    outputs=[
        ProcessingOutput(
            output_name="chosen",
            s3_output=ProcessingS3Output(
                s3_uri=f"s3://{bucket}/v3/chosen", local_path="/opt/ml/processing/output", s3_upload_mode="EndOfJob"
            ),
        )
    ],
    arguments=["--label", "1"],
)
kept = S3Downloader.read_file(f"s3://{bucket}/v3/chosen/chosen.csv").split()
assert len(kept) == sum(int(row[0]) for row in table)
