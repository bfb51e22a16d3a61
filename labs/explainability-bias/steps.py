import csv
import json

from mlacoach.labs import Shown

CLARIFY = "205585389593.dkr.ecr.us-east-1.amazonaws.com/sagemaker-clarify-processing:1.0"
SKLEARN = "683313688378.dkr.ecr.us-east-1.amazonaws.com/sagemaker-scikit-learn:1.2-1-cpu-py3"
FEATURES = ["newcomer", "low_income", "late_payments"]
FOLDER = "/opt/ml/processing"
LIMIT = 0.8


def measure_the_bias_of_predictions(aws):
    """Clarify asks the model about everybody and compares what the two groups get."""
    _make_model(aws, "in-use")
    return _bias(aws, "bias", "in-use")


def explain_the_answers(aws):
    """For each person every mixture with the baseline is asked about; the values share out the difference."""
    shap = {
        "baseline": [[0, 0, 0]],
        "num_samples": 100,
        "agg_method": "mean_abs",
        "save_local_shap_values": True,
    }
    _clarify(aws, "shap", "few", "in-use", {"shap": shap})
    return Shown(bars=_global(aws)["global_shap_values"], measure="mean of |SHAP value| by feature")


def read_one_explanation(aws):
    """The refused newcomer of the first line that has one: what moved the answer, and how far."""
    people = list(csv.reader(_read(aws, "few/payers.csv").splitlines()))
    explained = csv.reader(_read(aws, "clarify/shap/explanations_shap/out.csv").splitlines())
    columns = [name.rpartition("_")[0] for name in next(explained)]
    rows = [dict(zip(columns, map(float, row), strict=True)) for row in explained]
    expected = _global(aws)["expected_value"]
    sums = [expected + sum(row.values()) for row in rows]
    place = next(at for at, person in enumerate(people) if person[1] == "1" and sums[at] < 0.5)
    values = rows[place]
    report = {
        "line": place + 1,
        "expected": expected,
        "values": values,
        "prediction": sums[place],
        "most": max(values, key=lambda name: abs(values[name])),
    }
    _write(aws, "reports/one.json", report)
    moved = f"{expected:.2f} at the baseline became {sums[place]:.2f}."
    return Shown(text=moved, bars=values, measure="SHAP value by feature")


def judge_the_report(aws):
    """The limit was there first; the figures only have to be held against it."""
    found, shares = _metrics(aws, "bias"), _global(aws)["global_shap_values"]
    report = {
        **{name: found[name] for name in ("DI", "DPPL", "AD")},
        "limit_of_di": LIMIT,
        "may_stay": LIMIT <= found["DI"] <= 1 / LIMIT,
        "most": max(shares, key=shares.get),
    }
    _write(aws, "reports/judgement.json", report)
    return Shown(columns=("what", "value"), rows=list(report.items()))


def measure_the_other_model(aws):
    """The same data and the same configuration with another model: only so can the two be compared."""
    _make_model(aws, "fairer")
    return _bias(aws, "again", "fairer")


def write_the_model_card(aws):
    """What the model is for, how it was evaluated, what it may do to whom; somebody has to approve it."""
    sagemaker, found = aws.client("sagemaker"), _metrics(aws, "again")
    job = sagemaker.describe_processing_job(ProcessingJobName=aws.name("again"))
    content = {
        "model_overview": {
            "model_name": aws.name("fairer"),
            "model_description": "How likely somebody pays a monthly pass back; a logistic regression.",
            "problem_type": "Binary Classification",
            "model_artifact": [f"s3://{aws.name('data')}/models/fairer.tar.gz"],
        },
        "intended_uses": {
            "purpose_of_model": "Decide who gets a monthly pass on credit.",
            "intended_uses": "Passes on credit in this town; not loans, not other towns.",
            "risk_rating": "High",
            "explanations_for_risk_rating": "It decides about people, and about who can afford to get to work.",
        },
        "evaluation_details": [
            {
                "name": "Bias of predictions",
                "evaluation_job_arn": job["ProcessingJobArn"],
                "metric_groups": [
                    {
                        "name": "newcomers",
                        "metric_data": [
                            {"name": name, "type": "number", "value": found[name]} for name in ("DI", "DPPL", "AD")
                        ],
                    }
                ],
            }
        ],
        "additional_information": {
            "ethical_considerations": "Newcomers have lower incomes, so income still stands for them in part.",
            "caveats_and_recommendations": "Measure again each quarter; a person decides each refusal in dispute.",
        },
    }
    sagemaker.create_model_card(
        ModelCardName=aws.name("card"), Content=json.dumps(content), ModelCardStatus="PendingReview"
    )


def _make_model(aws, name):
    aws.client("sagemaker").create_model(
        ModelName=aws.name(name),
        ExecutionRoleArn=aws.role_arn,
        PrimaryContainer={
            "Image": SKLEARN,
            "ModelDataUrl": f"s3://{aws.name('data')}/models/{name}.tar.gz",
            "Environment": {"SAGEMAKER_PROGRAM": "inference.py", "SAGEMAKER_SUBMIT_DIRECTORY": "/opt/ml/model/code"},
        },
    )


def _bias(aws, suffix, model):
    _clarify(aws, suffix, "all", model, {"post_training_bias": {"methods": "all"}})
    found = _metrics(aws, suffix)
    kept = {f"{model} {name}": found[name] for name in ("DPPL", "DI", "AD", "RD")}
    return Shown(metrics=kept, bars=found, measure="post-training bias, by metric")


def _clarify(aws, suffix, people, model, methods):
    data, sagemaker = f"s3://{aws.name('data')}", aws.client("sagemaker")
    configuration = {
        "dataset_type": "text/csv",
        "headers": ["paid", *FEATURES],
        "label": "paid",
        "label_values_or_threshold": [1],
        "facet": [{"name_or_index": "newcomer", "value_or_threshold": [1]}],
        "probability_threshold": 0.5,
        "predictor": {
            "model_name": aws.name(model),
            "instance_type": "ml.m5.large",
            "initial_instance_count": 1,
            "content_type": "text/csv",
            "accept_type": "text/csv",
        },
        "methods": methods,
    }
    _write(aws, f"configuration/{suffix}/analysis_config.json", configuration)
    places = {
        "analysis_config": (f"{data}/configuration/{suffix}/analysis_config.json", "config"),
        "dataset": (f"{data}/{people}/payers.csv", "data"),
    }
    place = {"S3Uri": f"{data}/clarify/{suffix}", "LocalPath": f"{FOLDER}/output", "S3UploadMode": "EndOfJob"}
    sagemaker.create_processing_job(
        ProcessingJobName=aws.name(suffix),
        RoleArn=aws.role_arn,
        AppSpecification={"ImageUri": CLARIFY},
        ProcessingInputs=[_input(name, *source) for name, source in places.items()],
        ProcessingOutputConfig={"Outputs": [{"OutputName": "analysis_result", "S3Output": place}]},
        ProcessingResources={
            "ClusterConfig": {"InstanceCount": 1, "InstanceType": "ml.m5.large", "VolumeSizeInGB": 20}
        },
        StoppingCondition={"MaxRuntimeInSeconds": 1200},
    )
    aws.wait(
        "sagemaker",
        "describe_processing_job",
        lambda found: found["ProcessingJobStatus"] not in {"InProgress", "Stopping"},
        ProcessingJobName=aws.name(suffix),
    )


def _input(name, url, folder):
    place = {"S3Uri": url, "LocalPath": f"{FOLDER}/input/{folder}", "S3DataType": "S3Prefix", "S3InputMode": "File"}
    return {"InputName": name, "S3Input": place}


def _metrics(aws, suffix):
    found = json.loads(_read(aws, f"clarify/{suffix}/analysis.json"))
    metrics = found["post_training_bias_metrics"]["facets"]["newcomer"][0]["metrics"]
    return {each["name"]: each["value"] for each in metrics if each["value"] is not None}


def _global(aws):
    found = json.loads(_read(aws, "clarify/shap/analysis.json"))
    return found["explanations"]["kernel_shap"]["label0"]


def _read(aws, key):
    return aws.client("s3").get_object(Bucket=aws.name("data"), Key=key)["Body"].read().decode()


def _write(aws, key, report):
    aws.client("s3").put_object(Bucket=aws.name("data"), Key=key, Body=json.dumps(report, indent=2))
