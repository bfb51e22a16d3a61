import json

from mlacoach.labs import Shown

IMAGE = "683313688378.dkr.ecr.us-east-1.amazonaws.com/sagemaker-scikit-learn:1.2-1-cpu-py3"
DIMENSION = "sagemaker:variant:DesiredInstanceCount"


def make_the_model(aws):
    """One model for both kinds of endpoint."""
    aws.client("sagemaker").create_model(
        ModelName=aws.name("model"),
        ExecutionRoleArn=aws.role_arn,
        PrimaryContainer={
            "Image": IMAGE,
            "ModelDataUrl": f"s3://{aws.name('data')}/models/model.tar.gz",
            "Environment": {"SAGEMAKER_PROGRAM": "inference.py", "SAGEMAKER_SUBMIT_DIRECTORY": "/opt/ml/model/code"},
        },
    )


def go_without_a_server(aws):
    """No instance: so much memory for each request, and so many requests at a time."""
    sagemaker = aws.client("sagemaker")
    variant = {
        "VariantName": "AllTraffic",
        "ModelName": aws.name("model"),
        "ServerlessConfig": {"MemorySizeInMB": 2048, "MaxConcurrency": 5},
    }
    sagemaker.create_endpoint_config(EndpointConfigName=aws.name("serverless"), ProductionVariants=[variant])
    sagemaker.create_endpoint(EndpointName=aws.name("serverless"), EndpointConfigName=aws.name("serverless"))
    sagemaker.get_waiter("endpoint_in_service").wait(EndpointName=aws.name("serverless"))


def ask_now_and_then(aws):
    """The request is that of any real-time endpoint; only the first after a pause waits for a cold start."""
    s3, bucket = aws.client("s3"), aws.name("data")
    pumps = s3.get_object(Bucket=bucket, Key="input/pumps.csv")["Body"].read()
    answer = aws.client("sagemaker-runtime").invoke_endpoint(
        EndpointName=aws.name("serverless"), ContentType="text/csv", Accept="text/csv", Body=pumps
    )
    s3.put_object(Bucket=bucket, Key="answers/serverless.csv", Body=answer["Body"].read())


def put_a_queue_before_it(aws):
    """Asynchronous: the request names an object in S3, the answer comes into another, failures into a third place."""
    sagemaker, data = aws.client("sagemaker"), f"s3://{aws.name('data')}"
    variant = {
        "VariantName": "AllTraffic",
        "ModelName": aws.name("model"),
        "InstanceType": "ml.m5.large",
        "InitialInstanceCount": 1,
    }
    sagemaker.create_endpoint_config(
        EndpointConfigName=aws.name("queued"),
        ProductionVariants=[variant],
        AsyncInferenceConfig={
            "OutputConfig": {"S3OutputPath": f"{data}/results", "S3FailurePath": f"{data}/failures"},
            "ClientConfig": {"MaxConcurrentInvocationsPerInstance": 2},
        },
    )
    sagemaker.create_endpoint(EndpointName=aws.name("queued"), EndpointConfigName=aws.name("queued"))
    sagemaker.get_waiter("endpoint_in_service").wait(EndpointName=aws.name("queued"))


def hand_in_the_whole_fleet(aws):
    """The answer to the request is a place; what will lie there comes when it is ready."""
    s3, bucket = aws.client("s3"), aws.name("data")
    answer = aws.client("sagemaker-runtime").invoke_endpoint_async(
        EndpointName=aws.name("queued"),
        InputLocation=f"s3://{bucket}/input/pumps.csv",
        ContentType="text/csv",
        Accept="text/csv",
    )
    key = answer["OutputLocation"].split("/", 3)[3]
    aws.wait("s3", "head_object", lambda found: found["ContentLength"] > 0, Bucket=bucket, Key=key)
    report = {"output": answer["OutputLocation"], "failure": answer["FailureLocation"]}
    s3.put_object(Bucket=bucket, Key="reports/handed-in.json", Body=json.dumps(report))
    return Shown(columns=("what", "where"), rows=list(report.items()))


def see_where_failures_go(aws):
    """Three values instead of five: the container answers with an error, and it is kept for whoever looks."""
    s3, bucket = aws.client("s3"), aws.name("data")
    s3.put_object(Bucket=bucket, Key="input/broken.csv", Body="62.1,3.4,5.0\n")
    answer = aws.client("sagemaker-runtime").invoke_endpoint_async(
        EndpointName=aws.name("queued"), InputLocation=f"s3://{bucket}/input/broken.csv", ContentType="text/csv"
    )
    key = answer["FailureLocation"].split("/", 3)[3]
    aws.wait("s3", "head_object", lambda found: found["ContentLength"] > 0, Bucket=bucket, Key=key)


def fall_to_nothing(aws):
    """Nobody waits at night, so no instance is needed; the length of the queue brings them back."""
    scaling = aws.client("application-autoscaling")
    target = {
        "ServiceNamespace": "sagemaker",
        "ResourceId": f"endpoint/{aws.name('queued')}/variant/AllTraffic",
        "ScalableDimension": DIMENSION,
    }
    scaling.register_scalable_target(**target, MinCapacity=0, MaxCapacity=2)
    scaling.put_scaling_policy(
        **target,
        PolicyName=aws.name("backlog"),
        PolicyType="TargetTrackingScaling",
        TargetTrackingScalingPolicyConfiguration={
            "TargetValue": 5.0,
            "CustomizedMetricSpecification": {
                "Namespace": "AWS/SageMaker",
                "MetricName": "ApproximateBacklogSizePerInstance",
                "Dimensions": [{"Name": "EndpointName", "Value": aws.name("queued")}],
                "Statistic": "Average",
            },
            "ScaleInCooldown": 600,
            "ScaleOutCooldown": 300,
        },
    )
