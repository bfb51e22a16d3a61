import json

from mlacoach.labs import Shown

IMAGE = "683313688378.dkr.ecr.us-east-1.amazonaws.com/sagemaker-scikit-learn:1.2-1-cpu-py3"
LINES = 100


def make_the_model(aws):
    """The same model could stand behind an endpoint; a batch needs none."""
    aws.client("sagemaker").create_model(
        ModelName=aws.name("model"),
        ExecutionRoleArn=aws.role_arn,
        PrimaryContainer={
            "Image": IMAGE,
            "ModelDataUrl": f"s3://{aws.name('data')}/models/model.tar.gz",
            "Environment": {
                "SAGEMAKER_PROGRAM": "inference.py",
                "SAGEMAKER_SUBMIT_DIRECTORY": "/opt/ml/model/code",
            },
        },
    )


def split_the_fleet(aws):
    """An instance takes whole objects: one object keeps one instance busy, and the others wait."""
    s3, bucket = aws.client("s3"), aws.name("data")
    lines = s3.get_object(Bucket=bucket, Key="fleet/pumps.csv")["Body"].read().decode().splitlines()
    for start in range(0, len(lines), LINES):
        body = "\n".join(lines[start : start + LINES]) + "\n"
        s3.put_object(Bucket=bucket, Key=f"batch/part-{start // LINES}.csv", Body=body)


def score_the_fleet(aws):
    """The model knows five numbers: the filter takes the id away before it sees a row."""
    sagemaker = aws.client("sagemaker")
    sagemaker.create_transform_job(
        TransformJobName=aws.name("plain"),
        ModelName=aws.name("model"),
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
        TransformResources={"InstanceType": "ml.m5.large", "InstanceCount": 1},
        DataProcessing={"InputFilter": "$[1:]"},
    )
    sagemaker.get_waiter("transform_job_completed_or_stopped").wait(TransformJobName=aws.name("plain"))


def join_the_scores_to_the_ids(aws):
    """The risk is appended to its row; of the joined row the first and the last value are kept."""
    sagemaker = aws.client("sagemaker")
    plain = sagemaker.describe_transform_job(TransformJobName=aws.name("plain"))
    sagemaker.create_transform_job(
        TransformJobName=aws.name("joined"),
        ModelName=aws.name("model"),
        BatchStrategy="MultiRecord",
        TransformInput=plain["TransformInput"],
        TransformOutput={**plain["TransformOutput"], "S3OutputPath": f"s3://{aws.name('data')}/joined"},
        TransformResources=plain["TransformResources"],
        DataProcessing={"InputFilter": "$[1:]", "JoinSource": "Input", "OutputFilter": "$[0,-1]"},
    )
    sagemaker.get_waiter("transform_job_completed_or_stopped").wait(TransformJobName=aws.name("joined"))


def measure_the_batch(aws):
    """A week later it is known which pumps failed: how well did the risks put them in order?"""
    from sklearn.metrics import roc_auc_score

    s3, bucket = aws.client("s3"), aws.name("data")
    failed = [float(line) for line in s3.get_object(Bucket=bucket, Key="truth/failed.csv")["Body"].read().split()]
    risks = _joined(aws)
    report = {
        "pumps": len(risks),
        "auc": round(float(roc_auc_score(failed, [risks[pump] for pump in sorted(risks)])), 4),
    }
    s3.put_object(Bucket=bucket, Key="reports/batch.json", Body=json.dumps(report))
    return Shown(metrics=report)


def list_the_pumps_to_inspect(aws):
    """Twenty can be inspected this week: the twenty riskiest, the riskiest first."""
    risks = _joined(aws)
    riskiest = sorted(risks, key=lambda pump: -risks[pump])[:20]
    body = "".join(f"{pump}\n" for pump in riskiest)
    aws.client("s3").put_object(Bucket=aws.name("data"), Key="reports/inspect.csv", Body=body)
    return Shown(columns=("pump", "risk"), rows=[(pump, risks[pump]) for pump in riskiest[:5]])


def _joined(aws):
    """The risk of each pump by its id."""
    s3, bucket = aws.client("s3"), aws.name("data")
    found = s3.list_objects_v2(Bucket=bucket, Prefix="joined/")["Contents"]
    text = b"".join(s3.get_object(Bucket=bucket, Key=item["Key"])["Body"].read() for item in found).decode()
    return {line.split(",")[0]: float(line.split(",")[1]) for line in text.splitlines()}
