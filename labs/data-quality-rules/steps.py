import io
import json

from mlacoach.labs import Shown

RULES = """Rules = [
    RowCount > 100,
    IsComplete "minutes",
    IsUnique "trip_id",
    ColumnValues "distance_km" > 0,
    ColumnValues "rider" in ["member", "casual"],
    ColumnValues "late" in [0, 1]
]"""


def count_the_faults(aws):
    """A profile by hand: four lines of pandas, one for each kind of fault."""
    table = _raw(aws)
    counted = {
        "rows": len(table),
        "missing_minutes": int(table["minutes"].isna().sum()),
        "negative_distances": int((table["distance_km"] < 0).sum()),
        "unknown_riders": int((~table["rider"].isin(["member", "casual"])).sum()),
        "doubled_trips": int(table["trip_id"].duplicated().sum()),
    }
    aws.client("s3").put_object(Bucket=aws.name("data"), Key="reports/profile.json", Body=json.dumps(counted))
    faults = {name: count for name, count in counted.items() if name != "rows"}
    return Shown(metrics={"rows": len(table)}, bars=faults, measure="rows with the fault")


def write_the_rules(aws):
    """DQDL: a rule is a word for what is measured, a column, and what it has to be."""
    aws.client("glue").create_data_quality_ruleset(
        Name=aws.name("trips"),
        Ruleset=RULES,
        TargetTable={"DatabaseName": _database(aws), "TableName": "raw"},
    )


def judge_what_came_in(aws):
    """The score is the share of rules that passed."""
    return _judge(aws, "raw")


def take_the_faults_out(aws):
    """Of a doubled trip the first is kept. What was taken out is worth keeping as well, for whoever sent it."""
    table = _raw(aws)
    sound = table["minutes"].notna() & (table["distance_km"] > 0) & table["rider"].isin(["member", "casual"])
    clean = table[sound].drop_duplicates("trip_id")
    s3, bucket = aws.client("s3"), aws.name("data")
    s3.put_object(Bucket=bucket, Key="clean/trips.csv", Body=clean.to_csv(index=False))
    s3.put_object(Bucket=bucket, Key="quarantine/trips.csv", Body=table[~sound].to_csv(index=False))
    return Shown(metrics={"kept": len(clean), "in quarantine": int((~sound).sum())})


def judge_what_is_clean(aws):
    """The same ruleset, another table: rules are about the data, not about a table."""
    return _judge(aws, "clean")


def hear_of_failures(aws):
    """An event for each evaluation; the pattern lets the failed ones through; the topic's policy lets them in."""
    sns, events = aws.client("sns"), aws.client("events")
    topic = sns.create_topic(Name=aws.name("quality"))["TopicArn"]
    statement = {
        "Effect": "Allow",
        "Principal": {"Service": "events.amazonaws.com"},
        "Action": "sns:Publish",
        "Resource": topic,
    }
    policy = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    sns.set_topic_attributes(TopicArn=topic, AttributeName="Policy", AttributeValue=policy)
    pattern = {
        "source": ["aws.glue-dataquality"],
        "detail-type": ["Data Quality Evaluation Results Available"],
        "detail": {"state": ["FAILED"]},
    }
    events.put_rule(Name=aws.name("quality"), EventPattern=json.dumps(pattern))
    events.put_targets(Rule=aws.name("quality"), Targets=[{"Id": "topic", "Arn": topic}])


def _database(aws):
    return aws.name("lake").replace("-", "_")


def _raw(aws):
    import pandas as pd

    body = aws.client("s3").get_object(Bucket=aws.name("data"), Key="raw/trips.csv")["Body"].read()
    return pd.read_csv(io.BytesIO(body))


def _judge(aws, table):
    glue = aws.client("glue")
    run = glue.start_data_quality_ruleset_evaluation_run(
        DataSource={"GlueTable": {"DatabaseName": _database(aws), "TableName": table}},
        Role=aws.role_arn,
        RulesetNames=[aws.name("trips")],
        NumberOfWorkers=2,
    )["RunId"]
    found = aws.wait(
        "glue",
        "get_data_quality_ruleset_evaluation_run",
        lambda found: found["Status"] in {"SUCCEEDED", "FAILED", "STOPPED", "TIMEOUT"},
        RunId=run,
    )
    result = glue.get_data_quality_result(ResultId=found["ResultIds"][0])
    rows = [(rule["Result"], rule["Description"], rule.get("EvaluationMessage", "")) for rule in result["RuleResults"]]
    return Shown(columns=("result", "rule", "message"), rows=rows, metrics={f"score of {table}": result["Score"]})
