import csv
import json

from mlacoach.labs import NotYet, paybacks, proofs

CLOSE = 0.01
LOWEST_LIMIT = 0.8
SHORTEST = 20
RATINGS = ("Low", "Medium", "High")
BASELINE = (0, 0, 0)


def measure_the_bias_of_predictions(aws):
    """Clarify has asked the model in use about everybody."""
    proofs.serving_model(aws, "in-use", "in-use")
    _must_say(_bias(aws, "bias"), paybacks.IN_USE)


def explain_the_answers(aws):
    """Fifty answers of the model are explained against a baseline."""
    explained, said = _explained(aws), _global(aws)
    if len(explained) != paybacks.FEW:
        raise NotYet(f"{len(explained)} answers are explained.", hint="few/payers.csv has fifty lines")
    expected = paybacks.says(paybacks.IN_USE, BASELINE)
    if abs(said["expected_value"] - expected) > CLOSE:
        raise NotYet(f"The baseline's expected value is {said['expected_value']:.3f}.", hint='"baseline": [[0, 0, 0]]')
    for payer, values in zip(paybacks.payers(), explained, strict=False):
        if abs(expected + sum(values.values()) - paybacks.says(paybacks.IN_USE, payer[1:])) > CLOSE:
            raise NotYet("The values do not add up to what the model in use answers.", hint="predictor: model_name")
    mean = {name: sum(abs(values[name]) for values in explained) / len(explained) for name in paybacks.FEATURES}
    for name, value in said["global_shap_values"].items():
        if abs(value - mean.get(name, 0)) > CLOSE:
            raise NotYet(f"The global value of {name} is {value:.3f}.", hint='"agg_method": "mean_abs"')


def read_one_explanation(aws):
    """You can tell a refused newcomer what moved the answer, and how far."""
    report, where = proofs.report(aws, "reports/one.json"), "reports/one.json"
    explained, line = _explained(aws), proofs.number(report, "line", where)
    if line not in range(1, len(explained) + 1):
        raise NotYet(f"There is no line {line:g}.", hint="1 to 50")
    payer, values = paybacks.payers()[int(line) - 1], explained[int(line) - 1]
    answer = paybacks.says(paybacks.IN_USE, payer[1:])
    if not payer.newcomer or answer > 0.5:
        raise NotYet(f"Line {line:g} is not a newcomer whom the model refuses.", hint="newcomer 1, below 0.5")
    told = report.get("values") if isinstance(report.get("values"), dict) else {}
    for name, value in values.items():
        if abs(proofs.number(told, name, where) - value) > CLOSE:
            raise NotYet(f"It says that {name} moved the answer by {told[name]:g}.", hint="explanations_shap/out.csv")
    expected = _global(aws)["expected_value"]
    for name, value in (("expected", expected), ("prediction", answer)):
        said = proofs.number(report, name, where)
        if abs(said - value) > CLOSE:
            raise NotYet(f"It says that {name} is {said:g}.", hint="expected_value; with the values it is the answer")
    most = max(values, key=lambda name: abs(values[name]))
    if report.get("most") != most:
        raise NotYet(f"It says that {report.get('most')} moved it most.", hint="Size counts, the sign does not.")


def judge_the_report(aws):
    """The model in use was held against a limit."""
    report, where = proofs.report(aws, "reports/judgement.json"), "reports/judgement.json"
    found = _bias(aws, "bias")
    for name in ("DI", "DPPL", "AD"):
        said = proofs.number(report, name, where)
        if abs(said - found[name]) > CLOSE:
            raise NotYet(f"It says that {name} is {said:g}.", hint="clarify/bias/analysis.json")
    limit = _limit(aws)
    may = limit <= found["DI"] <= 1 / limit
    if report.get("may_stay") is not may:
        raise NotYet(f"may_stay is {report.get('may_stay')!r} at a limit of {limit:g}.", hint="Only DI decides.")
    shares = _global(aws)["global_shap_values"]
    if report.get("most") != max(shares, key=shares.get):
        raise NotYet(f"It says that {report.get('most')} counts most.", hint="global_shap_values of clarify/shap")


def measure_the_other_model(aws):
    """The other model was measured in the same way, and is within the limit."""
    proofs.serving_model(aws, "fairer", "fairer")
    found, limit = _bias(aws, "again"), _limit(aws)
    _must_say(found, paybacks.FAIRER)
    if not limit <= found["DI"] <= 1 / limit:
        raise NotYet(f"DI is {found['DI']:.3f}; your limit is {limit:g}.", hint="Neither model is within it.")


def write_the_model_card(aws):
    """A card says what the model is for, how it was evaluated and what may go wrong."""
    card = aws.find("sagemaker", "describe_model_card", ModelCardName=aws.name("card"))
    if card is None:
        raise NotYet(f"There is no model card {aws.name('card')}.", hint="sagemaker.create_model_card(…)")
    content = json.loads(card["Content"])
    _must_name_the_model(aws, content)
    uses = content.get("intended_uses", {})
    if uses.get("risk_rating") not in RATINGS:
        raise NotYet(f"The risk rating is {uses.get('risk_rating', 'missing')}.", hint="Low, Medium or High")
    _must_be_told(uses, "intended_uses", "explanations_for_risk_rating")
    _must_be_told(content.get("additional_information", {}), "ethical_considerations", "caveats_and_recommendations")
    _must_tell_the_evaluation(aws, content)
    if card["ModelCardStatus"] not in ("PendingReview", "Approved"):
        raise NotYet(f"The card is {card['ModelCardStatus']}.", hint="PendingReview: somebody else approves it.")


def _must_name_the_model(aws, content):
    overview, url = content.get("model_overview", {}), f"s3://{aws.name('data')}/models/fairer.tar.gz"
    if url not in overview.get("model_artifact", ()):
        said = ", ".join(overview.get("model_artifact", ())) or "no model"
        raise NotYet(f"The card is about {said}.", hint=f'"model_artifact": ["{url}"]')
    _must_be_told(overview, "model_description")


def _must_be_told(part, *names):
    for name in names:
        if len(str(part.get(name, "")).strip()) < SHORTEST:
            raise NotYet(f"The card says nothing, or next to nothing, of {name}.", hint="A sentence at least")


def _must_tell_the_evaluation(aws, content):
    job = proofs.newest_processing_job(aws, "again")
    details = content.get("evaluation_details", ())
    mine = [each for each in details if each.get("evaluation_job_arn") == job.get("ProcessingJobArn", "none")]
    if not mine:
        raise NotYet("No evaluation of the card names the job again.", hint="evaluation_job_arn")
    groups = [group for each in mine for group in each.get("metric_groups", ())]
    told = {each["name"]: each["value"] for group in groups for each in group["metric_data"]}
    found = _bias(aws, "again")
    for name in ("DI", "DPPL"):
        if abs(proofs.number(told, name, "The card") - found[name]) > CLOSE:
            raise NotYet(f"The card says that {name} is {told[name]:g}.", hint="clarify/again/analysis.json")


def _limit(aws):
    report = proofs.report(aws, "reports/judgement.json")
    limit = proofs.number(report, "limit_of_di", "reports/judgement.json")
    if not LOWEST_LIMIT <= limit <= 1:
        raise NotYet(f"The limit is {limit:g}.", hint=f"{LOWEST_LIMIT} at least, 1 at most")
    return limit


def _analysis(aws, suffix):
    """What a job of Clarify that is done has found."""
    found = proofs.newest_processing_job(aws, suffix)
    if found["ProcessingJobStatus"] != "Completed":
        said = str(found.get("ExitMessage") or found.get("FailureReason") or "wait until it has ended").strip()
        raise NotYet(f"It is {found['ProcessingJobStatus']}: {said.rstrip('.')}.", hint="Its log tells more.")
    if "sagemaker-clarify-processing" not in found["AppSpecification"]["ImageUri"]:
        raise NotYet("It is not Clarify that ran.", hint="…/sagemaker-clarify-processing:1.0")
    return proofs.report(aws, f"clarify/{suffix}/analysis.json")


def _bias(aws, suffix):
    """The metrics of newcomers, by their short names."""
    facets = _analysis(aws, suffix).get("post_training_bias_metrics", {}).get("facets", {})
    entries = [entry for entry in facets.get("newcomer", ()) if entry["value_or_threshold"] == "1"]
    if not entries:
        raise NotYet("It measured no bias of predictions for newcomers.", hint="post_training_bias; the facet's value")
    found = {each["name"]: each["value"] for each in entries[0]["metrics"] if each["value"] is not None}
    missing = [name for name in ("DI", "DPPL", "AD") if name not in found]
    if missing:
        raise NotYet(f"The job did not measure {', '.join(missing)}.", hint='"methods": "all"')
    return found


def _must_say(found, model):
    wanted = {"DI": paybacks.di(model), "DPPL": paybacks.dppl(model), "AD": paybacks.ad(model)}
    for name, value in wanted.items():
        if abs(found[name] - value) > CLOSE:
            raise NotYet(f"The job says that {name} is {found[name]:.3f}.", hint="The model, the people, the label")


def _global(aws):
    found = _analysis(aws, "shap").get("explanations", {}).get("kernel_shap", {})
    if not found:
        raise NotYet("The job explained nothing.", hint='"methods": {"shap": {…}}')
    return next(iter(found.values()))


def _explained(aws):
    """The SHAP values of each line, by feature."""
    _global(aws)
    rows = list(csv.reader(proofs.text(aws, "clarify/shap/explanations_shap/out.csv").splitlines()))
    places = {name: _place(rows[0], name) for name in paybacks.FEATURES}
    return [{name: float(row[at]) for name, at in places.items()} for row in rows[1:]]


def _place(header, feature):
    found = [at for at, name in enumerate(header) if name.startswith(feature)]
    if not found:
        raise NotYet(f"There are no values of {feature}.", hint="headers of the configuration")
    return found[0]
