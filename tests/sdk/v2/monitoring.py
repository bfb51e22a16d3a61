"""An endpoint's data capture, a baseline for it, a schedule; and Clarify's bias and explanations."""

import json
import tempfile
import time
from pathlib import Path

import data
import sagemaker
from sagemaker import clarify
from sagemaker.estimator import Estimator
from sagemaker.inputs import TrainingInput
from sagemaker.model_monitor import CronExpressionGenerator, DataCaptureConfig, DefaultModelMonitor
from sagemaker.model_monitor.dataset_format import DatasetFormat
from sagemaker.serializers import CSVSerializer

HEADER = "label,first,second,third"
session = sagemaker.Session()
bucket = session.default_bucket()
role = sagemaker.get_execution_role()
folder = Path(tempfile.mkdtemp())
table = data.rows()
train = session.upload_data(data.write(folder, "train.csv", table), bucket, "monitor/train")
named = session.upload_data(data.write(folder, "named.csv", table, HEADER), bucket, "monitor/named")

estimator = Estimator(
    image_uri=sagemaker.image_uris.retrieve("xgboost", session.boto_region_name, "1.7-1"),
    role=role,
    instance_count=1,
    instance_type="ml.m5.large",
    output_path=f"s3://{bucket}/monitor/out",
    hyperparameters={"objective": "binary:logistic", "num_round": 10},
)
estimator.fit({"train": TrainingInput(train, content_type="text/csv")}, logs=False)
capture = DataCaptureConfig(True, 100, f"s3://{bucket}/monitor/captured")
predictor = estimator.deploy(1, "ml.m5.large", serializer=CSVSerializer(), data_capture_config=capture)
for row in table[:20]:
    predictor.predict(row[1:])

monitor = DefaultModelMonitor(role=role, instance_count=1, instance_type="ml.m5.large")
monitor.suggest_baseline(
    baseline_dataset=named,
    dataset_format=DatasetFormat.csv(header=True),
    output_s3_uri=f"s3://{bucket}/monitor/baseline",
)
statistics = monitor.baseline_statistics().body_dict["features"]
assert [each["name"] for each in statistics] == HEADER.split(",")
assert [each["name"] for each in monitor.suggested_constraints().body_dict["features"]] == HEADER.split(",")
monitor.create_monitoring_schedule(
    monitor_schedule_name="hourly",
    endpoint_input=predictor.endpoint_name,
    output_s3_uri=f"s3://{bucket}/monitor/reports",
    statistics=monitor.baseline_statistics(),
    constraints=monitor.suggested_constraints(),
    schedule_cron_expression=CronExpressionGenerator.hourly(),
)
for _ in range(100):
    if monitor.describe_schedule()["MonitoringScheduleStatus"] == "Scheduled":
        break
    time.sleep(0.2)
assert monitor.describe_schedule()["MonitoringScheduleStatus"] == "Scheduled"
monitor.delete_monitoring_schedule()

processor = clarify.SageMakerClarifyProcessor(role, 1, "ml.m5.large", sagemaker_session=session)
about = clarify.DataConfig(
    s3_data_input_path=named,
    s3_output_path=f"s3://{bucket}/monitor/clarify",
    label="label",
    headers=HEADER.split(","),
    dataset_type="text/csv",
)
bias = clarify.BiasConfig(label_values_or_threshold=[1], facet_name="second", facet_values_or_threshold=[0])
processor.run_pre_training_bias(about, bias, methods=["CI", "DPL"])
report = json.loads(sagemaker.s3.S3Downloader.read_file(f"s3://{bucket}/monitor/clarify/analysis.json"))
facet = report["pre_training_bias_metrics"]["facets"]["second"][0]["metrics"]
values = {each["name"]: each["value"] for each in facet}
assert abs(values["DPL"]) < 0.3, values

explained = clarify.SHAPConfig(baseline=[[0.0, 0.0, 0.0]], num_samples=20, agg_method="mean_abs")
about.s3_output_path = f"s3://{bucket}/monitor/explained"
served = clarify.ModelConfig(
    predictor._get_model_names()[0],  # noqa: SLF001 - the SDK's own examples do so
    instance_type="ml.m5.large",
    instance_count=1,
    accept_type="text/csv",
    content_type="text/csv",
)
about = clarify.DataConfig(
    s3_data_input_path=session.upload_data(data.write(folder, "few.csv", table[:20], HEADER), bucket, "monitor/few"),
    s3_output_path=f"s3://{bucket}/monitor/explained",
    label="label",
    headers=HEADER.split(","),
    dataset_type="text/csv",
)
processor.run_explainability(about, served, explained)
report = json.loads(sagemaker.s3.S3Downloader.read_file(f"s3://{bucket}/monitor/explained/analysis.json"))
shares = report["explanations"]["kernel_shap"]["label0"]["global_shap_values"]
assert max(shares, key=lambda name: shares[name]) == "first", shares
predictor.delete_endpoint()
