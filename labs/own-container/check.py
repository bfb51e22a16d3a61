import ast

from mlacoach.labs import NotYet, proofs

LEAST_AUC = 0.6
TOLERANCE = 0.006
FRAMEWORKS = ("683313688378.", "763104351884.", "246618743249.")


def make_a_repository(aws):
    """A repository for the image keeps its tags and scans what is pushed."""
    found = aws.find("ecr", "describe_repositories", repositoryNames=[aws.name("pumps")])
    if found is None:
        raise NotYet(f"There is no repository {aws.name('pumps')}.", hint="ecr.create_repository(…)")
    repository = found["repositories"][0]
    if repository.get("imageTagMutability") != "IMMUTABLE":
        raise NotYet("Somebody could move a tag to another image.", hint='imageTagMutability="IMMUTABLE"')
    if not repository.get("imageScanningConfiguration", {}).get("scanOnPush"):
        raise NotYet("Nobody scans what is pushed.", hint="imageScanningConfiguration: scanOnPush")


def write_the_recipe(aws):
    """A Dockerfile, train and serve lie in the bucket."""
    lines = proofs.text(aws, "code/Dockerfile").splitlines()
    words = {line.split()[0].upper() for line in lines if line.strip() and not line.lstrip().startswith("#")}
    for word, why in (("FROM", "It begins with no image."), ("COPY", "Nothing is copied into the image.")):
        if word not in words:
            raise NotYet(f"code/Dockerfile has no {word}. {why}", hint=f"{word} …")
    text = "\n".join(lines)
    if "PATH" not in text and "ENTRYPOINT" not in words:
        raise NotYet("SageMaker AI would not find train and serve.", hint="Both on the PATH, or an ENTRYPOINT")
    for name in ("train", "serve"):
        try:
            ast.parse(proofs.text(aws, f"code/{name}"))
        except (SyntaxError, ValueError):
            raise NotYet(f"code/{name} is no Python.", hint="It does not even parse.") from None
    for path in ("/ping", "/invocations"):
        if path not in proofs.text(aws, "code/serve"):
            raise NotYet(f"serve does not answer {path}.", hint="GET /ping and POST /invocations")


def train_in_it(aws):
    """A training job in the image of one's own has left a model."""
    _must_be_own(aws, proofs.training_job(aws, "train")["AlgorithmSpecification"].get("TrainingImage", "none"))


def fail_with_a_reason(aws):
    """A job has failed, and says the reason that the container wrote down."""
    found = proofs.newest_training_job(aws, "failing")
    if found["TrainingJobStatus"] != "Failed":
        raise NotYet(f"It is {found['TrainingJobStatus']}.", hint="Give it a number of rounds that is none.")
    reason = found.get("FailureReason", "")
    value = str(found["HyperParameters"].get("rounds"))
    if value not in reason:
        raise NotYet(f"The reason tells nobody what to do: {reason[:60]}.", hint="/opt/ml/output/failure")


def serve_with_it(aws):
    """The same image answers behind an endpoint."""
    container = proofs.model(aws, "model").get("PrimaryContainer", {})
    _must_be_own(aws, container.get("Image", "none"))
    artifact = proofs.training_job(aws, "train")["ModelArtifacts"]["S3ModelArtifacts"]
    if container.get("ModelDataUrl") != artifact:
        raise NotYet(f"It serves {container.get('ModelDataUrl')}.", hint="What the job train made")
    proofs.endpoint(aws, "live")


def ask_it(aws):
    """The risks of the test pumps are written down, and worth something."""
    from sklearn.metrics import roc_auc_score

    proofs.endpoint(aws, "live")
    rows = proofs.table(aws, "test/pumps.csv", 6)
    risks = [row[0] for row in proofs.table(aws, "answers/risks.csv", 1)]
    if len(risks) != len(rows):
        raise NotYet(f"There are {len(risks)} risks for {len(rows)} pumps.", hint="One line per pump, no label")
    body = "\n".join(",".join(map(str, row[1:])) for row in rows)
    truth = [float(risk) for risk in proofs.ask(aws, "live", body).split()]
    if any(abs(one - other) > TOLERANCE for one, other in zip(risks, truth, strict=True)):
        raise NotYet("They are not what the endpoint says.", hint="Keep the order of the pumps.")
    auc = roc_auc_score([row[0] for row in rows], risks)
    if auc < LEAST_AUC:
        raise NotYet(f"The AUC of its answers is {auc:.2f}.", hint="Has train learned anything?")


def _must_be_own(aws, image):
    if image.startswith(FRAMEWORKS) or f"/{aws.name('pumps')}" not in image:
        raise NotYet(f"The image is {image}.", hint=f"….dkr.ecr.{aws.region}.amazonaws.com/{aws.name('pumps')}:1.0")
