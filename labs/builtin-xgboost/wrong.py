from mlacoach.labs.pumps import csv, test_rows, training_rows, validation_rows

IMAGE = "683313688378.dkr.ecr.us-east-1.amazonaws.com/sagemaker-xgboost:3.0-5"
SKLEARN = "683313688378.dkr.ecr.us-east-1.amazonaws.com/sagemaker-scikit-learn:1.2-1-cpu-py3"


def with_the_header(aws):
    """The export as it is."""
    raw = aws.client("s3").get_object(Bucket=aws.name("data"), Key="raw/pumps.csv")["Body"].read().decode()
    _put(aws, raw, raw, raw)


def the_label_last(aws):
    """What most CSV files look like."""
    parts = (training_rows(), validation_rows(), test_rows())
    _put(aws, *(csv((*row[1:], row[0]) for row in part) for part in parts))


def the_test_data_in_the_training_data(aws):
    """A leak: what is tested on was learned."""
    _put(aws, csv([*training_rows(), *test_rows()]), csv(validation_rows()), csv(test_rows()))


def half_of_it(aws):
    """Pumps are lost on the way."""
    _put(aws, csv(training_rows()[:600]), csv(validation_rows()), csv(test_rows()))


def a_number_instead_of_a_probability(aws):
    """A regression's objective."""
    _train(aws, "first", objective="reg:squarederror", eval_metric="rmse")


def no_validation_channel(aws):
    """Nobody watches."""
    _train(aws, "first", channels=("train",))


def a_job_that_fails(aws):
    """XGBoost refuses the value."""
    _train(aws, "first", max_depth="deep")


def without_early_stopping(aws):
    """All rounds, whatever the validation data says."""
    _train(aws, "early")


def endless_patience(aws):
    """As many rounds without progress as there are rounds: it never stops early."""
    _train(aws, "early", early_stopping_rounds="100")


def fewer_rounds(aws):
    """So few that it can't overfit, nor learn."""
    _train(aws, "early", early_stopping_rounds="2", num_round="5")


def weighed_by_guess(aws):
    """A hundred is a round number."""
    _train(aws, "weighed", scale_pos_weight="100")


def accuracy_only(aws):
    """Four in five pumps don't fail: accuracy says little."""
    _report(aws, '{"first": {"accuracy": 0.86}, "early": {"accuracy": 0.86}, "weighed": {"accuracy": 0.8}}')


def figures_from_nowhere(aws):
    """Too good to be true."""
    figures = '{"auc": 0.99, "recall": 0.99}'
    _report(aws, f'{{"first": {figures}, "early": {figures}, "weighed": {figures}}}')


def another_image(aws):
    """An image that did not train it."""
    _model(aws, SKLEARN, _best(aws))


def not_the_best(aws):
    """The artifact of another job."""
    worse = next(name for name in ("first", "early", "weighed") if name != _best(aws))
    _model(aws, IMAGE, worse)


def _put(aws, train, validation, test):
    s3, bucket = aws.client("s3"), aws.name("data")
    for name, body in (("train", train), ("validation", validation), ("test", test)):
        s3.put_object(Bucket=bucket, Key=f"{name}/pumps.csv", Body=body)


def _train(aws, suffix, channels=("train", "validation"), **hyperparameters):
    data, sagemaker = f"s3://{aws.name('data')}", aws.client("sagemaker")
    given = {"objective": "binary:logistic", "eval_metric": "auc", "num_round": "100", **hyperparameters}
    sagemaker.create_training_job(
        TrainingJobName=aws.name(suffix),
        RoleArn=aws.role_arn,
        AlgorithmSpecification={"TrainingImage": IMAGE, "TrainingInputMode": "File"},
        HyperParameters=given,
        InputDataConfig=[
            {
                "ChannelName": channel,
                "ContentType": "text/csv",
                "DataSource": {"S3DataSource": {"S3DataType": "S3Prefix", "S3Uri": f"{data}/{channel}/"}},
            }
            for channel in channels
        ],
        OutputDataConfig={"S3OutputPath": f"{data}/output"},
        ResourceConfig={"InstanceType": "ml.m5.large", "InstanceCount": 1, "VolumeSizeInGB": 5},
        StoppingCondition={"MaxRuntimeInSeconds": 600},
    )
    aws.wait(
        "sagemaker",
        "describe_training_job",
        lambda job: job["TrainingJobStatus"] != "InProgress",
        TrainingJobName=aws.name(suffix),
    )


def _report(aws, body):
    aws.client("s3").put_object(Bucket=aws.name("data"), Key="reports/evaluation.json", Body=body)


def _best(aws):
    import json

    report = json.load(aws.client("s3").get_object(Bucket=aws.name("data"), Key="reports/evaluation.json")["Body"])
    return max(report, key=lambda name: report[name]["auc"])


def _model(aws, image, name):
    job = aws.client("sagemaker").describe_training_job(TrainingJobName=aws.name(name))
    container = {"Image": image, "ModelDataUrl": job["ModelArtifacts"]["S3ModelArtifacts"]}
    aws.client("sagemaker").create_model(
        ModelName=aws.name("model"), ExecutionRoleArn=aws.role_arn, PrimaryContainer=container
    )
