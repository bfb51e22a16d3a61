import io
import json
import zipfile

DROPS = """
def handler(event, context):
    return {"records": [{"recordId": each["recordId"], "result": "Dropped"} for each in event["records"]]}
"""
PASSES = """
import base64, json
def handler(event, context):
    made = []
    for each in event["records"]:
        try:
            trip = json.loads(base64.b64decode(each["data"]))
            result = "Ok" if trip["minutes"] > 0 else "Dropped"
            trip["speed_kmh"] = round(trip["distance_km"] / trip["minutes"] * 60, 2)
            data = base64.b64encode(json.dumps(trip).encode()).decode()
        except ValueError:
            result, data = "ProcessingFailed", each["data"]
        made.append({"recordId": each["recordId"], "result": result, "data": data})
    return {"records": made}
"""
FAILS = "def handler(event, context):\n    raise KeyError('Records')\n"
DAYS = "live/dt=!{timestamp:yyyy-MM-dd}/"


def one_shard(aws):
    """Half of what the bicycles send at six."""
    aws.client("kinesis").create_stream(StreamName=aws.name("trips"), ShardCount=1)


def on_demand(aws):
    """For a load that nobody knows."""
    aws.client("kinesis").create_stream(StreamName=aws.name("trips"), StreamModeDetails={"StreamMode": "ON_DEMAND"})


def drops_everything(aws):
    """Nothing arrives, and nothing fails."""
    _function(aws, DROPS)


def without_line_breaks(aws):
    """One record right behind the other."""
    _function(aws, PASSES)


def fails(aws):
    """Looks for records as SQS and Kinesis hand them over."""
    _function(aws, FAILS)


def all_in_one_heap(aws):
    """No folder that a query could leave out."""
    _delivery(aws, Prefix="live/")


def failures_among_them(aws):
    """The error prefix is missing."""
    _delivery(aws, Prefix=DAYS)


def nobody_asks(aws):
    """Without the function."""
    _delivery(aws, Prefix=DAYS, ErrorOutputPrefix="failed/!{firehose:error-output-type}/")


def straight_in(aws):
    """Past Kinesis."""
    _delivery(aws, kind="DirectPut", Prefix=DAYS)


def asked_in_vain(aws):
    """The function is named, and switched off."""
    account = aws.role_arn.split(":")[4]
    function = f"arn:aws:lambda:{aws.region}:{account}:function:{aws.name('transform')}:$LATEST"
    processor = {"Type": "Lambda", "Parameters": [{"ParameterName": "LambdaArn", "ParameterValue": function}]}
    _delivery(
        aws,
        Prefix=DAYS,
        ErrorOutputPrefix="failed/!{firehose:error-output-type}/",
        ProcessingConfiguration={"Enabled": False, "Processors": [processor]},
    )


def half_of_them_by_one_key(aws):
    """The first two hundred."""
    _send(aws, _lines(aws)[:200])


def all_by_one_key(aws):
    """One shard takes everything, the other nothing."""
    _send(aws, _lines(aws))


def by_chance(aws):
    """Spread as evenly as can be; a station's trips are in no order any more."""
    lines = _lines(aws)
    records = [{"Data": line, "PartitionKey": f"key-{number}"} for number, line in enumerate(lines)]
    aws.client("kinesis").put_records(StreamName=aws.name("trips"), Records=records)


def counted_what_was_sent(aws):
    """As if nothing could go wrong on the way."""
    _report(aws, {"arrived": 402, "dropped": 0, "failed": 0})


def called_it_failed(aws):
    """Dropped on purpose and failed are two things."""
    _report(aws, {"arrived": 400, "dropped": 0, "failed": 2})


def to_three(aws):
    """Not enough."""
    aws.client("kinesis").update_shard_count(
        StreamName=aws.name("trips"), TargetShardCount=3, ScalingType="UNIFORM_SCALING"
    )
    aws.wait(
        "kinesis",
        "describe_stream_summary",
        lambda found: found["StreamDescriptionSummary"]["StreamStatus"] == "ACTIVE",
        StreamName=aws.name("trips"),
    )


def how_much_comes(aws):
    """Bytes that come in say nothing of those that wait."""
    _alarm(aws, "IncomingBytes", 300)


def after_an_hour(aws):
    """Too late."""
    _alarm(aws, "DeliveryToS3.DataFreshness", 3600)


def how_many_ages(aws):
    """Counts the measurements, whatever they say."""
    _alarm(aws, "DeliveryToS3.DataFreshness", 300, statistic="SampleCount")


def _function(aws, code):
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("transform.py", code)
    aws.client("lambda").create_function(
        FunctionName=aws.name("transform"),
        Runtime="python3.13",
        Role=aws.role_arn,
        Handler="transform.handler",
        Code={"ZipFile": packed.getvalue()},
    )
    aws.client("lambda").get_waiter("function_active_v2").wait(FunctionName=aws.name("transform"))


def _delivery(aws, kind="KinesisStreamAsSource", **changes):
    account = aws.role_arn.split(":")[4]
    source = {
        "KinesisStreamARN": f"arn:aws:kinesis:{aws.region}:{account}:stream/{aws.name('trips')}",
        "RoleARN": aws.role_arn,
    }
    aws.client("firehose").create_delivery_stream(
        DeliveryStreamName=aws.name("to-s3"),
        DeliveryStreamType=kind,
        **({"KinesisStreamSourceConfiguration": source} if kind != "DirectPut" else {}),
        ExtendedS3DestinationConfiguration={
            "RoleARN": aws.role_arn,
            "BucketARN": f"arn:aws:s3:::{aws.name('data')}",
            "BufferingHints": {"SizeInMBs": 1, "IntervalInSeconds": 60},
            **changes,
        },
    )


def _lines(aws):
    return aws.client("s3").get_object(Bucket=aws.name("data"), Key="incoming/live.jsonl")["Body"].read().split(b"\n")


def _send(aws, lines):
    records = [{"Data": line, "PartitionKey": "all"} for line in lines]
    aws.client("kinesis").put_records(StreamName=aws.name("trips"), Records=records)


def _report(aws, counted):
    aws.wait("s3", "list_objects_v2", lambda found: found.get("KeyCount"), Bucket=aws.name("data"), Prefix="failed/")
    aws.client("s3").put_object(Bucket=aws.name("data"), Key="reports/arrived.json", Body=json.dumps(counted))


def _alarm(aws, metric, threshold, statistic="Maximum"):
    aws.client("cloudwatch").put_metric_alarm(
        AlarmName=aws.name("lag"),
        Namespace="AWS/Firehose",
        MetricName=metric,
        Dimensions=[{"Name": "DeliveryStreamName", "Value": aws.name("to-s3")}],
        Statistic=statistic,
        Period=300,
        EvaluationPeriods=2,
        Threshold=threshold,
        ComparisonOperator="GreaterThanThreshold",
    )
