import json

IMAGE = "683313688378.dkr.ecr.us-east-1.amazonaws.com/sagemaker-scikit-learn:1.2-1-cpu-py3"
PUMP = "75.0,6.1,4.2,1800.0,90.0"


def unit_tests_alone(aws):
    """The code is right; who looks at the data?"""
    _put(aws, "source/build.py", "print('built')")
    _put(aws, "source/test_unit.py", "def test_it(): assert 1 + 1 == 2")


def tests_of_nothing(aws):
    """Green, whatever happens."""
    unit_tests_alone(aws)
    for name in ("test_data", "test_model"):
        _put(aws, f"source/{name}.py", "def test_it():\n    print('looks good')\n")


def a_build_of_nothing(aws):
    """It ends with 0."""
    _job(aws, "build", "pass")


def said_to_be_green(aws):
    """Three lines in a log, and nothing was tested."""
    _job(aws, "build", "".join(f"print('test_{name}: passed, 1 tests');" for name in ("unit", "data", "model")))


def with_good_data(aws):
    """Nothing to find."""
    _job(aws, "bad-data", "pass")


def said_to_be_red(aws):
    """The line that is looked for, of data that nobody read."""
    _job(aws, "bad-data", "print('test_data: FAILED, 1 tests'); raise SystemExit(1)")


def broken_otherwise(aws):
    """Red, but not by a test."""
    _job(aws, "weak-model", "raise SystemExit(1)")


def what_was_not_tested(aws):
    """The other candidate."""
    _model(aws, "green", "candidates/weak", [])


def of_no_build(aws):
    """Which one was it?"""
    _model(aws, "green", "candidates/good", [])


def made_up(aws):
    """Half of all pumps fail, says somebody."""
    _report(aws, {"pump": PUMP, "risk": 0.5, "refuses_two_values": True})


def the_happy_path(aws):
    """Nonsense is not tried."""
    _report(aws, {"pump": PUMP, "risk": _risk(aws)})


def never_live(aws):
    """A configuration that nobody used."""
    _model(aws, "hasty", "candidates/weak", [])
    variant = {"VariantName": "all", "ModelName": aws.name("hasty"), "InstanceType": "ml.m5.large"}
    aws.client("sagemaker").create_endpoint_config(
        EndpointConfigName=aws.name("hasty"), ProductionVariants=[{**variant, "InitialInstanceCount": 1}]
    )


def _put(aws, key, body):
    aws.client("s3").put_object(Bucket=aws.name("data"), Key=key, Body=body)


def _job(aws, suffix, code):
    aws.client("sagemaker").create_processing_job(
        ProcessingJobName=aws.name(suffix),
        RoleArn=aws.role_arn,
        AppSpecification={"ImageUri": IMAGE, "ContainerEntrypoint": ["python3", "-c", code]},
        ProcessingResources={"ClusterConfig": {"InstanceCount": 1, "InstanceType": "ml.m5.large", "VolumeSizeInGB": 5}},
        StoppingCondition={"MaxRuntimeInSeconds": 600},
    )
    aws.wait(
        "sagemaker",
        "describe_processing_job",
        lambda found: found["ProcessingJobStatus"] not in {"InProgress", "Stopping"},
        ProcessingJobName=aws.name(suffix),
    )


def _model(aws, suffix, prefix, tags):
    aws.client("sagemaker").create_model(
        ModelName=aws.name(suffix),
        ExecutionRoleArn=aws.role_arn,
        PrimaryContainer={
            "Image": IMAGE,
            "ModelDataUrl": f"s3://{aws.name('data')}/{prefix}/model.tar.gz",
            "Environment": {"SAGEMAKER_PROGRAM": "inference.py", "SAGEMAKER_SUBMIT_DIRECTORY": "/opt/ml/model/code"},
        },
        Tags=tags,
    )


def _risk(aws):
    runtime = aws.client("sagemaker-runtime")
    answer = runtime.invoke_endpoint(EndpointName=aws.name("live"), ContentType="text/csv", Body=PUMP)
    return float(answer["Body"].read())


def _report(aws, found):
    _put(aws, "reports/integration.json", json.dumps(found))
