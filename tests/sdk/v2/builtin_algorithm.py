"""XGBoost, the built-in algorithm: fit with logs, deploy, predict, batch transform, serverless, asynchronous."""

import tempfile
from pathlib import Path

import data
import sagemaker
from sagemaker.async_inference import AsyncInferenceConfig
from sagemaker.deserializers import CSVDeserializer
from sagemaker.estimator import Estimator
from sagemaker.inputs import TrainingInput
from sagemaker.serializers import CSVSerializer
from sagemaker.serverless import ServerlessInferenceConfig

session = sagemaker.Session()
bucket = session.default_bucket()
role = sagemaker.get_execution_role()
folder = Path(tempfile.mkdtemp())
table = data.rows()
train = session.upload_data(data.write(folder, "train.csv", table[:200]), bucket, "builtin/train")
held_out = table[200:]

estimator = Estimator(
    image_uri=sagemaker.image_uris.retrieve("xgboost", session.boto_region_name, "1.7-1"),
    role=role,
    instance_count=1,
    instance_type="ml.m5.large",
    output_path=f"s3://{bucket}/builtin/out",
    hyperparameters={"objective": "binary:logistic", "num_round": 20, "eval_metric": "logloss"},
)
channel = TrainingInput(train, content_type="text/csv")
estimator.fit({"train": channel, "validation": channel}, logs="All")
job = estimator.latest_training_job.describe()
assert job["TrainingJobStatus"] == "Completed"
measured = {each["MetricName"]: each["Value"] for each in job["FinalMetricDataList"]}
assert measured["validation:logloss"] < 0.2, measured

predictor = estimator.deploy(1, "ml.m5.large", serializer=CSVSerializer(), deserializer=CSVDeserializer())
answers = predictor.predict([row[1:] for row in held_out])
scores = [float(each) for line in answers for each in line]
right = sum((score > 0.5) == bool(row[0]) for score, row in zip(scores, held_out, strict=True))
assert right >= 95, right
predictor.delete_endpoint()

transformer = estimator.transformer(
    1, "ml.m5.large", assemble_with="Line", accept="text/csv", output_path=f"s3://{bucket}/builtin/batch"
)
source = session.upload_data(data.write(folder, "batch.csv", [row[1:] for row in held_out]), bucket, "builtin/in")
transformer.transform(source, content_type="text/csv", split_type="Line")
transformer.wait()
lines = sagemaker.s3.S3Downloader.read_file(f"s3://{bucket}/builtin/batch/batch.csv.out").split()
assert len(lines) == 100
assert max(abs(float(line) - score) for line, score in zip(lines, scores, strict=True)) < 1e-4

predictor = estimator.deploy(
    serverless_inference_config=ServerlessInferenceConfig(memory_size_in_mb=2048, max_concurrency=2),
    serializer=CSVSerializer(),
)
assert abs(float(predictor.predict(held_out[0][1:])) - scores[0]) < 1e-4
predictor.delete_endpoint()

predictor = estimator.deploy(
    1,
    "ml.m5.large",
    serializer=CSVSerializer(),
    async_inference_config=AsyncInferenceConfig(output_path=f"s3://{bucket}/builtin/async"),
)
answer = predictor.predict(held_out[0][1:])
assert abs(float(answer) - scores[0]) < 1e-4, answer
predictor.delete_endpoint()
estimator.latest_training_job.describe()
