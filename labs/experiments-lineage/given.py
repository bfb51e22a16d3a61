from mlacoach.labs import pumps

IMAGE = "683313688378.dkr.ecr.us-east-1.amazonaws.com/sagemaker-xgboost:3.0-5"
SPLIT = """# Rows of the export, by their place: 1,200 to train, 400 to validate, 400 to test.
"""


def given(aws):
    """The export and what was made of it; and a model that a colleague trained on other data."""
    pumps.give_data(aws)
    s3, bucket = aws.client("s3"), aws.name("data")
    trained, validated, tested = pumps.training_rows(), pumps.validation_rows(), pumps.test_rows()
    s3.put_object(Bucket=bucket, Key="export/pumps.csv", Body=pumps.csv([*trained, *validated, *tested]))
    s3.put_object(Bucket=bucket, Key="code/split.py", Body=SPLIT)
    s3.put_object(Bucket=bucket, Key="mixed/pumps.csv", Body=pumps.csv([*validated, *trained]))
    _train(aws)


def _train(aws):
    data, sagemaker = f"s3://{aws.name('data')}", aws.client("sagemaker")
    sagemaker.create_training_job(
        TrainingJobName=aws.name("colleague"),
        RoleArn=aws.role_arn,
        AlgorithmSpecification={"TrainingImage": IMAGE, "TrainingInputMode": "File"},
        HyperParameters={
            "objective": "binary:logistic",
            "eval_metric": "auc",
            "num_round": "30",
            "eta": "0.2",
            "max_depth": "6",
        },
        InputDataConfig=[_channel("train", f"{data}/mixed/"), _channel("validation", f"{data}/validation/")],
        OutputDataConfig={"S3OutputPath": f"{data}/output"},
        ResourceConfig={"InstanceType": "ml.m5.large", "InstanceCount": 1, "VolumeSizeInGB": 5},
        StoppingCondition={"MaxRuntimeInSeconds": 600},
    )
    sagemaker.get_waiter("training_job_completed_or_stopped").wait(TrainingJobName=aws.name("colleague"))


def _channel(name, url):
    source = {"S3DataSource": {"S3DataType": "S3Prefix", "S3Uri": url}}
    return {"ChannelName": name, "ContentType": "text/csv", "DataSource": source}
