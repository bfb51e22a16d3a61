"""ModelBuilder deploys a model that a trainer has made: to an instance, serverless, asynchronously."""

import tempfile
import time
from pathlib import Path

import boto3
import data
from sagemaker.core import image_uris
from sagemaker.core.helper.session_helper import Session, get_execution_role
from sagemaker.core.inference_config import AsyncInferenceConfig, ServerlessInferenceConfig
from sagemaker.core.s3 import S3Uploader
from sagemaker.serve.model_builder import ModelBuilder
from sagemaker.train import ModelTrainer
from sagemaker.train.configs import Compute, InputData

session = Session()
bucket = session.default_bucket()
role = get_execution_role()
folder = Path(tempfile.mkdtemp())
train = S3Uploader.upload(data.write(folder, "train.csv", data.rows()), f"s3://{bucket}/v3-serving/train")
image = image_uris.retrieve("xgboost", session.boto_session.region_name, "1.7-1")
trainer = ModelTrainer(
    training_image=image,
    role=role,
    compute=Compute(instance_type="ml.m5.large", instance_count=1),
    hyperparameters={"objective": "binary:logistic", "num_round": 10},
    base_job_name="v3-serving",
)
trainer.train([InputData(channel_name="train", data_source=train, content_type="text/csv")], logs=False)
artifacts = trainer._latest_training_job.model_artifacts.s3_model_artifacts  # noqa: SLF001 - as its examples do


def deployed(name: str, **more: object) -> object:
    builder = ModelBuilder(s3_model_data_url=artifacts, image_uri=image, role_arn=role, instance_type="ml.m5.large")
    builder.build(model_name=name)
    return builder.deploy(endpoint_name=name, **more)


for name, more in (
    ("v3-instance", {"initial_instance_count": 1, "instance_type": "ml.m5.large"}),
    ("v3-less", {"inference_config": ServerlessInferenceConfig(memory_size_in_mb=2048, max_concurrency=1)}),
):
    endpoint = deployed(name, **more)
    scores = [float(endpoint.invoke(body=f"{first},0,0", content_type="text/csv").body.read()) for first in (0.9, -0.9)]
    assert scores[0] > 0.5 > scores[1], scores

config = AsyncInferenceConfig(output_path=f"s3://{bucket}/v3-serving/answers")
deployed("v3-later", inference_config=config, initial_instance_count=1, instance_type="ml.m5.large")
source = S3Uploader.upload(data.write(folder, "ask.csv", [[0.9, 0, 0]]), f"s3://{bucket}/v3-serving/asks")
answer = boto3.client("sagemaker-runtime").invoke_endpoint_async(
    EndpointName="v3-later", InputLocation=source, ContentType="text/csv"
)["OutputLocation"]
s3 = boto3.client("s3")
for _ in range(100):
    found = s3.list_objects_v2(Bucket=bucket, Prefix=answer.removeprefix(f"s3://{bucket}/")).get("Contents")
    if found:
        break
    time.sleep(0.2)
body = s3.get_object(Bucket=bucket, Key=found[0]["Key"])["Body"].read()
assert float(body) > 0.5, body
