import json
import re

from mlacoach.labs import NotYet, catalog, proofs, trips

FAULTS = {
    "missing_minutes": trips.MISSING,
    "negative_distances": trips.NEGATIVE,
    "unknown_riders": trips.STRANGE,
    "doubled_trips": trips.DOUBLED,
}
# What each of the four faults breaks: a rule of one of these kinds about this column.
RULES = {
    "minutes": r"(IsComplete|Completeness)",
    "trip_id": r"(IsUnique|IsPrimaryKey|Uniqueness|UniqueValueRatio)",
    "distance_km": r"(ColumnValues|Min)",
    "rider": r"ColumnValues",
}
DETAIL_TYPE = "Data Quality Evaluation Results Available"


def count_the_faults(aws):
    """You know the faults of the file before anybody writes a rule."""
    report = proofs.report(aws, "reports/profile.json")
    rows = len(trips.dirty_trips())
    if report.get("rows") != rows:
        raise NotYet(f"The report says {report.get('rows')} rows.", hint="pandas.read_csv(…) and len(…)")
    for name, count in FAULTS.items():
        if report.get(name) != count:
            raise NotYet(f"The report says {name}: {report.get(name)}.", hint="isna, duplicated, isin, comparisons")


def write_the_rules(aws):
    """A ruleset in DQDL asks for what a model needs: whole, unique, possible, known, enough."""
    text = _ruleset(aws)
    missing = [column for column, kind in RULES.items() if not _asks_for(text, column, kind)]
    if missing:
        raise NotYet(f"No such rule is about {missing[0]}.", hint='IsComplete "…", IsUnique "…", ColumnValues "…" …')
    if "RowCount" not in text:
        raise NotYet("An empty table would pass.", hint="RowCount > …")


def judge_what_came_in(aws):
    """The rules find all four faults in the raw table, and no rule about anything else fails."""
    results = _judged(aws, "raw")
    failed = [rule["Description"] for rule in results if rule["Result"] != "PASS"]
    unseen = [column for column in RULES if not any(_is_about(text, column) for text in failed)]
    if unseen:
        raise NotYet(f"The rule about {unseen[0]} lets the raw trips pass.", hint="It asks for too little.")
    if len(failed) == len(results):
        raise NotYet("Every rule fails, also the one on rows.", hint="A rule that is never met tells nothing.")
    strange = [text for text in failed if not any(_is_about(text, column) for column in RULES)]
    if strange:
        raise NotYet(f"This rule fails as well: {strange[0]}.", hint="Which fault of the profile does it find?")


def take_the_faults_out(aws):
    """The clean table holds each sound trip once, and no other; what is faulty is kept apart."""
    found = [line.split(",") for key in catalog.objects(aws, "clean/") for line in _lines(aws, key)]
    ids = [row[0] for row in found]
    if not ids:
        raise NotYet(
            "The clean table is empty.", hint="Its place is clean/ in the bucket; header and comma as in raw/."
        )
    wanted = trips.clean_ids()
    if len(ids) != len(set(ids)):
        raise NotYet(f"{len(ids) - len(set(ids))} trips are there twice.", hint="drop_duplicates")
    if set(ids) != wanted:
        more, less = len(set(ids) - wanted), len(wanted - set(ids))
        raise NotYet(
            f"{more} trips should not be there, {less} are missing.", hint="Take out the faulty, keep the rest."
        )
    if any(len(row) != len(trips.HEADER) for row in found):
        raise NotYet("The columns are not those of the table.", hint=",".join(trips.HEADER))
    kept = "".join(catalog.body(aws, key).decode(errors="replace") for key in catalog.objects(aws, "quarantine/"))
    lost = sorted(key for key in {str(row[0]) for row in trips.dirty_trips()} - wanted if key not in kept)
    if lost:
        raise NotYet(f"{len(lost)} faulty trips are gone for good.", hint="Keep their rows below quarantine/.")


def judge_what_is_clean(aws):
    """The same rules let every clean trip pass."""
    failed = [rule for rule in _judged(aws, "clean") if rule["Result"] != "PASS"]
    if failed:
        said = failed[0].get("EvaluationMessage", "no reason is given").rstrip(".")
        raise NotYet(f"{failed[0]['Description']}: {said}.", hint="Data or rule: which of them is wrong?")


def hear_of_failures(aws):
    """A failed evaluation, and no other, is told to a topic that takes it."""
    _must_hear_failures(aws)
    targets = (aws.find("events", "list_targets_by_rule", Rule=aws.name("quality")) or {}).get("Targets", [])
    topics = [target["Arn"] for target in targets if target["Arn"].endswith(f":{aws.name('quality')}")]
    if not topics:
        raise NotYet("The topic is no target of the rule.", hint="events.put_targets(…)")
    attributes = aws.find("sns", "get_topic_attributes", TopicArn=topics[0])
    policy = json.loads(attributes["Attributes"].get("Policy", "{}")) if attributes else {}
    if not any(_lets_events_publish(statement) for statement in _listed(policy.get("Statement", []))):
        raise NotYet("The topic does not let EventBridge publish.", hint="A policy for events.amazonaws.com")


def _must_hear_failures(aws):
    found = aws.find("events", "describe_rule", Name=aws.name("quality"))
    if found is None:
        raise NotYet(f"There is no rule {aws.name('quality')}.", hint="events.put_rule(…)")
    if found.get("State") == "DISABLED":
        raise NotYet("The rule is disabled.", hint="events.enable_rule(…)")
    pattern = json.loads(found.get("EventPattern") or "{}")
    if pattern.get("source") != ["aws.glue-dataquality"]:
        raise NotYet(f"It hears events of {pattern.get('source')}.", hint="aws.glue-dataquality")
    if pattern.get("detail-type", [DETAIL_TYPE]) != [DETAIL_TYPE]:
        raise NotYet(f"It waits for {pattern['detail-type']}.", hint="What is the event called when results are there?")
    if pattern.get("detail", {}).get("state") != ["FAILED"]:
        raise NotYet("It hears of evaluations that passed, too.", hint='"detail": {"state": ["FAILED"]}')


def _lets_events_publish(statement):
    principal = statement.get("Principal", {})
    services = _listed(principal.get("Service", [])) if isinstance(principal, dict) else []
    actions = {action.lower() for action in _listed(statement.get("Action", []))}
    may = "events.amazonaws.com" in services and actions & {"sns:publish", "sns:*", "*"}
    return statement.get("Effect") == "Allow" and bool(may)


def _listed(value):
    return value if isinstance(value, list) else [value]


def _asks_for(text, column, kind):
    """A rule of this kind about the column, or a query of one's own that names it."""
    return re.search(rf'\b{kind}\s+"{column}"|\bCustomSql\s+"[^"]*\b{column}\b', text)


def _is_about(rule, column):
    return re.search(rf"\b{column}\b", rule)


def _ruleset(aws):
    found = aws.find("glue", "get_data_quality_ruleset", Name=aws.name("trips"))
    if found is None:
        raise NotYet(f"There is no ruleset {aws.name('trips')}.", hint="glue.create_data_quality_ruleset(…)")
    return found["Ruleset"]


def _judged(aws, table):
    """What each rule said in the newest evaluation of a table."""
    _ruleset(aws)
    runs = aws.find("glue", "list_data_quality_ruleset_evaluation_runs") or {"Runs": []}
    wanted = (catalog.database(aws), table)
    ours = [run for run in runs["Runs"] if _table_of(run) == wanted]
    for run in sorted(ours, key=lambda run: run["StartedOn"], reverse=True):
        found = aws.find("glue", "get_data_quality_ruleset_evaluation_run", RunId=run["RunId"])
        if aws.name("trips") in found["RulesetNames"]:
            return _results(aws, found)
    raise NotYet(
        f"Nobody has judged the table {table} by the rules.", hint="start_data_quality_ruleset_evaluation_run(…)"
    )


def _table_of(run):
    table = run["DataSource"]["GlueTable"]
    return table["DatabaseName"], table["TableName"]


def _results(aws, run):
    if run["Status"] != "SUCCEEDED":
        raise NotYet(f"The evaluation is {run['Status']}.", hint="Wait, or read its ErrorString.")
    results = [aws.find("glue", "get_data_quality_result", ResultId=key) for key in run["ResultIds"]]
    return [rule for result in results if result for rule in result["RuleResults"]]


def _lines(aws, key):
    lines = catalog.body(aws, key).decode(errors="replace").splitlines()
    return lines[1:] if lines and lines[0].startswith("trip_id") else lines
