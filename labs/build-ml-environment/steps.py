import io
import json
from pathlib import Path

from mlacoach.labs import Shown, flats

HERE = Path(__file__).parent
SKLEARN = "683313688378.dkr.ecr.us-east-1.amazonaws.com/sagemaker-scikit-learn:1.2-1-cpu-py3"
XGBOOST = "683313688378.dkr.ecr.us-east-1.amazonaws.com/sagemaker-xgboost:1.7-1"
PARTS = ("train", "validation", "test")
KNOWN_AT = "2026-07-01T00:00:00Z"
SMALL = {"InstanceType": "ml.m5.large", "InstanceCount": 1}


def provision(aws):
    """One template, one call: what it makes is described, repeatable, and goes with it."""
    cloudformation = aws.client("cloudformation")
    cloudformation.create_stack(
        StackName=aws.name("environment"),
        TemplateBody=(HERE / "environment.yaml").read_text(encoding="utf-8"),
        Parameters=[{"ParameterKey": "Name", "ParameterValue": aws.name("data").removesuffix("-data")}],
        Capabilities=["CAPABILITY_NAMED_IAM"],
    )
    cloudformation.get_waiter("stack_create_complete").wait(StackName=aws.name("environment"))
    return Shown(columns=("output", "value"), rows=list(_outputs(aws).items()))


def bring_the_data(aws):
    """Raw data stays as it came; what is made of it lies beside it."""
    _put(aws, "raw/flats.csv", flats.csv(flats.flats()))
    return Shown(metrics={"lines": len(flats.flats())})


def clean_and_split(aws):
    """The script comes with the job; what it reads and writes are folders of the container."""
    _put(aws, "code/clean.py", (HERE / "data" / "clean.py").read_bytes())
    _process(aws, "clean", {"input": "raw/", "code": "code/"}, {"clean": "clean"})
    report = json.loads(_read(aws, "clean/report.json"))
    return Shown(columns=("part", "rows"), rows=list(report["rows"].items()), metrics={"absurd": report["absurd"]})


def fill_the_feature_store(aws):
    """What a district costs, as training knew it: one record a district, read online by key, kept offline for later."""
    import pandas as pd

    sagemaker, runtime = aws.client("sagemaker"), aws.client("sagemaker-featurestore-runtime")
    sagemaker.create_feature_group(
        FeatureGroupName=aws.name("districts"),
        RecordIdentifierFeatureName="district",
        EventTimeFeatureName="event_time",
        FeatureDefinitions=[
            {"FeatureName": "district", "FeatureType": "String"},
            {"FeatureName": "event_time", "FeatureType": "String"},
            {"FeatureName": "rent_per_m2", "FeatureType": "Fractional"},
            {"FeatureName": "offers", "FeatureType": "Integral"},
        ],
        OnlineStoreConfig={"EnableOnlineStore": True},
        OfflineStoreConfig={
            "S3StorageConfig": {"S3Uri": f"s3://{aws.name('data')}/store"},
            "DisableGlueTableCreation": True,
        },
        RoleArn=_outputs(aws)["RoleArn"],
    )
    aws.wait(
        "sagemaker",
        "describe_feature_group",
        lambda group: group["FeatureGroupStatus"] != "Creating",
        FeatureGroupName=aws.name("districts"),
    )
    train = pd.read_csv(io.BytesIO(_read(aws, "clean/train.csv")))
    known = (train["rent"] / train["area"]).groupby(train["district"]).agg(["median", "size"])
    for district, (median, size) in known.iterrows():
        record = {"district": district, "event_time": KNOWN_AT, "rent_per_m2": f"{median:.4f}", "offers": int(size)}
        runtime.put_record(
            FeatureGroupName=aws.name("districts"),
            Record=[{"FeatureName": name, "ValueAsString": str(value)} for name, value in record.items()],
        )
    medians = {name: round(float(row["median"]), 2) for name, row in known.head(8).iterrows()}
    return Shown(bars=medians, measure="median rent in euros per square metre, the first districts")


def explore(aws):
    """Look at training data alone: what is missing, what is skewed, what goes along with the rent."""
    import numpy as np
    import pandas as pd

    train = pd.read_csv(io.BytesIO(_read(aws, "clean/train.csv")))
    numbers = train[["area", "rooms", "floor", "built", "stop", "energy"]]
    related = numbers.corrwith(train["rent"])
    report = {
        "rows": len(train),
        "energy_missing": round(float(train["energy"].isna().mean()), 4),
        "skew_of_rent": round(float(train["rent"].skew()), 3),
        "skew_of_log_rent": round(float(np.log(train["rent"]).skew()), 3),
        "correlations": {name: round(float(value), 3) for name, value in related.items()},
    }
    _put(aws, "reports/eda.json", json.dumps(report))
    return Shown(
        metrics={"energy missing": report["energy_missing"]},
        bars=report["correlations"],
        measure="correlation with the rent",
    )


def transform(aws):
    """The districts' figures come from the store, so that training and serving read the same."""
    runtime = aws.client("sagemaker-featurestore-runtime")
    lines = ["district,rent_per_m2"]
    for district in flats.DISTRICTS:
        found = runtime.get_record(FeatureGroupName=aws.name("districts"), RecordIdentifierValueAsString=district)
        record = {each["FeatureName"]: each["ValueAsString"] for each in found["Record"]}
        lines.append(f"{district},{record['rent_per_m2']}")
    _put(aws, "features/districts.csv", "\n".join(lines) + "\n")
    _put(aws, "code/transform.py", (HERE / "data" / "transform.py").read_bytes())
    outputs = {**{part: f"prepared/{part}" for part in PARTS}, "batch": "batch"}
    _process(aws, "transform", {"clean": "clean/", "features": "features/", "code": "code/"}, outputs)


def train_and_tune(aws):
    """Three trials at random; the best is the one with the smallest error on months that training has not seen."""
    sagemaker = aws.client("sagemaker")
    step = {"Name": "Tune", "Type": "Tuning", "Arguments": _search(aws)}
    sagemaker.create_pipeline(
        PipelineName=aws.name("training"),
        PipelineDefinition=json.dumps({"Version": "2020-12-01", "Steps": [step]}),
        RoleArn=_outputs(aws)["RoleArn"],
        ClientRequestToken=aws.name("training-definition"),
    )
    run = sagemaker.start_pipeline_execution(
        PipelineName=aws.name("training"), ClientRequestToken=aws.name("training-first")
    )
    aws.wait(
        "sagemaker",
        "describe_pipeline_execution",
        lambda found: found["PipelineExecutionStatus"] not in ("Executing", "Stopping"),
        PipelineExecutionArn=run["PipelineExecutionArn"],
    )
    trials = sagemaker.list_training_jobs_for_hyper_parameter_tuning_job(HyperParameterTuningJobName=_tuning(aws))
    rows = [
        (*sorted(each["TunedHyperParameters"].values()), each["FinalHyperParameterTuningJobObjectiveMetric"]["Value"])
        for each in trials["TrainingJobSummaries"]
    ]
    return Shown(columns=("eta", "max_depth", "validation:rmse"), rows=rows)


def register(aws):
    """The version knows its image, its artifact and how good it was; somebody has said yes, and why."""
    sagemaker = aws.client("sagemaker")
    best, job = _best(aws)
    error = best["FinalHyperParameterTuningJobObjectiveMetric"]["Value"]
    sagemaker.create_model_package_group(ModelPackageGroupName=aws.name("rents"))
    sagemaker.create_model_package(
        ModelPackageGroupName=aws.name("rents"),
        InferenceSpecification={
            "Containers": [{"Image": XGBOOST, "ModelDataUrl": job["ModelArtifacts"]["S3ModelArtifacts"]}],
            "SupportedContentTypes": ["text/csv"],
            "SupportedResponseMIMETypes": ["text/csv"],
        },
        CustomerMetadataProperties={"training-job": best["TrainingJobName"], "validation-rmse": f"{error:.4f}"},
        ModelApprovalStatus="PendingManualApproval",
    )
    sagemaker.update_model_package(
        ModelPackageArn=_version(aws),
        ModelApprovalStatus="Approved",
        ApprovalDescription=f"Error of {error:.0f} euros on the months after training",
    )
    return Shown(metrics={"validation:rmse": error})


def deploy(aws):
    """The model is made of the version, so it is known for good which one answers."""
    sagemaker = aws.client("sagemaker")
    sagemaker.create_model(
        ModelName=aws.name("rents"),
        ExecutionRoleArn=_outputs(aws)["RoleArn"],
        Containers=[{"ModelPackageName": _version(aws)}],
    )
    variant = {"VariantName": "all", "ModelName": aws.name("rents"), "InstanceType": "ml.m5.large"}
    sagemaker.create_endpoint_config(
        EndpointConfigName=aws.name("rents"), ProductionVariants=[{**variant, "InitialInstanceCount": 1}]
    )
    sagemaker.create_endpoint(EndpointName=aws.name("rents"), EndpointConfigName=aws.name("rents"))
    sagemaker.get_waiter("endpoint_in_service").wait(EndpointName=aws.name("rents"))
    first = _read(aws, "batch/flats.csv").decode().splitlines()[0]
    answer = aws.client("sagemaker-runtime").invoke_endpoint(
        EndpointName=aws.name("rents"), ContentType="text/csv", Body=first.partition(",")[2]
    )
    return Shown(text=f"{first.partition(',')[0]}: {float(answer['Body'].read()):.0f} euros a month")


def score_in_batch(aws):
    """Nobody waits for these answers, so no endpoint has to stand for them."""
    sagemaker = aws.client("sagemaker")
    sagemaker.create_transform_job(
        TransformJobName=aws.name("score"),
        ModelName=aws.name("rents"),
        BatchStrategy="MultiRecord",
        TransformInput={
            "DataSource": {"S3DataSource": {"S3DataType": "S3Prefix", "S3Uri": f"s3://{aws.name('data')}/batch/"}},
            "ContentType": "text/csv",
            "SplitType": "Line",
        },
        TransformOutput={
            "S3OutputPath": f"s3://{aws.name('data')}/scores",
            "Accept": "text/csv",
            "AssembleWith": "Line",
        },
        TransformResources=SMALL,
        DataProcessing={"InputFilter": "$[1:]", "JoinSource": "Input", "OutputFilter": "$[0,-1]"},
    )
    sagemaker.get_waiter("transform_job_completed_or_stopped").wait(TransformJobName=aws.name("score"))


def evaluate(aws):
    """An error says little alone: what does the simplest rule, price per square metre times area, get wrong?"""
    import pandas as pd

    test = pd.read_csv(io.BytesIO(_read(aws, "clean/test.csv")), index_col="flat_id")
    scores = pd.read_csv(io.BytesIO(_read(aws, "scores/flats.csv.out")), header=None, index_col=0)[1]
    known = pd.read_csv(io.BytesIO(_read(aws, "features/districts.csv")), index_col="district")["rent_per_m2"]
    errors = (scores - test["rent"]).abs()
    simple = (test["area"] * test["district"].map(known) - test["rent"]).abs()
    by_size = errors.groupby(pd.cut(test["area"], [0, 50, 90, 400], labels=["small", "middle", "large"]), observed=True)
    report = {
        "flats": len(errors),
        "mae": round(float(errors.mean()), 2),
        "rmse": round(float((errors**2).mean() ** 0.5), 2),
        "mae_of_the_simple_rule": round(float(simple.mean()), 2),
        "mae_by_size": {size: round(float(value), 2) for size, value in by_size.mean().items()},
    }
    _put(aws, "reports/evaluation.json", json.dumps(report))
    return Shown(
        metrics={"mae": report["mae"], "rmse": report["rmse"]},
        bars={"model": report["mae"], "simple rule": report["mae_of_the_simple_rule"]},
        measure="mean absolute error in euros",
    )


def _outputs(aws):
    found = aws.client("cloudformation").describe_stacks(StackName=aws.name("environment"))["Stacks"][0]
    return {each["OutputKey"]: each["OutputValue"] for each in found["Outputs"]}


def _process(aws, suffix, inputs, outputs):
    """Run `code/<suffix>.py`; inputs and outputs are prefixes of the bucket, by the folder of the container."""
    data, root = f"s3://{aws.name('data')}", "/opt/ml/processing"
    aws.client("sagemaker").create_processing_job(
        ProcessingJobName=aws.name(suffix),
        RoleArn=_outputs(aws)["RoleArn"],
        AppSpecification={"ImageUri": SKLEARN, "ContainerEntrypoint": ["python3", f"{root}/code/{suffix}.py"]},
        ProcessingInputs=[
            {
                "InputName": folder,
                "S3Input": {
                    "S3Uri": f"{data}/{prefix}",
                    "LocalPath": f"{root}/{folder}",
                    "S3DataType": "S3Prefix",
                    "S3InputMode": "File",
                },
            }
            for folder, prefix in inputs.items()
        ],
        ProcessingOutputConfig={
            "Outputs": [
                {
                    "OutputName": folder,
                    "S3Output": {
                        "S3Uri": f"{data}/{prefix}",
                        "LocalPath": f"{root}/{folder}",
                        "S3UploadMode": "EndOfJob",
                    },
                }
                for folder, prefix in outputs.items()
            ]
        },
        ProcessingResources={"ClusterConfig": {**SMALL, "VolumeSizeInGB": 5}},
        StoppingCondition={"MaxRuntimeInSeconds": 900},
    )
    aws.wait(
        "sagemaker",
        "describe_processing_job",
        lambda found: found["ProcessingJobStatus"] not in {"InProgress", "Stopping"},
        ProcessingJobName=aws.name(suffix),
    )


def _search(aws):
    return {
        "HyperParameterTuningJobConfig": {
            "Strategy": "Random",
            "RandomSeed": 7,
            "HyperParameterTuningJobObjective": {"Type": "Minimize", "MetricName": "validation:rmse"},
            "ResourceLimits": {"MaxNumberOfTrainingJobs": 3, "MaxParallelTrainingJobs": 1},
            "ParameterRanges": {
                "ContinuousParameterRanges": [
                    {"Name": "eta", "MinValue": "0.05", "MaxValue": "0.5", "ScalingType": "Logarithmic"}
                ],
                "IntegerParameterRanges": [{"Name": "max_depth", "MinValue": "3", "MaxValue": "8"}],
            },
        },
        "TrainingJobDefinition": _definition(aws),
    }


def _definition(aws):
    data = f"s3://{aws.name('data')}"
    return {
        "StaticHyperParameters": {"objective": "reg:squarederror", "eval_metric": "rmse", "num_round": "50"},
        "AlgorithmSpecification": {"TrainingImage": XGBOOST, "TrainingInputMode": "File"},
        "RoleArn": _outputs(aws)["RoleArn"],
        "InputDataConfig": [
            {
                "ChannelName": channel,
                "ContentType": "text/csv",
                "DataSource": {"S3DataSource": {"S3DataType": "S3Prefix", "S3Uri": f"{data}/prepared/{channel}/"}},
            }
            for channel in ("train", "validation")
        ],
        "OutputDataConfig": {"S3OutputPath": f"{data}/output"},
        "ResourceConfig": {**SMALL, "VolumeSizeInGB": 5},
        "StoppingCondition": {"MaxRuntimeInSeconds": 900},
    }


def _tuning(aws):
    """The name of the tuning job: the pipeline made it up."""
    sagemaker = aws.client("sagemaker")
    runs = sagemaker.list_pipeline_executions(PipelineName=aws.name("training"))["PipelineExecutionSummaries"]
    found = sagemaker.list_pipeline_execution_steps(PipelineExecutionArn=runs[0]["PipelineExecutionArn"])
    return found["PipelineExecutionSteps"][0]["Metadata"]["TuningJob"]["Arn"].rpartition("/")[2]


def _best(aws):
    sagemaker = aws.client("sagemaker")
    found = sagemaker.describe_hyper_parameter_tuning_job(HyperParameterTuningJobName=_tuning(aws))
    best = found["BestTrainingJob"]
    return best, sagemaker.describe_training_job(TrainingJobName=best["TrainingJobName"])


def _version(aws):
    found = aws.client("sagemaker").list_model_packages(ModelPackageGroupName=aws.name("rents"))
    return found["ModelPackageSummaryList"][0]["ModelPackageArn"]


def _read(aws, key):
    return aws.client("s3").get_object(Bucket=aws.name("data"), Key=key)["Body"].read()


def _put(aws, key, body):
    aws.client("s3").put_object(Bucket=aws.name("data"), Key=key, Body=body)
