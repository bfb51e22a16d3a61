from mlacoach.labs import NotYet, proofs

TOLERANCE = 0.002


def make_one_model_of_many(aws):
    """One model stands for all archives under a prefix."""
    found = proofs.model(aws, "sites")
    container = found.get("PrimaryContainer") or (found.get("Containers") or [{}])[0]
    if container.get("Mode") != "MultiModel":
        raise NotYet("The model is a single one.", hint='"Mode": "MultiModel"')
    if container.get("ModelDataUrl") != f"s3://{aws.name('data')}/models/":
        raise NotYet(f"Its data is {container.get('ModelDataUrl')}.", hint=f"s3://{aws.name('data')}/models/")
    if container.get("Environment", {}).get("SAGEMAKER_PROGRAM") != "inference.py":
        raise NotYet("It does not say which script answers.", hint="SAGEMAKER_PROGRAM: inference.py")


def put_them_live(aws):
    """One endpoint serves them all."""
    variants = proofs.config(aws, "sites")["ProductionVariants"]
    if [variant.get("ModelName") for variant in variants] != [aws.name("sites")]:
        raise NotYet("The configuration does not serve the model of all sites.", hint=f"ModelName={aws.name('sites')}")
    proofs.endpoint(aws, "sites")


def ask_each_site(aws):
    """The mean risk at each of the three sites is written down."""
    _must_say(aws, "reports/sites.json", ("north", "south", "east"))


def open_a_new_site(aws):
    """A fourth model answers, and nobody deployed anything."""
    _must_be_copied(aws, "west")
    _must_say(aws, "reports/west.json", ("west",))


def renew_a_model(aws):
    """The new version answers under a name of its own, the old one under the old name."""
    _must_be_copied(aws, "north-2")
    _must_say(aws, "reports/north.json", ("north", "north-2"))


def watch_the_cache(aws):
    """An alarm rings when too many requests wait for a model to be loaded."""
    found = aws.find("cloudwatch", "describe_alarms", AlarmNames=[aws.name("misses")])["MetricAlarms"]
    if not found:
        raise NotYet(f"There is no alarm {aws.name('misses')}.", hint="cloudwatch.put_metric_alarm(…)")
    alarm = found[0]
    if (alarm.get("Namespace"), alarm.get("MetricName")) != ("AWS/SageMaker", "ModelCacheHit"):
        raise NotYet(f"It watches {alarm.get('Namespace')} {alarm.get('MetricName')}.", hint="ModelCacheHit")
    variant = proofs.config(aws, "sites")["ProductionVariants"][0]["VariantName"]
    dimensions = {each["Name"]: each["Value"] for each in alarm["Dimensions"]}
    if dimensions != {"EndpointName": aws.name("sites"), "VariantName": variant}:
        raise NotYet(f"Its dimensions are {dimensions}: no such figures come.", hint="EndpointName and VariantName")
    if "LessThan" not in alarm["ComparisonOperator"] or alarm.get("Statistic") != "Average":
        raise NotYet("It rings when the models are loaded.", hint="Average, LessThanThreshold")
    if not 0 < alarm["Threshold"] < 1:
        raise NotYet(f"The threshold is {alarm['Threshold']:g}, no share of the requests.", hint="0.8")


def _must_say(aws, key, sites):
    proofs.endpoint(aws, "sites")
    report, pumps = proofs.report(aws, key), proofs.text(aws, "input/pumps.csv")
    for site in sites:
        value = proofs.number(report, site, key)
        risks = [float(risk) for risk in proofs.ask(aws, "sites", pumps, TargetModel=f"{site}.tar.gz").split()]
        if abs(value - sum(risks) / len(risks)) > TOLERANCE:
            raise NotYet(f"{key} says {site} {value:g}; it is {sum(risks) / len(risks):.4f}.", hint="TargetModel")


def _must_be_copied(aws, name):
    bodies = []
    for key in (f"incoming/{name}.tar.gz", f"models/{name}.tar.gz"):
        found = aws.find("s3", "get_object", Bucket=aws.name("data"), Key=key)
        if found is None:
            raise NotYet(f"There is no {key}.", hint="s3.copy_object(…)")
        bodies.append(found["Body"].read())
    if bodies[0] != bodies[1]:
        raise NotYet(f"models/{name}.tar.gz is not what came in.", hint=f"Copy incoming/{name}.tar.gz.")
    _must_be_as_before(aws)


def _must_be_as_before(aws):
    """An archive that is overwritten goes unnoticed by instances that have loaded it."""
    found = aws.find("s3", "list_objects_v2", Bucket=aws.name("data"), Prefix="models/") or {}
    tags = [item["ETag"] for item in found.get("Contents", ())]
    if len(tags) != len(set(tags)):
        raise NotYet("One archive lies there under two names.", hint="Don't overwrite what is served: add.")
