from datetime import timedelta

from mlacoach.labs import NotYet, proofs

MOST = 4
TARGETS = (1, 600)
SLOW_IN = 300
SLOW_OUT = 60
LEAST_RUSH = 40
WORKING_DAYS = ("MON-FRI", "2-6", "MON,TUE,WED,THU,FRI", "2,3,4,5,6")
# What an ml.m5.large, which has two processors, says when it can't do more.
BUSY = {"CPUUtilization": 200, "CPUUtilizationNormalized": 100}


def put_it_live(aws):
    """The endpoint answers."""
    proofs.serving_model(aws, "model", "model")
    if proofs.config(aws, "one")["ProductionVariants"][0].get("InitialInstanceCount") != 1:
        raise NotYet("It does not begin with one instance.", hint="InitialInstanceCount: 1")
    proofs.endpoint(aws, "live", may_scale=True)


def say_how_far(aws):
    """The number of instances may change, within bounds."""
    target = _registered(aws)
    if target["MinCapacity"] < 1:
        raise NotYet("It may fall to no instance.", hint="A real-time variant needs one: MinCapacity=1")
    if not target["MinCapacity"] < target["MaxCapacity"] <= MOST:
        raise NotYet(f"It may grow to {target['MaxCapacity']} instances.", hint=f"More than one, {MOST} at most")


def follow_the_load(aws):
    """A policy follows the requests that each instance gets: quickly out, slowly in."""
    policy = _tracking(aws, lambda found: "PredefinedMetricSpecification" in found)
    metric = policy["PredefinedMetricSpecification"]["PredefinedMetricType"]
    if metric != "SageMakerVariantInvocationsPerInstance":
        raise NotYet(f"It follows {metric}.", hint="SageMakerVariantInvocationsPerInstance")
    if not TARGETS[0] <= policy["TargetValue"] <= TARGETS[1]:
        raise NotYet(f"The target is {policy['TargetValue']:g}.", hint="Requests per instance and minute: forty, say")
    if policy.get("ScaleInCooldown", SLOW_IN) < SLOW_IN or policy.get("DisableScaleIn"):
        raise NotYet("It scales in too hastily, or never.", hint=f"ScaleInCooldown: {SLOW_IN} seconds at least")
    if policy.get("ScaleOutCooldown", SLOW_IN) > SLOW_OUT:
        raise NotYet("It waits too long before it scales out again.", hint=f"ScaleOutCooldown: {SLOW_OUT} at most")


def make_a_rush(aws):
    """More requests came than one instance should bear, and more instances with them."""
    _registered(aws)
    report = proofs.report(aws, "reports/rush.json")
    requests, before, after = (
        proofs.number(report, name, "reports/rush.json") for name in ("requests", "before", "after")
    )
    if requests <= LEAST_RUSH:
        raise NotYet(f"{requests:g} requests are no rush.", hint="More than one instance should bear in a minute.")
    if after <= before:
        raise NotYet(f"There were {before:g} instances before and {after:g} after.", hint="Ask more, or wait longer.")
    if _invocations(aws) < requests:
        raise NotYet(f"The report says {requests:g} requests; CloudWatch {_invocations(aws):g}.", hint="Really ask.")


def be_ready_in_the_morning(aws):
    """A schedule raises the least number of instances before the work begins."""
    _registered(aws)
    found = aws.find(
        "application-autoscaling",
        "describe_scheduled_actions",
        ServiceNamespace="sagemaker",
        ResourceId=_resource(aws),
    ) or {"ScheduledActions": []}
    if not found["ScheduledActions"]:
        raise NotYet("There is no scheduled action.", hint="put_scheduled_action(…)")
    # Another one may set it back in the evening.
    raising = [each for each in found["ScheduledActions"] if _least(each) > 1]
    if not raising:
        raise NotYet("It does not raise the least number of instances.", hint='ScalableTargetAction: "MinCapacity": 2')
    if not any(_is_on_working_mornings(each["Schedule"]) for each in raising):
        raise NotYet(
            f"The schedule is {raising[0]['Schedule']}: not each working day at 5:45.",
            hint="cron(minutes hours day-of-month month day-of-week year)",
        )


def mind_the_processor(aws):
    """A second policy follows how busy the processor is."""
    policy = _tracking(aws, lambda found: "CustomizedMetricSpecification" in found)
    metric = policy["CustomizedMetricSpecification"]
    said = f"{metric.get('Namespace')} {metric.get('MetricName')}"
    if metric.get("Namespace") != "/aws/sagemaker/Endpoints" or metric.get("MetricName") not in BUSY:
        raise NotYet(f"It follows {said}.", hint="/aws/sagemaker/Endpoints CPUUtilization")
    dimensions = {each["Name"]: each["Value"] for each in metric.get("Dimensions", ())}
    if dimensions.get("EndpointName") != aws.name("live") or "VariantName" not in dimensions:
        raise NotYet(f"Its dimensions are {dimensions}: no such figures come.", hint="EndpointName and VariantName")
    most = BUSY[metric["MetricName"]]
    if not 0.1 * most <= policy["TargetValue"] <= 0.9 * most:
        raise NotYet(
            f"The target is {policy['TargetValue']:g} of {most}.",
            hint="Sixty per cent leaves room for what comes next.",
        )


def _least(action):
    return action.get("ScalableTargetAction", {}).get("MinCapacity", 0)


def _is_on_working_mornings(schedule):
    fields = schedule.removeprefix("cron(").removesuffix(")").split()
    return len(fields) == 6 and fields[:2] == ["45", "5"] and fields[4].upper() in WORKING_DAYS


def _resource(aws):
    found = aws.find("sagemaker", "describe_endpoint_config", EndpointConfigName=aws.name("one"))
    variant = found["ProductionVariants"][0]["VariantName"] if found else "AllTraffic"
    return f"endpoint/{aws.name('live')}/variant/{variant}"


def _registered(aws):
    found = aws.find(
        "application-autoscaling",
        "describe_scalable_targets",
        ServiceNamespace="sagemaker",
        ResourceIds=[_resource(aws)],
    ) or {"ScalableTargets": []}
    if not found["ScalableTargets"]:
        raise NotYet(f"{_resource(aws)} is no scalable target.", hint="register_scalable_target(…)")
    return found["ScalableTargets"][0]


def _tracking(aws, fits):
    _registered(aws)
    found = aws.find(
        "application-autoscaling",
        "describe_scaling_policies",
        ServiceNamespace="sagemaker",
        ResourceId=_resource(aws),
    ) or {"ScalingPolicies": []}
    configs = [each.get("TargetTrackingScalingPolicyConfiguration") or {} for each in found["ScalingPolicies"]]
    fitting = [config for config in configs if fits(config)]
    if not fitting:
        raise NotYet(f"None of the {len(configs)} policies tracks such a metric.", hint="put_scaling_policy(…)")
    return fitting[0]


def _invocations(aws):
    began = proofs.endpoint(aws, "live", may_scale=True)["CreationTime"]
    found = aws.find(
        "cloudwatch",
        "get_metric_statistics",
        Namespace="AWS/SageMaker",
        MetricName="Invocations",
        Dimensions=[
            {"Name": "EndpointName", "Value": aws.name("live")},
            {"Name": "VariantName", "Value": _resource(aws).rpartition("/")[2]},
        ],
        StartTime=began,
        EndTime=began + timedelta(days=1),
        Period=86400,
        Statistics=["Sum"],
    )
    return sum(point["Sum"] for point in found["Datapoints"])
