"""Scripts of one's own: scikit-learn training and serving, processing, hyperparameter tuning, several models."""

import tempfile
from pathlib import Path

import boto3
import data
import sagemaker
from sagemaker.multidatamodel import MultiDataModel
from sagemaker.processing import ProcessingInput, ProcessingOutput
from sagemaker.sklearn.estimator import SKLearn
from sagemaker.sklearn.model import SKLearnModel
from sagemaker.sklearn.processing import SKLearnProcessor
from sagemaker.tuner import ContinuousParameter, HyperparameterTuner

TRAIN = """
import argparse, os, joblib, pandas
from sklearn.linear_model import LogisticRegression

def model_fn(folder):
    return joblib.load(os.path.join(folder, "model.joblib"))

if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--strength", type=float, default=1.0)
    parser.add_argument("--model-dir", default=os.environ.get("SM_MODEL_DIR"))
    parser.add_argument("--train", default=os.environ.get("SM_CHANNEL_TRAIN"))
    given = parser.parse_args()
    table = pandas.read_csv(os.path.join(given.train, "train.csv"), header=None)
    model = LogisticRegression(C=given.strength).fit(table.iloc[:, 1:].to_numpy(), table[0])
    print(f"accuracy={model.score(table.iloc[:, 1:].to_numpy(), table[0])};")
    joblib.dump(model, os.path.join(given.model_dir, "model.joblib"))
"""
PROCESS = """
import pandas, sys
table = pandas.read_csv("/opt/ml/processing/input/train.csv", header=None)
table[table[0] == int(sys.argv[2])].to_csv("/opt/ml/processing/output/chosen.csv", index=False, header=False)
"""

session = sagemaker.Session()
bucket = session.default_bucket()
role = sagemaker.get_execution_role()
folder = Path(tempfile.mkdtemp())
table = data.rows()
train = session.upload_data(data.write(folder, "train.csv", table), bucket, "script/train")
(folder / "train.py").write_text(TRAIN, encoding="utf-8")
(folder / "process.py").write_text(PROCESS, encoding="utf-8")

estimator = SKLearn(
    entry_point="train.py",
    source_dir=str(folder),
    framework_version="1.2-1",
    role=role,
    instance_type="ml.m5.large",
    hyperparameters={"strength": 10.0},
    metric_definitions=[{"Name": "accuracy", "Regex": "accuracy=(.*?);"}],
)
estimator.fit({"train": train})
assert estimator.latest_training_job.describe()["FinalMetricDataList"][0]["Value"] > 0.95
predictor = estimator.deploy(1, "ml.m5.large")
assert list(predictor.predict([[0.9, 0, 0], [-0.9, 0, 0]])) == [1, 0]
predictor.delete_endpoint()

processor = SKLearnProcessor(framework_version="1.2-1", role=role, instance_type="ml.m5.large", instance_count=1)
processor.run(
    code=str(folder / "process.py"),
    inputs=[ProcessingInput(source=train, destination="/opt/ml/processing/input")],
    outputs=[ProcessingOutput(source="/opt/ml/processing/output", output_name="chosen")],
    arguments=["--label", "1"],
)
target = processor.latest_job.outputs[0].destination
kept = sagemaker.s3.S3Downloader.read_file(f"{target}/chosen.csv").split()
assert len(kept) == sum(int(row[0]) for row in table)

tuner = HyperparameterTuner(
    estimator,
    objective_metric_name="accuracy",
    hyperparameter_ranges={"strength": ContinuousParameter(0.01, 10)},
    metric_definitions=[{"Name": "accuracy", "Regex": "accuracy=(.*?);"}],
    max_jobs=3,
    max_parallel_jobs=2,
)
tuner.fit({"train": train})
tuner.wait()
tried = tuner.analytics().dataframe().set_index("TrainingJobName")
best = tried.loc[tuner.best_training_job()]
assert best["FinalObjectiveValue"] == tried["FinalObjectiveValue"].max()
assert 0.01 <= float(best["strength"]) <= 10

model = SKLearnModel(
    model_data=estimator.model_data,
    sagemaker_session=session,
    role=role,
    entry_point="train.py",
    source_dir=str(folder),
    framework_version="1.2-1",
)
many = MultiDataModel("many-models", f"s3://{bucket}/script/many/", model=model, sagemaker_session=session)
predictor = many.deploy(1, "ml.m5.large")
many.add_model(estimator.model_data, "a.tar.gz")
many.add_model(estimator.model_data, "b.tar.gz")
assert sorted(many.list_models()) == ["a.tar.gz", "b.tar.gz"]
answers = [predictor.predict([[0.9, 0, 0]], target_model=name) for name in ("a.tar.gz", "b.tar.gz")]
assert [list(answer) for answer in answers] == [[1], [1]]
predictor.delete_endpoint()
assert boto3.client("sagemaker").list_endpoints()["Endpoints"] == []
