import ast

from mlacoach.labs import NotYet, proofs, pumps

SUITES = ("test_unit", "test_data", "test_model")
GROUP = "/aws/sagemaker/ProcessingJobs"
GOOD = "candidates/good/model.tar.gz"


def check_the_source_in(aws):
    """Code lies in the bucket together with tests of functions, of data and of the model."""
    proofs.text(aws, "source/build.py")
    for name in SUITES:
        try:
            tree = ast.parse(proofs.text(aws, f"source/{name}.py"))
        except SyntaxError as error:
            raise NotYet(f"Line {error.lineno} of {name} is no Python.", hint="python -m py_compile") from None
        found = [each for each in ast.walk(tree) if isinstance(each, ast.FunctionDef) and each.name.startswith("test_")]
        if not any(_asserts(each) for each in found):
            raise NotYet(f"{name} tests nothing.", hint="A function test_… with an assertion.")


def run_the_build(aws):
    """A build ran all three suites, is green, and has left the metrics of candidate and champion."""
    job, lines = _build(aws, "build")
    if job["ProcessingJobStatus"] != "Completed":
        raise NotYet(f"The build is {job['ProcessingJobStatus']}.", hint="Its log says which test failed.")
    for name in SUITES:
        if not any(line.startswith(f"{name}: passed") for line in lines):
            raise NotYet(f"{name} did not run.", hint="source/build.py runs all three.")
    _must_read(aws, job, "data/good", "candidates/good", "champion")
    metrics = proofs.report(aws, "reports/build/metrics.json")
    for name in ("candidate_auc", "champion_auc"):
        if not 0.5 < proofs.number(metrics, name, "metrics.json") < 1:
            raise NotYet(f"{name} is {metrics[name]}.", hint="The output report of the job.")


def see_bad_data_stop_it(aws):
    """A build with a day of nonsense went red at the data, and looked at no model."""
    _red(aws, "bad-data", "test_data", "data/nonsense")
    if any(line.startswith("test_model: ") for line in _build(aws, "bad-data")[1]):
        raise NotYet("It looked at the model all the same.", hint="source/build.py ends at the first red suite.")


def see_a_weak_model_stop_it(aws):
    """A build with a weak candidate went red at the gate."""
    _red(aws, "weak-model", "test_model", "data/good", "candidates/weak")


def deploy_what_is_green(aws):
    """The candidate of the green build answers, and says which build it is of."""
    found = proofs.model(aws, "green")
    url = (found.get("PrimaryContainer") or {}).get("ModelDataUrl")
    if url != f"s3://{aws.name('data')}/{GOOD}":
        raise NotYet(f"The model is made of {url}.", hint=f"What was tested: {GOOD}")
    tags = aws.find("sagemaker", "list_tags", ResourceArn=found["ModelArn"])["Tags"]
    build = {tag["Key"]: tag["Value"] for tag in tags}.get("build")
    if build != aws.name("build"):
        raise NotYet(f"Its build is {build or 'not said'}.", hint="Tags: build")
    run_the_build(aws)
    proofs.endpoint(aws, "live")
    _answers_as(aws, bias=-2.4)


def test_it_where_it_stands(aws):
    """A report of the endpoint itself: its answer is the model's, and nonsense is refused."""
    report = proofs.report(aws, "reports/integration.json")
    values = [float(value) for value in str(report.get("pump", "")).split(",") if value.strip()]
    if len(values) != len(pumps.FEATURES):
        raise NotYet(f"The pump has {len(values)} values.", hint="Five, as in data/good/pumps.csv")
    risk = _risk(values, -2.4)
    if abs(proofs.number(report, "risk", "integration.json") - risk) > 0.001:
        raise NotYet(f"It says {report['risk']}; the model says {risk:.4f}.", hint="Ask the endpoint live.")
    if report.get("refuses_two_values") is not True:
        raise NotYet("It does not say what comes of two values.", hint="refuses_two_values: true or false")


def roll_it_back(aws):
    """A hasty change went live and was taken back; the tested model answers again."""
    config = proofs.config(aws, "hasty")
    if config["ProductionVariants"][0]["ModelName"] == aws.name("green"):
        raise NotYet("The hasty configuration is of the tested model.", hint="Of candidates/weak")
    endpoint = proofs.endpoint(aws, "live")
    if endpoint["EndpointConfigName"] != aws.name("green"):
        raise NotYet(f"Live is {endpoint['EndpointConfigName']}.", hint="update_endpoint(…): green")
    if config["CreationTime"] < endpoint["CreationTime"]:
        raise NotYet("The hasty configuration is older than the endpoint.", hint="Make it anew, while green is live.")
    # An endpoint that was never updated was changed last when it came up.
    if endpoint["LastModifiedTime"] < config["CreationTime"]:
        raise NotYet("The hasty one was never live.", hint="update_endpoint(…), there and back")
    _answers_as(aws, bias=-2.4)


def _asserts(function):
    names = {each.func.attr for each in ast.walk(function) if _is_call_of_self(each)}
    return bool(names) or any(isinstance(each, ast.Assert) for each in ast.walk(function))


def _is_call_of_self(node):
    return isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr.startswith("assert")


def _build(aws, suffix):
    """The newest job whose name begins so, ended, and the lines of its log."""
    name = aws.name(suffix)
    listed = aws.find("sagemaker", "list_processing_jobs", NameContains=name) or {}
    jobs = [job for job in listed.get("ProcessingJobSummaries", ()) if job["ProcessingJobName"].startswith(name)]
    if not jobs:
        raise NotYet(f"There is no build {name}.", hint="sagemaker.create_processing_job(…)")
    newest = max(jobs, key=lambda job: job["CreationTime"])
    if newest["ProcessingJobStatus"] in proofs.RUNNING:
        raise NotYet("The build is running.", hint="Wait until it has ended.")
    return newest, proofs.log_lines(aws, GROUP, newest["ProcessingJobName"])


def _must_read(aws, job, *prefixes):
    """The build was given these prefixes of the bucket."""
    found = aws.find("sagemaker", "describe_processing_job", ProcessingJobName=job["ProcessingJobName"]) or {}
    read = [each.get("S3Input", {}).get("S3Uri", "") for each in found.get("ProcessingInputs", ())]
    for prefix in prefixes:
        if not any(f"{uri}/".startswith(f"s3://{aws.name('data')}/{prefix}/") for uri in read):
            raise NotYet(f"It does not read {prefix}/.", hint="ProcessingInputs")


def _red(aws, suffix, where, *prefixes):
    job, lines = _build(aws, suffix)
    if job["ProcessingJobStatus"] != "Failed":
        raise NotYet(f"The build is {job['ProcessingJobStatus']}.", hint="It must end with another code than 0.")
    failed = [line.partition(":")[0] for line in lines if line.startswith("test_") and ": FAILED" in line]
    if failed != [where]:
        raise NotYet(f"It failed in {', '.join(failed) or 'no test'}.", hint=f"Only {where} should fail.")
    _must_read(aws, job, *prefixes)


def _risk(values, bias):
    import math

    odds = pumps.risk(values)
    return 1 / (1 + math.exp(-(math.log(odds / (1 - odds)) + bias - pumps.BIAS)))


def _answers_as(aws, bias):
    values = (75.0, 6.1, 4.2, 1800.0, 90.0)
    answer = float(proofs.ask(aws, "live", ",".join(map(str, values))))
    if abs(answer - _risk(values, bias)) > 0.001:
        raise NotYet(f"It answers {answer}, the tested model {_risk(values, bias):.4f}.", hint="candidates/good")
