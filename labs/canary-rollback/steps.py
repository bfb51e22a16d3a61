import json

from mlacoach.labs import Shown

IMAGE = "683313688378.dkr.ecr.us-east-1.amazonaws.com/sagemaker-scikit-learn:1.2-1-cpu-py3"
PUMP = "62.0,3.2,5.0,900.0,65.0"


def put_the_good_model_live(aws):
    """Two instances, so that a new fleet can get its traffic by parts."""
    sagemaker = aws.client("sagemaker")
    _model_and_config(aws, "good")
    sagemaker.create_endpoint(EndpointName=aws.name("live"), EndpointConfigName=aws.name("good"))
    sagemaker.get_waiter("endpoint_in_service").wait(EndpointName=aws.name("live"))


def ring_on_errors(aws):
    """One answer with a 5xx within a minute is enough; silence is no alarm."""
    aws.client("cloudwatch").put_metric_alarm(
        AlarmName=aws.name("errors"),
        Namespace="AWS/SageMaker",
        MetricName="Invocation5XXErrors",
        Dimensions=[
            {"Name": "EndpointName", "Value": aws.name("live")},
            {"Name": "VariantName", "Value": "AllTraffic"},
        ],
        Statistic="Sum",
        Period=60,
        EvaluationPeriods=1,
        Threshold=0,
        ComparisonOperator="GreaterThanThreshold",
        TreatMissingData="notBreaching",
    )


def prepare_the_candidates(aws):
    """A model that is broken and one that is better: nobody knows yet which is which."""
    for suffix in ("broken", "better"):
        _model_and_config(aws, suffix)


def send_a_canary_that_dies(aws):
    """Half of the traffic meets the broken model; the alarm rings, and SageMaker AI takes it all back."""
    sagemaker, cloudwatch = aws.client("sagemaker"), aws.client("cloudwatch")
    cloudwatch.set_alarm_state(AlarmName=aws.name("errors"), StateValue="OK", StateReason="before the update")
    sagemaker.update_endpoint(
        EndpointName=aws.name("live"), EndpointConfigName=aws.name("broken"), DeploymentConfig=_canary(aws)
    )
    failed = _ask_until_it_fails(aws)
    # The alarm sees the errors itself, on AWS within a minute or two; to ring it by hand saves the wait.
    cloudwatch.set_alarm_state(AlarmName=aws.name("errors"), StateValue="ALARM", StateReason="errors were seen")
    found = aws.wait(
        "sagemaker",
        "describe_endpoint",
        lambda endpoint: endpoint["EndpointStatus"] not in ("Updating", "RollingBack"),
        EndpointName=aws.name("live"),
    )
    report = {
        "failed_requests": failed,
        "config": found["EndpointConfigName"],
        "reason": found.get("FailureReason", ""),
    }
    aws.client("s3").put_object(Bucket=aws.name("data"), Key="reports/rollback.json", Body=json.dumps(report))
    return Shown(text=report["reason"])


def roll_out_the_better_one(aws):
    """The same canary, and this time nothing rings: after the baking time the whole fleet is exchanged."""
    sagemaker, live = aws.client("sagemaker"), {"EndpointName": aws.name("live")}
    for _ in range(3):
        aws.client("cloudwatch").set_alarm_state(
            AlarmName=aws.name("errors"), StateValue="OK", StateReason="the broken model is gone"
        )
        sagemaker.update_endpoint(**live, EndpointConfigName=aws.name("better"), DeploymentConfig=_canary(aws))
        sagemaker.get_waiter("endpoint_in_service").wait(**live)
        found = sagemaker.describe_endpoint(**live)
        # Taken back to a fleet that had come all at once, it stands on the same configuration.
        if found["EndpointConfigName"] == aws.name("better") and "LastDeploymentConfig" in found:
            return
        # The errors of a moment ago came to the alarm only now, and it took this one back as well: once more.


def write_down_the_way_back(aws):
    """By hand the way back is one call: an update to the configuration that was good, all at once."""
    lines = [
        "When the better model misbehaves after the deployment is over, no alarm takes it back. Then:",
        f"aws sagemaker update-endpoint --endpoint-name {aws.name('live')} --endpoint-config-name {aws.name('good')}",
    ]
    aws.client("s3").put_object(Bucket=aws.name("data"), Key="reports/runbook.md", Body="\n".join(lines))


def _model_and_config(aws, suffix):
    sagemaker = aws.client("sagemaker")
    sagemaker.create_model(
        ModelName=aws.name(suffix),
        ExecutionRoleArn=aws.role_arn,
        PrimaryContainer={
            "Image": IMAGE,
            "ModelDataUrl": f"s3://{aws.name('data')}/models/{suffix}.tar.gz",
            "Environment": {"SAGEMAKER_PROGRAM": "inference.py", "SAGEMAKER_SUBMIT_DIRECTORY": "/opt/ml/model/code"},
        },
    )
    variant = {
        "VariantName": "AllTraffic",
        "ModelName": aws.name(suffix),
        "InstanceType": "ml.m5.large",
        "InitialInstanceCount": 2,
    }
    sagemaker.create_endpoint_config(EndpointConfigName=aws.name(suffix), ProductionVariants=[variant])


def _canary(aws):
    """One of two instances first, five minutes of baking, and an alarm that takes it back."""
    return {
        "BlueGreenUpdatePolicy": {
            "TrafficRoutingConfiguration": {
                "Type": "CANARY",
                "CanarySize": {"Type": "INSTANCE_COUNT", "Value": 1},
                "WaitIntervalInSeconds": 300,
            },
            "TerminationWaitInSeconds": 0,
            "MaximumExecutionTimeoutInSeconds": 1800,
        },
        "AutoRollbackConfiguration": {"Alarms": [{"AlarmName": aws.name("errors")}]},
    }


def _ask_until_it_fails(aws):
    """The control room goes on asking; the first error of the broken model, or none while the update lasts."""
    runtime = aws.client("sagemaker-runtime")
    while aws.find("sagemaker", "describe_endpoint", EndpointName=aws.name("live"))["EndpointStatus"] == "Updating":
        try:
            runtime.invoke_endpoint(EndpointName=aws.name("live"), ContentType="text/csv", Body=PUMP)
        except runtime.exceptions.ModelError:
            return 1
    return 0
