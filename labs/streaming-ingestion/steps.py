import io
import json
import zipfile
from pathlib import Path

from mlacoach.labs import Shown

TRANSFORM = Path(__file__).parent / "data" / "transform.py"
AT_ONCE = 500
SENT, GOOD = 402, 400


def make_the_stream(aws):
    """A shard takes a megabyte or a thousand records a second; two of them twice as much."""
    aws.client("kinesis").create_stream(
        StreamName=aws.name("trips"), ShardCount=2, StreamModeDetails={"StreamMode": "PROVISIONED"}
    )
    _active(aws)


def write_the_function(aws):
    """It gets a batch, and answers for each record with its id, a result, and the data as base64."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.write(TRANSFORM, "transform.py")
    aws.client("lambda").create_function(
        FunctionName=aws.name("transform"),
        Runtime="python3.13",
        Role=aws.role_arn,
        Handler="transform.handler",
        Code={"ZipFile": packed.getvalue()},
        # Firehose waits five minutes at most.
        Timeout=60,
    )
    aws.client("lambda").get_waiter("function_active_v2").wait(FunctionName=aws.name("transform"))


def make_the_delivery(aws):
    """It begins with what comes from now on. Whatever is in the stream already stays where it is."""
    account = aws.role_arn.split(":")[4]
    aws.client("firehose").create_delivery_stream(
        DeliveryStreamName=aws.name("to-s3"),
        DeliveryStreamType="KinesisStreamAsSource",
        KinesisStreamSourceConfiguration={
            "KinesisStreamARN": f"arn:aws:kinesis:{aws.region}:{account}:stream/{aws.name('trips')}",
            "RoleARN": aws.role_arn,
        },
        ExtendedS3DestinationConfiguration={
            "RoleARN": aws.role_arn,
            "BucketARN": f"arn:aws:s3:::{aws.name('data')}",
            "Prefix": "live/dt=!{timestamp:yyyy-MM-dd}/",
            "ErrorOutputPrefix": "failed/!{firehose:error-output-type}/",
            # Whichever comes first: a megabyte or a minute.
            "BufferingHints": {"SizeInMBs": 1, "IntervalInSeconds": 60},
            "ProcessingConfiguration": {"Enabled": True, "Processors": [_processor(aws, account)]},
        },
    )
    aws.wait(
        "firehose",
        "describe_delivery_stream",
        lambda found: found["DeliveryStreamDescription"]["DeliveryStreamStatus"] == "ACTIVE",
        DeliveryStreamName=aws.name("to-s3"),
    )


def send_the_trips(aws):
    """Records with the same partition key go to the same shard, in order. put_records may fail for some of them."""
    lines = aws.client("s3").get_object(Bucket=aws.name("data"), Key="incoming/live.jsonl")["Body"].read().split(b"\n")
    records = [{"Data": line, "PartitionKey": _station(line)} for line in lines]
    while records:
        answer = aws.client("kinesis").put_records(StreamName=aws.name("trips"), Records=records[:AT_ONCE])
        again = [record for record, said in zip(records, answer["Records"], strict=False) if said.get("ErrorCode")]
        records = again + records[AT_ONCE:]
    return Shown(metrics={"records sent": len(lines)})


def see_them_arrive(aws):
    """Wait for the buffer, then count. A stream delivers at least once, so what counts is each trip's id."""
    aws.wait(
        "s3",
        "list_objects_v2",
        lambda _: len(_arrived(aws)) >= GOOD and _failed(aws),
        Bucket=aws.name("data"),
        Prefix="live/",
    )
    arrived, failed = len(_arrived(aws)), len(_failed(aws))
    counted = {"arrived": arrived, "failed": failed, "dropped": SENT - arrived - failed}
    aws.client("s3").put_object(Bucket=aws.name("data"), Key="reports/arrived.json", Body=json.dumps(counted))
    return Shown(bars=counted, measure="trips")


def grow(aws):
    """Each shard is split; what lies in the old ones is read to its end first."""
    aws.client("kinesis").update_shard_count(
        StreamName=aws.name("trips"), TargetShardCount=4, ScalingType="UNIFORM_SCALING"
    )
    _active(aws)


def watch_the_lag(aws):
    """The age of the oldest record that is not in S3 yet: it rises when anything between is too slow."""
    aws.client("cloudwatch").put_metric_alarm(
        AlarmName=aws.name("lag"),
        Namespace="AWS/Firehose",
        MetricName="DeliveryToS3.DataFreshness",
        Dimensions=[{"Name": "DeliveryStreamName", "Value": aws.name("to-s3")}],
        Statistic="Maximum",
        Period=300,
        EvaluationPeriods=2,
        Threshold=300,
        ComparisonOperator="GreaterThanThreshold",
        TreatMissingData="notBreaching",
    )


def _arrived(aws):
    return {line["trip_id"] for line in _lines(aws, "live/")}


def _failed(aws):
    return {line["rawData"] for line in _lines(aws, "failed/")}


def _lines(aws, prefix):
    s3, bucket = aws.client("s3"), aws.name("data")
    keys = [each["Key"] for each in s3.list_objects_v2(Bucket=bucket, Prefix=prefix).get("Contents", [])]
    bodies = [s3.get_object(Bucket=bucket, Key=key)["Body"].read() for key in keys]
    return [json.loads(line) for body in bodies for line in body.splitlines()]


def _processor(aws, account):
    function = f"arn:aws:lambda:{aws.region}:{account}:function:{aws.name('transform')}:$LATEST"
    return {"Type": "Lambda", "Parameters": [{"ParameterName": "LambdaArn", "ParameterValue": function}]}


def _station(line):
    try:
        return json.loads(line)["station"]
    except ValueError:
        return "unknown"


def _active(aws):
    aws.wait(
        "kinesis",
        "describe_stream_summary",
        lambda found: found["StreamDescriptionSummary"]["StreamStatus"] == "ACTIVE",
        StreamName=aws.name("trips"),
    )
