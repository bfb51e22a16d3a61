"""SDK 3: an endpoint's data capture, a baseline for it, a schedule; and Clarify's bias and SHAP."""

import json
import tempfile
from pathlib import Path

import data
from sagemaker.core import clarify, image_uris
from sagemaker.core.helper.session_helper import Session, get_execution_role
from sagemaker.core.model_monitor import CronExpressionGenerator, DatasetFormat, DefaultModelMonitor
from sagemaker.core.resources import Endpoint, EndpointConfig, Model
from sagemaker.core.s3 import S3Downloader, S3Uploader
from sagemaker.core.shapes import (
    CaptureContentTypeHeader,
    CaptureOption,
    ContainerDefinition,
    DataCaptureConfig,
    ProductionVariant,
)
from sagemaker.train import ModelTrainer
from sagemaker.train.configs import Compute, InputData

HEADER = "label,first,second,third"
session = Session()
bucket = session.default_bucket()
role = get_execution_role()
folder = Path(tempfile.mkdtemp())
table = data.rows()
train = S3Uploader.upload(data.write(folder, "train.csv", table), f"s3://{bucket}/v3-monitor/train")
named = S3Uploader.upload(data.write(folder, "named.csv", table, HEADER), f"s3://{bucket}/v3-monitor/named")
image = image_uris.retrieve("xgboost", session.boto_session.region_name, "1.7-1")
trainer = ModelTrainer(
    training_image=image,
    role=role,
    compute=Compute(instance_type="ml.m5.large", instance_count=1),
    hyperparameters={"objective": "binary:logistic", "num_round": 10},
    base_job_name="v3-monitor",
)
trainer.train([InputData(channel_name="train", data_source=train, content_type="text/csv")], logs=False)
artifacts = trainer._latest_training_job.model_artifacts.s3_model_artifacts  # noqa: SLF001 - as its examples do

container = ContainerDefinition(image=image, model_data_url=artifacts)
Model.create(model_name="v3-watched", primary_container=container, execution_role_arn=role)
variant = ProductionVariant(
    variant_name="all", model_name="v3-watched", instance_type="ml.m5.large", initial_instance_count=1
)
capture = DataCaptureConfig(
    enable_capture=True,
    initial_sampling_percentage=100,
    destination_s3_uri=f"s3://{bucket}/v3-monitor/captured",
    capture_options=[CaptureOption(capture_mode="Input"), CaptureOption(capture_mode="Output")],
    capture_content_type_header=CaptureContentTypeHeader(csv_content_types=["text/csv"]),
)
EndpointConfig.create(endpoint_config_name="v3-watched", production_variants=[variant], data_capture_config=capture)
endpoint = Endpoint.create(endpoint_name="v3-watched", endpoint_config_name="v3-watched")
endpoint.wait_for_status("InService")
for row in table[:20]:
    endpoint.invoke(body=",".join(map(str, row[1:])), content_type="text/csv")

monitor = DefaultModelMonitor(role=role, instance_count=1, instance_type="ml.m5.large", sagemaker_session=session)
monitor.suggest_baseline(
    baseline_dataset=named,
    dataset_format=DatasetFormat.csv(header=True),
    output_s3_uri=f"s3://{bucket}/v3-monitor/baseline",
    logs=False,
)
statistics = json.loads(S3Downloader.read_file(f"s3://{bucket}/v3-monitor/baseline/statistics.json"))["features"]
assert [each["name"] for each in statistics] == HEADER.split(",")
monitor.create_monitoring_schedule(
    monitor_schedule_name="v3-hourly",
    endpoint_input="v3-watched",
    output_s3_uri=f"s3://{bucket}/v3-monitor/reports",
    statistics=f"s3://{bucket}/v3-monitor/baseline/statistics.json",
    constraints=f"s3://{bucket}/v3-monitor/baseline/constraints.json",
    schedule_cron_expression=CronExpressionGenerator.hourly(),
)
assert monitor.describe_schedule()["MonitoringScheduleName"] == "v3-hourly"
monitor.delete_monitoring_schedule()

processor = clarify.SageMakerClarifyProcessor(role, 1, "ml.m5.large", sagemaker_session=session)


def about(source: str, target: str) -> clarify.DataConfig:
    return clarify.DataConfig(
        s3_data_input_path=source,
        s3_output_path=f"s3://{bucket}/v3-monitor/{target}",
        label="label",
        headers=HEADER.split(","),
        dataset_type="text/csv",
    )


bias = clarify.BiasConfig(label_values_or_threshold=[1], facet_name="second", facet_values_or_threshold=[0])
processor.run_pre_training_bias(about(named, "bias"), bias, methods=["CI", "DPL"], logs=False)
report = json.loads(S3Downloader.read_file(f"s3://{bucket}/v3-monitor/bias/analysis.json"))
facet = report["pre_training_bias_metrics"]["facets"]["second"][0]["metrics"]
assert abs(next(each["value"] for each in facet if each["name"] == "DPL")) < 0.3, facet
few = S3Uploader.upload(data.write(folder, "few.csv", table[:20], HEADER), f"s3://{bucket}/v3-monitor/few")
served = clarify.ModelConfig(
    model_name="v3-watched",
    instance_type="ml.m5.large",
    instance_count=1,
    accept_type="text/csv",
    content_type="text/csv",
)
shap = clarify.SHAPConfig(baseline=[[0.0, 0.0, 0.0]], num_samples=20, agg_method="mean_abs")
processor.run_explainability(about(few, "explained"), served, shap, logs=False)
report = json.loads(S3Downloader.read_file(f"s3://{bucket}/v3-monitor/explained/analysis.json"))
shares = report["explanations"]["kernel_shap"]["label0"]["global_shap_values"]
assert max(shares, key=lambda name: shares[name]) == "first", shares
endpoint.delete()
