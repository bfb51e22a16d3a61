import io
import json

WEAK = """Rules = [
    RowCount > 100,
    Completeness "minutes" > 0.5,
    IsUnique "trip_id",
    ColumnValues "distance_km" > 0,
    ColumnValues "rider" in ["member", "casual"]
]"""
STRICT = WEAK.replace("> 0.5", "= 1.0").replace("RowCount > 100", "RowCount > 100000")
RIGHT = WEAK.replace("> 0.5", "= 1.0")
ONE_STATION = RIGHT.replace("RowCount > 100,", 'RowCount > 100,\n    ColumnValues "station" in ["s01"],')


def all_rows_are_well(aws):
    """Nobody looked."""
    _report(aws, rows=406, missing_minutes=0, negative_distances=0, unknown_riders=0, doubled_trips=0)


def both_of_a_pair(aws):
    """keep=False counts the first as well."""
    _report(aws, rows=406, missing_minutes=9, negative_distances=4, unknown_riders=3, doubled_trips=12)


def enough_rows_only(aws):
    """Rows there are."""
    _ruleset(aws, "Rules = [ RowCount > 100 ]")


def no_rows_needed(aws):
    """An empty file meets every rule on values."""
    _ruleset(aws, RIGHT.replace("RowCount > 100,", ""))


def too_weak(aws):
    """Half of the minutes may be missing."""
    _judge_with(aws, "raw", WEAK)


def too_strict(aws):
    """Nothing is ever good enough."""
    _judge_with(aws, "raw", STRICT)


def no_fault_at_all(aws):
    """Five of six stations are taken for faults."""
    _judge_with(aws, "raw", ONE_STATION)


def thrown_away(aws):
    """Nobody can ask the supplier about them any more."""
    table = _raw(aws).drop_duplicates("trip_id")
    _put(aws, table[_sound(table)])


def doubled_still(aws):
    """Only the faulty ones taken out."""
    table = _raw(aws)
    _put(aws, table[_sound(table)])


def nothing_at_all(aws):
    """The file as it came in."""
    _put(aws, _raw(aws).drop_duplicates("trip_id"))


def too_much(aws):
    """Late trips are no faults."""
    table = _raw(aws).drop_duplicates("trip_id")
    _put(aws, table[_sound(table) & (table["late"] == 0)])


def judged_by_too_strict_rules(aws):
    """Sound data, and a rule that nothing meets."""
    _judge_with(aws, "clean", STRICT)


def hears_everything(aws):
    """Also what passed."""
    _rule(aws, {"source": ["aws.glue-dataquality"]})


def hears_jobs(aws):
    """Events of jobs are others."""
    _rule(aws, {"source": ["aws.glue"], "detail": {"state": ["FAILED"]}})


def tells_nobody(aws):
    """A rule without a target."""
    _rule(aws, {"source": ["aws.glue-dataquality"], "detail": {"state": ["FAILED"]}})


def the_door_is_shut(aws):
    """A topic takes messages from its own account's users, not from services."""
    tells_nobody(aws)
    topic = aws.client("sns").create_topic(Name=aws.name("quality"))["TopicArn"]
    aws.client("events").put_targets(Rule=aws.name("quality"), Targets=[{"Id": "topic", "Arn": topic}])


def waits_for_jobs(aws):
    """An event of that name says nothing of rules."""
    _rule(
        aws,
        {
            "source": ["aws.glue-dataquality"],
            "detail-type": ["Glue Job State Change"],
            "detail": {"state": ["FAILED"]},
        },
    )


def open_to_readers(aws):
    """EventBridge may subscribe, and not publish."""
    the_door_is_shut(aws)
    sns = aws.client("sns")
    topic = sns.create_topic(Name=aws.name("quality"))["TopicArn"]
    service = {"Service": "events.amazonaws.com"}
    statement = {"Effect": "Allow", "Principal": service, "Action": "sns:Subscribe", "Resource": topic}
    policy = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    sns.set_topic_attributes(TopicArn=topic, AttributeName="Policy", AttributeValue=policy)


def _report(aws, **counted):
    aws.client("s3").put_object(Bucket=aws.name("data"), Key="reports/profile.json", Body=json.dumps(counted))


def _ruleset(aws, text):
    aws.client("glue").create_data_quality_ruleset(Name=aws.name("trips"), Ruleset=text)


def _judge_with(aws, table, text):
    """Judge by other rules, and put the right ones back."""
    glue, name = aws.client("glue"), aws.name("trips")
    right = glue.get_data_quality_ruleset(Name=name)["Ruleset"]
    glue.update_data_quality_ruleset(Name=name, Ruleset=text)
    source = {"GlueTable": {"DatabaseName": aws.name("lake").replace("-", "_"), "TableName": table}}
    run = glue.start_data_quality_ruleset_evaluation_run(DataSource=source, Role=aws.role_arn, RulesetNames=[name])
    aws.wait(
        "glue",
        "get_data_quality_ruleset_evaluation_run",
        lambda found: found["Status"] in {"SUCCEEDED", "FAILED"},
        RunId=run["RunId"],
    )
    glue.update_data_quality_ruleset(Name=name, Ruleset=right)


def _raw(aws):
    import pandas as pd

    body = aws.client("s3").get_object(Bucket=aws.name("data"), Key="raw/trips.csv")["Body"].read()
    return pd.read_csv(io.BytesIO(body))


def _sound(table):
    return table["minutes"].notna() & (table["distance_km"] > 0) & table["rider"].isin(["member", "casual"])


def _put(aws, table):
    body = table.to_csv(index=False)
    aws.client("s3").put_object(Bucket=aws.name("data"), Key="clean/trips.csv", Body=body)


def _rule(aws, pattern):
    aws.client("events").put_rule(Name=aws.name("quality"), EventPattern=json.dumps(pattern))
