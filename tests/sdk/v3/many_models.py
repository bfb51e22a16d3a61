"""SDK 3: two models on one endpoint, which loads the one that a request names. There is no class for it, but a mode."""

import tempfile
from pathlib import Path

import data
from sagemaker.core import image_uris
from sagemaker.core.helper.session_helper import Session, get_execution_role
from sagemaker.core.resources import Endpoint, EndpointConfig, Model
from sagemaker.core.s3 import S3Downloader, S3Uploader
from sagemaker.core.shapes import ContainerDefinition, ProductionVariant
from sagemaker.train import ModelTrainer
from sagemaker.train.configs import Compute, InputData

session = Session()
bucket = session.default_bucket()
role = get_execution_role()
folder = Path(tempfile.mkdtemp())
image = image_uris.retrieve("xgboost", session.boto_session.region_name, "1.7-1")
# The second has learned the opposite of the first.
tables = {"same": data.rows(), "opposite": [[1 - row[0], *row[1:]] for row in data.rows()]}
for name, table in tables.items():
    train = S3Uploader.upload(data.write(folder, f"{name}.csv", table), f"s3://{bucket}/v3-many/{name}")
    trainer = ModelTrainer(
        training_image=image,
        role=role,
        compute=Compute(instance_type="ml.m5.large", instance_count=1),
        hyperparameters={"objective": "binary:logistic", "num_round": 10},
        base_job_name=f"v3-many-{name}",
    )
    trainer.train([InputData(channel_name="train", data_source=train, content_type="text/csv")], logs=False)
    artifacts = trainer._latest_training_job.model_artifacts.s3_model_artifacts  # noqa: SLF001 - as its examples do
    S3Downloader.download(artifacts, str(folder / name))
    (folder / name / "model.tar.gz").rename(folder / f"{name}.tar.gz")
    S3Uploader.upload(str(folder / f"{name}.tar.gz"), f"s3://{bucket}/v3-many/models")

container = ContainerDefinition(image=image, mode="MultiModel", model_data_url=f"s3://{bucket}/v3-many/models/")
Model.create(model_name="v3-many", primary_container=container, execution_role_arn=role)
variant = ProductionVariant(
    variant_name="all", model_name="v3-many", instance_type="ml.m5.large", initial_instance_count=1
)
EndpointConfig.create(endpoint_config_name="v3-many", production_variants=[variant])
endpoint = Endpoint.create(endpoint_name="v3-many", endpoint_config_name="v3-many")
endpoint.wait_for_status("InService")
scores = {
    name: float(endpoint.invoke(body="0.9,0,0", content_type="text/csv", target_model=f"{name}.tar.gz").body.read())
    for name in tables
}
assert scores["same"] > 0.5 > scores["opposite"], scores
endpoint.delete()
