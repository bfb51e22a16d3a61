SKLEARN = "683313688378.dkr.ecr.us-east-1.amazonaws.com/sagemaker-scikit-learn:1.2-1-cpu-py3"


def no_script(aws):
    """The container does not know what to do with weights.json."""
    _model(aws, {})


def on_an_instance(aws):
    """A server after all."""
    _config(aws, "serverless", {"InstanceType": "ml.m5.large", "InitialInstanceCount": 1})


def with_six_gigabytes(aws):
    """Paid for on every request."""
    _config(aws, "serverless", {"ServerlessConfig": {"MemorySizeInMB": 6144, "MaxConcurrency": 5}})


def a_few_pumps(aws):
    """Two risks."""
    _put(aws, "answers/serverless.csv", "0.1\n0.2\n")


def rounded_up(aws):
    """Every pump will fail."""
    _put(aws, "answers/serverless.csv", "1.0\n" * 400)


def without_a_queue(aws):
    """One more real-time endpoint."""
    _config(aws, "queued", {"InstanceType": "ml.m5.large", "InitialInstanceCount": 1})


def failures_go_nowhere(aws):
    """Results only."""
    output = {"OutputConfig": {"S3OutputPath": f"s3://{aws.name('data')}/results"}}
    instance = {"InstanceType": "ml.m5.large", "InitialInstanceCount": 1}
    _config(aws, "queued", instance, AsyncInferenceConfig=output)


def all_in_one_place(aws):
    """Whoever reads the results reads errors."""
    place = f"s3://{aws.name('data')}/results"
    output = {"OutputConfig": {"S3OutputPath": place, "S3FailurePath": place}}
    instance = {"InstanceType": "ml.m5.large", "InitialInstanceCount": 1}
    _config(aws, "queued", instance, AsyncInferenceConfig=output)


def the_input_again(aws):
    """The place of the request, not of the answer."""
    _put(aws, "reports/handed-in.json", f'{{"output": "s3://{aws.name("data")}/input/pumps.csv"}}')


def not_waited_for(aws):
    """A place where nothing lies yet."""
    _put(aws, "reports/handed-in.json", f'{{"output": "s3://{aws.name("data")}/results/none.out"}}')


def a_good_request(aws):
    """Nothing fails."""
    aws.client("sagemaker-runtime").invoke_endpoint_async(
        EndpointName=aws.name("queued"),
        InputLocation=f"s3://{aws.name('data')}/input/pumps.csv",
        ContentType="text/csv",
    )


def one_at_least(aws):
    """An instance that waits all night."""
    aws.client("application-autoscaling").register_scalable_target(**_target(aws), MinCapacity=1, MaxCapacity=2)


def by_invocations(aws):
    """A queue has no invocations while there is no instance."""
    _track(aws, PredefinedMetricSpecification={"PredefinedMetricType": "SageMakerVariantInvocationsPerInstance"})


def of_the_variant(aws):
    """The backlog is counted by endpoint: with a second dimension there are no figures."""
    metric = {
        "Namespace": "AWS/SageMaker",
        "MetricName": "ApproximateBacklogSizePerInstance",
        "Dimensions": [
            {"Name": "EndpointName", "Value": aws.name("queued")},
            {"Name": "VariantName", "Value": "AllTraffic"},
        ],
        "Statistic": "Average",
    }
    _track(aws, CustomizedMetricSpecification=metric)


def _track(aws, **metric):
    scaling = aws.client("application-autoscaling")
    scaling.register_scalable_target(**_target(aws), MinCapacity=0, MaxCapacity=2)
    scaling.put_scaling_policy(
        **_target(aws),
        PolicyName=aws.name("backlog"),
        PolicyType="TargetTrackingScaling",
        TargetTrackingScalingPolicyConfiguration={"TargetValue": 5.0, **metric},
    )


def _target(aws):
    return {
        "ServiceNamespace": "sagemaker",
        "ResourceId": f"endpoint/{aws.name('queued')}/variant/AllTraffic",
        "ScalableDimension": "sagemaker:variant:DesiredInstanceCount",
    }


def _model(aws, environment):
    aws.client("sagemaker").create_model(
        ModelName=aws.name("model"),
        ExecutionRoleArn=aws.role_arn,
        PrimaryContainer={
            "Image": SKLEARN,
            "ModelDataUrl": f"s3://{aws.name('data')}/models/model.tar.gz",
            "Environment": environment,
        },
    )


def _config(aws, suffix, capacity, **more):
    variant = {"VariantName": "AllTraffic", "ModelName": aws.name("model"), **capacity}
    aws.client("sagemaker").create_endpoint_config(
        EndpointConfigName=aws.name(suffix), ProductionVariants=[variant], **more
    )


def _put(aws, key, body):
    aws.client("s3").put_object(Bucket=aws.name("data"), Key=key, Body=body)
