import io
import json
import math
from pathlib import Path

from mlacoach.labs import Shown

PREPARE = Path(__file__).parent / "data" / "prepare.py"
IMAGE = "683313688378.dkr.ecr.us-east-1.amazonaws.com/sagemaker-scikit-learn:1.2-1-cpu-py3"
PARTS = ("train", "validation", "test")
DAYS = ["--first-validation", "2026-09-15", "--first-test", "2026-10-01"]


def put_the_script_in_place(aws):
    """The image brings Python and scikit-learn; the script comes with the job."""
    aws.client("s3").put_object(Bucket=aws.name("data"), Key="code/prepare.py", Body=PREPARE.read_bytes())


def clean_and_split(aws):
    """What is named as input is copied into the container first, what is named as output to S3 in the end."""
    return _process(aws, "prepare", DAYS)


def prove_it(aws):
    """What you claim of a split is worth three lines of code."""
    ids = json.loads(_read(aws, "prepared/report/ids.json"))
    begins = {row["trip_id"]: row["started_at"] for row in _raw(aws).to_dict("records")}
    times = {part: sorted(begins[each] for each in ids[part]) for part in PARTS}
    train, validation, test = (set(ids[part]) for part in PARTS)
    report = {
        "rows": {part: len(ids[part]) for part in PARTS},
        "in_two_parts": len(train & validation | train & test | validation & test),
        "from_to": {part: [times[part][0], times[part][-1]] for part in PARTS},
    }
    _write(aws, "reports/split.json", json.dumps(report))
    return Shown(
        columns=("part", "rows", "from", "to"),
        rows=[(part, len(ids[part]), *report["from_to"][part]) for part in PARTS],
    )


def treat_new_trips_alike(aws):
    """The mean of the new trips is of no interest: they are scaled as training was."""
    import pandas as pd

    encoder = json.loads(_read(aws, "prepared/report/encoder.json"))
    new = pd.read_csv(io.BytesIO(_read(aws, "incoming/new.csv")))
    hour = pd.to_datetime(new["started_at"]).dt.hour * 2 * math.pi / 24
    columns = {
        "distance": (new["distance_km"] - encoder["distance_mean"]) / encoder["distance_std"],
        "hour_sin": hour.map(math.sin),
        "hour_cos": hour.map(math.cos),
        "member": (new["rider"] == "member").astype(int),
        **{station: (new["station"] == station).astype(int) for station in encoder["stations"]},
    }
    table = pd.DataFrame(columns)
    _write(aws, "prepared/new.csv", table.round(5).to_csv(index=False, header=False))
    return Shown(columns=("station", *encoder["stations"]), rows=[(new["station"][0], *table.iloc[0, 4:].astype(int))])


def see_what_leaks(aws):
    """A column that is made after the fact makes a model that is brilliant until it is used."""
    import pandas as pd

    tables = {part: pd.read_csv(io.BytesIO(_read(aws, f"prepared/{part}/{part}.csv")), header=None) for part in PARTS}
    ids = json.loads(_read(aws, "prepared/report/ids.json"))
    fees = _raw(aws).drop_duplicates("trip_id").set_index("trip_id")["fee"]
    report = {"without_fee": _auc(tables)}
    for part in PARTS:
        tables[part]["fee"] = fees[ids[part]].to_numpy()
        tables[part].columns = tables[part].columns.astype(str)
    report["with_fee"] = _auc(tables)
    _write(aws, "reports/leak.json", json.dumps(report))
    return Shown(bars=report, measure="AUC on the validation data")


def see_it_fail(aws):
    """Without its arguments the script ends with 2. The reason of the failure is in the log."""
    _process(aws, "broken", [])
    lines = _log(aws, "broken")
    line = next(line for line in lines if "error" in line.lower())
    _write(aws, "reports/failure.json", json.dumps({"line": line}))
    return Shown(text=line)


def _process(aws, suffix, arguments):
    data = f"s3://{aws.name('data')}"
    aws.client("sagemaker").create_processing_job(
        ProcessingJobName=aws.name(suffix),
        RoleArn=aws.role_arn,
        AppSpecification={
            "ImageUri": IMAGE,
            "ContainerEntrypoint": ["python3", "/opt/ml/processing/code/prepare.py"],
            **({"ContainerArguments": arguments} if arguments else {}),
        },
        ProcessingInputs=[_input("raw", f"{data}/raw/", "input"), _input("code", f"{data}/code/", "code")],
        ProcessingOutputConfig={"Outputs": [_output(name, f"{data}/prepared/{name}") for name in (*PARTS, "report")]},
        ProcessingResources={"ClusterConfig": {"InstanceCount": 1, "InstanceType": "ml.m5.large", "VolumeSizeInGB": 5}},
        StoppingCondition={"MaxRuntimeInSeconds": 600},
    )
    job = aws.wait(
        "sagemaker",
        "describe_processing_job",
        lambda found: found["ProcessingJobStatus"] not in {"InProgress", "Stopping"},
        ProcessingJobName=aws.name(suffix),
    )
    return Shown(text=f"{job['ProcessingJobStatus']}. " + " ".join(_log(aws, suffix)[-4:]))


def _input(name, url, folder):
    place = {"S3Uri": url, "LocalPath": f"/opt/ml/processing/{folder}", "S3DataType": "S3Prefix", "S3InputMode": "File"}
    return {"InputName": name, "S3Input": place}


def _output(name, url):
    place = {"S3Uri": url, "LocalPath": f"/opt/ml/processing/{name}", "S3UploadMode": "EndOfJob"}
    return {"OutputName": name, "S3Output": place}


def _log(aws, suffix):
    found = aws.client("logs").filter_log_events(
        logGroupName="/aws/sagemaker/ProcessingJobs", logStreamNamePrefix=aws.name(suffix)
    )
    return [event["message"].strip() for event in found["events"]]


def _auc(tables):
    from sklearn.linear_model import LogisticRegression
    from sklearn.metrics import roc_auc_score

    train, validation = tables["train"].to_numpy(), tables["validation"].to_numpy()
    model = LogisticRegression(max_iter=1000).fit(train[:, 1:], train[:, 0])
    return round(float(roc_auc_score(validation[:, 0], model.predict_proba(validation[:, 1:])[:, 1])), 4)


def _raw(aws):
    import pandas as pd

    return pd.read_csv(io.BytesIO(_read(aws, "raw/trips.csv")))


def _read(aws, key):
    return aws.client("s3").get_object(Bucket=aws.name("data"), Key=key)["Body"].read()


def _write(aws, key, body):
    aws.client("s3").put_object(Bucket=aws.name("data"), Key=key, Body=body)
