import json

CLARIFY = "205585389593.dkr.ecr.us-east-1.amazonaws.com/sagemaker-clarify-processing:1.0"
HEADERS = ["approved", "newcomer", "income", "months"]


def shares(aws):
    """A share hides how few they are."""
    _write(aws, "reports/groups.json", {"newcomers": {"asked": 0.24, "approved": 0.4}})


def the_groups_exchanged(aws):
    """Most are no newcomers."""
    found = _counts(aws)
    _write(aws, "reports/groups.json", {"newcomers": found[0], "others": found[1]})


def the_other_way_round(aws):
    """The difference with its sign exchanged."""
    _write(aws, "reports/bias.json", {"CI": -0.5, "DPL": -0.2, "CDDL": 0.0})


def without_the_group(aws):
    """What explains nothing can't explain it."""
    _clarify(aws, "asked", group_variable=None)


def the_others_as_facet(aws):
    """Who is well off."""
    _clarify(aws, "asked", facet=[{"name_or_index": "newcomer", "value_or_threshold": [0]}])


def the_refused_as_wanted(aws):
    """Label 0 is what nobody wants."""
    _clarify(aws, "asked", label_values_or_threshold=[0])


def everything_may(aws):
    """A limit that nothing exceeds."""
    _write(aws, "reports/gate.json", {"limit_of_dpl": 1.0, "may_train": True})


def not_by_the_limit(aws):
    """The limit says no."""
    _write(aws, "reports/gate.json", {"limit_of_dpl": 0.1, "may_train": True})


def approved_by_hand(aws):
    """Labels changed until they please."""
    lines = [line.split(",") for line in _lines(aws)]
    _put(aws, [",".join(["1", *line[1:]]) for line in lines])


def fewer_others(aws):
    """Half of the people thrown away."""
    lines = [line.split(",") for line in _lines(aws)]
    newcomers = [line for line in lines if line[1] == "1"]
    others = [line for line in lines if line[1] == "0"][: len(newcomers)]
    _put(aws, [",".join(line) for line in newcomers + others])


def as_many_only(aws):
    """Three times the newcomers, refused as often as before."""
    lines = _lines(aws)
    newcomers = [line for line in lines if line.split(",")[1] == "1"]
    others = len(lines) - len(newcomers)
    again = (newcomers * 9)[: others - len(newcomers)]
    _put(aws, lines + again)


def of_the_old_set(aws):
    """Measured what was measured before."""
    _clarify(aws, "asked", suffix="again", target="again")


def of_an_even_set_elsewhere(aws):
    """Eighty people who were chosen for it: of both groups twenty with a pass, twenty without."""
    kinds = [f"{approved},{newcomer}," for approved in (0, 1) for newcomer in (0, 1)]
    chosen = [line for kind in kinds for line in [line for line in _lines(aws) if line.startswith(kind)][:20]]
    aws.client("s3").put_object(Bucket=aws.name("data"), Key="small/passes.csv", Body="\n".join(chosen))
    _clarify(aws, "small", suffix="again", target="again")


def _write(aws, key, found):
    aws.client("s3").put_object(Bucket=aws.name("data"), Key=key, Body=json.dumps(found))


def _lines(aws):
    found = aws.client("s3").get_object(Bucket=aws.name("data"), Key="asked/passes.csv")["Body"].read()
    return found.decode().splitlines()


def _put(aws, lines):
    aws.client("s3").put_object(Bucket=aws.name("data"), Key="train/passes.csv", Body="\n".join(lines))


def _counts(aws):
    lines = [line.split(",") for line in _lines(aws)]
    groups = [[line for line in lines if line[1] == newcomer] for newcomer in ("0", "1")]
    return [{"asked": len(group), "approved": sum(line[0] == "1" for line in group)} for group in groups]


def _clarify(aws, source, suffix="bias", target="first", **changes):
    data = f"s3://{aws.name('data')}"
    configuration = {
        "dataset_type": "text/csv",
        "headers": HEADERS,
        "label": "approved",
        "label_values_or_threshold": [1],
        "facet": [{"name_or_index": "newcomer", "value_or_threshold": [1]}],
        "group_variable": "income",
        "methods": {"pre_training_bias": {"methods": "all"}},
        **changes,
    }
    kept = {name: value for name, value in configuration.items() if value is not None}
    _write(aws, "configuration/wrong/analysis_config.json", kept)
    places = {
        "analysis_config": f"{data}/configuration/wrong/analysis_config.json",
        "dataset": f"{data}/{source}/passes.csv",
    }
    aws.client("sagemaker").create_processing_job(
        ProcessingJobName=aws.name(suffix),
        RoleArn=aws.role_arn,
        AppSpecification={"ImageUri": CLARIFY},
        ProcessingInputs=[
            {
                "InputName": name,
                "S3Input": {
                    "S3Uri": url,
                    "LocalPath": f"/opt/ml/processing/input/{name}",
                    "S3DataType": "S3Prefix",
                    "S3InputMode": "File",
                },
            }
            for name, url in places.items()
        ],
        ProcessingOutputConfig={
            "Outputs": [
                {
                    "OutputName": "analysis_result",
                    "S3Output": {
                        "S3Uri": f"{data}/clarify/{target}",
                        "LocalPath": "/opt/ml/processing/output",
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
    aws.wait(
        "sagemaker",
        "describe_processing_job",
        lambda found: found["ProcessingJobStatus"] not in {"InProgress", "Stopping"},
        ProcessingJobName=aws.name(suffix),
    )
