import io
import json

from mlacoach.labs import Shown

CLARIFY = "205585389593.dkr.ecr.us-east-1.amazonaws.com/sagemaker-clarify-processing:1.0"
HEADERS = ["approved", "newcomer", "income", "months"]
FOLDER = "/opt/ml/processing"


def look_at_the_groups(aws):
    """Before any metric: who is there, and how often do they get what they want?"""
    table = _table(aws, "asked/passes.csv")
    report = {
        name: {"asked": len(group), "approved": int(group["approved"].sum())}
        for name, group in (("newcomers", table[table["newcomer"] == 1]), ("others", table[table["newcomer"] == 0]))
    }
    _write(aws, "reports/groups.json", json.dumps(report))
    return Shown(columns=("group", "asked", "approved"), rows=[(name, *each.values()) for name, each in report.items()])


def measure_by_hand(aws):
    """CI looks at numbers, DPL at outcomes, CDDL at outcomes among those with the same income."""
    table = _table(aws, "asked/passes.csv")
    is_new, approved = table["newcomer"] == 1, table["approved"] == 1
    report = {
        "CI": float((~is_new).sum() - is_new.sum()) / len(table),
        "DPL": float(approved[~is_new].mean() - approved[is_new].mean()),
        "CDDL": sum(len(group) * _disparity(group) for _, group in table.groupby("income")) / len(table),
    }
    _write(aws, "reports/bias.json", json.dumps(report))
    return Shown(bars=report, measure="pre-training bias, by metric")


def let_a_job_measure(aws):
    """It wants a configuration: columns, the label and its wanted value, the facet and who may be worse off."""
    return _clarify(aws, "bias", "asked", "first")


def draw_a_line(aws):
    """A tenth, decided before anybody is in love with a model."""
    report = {"limit_of_dpl": 0.1, "may_train": False}
    _write(aws, "reports/gate.json", json.dumps(report))


def even_it_out(aws):
    """Newcomers are drawn again until they are as many, and approved as often. Nobody is changed, nobody left out."""
    import pandas as pd

    table = _table(aws, "asked/passes.csv")
    newcomers, others = table[table["newcomer"] == 1], table[table["newcomer"] == 0]
    parts = [table]
    for outcome in (0, 1):
        have = newcomers[newcomers["approved"] == outcome]
        missing = int((others["approved"] == outcome).sum()) - len(have)
        parts.append(have.sample(missing, replace=True, random_state=7))
    body = pd.concat(parts).to_csv(index=False, header=False)
    _write(aws, "train/passes.csv", body)
    return Shown(metrics={"rows before": len(table), "rows now": sum(len(part) for part in parts)})


def measure_again(aws):
    """The same job over the new training set."""
    return _clarify(aws, "again", "train", "again")


def _disparity(group):
    refused, accepted = group[group["approved"] == 0], group[group["approved"] == 1]
    return float(refused["newcomer"].mean() - accepted["newcomer"].mean())


def _clarify(aws, suffix, source, target):
    data = f"s3://{aws.name('data')}"
    configuration = {
        "dataset_type": "text/csv",
        "headers": HEADERS,
        "label": "approved",
        "label_values_or_threshold": [1],
        "facet": [{"name_or_index": "newcomer", "value_or_threshold": [1]}],
        "group_variable": "income",
        "methods": {"pre_training_bias": {"methods": "all"}},
    }
    _write(aws, f"configuration/{target}/analysis_config.json", json.dumps(configuration))
    places = {
        "analysis_config": (f"{data}/configuration/{target}/analysis_config.json", "config"),
        "dataset": (f"{data}/{source}/passes.csv", "data"),
    }
    aws.client("sagemaker").create_processing_job(
        ProcessingJobName=aws.name(suffix),
        RoleArn=aws.role_arn,
        AppSpecification={"ImageUri": CLARIFY},
        ProcessingInputs=[_input(name, *place) for name, place in places.items()],
        ProcessingOutputConfig={
            "Outputs": [
                {
                    "OutputName": "analysis_result",
                    "S3Output": {
                        "S3Uri": f"{data}/clarify/{target}",
                        "LocalPath": f"{FOLDER}/output",
                        "S3UploadMode": "EndOfJob",
                    },
                }
            ]
        },
        ProcessingResources={
            "ClusterConfig": {"InstanceCount": 1, "InstanceType": "ml.m5.large", "VolumeSizeInGB": 20}
        },
        StoppingCondition={"MaxRuntimeInSeconds": 1200},
    )
    job = aws.wait(
        "sagemaker",
        "describe_processing_job",
        lambda found: found["ProcessingJobStatus"] not in {"InProgress", "Stopping"},
        ProcessingJobName=aws.name(suffix),
    )
    if job["ProcessingJobStatus"] != "Completed":
        return Shown(text=job.get("ExitMessage", job["ProcessingJobStatus"]))
    found = json.loads(_read(aws, f"clarify/{target}/analysis.json"))
    metrics = found["pre_training_bias_metrics"]["facets"]["newcomer"][0]["metrics"]
    values = {each["name"]: each["value"] for each in metrics if each["value"] is not None}
    return Shown(bars=values, measure="pre-training bias, by metric")


def _input(name, url, folder):
    place = {"S3Uri": url, "LocalPath": f"{FOLDER}/input/{folder}", "S3DataType": "S3Prefix", "S3InputMode": "File"}
    return {"InputName": name, "S3Input": place}


def _table(aws, key):
    import pandas as pd

    return pd.read_csv(io.BytesIO(_read(aws, key)), header=None, names=HEADERS)


def _read(aws, key):
    return aws.client("s3").get_object(Bucket=aws.name("data"), Key=key)["Body"].read()


def _write(aws, key, body):
    aws.client("s3").put_object(Bucket=aws.name("data"), Key=key, Body=body)
