import json

from mlacoach.labs import NotYet, flats, proofs

PARTS = ("train", "validation", "test")
LEAST_TRIALS = 3
BEGIN_OF_VALIDATION = "2026-07-01"
EUROS = 0.02


def provision(aws):
    """A stack has made the bucket, encrypted with AWS KMS, and a role that SageMaker AI takes on."""
    stacks = aws.find("cloudformation", "describe_stacks", StackName=aws.name("environment"))
    if stacks is None:
        raise NotYet(f"There is no stack {aws.name('environment')}.", hint="cloudformation.create_stack(…)")
    stack = stacks["Stacks"][0]
    if stack["StackStatus"] not in {"CREATE_COMPLETE", "UPDATE_COMPLETE"}:
        raise NotYet(f"The stack is {stack['StackStatus']}.", hint="describe_stack_events says why.")
    resources = aws.find("cloudformation", "list_stack_resources", StackName=aws.name("environment"))
    made = {each["PhysicalResourceId"]: each["ResourceType"] for each in resources["StackResourceSummaries"]}
    if made.get(aws.name("data")) != "AWS::S3::Bucket":
        raise NotYet(f"The stack has made no bucket {aws.name('data')}.", hint="Parameters: Name")
    found = aws.find("s3", "get_bucket_encryption", Bucket=aws.name("data")) or {}
    rules = found.get("ServerSideEncryptionConfiguration", {}).get("Rules", [{}])
    algorithm = rules[0].get("ApplyServerSideEncryptionByDefault", {}).get("SSEAlgorithm", "nothing")
    if algorithm != "aws:kms":
        raise NotYet(f"The bucket encrypts with {algorithm}.", hint="BucketEncryption: aws:kms")
    role = _role(stack)
    trust = aws.find("iam", "get_role", RoleName=role) if role else None
    if trust is None or "sagemaker.amazonaws.com" not in json.dumps(trust["Role"]["AssumeRolePolicyDocument"]):
        raise NotYet("The stack gives out no RoleArn that SageMaker AI may take on.", hint="Outputs: RoleArn")


def bring_the_data(aws):
    """All 50,000 lines are in the bucket as they came."""
    lines = proofs.text(aws, "raw/flats.csv").splitlines()
    if lines[:1] != [flats.HEADER]:
        raise NotYet(f"The first line is {lines[0] if lines else 'missing'}.", hint="The header: flats.HEADER")
    if len(lines) != flats.LINES + 1:
        raise NotYet(f"There are {len(lines) - 1} lines, not {flats.LINES}.", hint="flats.csv(flats.flats())")


def clean_and_split(aws):
    """A job made three tables: each sound offer once, earlier ones for training, the latest for the test."""
    _processed(aws, "clean")
    for part in PARTS:
        found = [line.partition(",")[0] for line in proofs.text(aws, f"clean/{part}.csv").splitlines()[1:]]
        wanted = _ids(part)
        if len(found) != len(set(found)):
            raise NotYet(f"{part} has {len(found) - len(set(found))} offers twice.", hint="drop_duplicates")
        if set(found) != wanted:
            more, fewer = len(set(found) - wanted), len(wanted - set(found))
            raise NotYet(f"{part} has {more} offers too many and lacks {fewer}.", hint="By month; 10 to 400 m².")


def fill_the_feature_store(aws):
    """The rent per m² of each district stands in the feature store, of the training months alone."""
    group = aws.find("sagemaker", "describe_feature_group", FeatureGroupName=aws.name("districts"))
    if group is None or group["FeatureGroupStatus"] != "Created":
        raise NotYet(f"There is no feature group {aws.name('districts')} yet.", hint="create_feature_group(…)")
    if not group.get("OnlineStoreConfig", {}).get("EnableOnlineStore") or "OfflineStoreConfig" not in group:
        raise NotYet("It lacks the online or the offline store.", hint="OnlineStoreConfig and OfflineStoreConfig")
    wanted = flats.rent_per_m2()
    for district in flats.DISTRICTS:
        record = _record(aws, district)
        said = record.get("rent_per_m2", "nothing")
        if said == "nothing" or abs(float(said) - wanted[district]) > EUROS:
            raise NotYet(
                f"Of {district} it says {said}, training {wanted[district]:.2f}.", hint="The median of rent / area."
            )
        if record["event_time"][:10] > BEGIN_OF_VALIDATION:
            raise NotYet(f"{district} was known on {record['event_time']} only.", hint="When training ends.")


def explore(aws):
    """A report says what training data lacks, how skewed it is and what goes along with the rent."""
    report = proofs.report(aws, "reports/eda.json")
    train = flats.of_part("train")
    if proofs.number(report, "rows", "eda.json") != len(train):
        raise NotYet(f"It looks at {report['rows']} rows; training has {len(train)}.", hint="clean/train.csv alone")
    missing = sum(flat.energy is None for flat in train) / len(train)
    if abs(proofs.number(report, "energy_missing", "eda.json") - missing) > 0.001:
        raise NotYet(f"It says that {report['energy_missing']:g} of energy is missing.", hint="A share of the rows.")
    if not proofs.number(report, "skew_of_rent", "eda.json") > 1 > abs(proofs.number(report, "skew_of_log_rent", "")):
        raise NotYet("The skews are not those of rent and of its logarithm.", hint="skew()")
    related = report.get("correlations") or {}
    if not related or max(related, key=lambda name: abs(related[name])) != "area" or not 0.5 < related["area"] < 0.9:
        raise NotYet("It does not say what goes along with the rent most.", hint="correlations: by column")


def transform(aws):
    """Three tables of numbers, the rent first, with the districts' figures joined and no gaps."""
    _processed(aws, "transform")
    rents = {part: [flat.rent for flat in flats.of_part(part)] for part in PARTS}
    for part in ("validation", "test"):
        width = proofs.text(aws, f"prepared/{part}/{part}.csv").partition("\n")[0].count(",") + 1
        table = proofs.table(aws, f"prepared/{part}/{part}.csv", width)
        if sorted(row[0] for row in table) != sorted(rents[part]):
            raise NotYet(f"The first column of {part} is not the rent.", hint="The label first, no header.")
        known = flats.rent_per_m2()
        wanted = sorted(known[flat.district] for flat in flats.of_part(part))
        if not any(_alike(sorted(column), wanted) for column in zip(*table, strict=True)):
            raise NotYet(f"No column of {part} is its district's rent per m².", hint="features/districts.csv")
    lines = proofs.text(aws, "prepared/train/train.csv").splitlines()
    if len(lines) != len(rents["train"]) or any(",," in line or line.endswith(",") for line in lines):
        raise NotYet(f"train has {len(lines)} lines, or gaps in them.", hint="fillna, of training's median")


def train_and_tune(aws):
    """A pipeline's tuning job has tried three times at least, and knows its best."""
    job = _tuned(aws)
    objective = job["HyperParameterTuningJobConfig"].get("HyperParameterTuningJobObjective", {})
    if (objective.get("Type"), objective.get("MetricName")) != ("Minimize", "validation:rmse"):
        raise NotYet(f"It wants {objective.get('Type')} {objective.get('MetricName')}.", hint="An error: Minimize")
    tried = job["TrainingJobStatusCounters"]["Completed"]
    if tried < LEAST_TRIALS:
        raise NotYet(f"It has tried {tried} times.", hint="MaxNumberOfTrainingJobs: 3")


def register(aws):
    """The best trial is a version in the registry, approved for a reason."""
    arn = _tuned(aws)["BestTrainingJob"]["TrainingJobName"]
    best = aws.find("sagemaker", "describe_training_job", TrainingJobName=arn)
    version = _approved(aws)
    data = version.get("InferenceSpecification", {}).get("Containers", [{}])[0].get("ModelDataUrl")
    if data != best["ModelArtifacts"]["S3ModelArtifacts"]:
        raise NotYet(f"The version is made of {data}.", hint="The artifact of BestTrainingJob.")
    if not version.get("ApprovalDescription"):
        raise NotYet("Nobody said why it was approved.", hint="ApprovalDescription")


def deploy(aws):
    """The approved version answers."""
    found = proofs.model(aws, "rents")
    containers = found.get("Containers") or [found.get("PrimaryContainer") or {}]
    if containers[0].get("ModelPackageName") != _approved(aws)["ModelPackageArn"]:
        raise NotYet("The model is not made of the approved version.", hint="ModelPackageName: the version's ARN")
    proofs.endpoint(aws, "rents")
    line = proofs.text(aws, "batch/flats.csv").partition("\n")[0]
    answer = float(proofs.ask(aws, "rents", line.partition(",")[2]))
    rent = flats.sound()[line.partition(",")[0]].rent
    if not rent / 2 < answer < rent * 2:
        raise NotYet(f"It says {answer:g} of a flat for {rent:g} euros.", hint="The columns in training's order?")


def score_in_batch(aws):
    """A job has written the id and the rent of every flat of the test."""
    job = proofs.transform_job(aws, "score")
    if job["ModelName"] != aws.name("rents"):
        raise NotYet(f"It scores with {job['ModelName']}.", hint="The model of the approved version.")
    if set(_scores(aws)) != _ids("test"):
        raise NotYet("The scores are not one for each flat of the test.", hint='"OutputFilter": "$[0,-1]"')


def evaluate(aws):
    """A report holds the model against the simplest rule, and says for which flats it errs most."""
    report, scores = proofs.report(aws, "reports/evaluation.json"), _scores(aws)
    known, rows = flats.rent_per_m2(), flats.of_part("test")
    if set(scores) != _ids("test"):
        raise NotYet("There are no scores of the test yet.", hint="Score it in a batch first.")
    errors = {flat.flat_id: abs(scores[flat.flat_id] - flat.rent) for flat in rows}
    simple = [abs(flat.area * known[flat.district] - flat.rent) for flat in rows]
    truth = {
        "flats": len(rows),
        "mae": sum(errors.values()) / len(rows),
        "rmse": (sum(error**2 for error in errors.values()) / len(rows)) ** 0.5,
        "mae_of_the_simple_rule": sum(simple) / len(rows),
    }
    for name, value in truth.items():
        if abs(proofs.number(report, name, "evaluation.json") - value) > 0.01 * value:
            raise NotYet(f"It says {report[name]:g} for {name}; it is {value:.1f}.", hint="Of all flats of the test.")
    sizes = report.get("mae_by_size") or {}
    large = [errors[flat.flat_id] for flat in rows if flat.area > 90]
    if abs(sizes.get("large", 0) - sum(large) / len(large)) > 1:
        raise NotYet("It does not say how far large flats are missed.", hint="mae_by_size: small, middle, large")


def _role(stack):
    outputs = {each["OutputKey"]: each["OutputValue"] for each in stack.get("Outputs", ())}
    return outputs.get("RoleArn", "").rpartition("/")[2]


def _processed(aws, suffix):
    name = aws.name(suffix)
    listed = aws.find("sagemaker", "list_processing_jobs", NameContains=name, SortBy="CreationTime") or {}
    jobs = [job for job in listed.get("ProcessingJobSummaries", ()) if job["ProcessingJobName"].startswith(name)]
    if not jobs:
        raise NotYet(f"There is no processing job {name}.", hint="sagemaker.create_processing_job(…)")
    newest = max(jobs, key=lambda job: job["CreationTime"])
    if newest["ProcessingJobStatus"] != "Completed":
        raise NotYet(f"The job is {newest['ProcessingJobStatus']}.", hint="Its log in CloudWatch Logs tells more.")


def _ids(part):
    return {flat.flat_id for flat in flats.of_part(part)}


def _alike(found, wanted):
    return all(abs(one - other) < EUROS for one, other in zip(found, wanted, strict=True))


def _record(aws, district):
    found = aws.find(
        "sagemaker-featurestore-runtime",
        "get_record",
        FeatureGroupName=aws.name("districts"),
        RecordIdentifierValueAsString=district,
    )
    return {each["FeatureName"]: each["ValueAsString"] for each in (found or {}).get("Record", ())}


def _tuned(aws):
    """The tuning job of the pipeline's newest run that has succeeded, as Describe has it."""
    found = aws.find("sagemaker", "list_pipeline_executions", PipelineName=aws.name("training")) or {}
    for run in found.get("PipelineExecutionSummaries", ()):
        job = _tuned_by(aws, run) if run["PipelineExecutionStatus"] == "Succeeded" else None
        if job and "BestTrainingJob" in job:
            return job
    raise NotYet(f"No run of {aws.name('training')} has tuned anything yet.", hint="A step of the type Tuning.")


def _tuned_by(aws, run):
    listed = aws.find("sagemaker", "list_pipeline_execution_steps", PipelineExecutionArn=run["PipelineExecutionArn"])
    for step in listed["PipelineExecutionSteps"]:
        arn = step.get("Metadata", {}).get("TuningJob", {}).get("Arn")
        if arn:
            name = arn.rpartition("/")[2]
            return aws.find("sagemaker", "describe_hyper_parameter_tuning_job", HyperParameterTuningJobName=name)
    return None


def _approved(aws):
    listed = aws.find("sagemaker", "list_model_packages", ModelPackageGroupName=aws.name("rents")) or {}
    arns = [
        each["ModelPackageArn"]
        for each in listed.get("ModelPackageSummaryList", ())
        if each["ModelApprovalStatus"] == "Approved"
    ]
    if not arns:
        raise NotYet(f"No version in {aws.name('rents')} is approved.", hint="create_model_package, then update it.")
    return aws.find("sagemaker", "describe_model_package", ModelPackageName=arns[0])


def _scores(aws):
    try:
        lines = [line.split(",") for line in proofs.text(aws, "scores/flats.csv.out").splitlines()]
        return {flat_id: float(score) for flat_id, score in lines}
    except ValueError:
        raise NotYet("A line of the scores is not an id and a number.", hint='"OutputFilter": "$[0,-1]"') from None
