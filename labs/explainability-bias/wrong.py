import json

CLARIFY = "205585389593.dkr.ecr.us-east-1.amazonaws.com/sagemaker-clarify-processing:1.0"
SKLEARN = "683313688378.dkr.ecr.us-east-1.amazonaws.com/sagemaker-scikit-learn:1.2-1-cpu-py3"
FOLDER = "/opt/ml/processing"
POST = {"post_training_bias": {"methods": "all"}}
SHAP = {"baseline": [[0, 0, 0]], "num_samples": 100, "agg_method": "mean_abs"}


def only_the_data(aws):
    """Measured before any model."""
    _model(aws, "in-use")
    _clarify(aws, "bias", {"pre_training_bias": {"methods": "all"}})


def the_others_as_facet(aws):
    """Who is well off."""
    _model(aws, "in-use")
    _clarify(aws, "bias", POST, facet=[{"name_or_index": "newcomer", "value_or_threshold": [0]}])


def the_other_model_behind_it(aws):
    """The one that nobody uses."""
    _model(aws, "in-use")
    _model(aws, "fairer")
    _clarify(aws, "bias", POST, model="fairer")


def two_metrics(aws):
    """The accuracy is left out."""
    _model(aws, "in-use")
    _clarify(aws, "bias", {"post_training_bias": {"methods": ["DI", "DPPL"]}})


def from_the_mean(aws):
    """Without a baseline it is the mean of all."""
    _clarify(aws, "shap", {"shap": {**SHAP, "baseline": None}}, people="few")


def by_the_median(aws):
    """Another way to make one number of fifty."""
    _clarify(aws, "shap", {"shap": {**SHAP, "agg_method": "median"}}, people="few")


def of_somebody_else(aws):
    """Somebody who has been here all along."""
    _report(aws, "one", {"line": 1, "values": {}})


def without_the_sign(aws):
    """As if everything had helped."""
    found = _one(aws)
    _report(aws, "one", {**found, "values": {name: abs(value) for name, value in found["values"].items()}})


def the_last_payment(aws):
    """The wrong reason."""
    _report(aws, "one", {**_one(aws), "most": "late_payments"})


def a_low_limit(aws):
    """Set after the measurement."""
    _judge(aws, limit_of_di=0.2, may_stay=True)


def it_may_stay(aws):
    """The limit says no."""
    _judge(aws, may_stay=True)


def other_figures(aws):
    """Not what was measured."""
    _judge(aws, DI=0.9)


def the_same_model_again(aws):
    """Under a new name."""
    _model(aws, "fairer")
    _clarify(aws, "again", POST, model="in-use")


def of_the_model_in_use(aws):
    """The one that may not stay."""
    _card(aws, archive="in-use")


def no_rating(aws):
    """Nobody has thought about it."""
    _card(aws, risk_rating="Unknown")


def empty_parts(aws):
    """A heading alone."""
    _card(aws, ethical_considerations="None.")


def nicer_figures(aws):
    """Perfectly fair."""
    _card(aws, figures={"DI": 1.0, "DPPL": 0.0})


def of_no_job(aws):
    """An evaluation that nobody can look up."""
    _card(aws, job="")


def a_draft(aws):
    """Not handed in."""
    _card(aws, status="Draft")


def _model(aws, name):
    aws.client("sagemaker").create_model(
        ModelName=aws.name(name),
        ExecutionRoleArn=aws.role_arn,
        PrimaryContainer={
            "Image": SKLEARN,
            "ModelDataUrl": f"s3://{aws.name('data')}/models/{name}.tar.gz",
            "Environment": {"SAGEMAKER_PROGRAM": "inference.py", "SAGEMAKER_SUBMIT_DIRECTORY": "/opt/ml/model/code"},
        },
    )


def _clarify(aws, suffix, methods, *, people="all", model="in-use", **changes):
    data, sagemaker = f"s3://{aws.name('data')}", aws.client("sagemaker")
    configuration = {
        "dataset_type": "text/csv",
        "headers": ["paid", "newcomer", "low_income", "late_payments"],
        "label": "paid",
        "label_values_or_threshold": [1],
        "facet": [{"name_or_index": "newcomer", "value_or_threshold": [1]}],
        "predictor": {"model_name": aws.name(model), "content_type": "text/csv", "accept_type": "text/csv"},
        "methods": methods,
        **changes,
    }
    _put(aws, "configuration/wrong/analysis_config.json", configuration)
    places = {
        "analysis_config": f"{data}/configuration/wrong/analysis_config.json",
        "dataset": f"{data}/{people}/payers.csv",
    }
    place = {"S3Uri": f"{data}/clarify/{suffix}", "LocalPath": f"{FOLDER}/output", "S3UploadMode": "EndOfJob"}
    sagemaker.create_processing_job(
        ProcessingJobName=aws.name(suffix),
        RoleArn=aws.role_arn,
        AppSpecification={"ImageUri": CLARIFY},
        ProcessingInputs=[
            {
                "InputName": name,
                "S3Input": {
                    "S3Uri": url,
                    "LocalPath": f"{FOLDER}/input/{name}",
                    "S3DataType": "S3Prefix",
                    "S3InputMode": "File",
                },
            }
            for name, url in places.items()
        ],
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


def _one(aws):
    """The explanation of line 8, a refused newcomer with a low income."""
    rows = [line.split(",") for line in _get(aws, "clarify/shap/explanations_shap/out.csv").splitlines()]
    values = dict(zip([name.rpartition("_")[0] for name in rows[0]], map(float, rows[8]), strict=True))
    expected = json.loads(_get(aws, "clarify/shap/analysis.json"))
    expected = expected["explanations"]["kernel_shap"]["label0"]["expected_value"]
    return {
        "line": 8,
        "expected": expected,
        "values": values,
        "prediction": expected + sum(values.values()),
        "most": "newcomer",
    }


def _judge(aws, **changes):
    found = _metrics(aws, "bias")
    told = {name: found[name] for name in ("DI", "DPPL", "AD")}
    _report(aws, "judgement", {**told, "limit_of_di": 0.8, "may_stay": False, "most": "newcomer", **changes})


def _card(aws, *, archive="fairer", status="PendingReview", figures=None, job=None, **changes):
    found = aws.client("sagemaker").describe_processing_job(ProcessingJobName=aws.name("again"))
    told = figures or _metrics(aws, "again")
    long = "A sentence that says something."
    content = {
        "model_overview": {
            "model_description": long,
            "model_artifact": [f"s3://{aws.name('data')}/models/{archive}.tar.gz"],
        },
        "intended_uses": {
            "intended_uses": long,
            "risk_rating": changes.get("risk_rating", "High"),
            "explanations_for_risk_rating": long,
        },
        "evaluation_details": [
            {
                "name": "bias",
                "evaluation_job_arn": found["ProcessingJobArn"] if job is None else job,
                "metric_groups": [
                    {
                        "name": "newcomers",
                        "metric_data": [
                            {"name": name, "type": "number", "value": told[name]} for name in ("DI", "DPPL")
                        ],
                    }
                ],
            }
        ],
        "additional_information": {
            "ethical_considerations": changes.get("ethical_considerations", long),
            "caveats_and_recommendations": long,
        },
    }
    aws.client("sagemaker").create_model_card(
        ModelCardName=aws.name("card"), Content=json.dumps(content), ModelCardStatus=status
    )


def _metrics(aws, suffix):
    found = json.loads(_get(aws, f"clarify/{suffix}/analysis.json"))["post_training_bias_metrics"]
    metrics = found["facets"]["newcomer"][0]["metrics"]
    return {each["name"]: each["value"] for each in metrics}


def _report(aws, name, report):
    _put(aws, f"reports/{name}.json", report)


def _get(aws, key):
    return aws.client("s3").get_object(Bucket=aws.name("data"), Key=key)["Body"].read().decode()


def _put(aws, key, document):
    aws.client("s3").put_object(Bucket=aws.name("data"), Key=key, Body=json.dumps(document))
