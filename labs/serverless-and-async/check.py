from mlacoach.labs import NotYet, proofs

TOLERANCE = 0.006
BACKLOGS = ("AWS/SageMaker ApproximateBacklogSizePerInstance", "AWS/SageMaker ApproximateBacklogSize")


def make_the_model(aws):
    """The archive, its script and an image that can serve them are one model."""
    proofs.serving_model(aws, "model", "model")


def go_without_a_server(aws):
    """An endpoint answers without an instance."""
    variant = _variant(aws, "serverless")
    if "ServerlessConfig" not in variant:
        raise NotYet(f"It runs on {variant.get('InstanceType')}.", hint="ServerlessConfig")
    if variant["ServerlessConfig"]["MemorySizeInMB"] > 4096:
        raise NotYet("It has more memory than this small model needs.", hint="1024 to 6144 MB, in steps of 1024")
    _in_service(aws, "serverless")


def ask_now_and_then(aws):
    """The risk of every pump is written down, as the serverless endpoint says it."""
    _in_service(aws, "serverless")
    _must_be_risks(aws, "answers/serverless.csv")


def put_a_queue_before_it(aws):
    """Another endpoint takes requests into a queue, and writes results and failures into S3."""
    found = proofs.config(aws, "queued")
    output = (found.get("AsyncInferenceConfig") or {}).get("OutputConfig")
    if output is None:
        raise NotYet("It answers at once: there is no queue.", hint="AsyncInferenceConfig")
    places = [output.get(name, "") for name in ("S3OutputPath", "S3FailurePath")]
    if not all(place.startswith(f"s3://{aws.name('data')}/") for place in places):
        raise NotYet("Results or failures don't go into the lab's bucket.", hint="S3OutputPath and S3FailurePath")
    if len({place.rstrip("/") for place in places}) == 1:
        raise NotYet("Failures come among the results.", hint="Another prefix for S3FailurePath")
    _in_service(aws, "queued")


def hand_in_the_whole_fleet(aws):
    """All pumps were handed in as one object, and their risks came into S3."""
    proofs.config(aws, "queued")
    place = str(proofs.report(aws, "reports/handed-in.json").get("output"))
    wanted = proofs.config(aws, "queued")["AsyncInferenceConfig"]["OutputConfig"]["S3OutputPath"]
    if not place.startswith(f"{wanted.rstrip('/')}/"):
        raise NotYet(f"{place} is no place where the endpoint writes results.", hint="OutputLocation of the answer")
    _must_be_risks(aws, place.split("/", 3)[3])


def see_where_failures_go(aws):
    """A request that can't be answered has left its error in S3."""
    found = proofs.config(aws, "queued").get("AsyncInferenceConfig") or {}
    path = found.get("OutputConfig", {}).get("S3FailurePath", "").rstrip("/").split("/", 3)[-1]
    listed = aws.find("s3", "list_objects_v2", Bucket=aws.name("data"), Prefix=f"{path}/") or {}
    if not listed.get("Contents"):
        raise NotYet(f"Nothing has failed into {path}/.", hint="Hand in a line with three values.")


def fall_to_nothing(aws):
    """Where nobody waits, no instance runs; the queue brings them back."""
    variant = _variant(aws, "queued")["VariantName"]
    which = {"ServiceNamespace": "sagemaker"}
    resource = f"endpoint/{aws.name('queued')}/variant/{variant}"
    found = aws.find("application-autoscaling", "describe_scalable_targets", **which, ResourceIds=[resource])
    targets = found["ScalableTargets"] if found else []
    if not targets:
        raise NotYet(f"{resource} is no scalable target.", hint="register_scalable_target(…)")
    if targets[0]["MinCapacity"] != 0 or not 1 <= targets[0]["MaxCapacity"] <= 4:
        bounds = f"{targets[0]['MinCapacity']} to {targets[0]['MaxCapacity']}"
        raise NotYet(f"It may have {bounds} instances.", hint="None to two")
    policies = aws.find("application-autoscaling", "describe_scaling_policies", **which, ResourceId=resource)
    metrics = [_metric(policy) for policy in policies["ScalingPolicies"]]
    backlogs = [dimensions for name, dimensions in metrics if name in BACKLOGS]
    if not backlogs:
        said = ", ".join(name for name, _ in metrics) or "nothing"
        raise NotYet(f"The policies follow {said}.", hint="ApproximateBacklogSizePerInstance")
    if {"EndpointName": aws.name("queued")} not in backlogs:
        raise NotYet(f"Its dimensions are {backlogs[0]}: no such figures come.", hint="EndpointName alone")


def _variant(aws, suffix):
    variant = proofs.config(aws, suffix)["ProductionVariants"][0]
    if variant.get("ModelName") != aws.name("model"):
        raise NotYet(f"{suffix} serves {variant.get('ModelName')}.", hint=f"ModelName={aws.name('model')}")
    return variant


def _in_service(aws, suffix):
    found = proofs.endpoint(aws, suffix, may_scale=suffix == "queued")
    if found["EndpointConfigName"] != aws.name(suffix):
        raise NotYet(f"It stands on {found['EndpointConfigName']}.", hint=f"EndpointConfigName={aws.name(suffix)}")


def _must_be_risks(aws, key):
    risks = [row[0] for row in proofs.table(aws, key, 1)]
    truth = [float(line) for line in proofs.ask(aws, "serverless", proofs.text(aws, "input/pumps.csv")).split()]
    if len(risks) != len(truth):
        raise NotYet(f"{key} has {len(risks)} risks for {len(truth)} pumps.", hint="One line per pump")
    if any(abs(one - other) > TOLERANCE for one, other in zip(risks, truth, strict=True)):
        raise NotYet(f"{key} is not what the model says.", hint="Keep the order of the pumps.")


def _metric(policy):
    """Namespace and name of what a policy follows, and its dimensions."""
    config = policy.get("TargetTrackingScalingPolicyConfiguration", {})
    found = config.get("CustomizedMetricSpecification", {})
    predefined = config.get("PredefinedMetricSpecification", {}).get("PredefinedMetricType", "another metric")
    name = f"{found['Namespace']} {found['MetricName']}" if "MetricName" in found else predefined
    return name, {each["Name"]: each["Value"] for each in found.get("Dimensions", ())}
