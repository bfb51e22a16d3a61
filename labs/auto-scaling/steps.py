import json
from datetime import timedelta

from mlacoach.labs import Shown

IMAGE = "683313688378.dkr.ecr.us-east-1.amazonaws.com/sagemaker-scikit-learn:1.2-1-cpu-py3"
DIMENSION = "sagemaker:variant:DesiredInstanceCount"
PUMP = "62.0,3.2,5.0,900.0,65.0"
REQUESTS = 150


def put_it_live(aws):
    """One instance: enough for a quiet night."""
    sagemaker = aws.client("sagemaker")
    sagemaker.create_model(
        ModelName=aws.name("model"),
        ExecutionRoleArn=aws.role_arn,
        PrimaryContainer={
            "Image": IMAGE,
            "ModelDataUrl": f"s3://{aws.name('data')}/models/model.tar.gz",
            "Environment": {"SAGEMAKER_PROGRAM": "inference.py", "SAGEMAKER_SUBMIT_DIRECTORY": "/opt/ml/model/code"},
        },
    )
    variant = {
        "VariantName": "AllTraffic",
        "ModelName": aws.name("model"),
        "InstanceType": "ml.m5.large",
        "InitialInstanceCount": 1,
    }
    sagemaker.create_endpoint_config(EndpointConfigName=aws.name("one"), ProductionVariants=[variant])
    sagemaker.create_endpoint(EndpointName=aws.name("live"), EndpointConfigName=aws.name("one"))
    sagemaker.get_waiter("endpoint_in_service").wait(EndpointName=aws.name("live"))


def say_how_far(aws):
    """What may change is the number of instances of a variant, between one and three."""
    aws.client("application-autoscaling").register_scalable_target(**_target(aws), MinCapacity=1, MaxCapacity=3)


def follow_the_load(aws):
    """As many instances as keep each at forty requests a minute; out at once, in only after five quiet minutes."""
    aws.client("application-autoscaling").put_scaling_policy(
        **_target(aws),
        PolicyName=aws.name("invocations"),
        PolicyType="TargetTrackingScaling",
        TargetTrackingScalingPolicyConfiguration={
            "TargetValue": 40.0,
            "PredefinedMetricSpecification": {"PredefinedMetricType": "SageMakerVariantInvocationsPerInstance"},
            "ScaleOutCooldown": 0,
            "ScaleInCooldown": 300,
        },
    )


def make_a_rush(aws):
    """More than one instance should bear; on AWS three minutes of it are needed before the alarm rings."""
    runtime, before = aws.client("sagemaker-runtime"), _instances(aws)
    for _ in range(REQUESTS):
        runtime.invoke_endpoint(EndpointName=aws.name("live"), ContentType="text/csv", Body=PUMP)
    found = aws.wait(
        "sagemaker",
        "describe_endpoint",
        lambda endpoint: endpoint["ProductionVariants"][0]["CurrentInstanceCount"] > before,
        EndpointName=aws.name("live"),
    )
    _wait_for_cloudwatch(aws)
    after = found["ProductionVariants"][0]["CurrentInstanceCount"]
    report = {"requests": REQUESTS, "before": before, "after": after}
    aws.client("s3").put_object(Bucket=aws.name("data"), Key="reports/rush.json", Body=json.dumps(report))
    return Shown(bars={"before": before, "after": after}, measure="instances behind the endpoint")


def be_ready_in_the_morning(aws):
    """Target tracking follows; what is known beforehand is scheduled: two instances when the shift begins."""
    aws.client("application-autoscaling").put_scheduled_action(
        **_target(aws),
        ScheduledActionName=aws.name("morning"),
        Schedule="cron(45 5 ? * MON-FRI *)",
        Timezone="Europe/Berlin",
        ScalableTargetAction={"MinCapacity": 2, "MaxCapacity": 3},
    )


def mind_the_processor(aws):
    """Two busy processors say 200, so 120 is sixty per cent; of two policies the one that wants most instances wins."""
    aws.client("application-autoscaling").put_scaling_policy(
        **_target(aws),
        PolicyName=aws.name("processor"),
        PolicyType="TargetTrackingScaling",
        TargetTrackingScalingPolicyConfiguration={
            "TargetValue": 120.0,
            "CustomizedMetricSpecification": {
                "Namespace": "/aws/sagemaker/Endpoints",
                "MetricName": "CPUUtilization",
                "Dimensions": [
                    {"Name": "EndpointName", "Value": aws.name("live")},
                    {"Name": "VariantName", "Value": "AllTraffic"},
                ],
                "Statistic": "Average",
            },
            "ScaleOutCooldown": 60,
            "ScaleInCooldown": 300,
        },
    )


def _target(aws):
    return {
        "ServiceNamespace": "sagemaker",
        "ResourceId": f"endpoint/{aws.name('live')}/variant/AllTraffic",
        "ScalableDimension": DIMENSION,
    }


def _instances(aws):
    found = aws.client("sagemaker").describe_endpoint(EndpointName=aws.name("live"))
    return found["ProductionVariants"][0]["CurrentInstanceCount"]


def _wait_for_cloudwatch(aws):
    """CloudWatch counts the requests; on AWS it knows them a minute later."""
    began = aws.client("sagemaker").describe_endpoint(EndpointName=aws.name("live"))["CreationTime"]
    aws.wait(
        "cloudwatch",
        "get_metric_statistics",
        lambda answer: sum(point["Sum"] for point in answer["Datapoints"]) >= REQUESTS,
        Namespace="AWS/SageMaker",
        MetricName="Invocations",
        Dimensions=[
            {"Name": "EndpointName", "Value": aws.name("live")},
            {"Name": "VariantName", "Value": "AllTraffic"},
        ],
        StartTime=began,
        EndTime=began + timedelta(days=1),
        Period=86400,
        Statistics=["Sum"],
    )
