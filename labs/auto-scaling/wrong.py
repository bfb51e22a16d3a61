SKLEARN = "683313688378.dkr.ecr.us-east-1.amazonaws.com/sagemaker-scikit-learn:1.2-1-cpu-py3"


def three_from_the_beginning(aws):
    """As many as may ever be needed."""
    sagemaker = aws.client("sagemaker")
    sagemaker.create_model(
        ModelName=aws.name("model"),
        ExecutionRoleArn=aws.role_arn,
        PrimaryContainer={
            "Image": SKLEARN,
            "ModelDataUrl": f"s3://{aws.name('data')}/models/model.tar.gz",
            "Environment": {"SAGEMAKER_PROGRAM": "inference.py", "SAGEMAKER_SUBMIT_DIRECTORY": "/opt/ml/model/code"},
        },
    )
    variant = {
        "VariantName": "AllTraffic",
        "ModelName": aws.name("model"),
        "InstanceType": "ml.m5.large",
        "InitialInstanceCount": 3,
    }
    sagemaker.create_endpoint_config(EndpointConfigName=aws.name("one"), ProductionVariants=[variant])


def no_room(aws):
    """From one to one."""
    aws.client("application-autoscaling").register_scalable_target(**_target(aws), MinCapacity=1, MaxCapacity=1)


def without_end(aws):
    """A hundred instances, if somebody asks often enough."""
    aws.client("application-autoscaling").register_scalable_target(**_target(aws), MinCapacity=1, MaxCapacity=100)


def hasty(aws):
    """In again after a second."""
    _track(aws, "invocations", ScaleInCooldown=1, ScaleOutCooldown=0)


def slow(aws):
    """Out again after ten minutes."""
    _track(aws, "invocations", ScaleInCooldown=600, ScaleOutCooldown=600)


def nothing_happened(aws):
    """One instance before, one after."""
    _put(aws, '{"requests": 150, "before": 1, "after": 1}')


def made_up(aws):
    """Requests that nobody sent."""
    _put(aws, '{"requests": 100000, "before": 1, "after": 3}')


def a_trickle(aws):
    """One request makes no rush."""
    _put(aws, '{"requests": 1, "before": 1, "after": 3}')


def each_hour(aws):
    """No working days."""
    _schedule(aws, "rate(1 hour)", {"MinCapacity": 2, "MaxCapacity": 3})


def each_hour_by_cron(aws):
    """A cron expression, and still no working days."""
    _schedule(aws, "cron(0 * * * ? *)", {"MinCapacity": 2, "MaxCapacity": 3})


def the_most_only(aws):
    """More would be allowed; nothing is ready."""
    _schedule(aws, "cron(45 5 ? * MON-FRI *)", {"MaxCapacity": 3})


def another_namespace(aws):
    """The figures of instances lie elsewhere."""
    metric = {"Namespace": "AWS/SageMaker", "MetricName": "CPUUtilization", "Statistic": "Average"}
    _track(aws, "processor", CustomizedMetricSpecification=metric)


def never_reached(aws):
    """Two processors say 200 at most."""
    dimensions = [{"Name": "EndpointName", "Value": aws.name("live")}, {"Name": "VariantName", "Value": "AllTraffic"}]
    metric = {"Namespace": "/aws/sagemaker/Endpoints", "MetricName": "CPUUtilization", "Statistic": "Average"}
    _track(aws, "processor", CustomizedMetricSpecification={**metric, "Dimensions": dimensions}, TargetValue=300.0)


def _target(aws):
    return {
        "ServiceNamespace": "sagemaker",
        "ResourceId": f"endpoint/{aws.name('live')}/variant/AllTraffic",
        "ScalableDimension": "sagemaker:variant:DesiredInstanceCount",
    }


def _track(aws, suffix, **changes):
    metric = {"PredefinedMetricType": "SageMakerVariantInvocationsPerInstance"}
    own = "CustomizedMetricSpecification" in changes
    aws.client("application-autoscaling").put_scaling_policy(
        **_target(aws),
        PolicyName=aws.name(suffix),
        PolicyType="TargetTrackingScaling",
        TargetTrackingScalingPolicyConfiguration={
            "TargetValue": 40.0,
            **({} if own else {"PredefinedMetricSpecification": metric}),
            **changes,
        },
    )


def _schedule(aws, schedule, action):
    aws.client("application-autoscaling").put_scheduled_action(
        **_target(aws),
        ScheduledActionName=aws.name("morning"),
        Schedule=schedule,
        ScalableTargetAction=action,
    )


def _put(aws, body):
    aws.client("s3").put_object(Bucket=aws.name("data"), Key="reports/rush.json", Body=body)
