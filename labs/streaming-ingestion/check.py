import base64
import json

from mlacoach.labs import NotYet, catalog, proofs, trips

GOOD = {"trip_id": "x1", "distance_km": 4.0, "minutes": 16.0}
SHARDS = 2
LONGEST_BUFFER = 300


def make_the_stream(aws):
    """A stream with two shards takes records."""
    stream = _stream(aws)
    if stream.get("StreamModeDetails", {}).get("StreamMode", "PROVISIONED") != "PROVISIONED":
        raise NotYet("The stream is on demand.", hint="With a known load: ShardCount=2")
    if stream["OpenShardCount"] < SHARDS:
        raise NotYet(f"It has {stream['OpenShardCount']} shard.", hint="ShardCount=2")


def write_the_function(aws):
    """A function lets good records pass, drops impossible ones, and says what it can't read."""
    if aws.find("lambda", "get_function", FunctionName=aws.name("transform")) is None:
        raise NotYet(f"There is no function {aws.name('transform')}.", hint="lambda.create_function(…)")
    sent = {"a": json.dumps(GOOD), "b": json.dumps({**GOOD, "minutes": -1}), "c": '{"trip_id": '}
    records = [{"recordId": key, "data": base64.b64encode(text.encode()).decode()} for key, text in sent.items()]
    answer = aws.client("lambda").invoke(
        FunctionName=aws.name("transform"), Payload=json.dumps({"invocationId": "try", "records": records})
    )
    said = json.loads(answer["Payload"].read() or b"null")
    if answer.get("FunctionError"):
        raise NotYet(f"It fails: {str(said.get('errorMessage')).rstrip('.')}.", hint="Its log in CloudWatch Logs.")
    made = {record.get("recordId"): record for record in (said or {}).get("records", ())}
    results = [made.get(key, {}).get("result") for key in sent]
    if results != ["Ok", "Dropped", "ProcessingFailed"]:
        raise NotYet(f"A good, an impossible, a broken record: {results}.", hint="Ok, Dropped, ProcessingFailed")
    _must_be_a_line(base64.b64decode(made["a"]["data"]))


def make_the_delivery(aws):
    """A delivery stream reads the stream, asks the function, and writes into a folder for each day."""
    place = _delivery(aws)
    source = place["source"].rpartition("/")[2]
    if source != aws.name("trips"):
        raise NotYet(f"It reads {source or 'no stream'}.", hint="KinesisStreamSourceConfiguration")
    prefix = place["s3"].get("Prefix", "")
    if prefix != "live/dt=!{timestamp:yyyy-MM-dd}/":
        raise NotYet(f"It writes to {prefix or 'the root'}.", hint="A folder for each day, as dt=…")
    if not place["s3"].get("ErrorOutputPrefix", "").startswith("failed/"):
        raise NotYet("What fails would lie among the good records.", hint="ErrorOutputPrefix: failed/…")
    if place["s3"].get("BufferingHints", {}).get("IntervalInSeconds", 300) >= LONGEST_BUFFER:
        raise NotYet("Records wait for five minutes or more.", hint="BufferingHints: IntervalInSeconds")
    processing = place["s3"].get("ProcessingConfiguration", {})
    if aws.name("transform") not in json.dumps(processing):
        raise NotYet("Nobody asks the function.", hint="ProcessingConfiguration: a processor of type Lambda")
    if not processing.get("Enabled"):
        raise NotYet("The processing is named and not enabled.", hint="ProcessingConfiguration: Enabled")


def send_the_trips(aws):
    """Every line has been sent, spread over the shards, all trips of a station by one key."""
    _stream(aws)
    lines = catalog.body(aws, "incoming/live.jsonl").split(b"\n")
    sent = _sent(aws)
    missing = [line for line in lines if line not in sent]
    if missing:
        raise NotYet(
            f"{len(missing)} of {len(lines)} lines are not in the stream.", hint="put_records takes 500 at once."
        )
    shared = _shared_keys(lines, sent)
    torn = sorted(station for station, keys in shared.items() if not keys)
    if torn:
        raise NotYet(f"The trips of {torn[0]} went by many keys: nothing keeps their order.", hint="PartitionKey")
    kept = set().union(*shared.values())
    shards = {shard for line in lines for key, shard in sent[line] if key in kept}
    if len(shards) < SHARDS:
        raise NotYet(f"All lie in one shard: {len(kept)} partition keys.", hint="PartitionKey: the station")


def see_them_arrive(aws):
    """Each good trip lies in S3 on a line of its own, the broken record apart, and you have counted them."""
    lines = b"".join(catalog.body(aws, key) for key in catalog.objects(aws, "live/dt=")).splitlines()
    try:
        arrived = {json.loads(line)["trip_id"] for line in lines}
    except (ValueError, KeyError, TypeError):
        raise NotYet(
            "Not every line below live/ is one trip.", hint="Does the function end records with \\n?"
        ) from None
    wanted = {trip.trip_id for trip in trips.trips(trips.NEXT_MONTH)}
    if arrived != wanted:
        said = f"{len(wanted - arrived)} trips are missing, {len(arrived - wanted)} should not be there"
        raise NotYet(f"{said}.", hint="Wait for the buffer; look at the function.")
    if b"rawData" not in b"".join(catalog.body(aws, key) for key in catalog.objects(aws, "failed/")):
        raise NotYet("The broken record is not below failed/.", hint="ProcessingFailed")
    report = proofs.report(aws, "reports/arrived.json")
    said = [report.get(name) for name in ("arrived", "dropped", "failed")]
    if said != [len(wanted), 1, 1]:
        raise NotYet(
            f"The report says {said} for arrived, dropped, failed.", hint="Each trip once; 402 lines were sent."
        )


def grow(aws):
    """The stream has four shards now."""
    found = _stream(aws)["OpenShardCount"]
    if found != 2 * SHARDS:
        raise NotYet(f"It has {found} open shards.", hint="update_shard_count(…)")


def watch_the_lag(aws):
    """An alarm tells when records wait in Firehose for longer than five minutes."""
    _delivery(aws)
    found = aws.find("cloudwatch", "describe_alarms", AlarmNames=[aws.name("lag")]) or {}
    if not found.get("MetricAlarms"):
        raise NotYet(f"There is no alarm {aws.name('lag')}.", hint="put_metric_alarm(…)")
    alarm = found["MetricAlarms"][0]
    metric = f"{alarm.get('Namespace')} {alarm.get('MetricName')}"
    if metric != "AWS/Firehose DeliveryToS3.DataFreshness":
        raise NotYet(f"It watches {metric}.", hint="AWS/Firehose DeliveryToS3.DataFreshness")
    if {each["Name"]: each["Value"] for each in alarm["Dimensions"]} != {"DeliveryStreamName": aws.name("to-s3")}:
        raise NotYet("It watches another stream, or none.", hint="Dimensions: DeliveryStreamName")
    if alarm.get("Statistic") not in {"Maximum", "Average", None}:
        raise NotYet(f"It looks at the {alarm['Statistic']} of the ages.", hint="Statistic: that of the oldest record")
    if "Greater" not in alarm["ComparisonOperator"] or alarm["Threshold"] != LONGEST_BUFFER:
        raise NotYet(
            f"It goes off at {alarm['ComparisonOperator']} {alarm['Threshold']:g} seconds.",
            hint="The age in seconds: 300",
        )


def _sent(aws):
    """Each line with the partition keys and shards it was sent by; somebody may have had to try again."""
    sent: dict[bytes, set[tuple[str, str]]] = {}
    for shard in _shards(aws):
        for record in _records(aws, shard):
            sent.setdefault(record["Data"].rstrip(b"\n"), set()).add((record["PartitionKey"], shard))
    return sent


def _shared_keys(lines, sent):
    """For each station the partition keys that all of its trips were sent by."""
    shared: dict[str, set[str]] = {}
    for line in lines:
        keys = {key for key, _ in sent[line]}
        try:
            station = json.loads(line)["station"]
        except ValueError:
            continue
        shared[station] = shared.get(station, keys) & keys
    return shared


def _must_be_a_line(data):
    if not data.endswith(b"\n"):
        raise NotYet("A record ends without a line break.", hint="Firehose adds none.")
    try:
        trip = json.loads(data)
    except ValueError:
        raise NotYet("What it makes of a record is no JSON.", hint="json.dumps(…)") from None
    if trip.get("speed_kmh") != 15:
        raise NotYet(f"4 km in 16 minutes are {trip.get('speed_kmh')} km/h.", hint="speed_kmh")


def _stream(aws):
    found = aws.find("kinesis", "describe_stream_summary", StreamName=aws.name("trips"))
    if found is None:
        raise NotYet(f"There is no stream {aws.name('trips')}.", hint="kinesis.create_stream(…)")
    stream = found["StreamDescriptionSummary"]
    if stream["StreamStatus"] != "ACTIVE":
        raise NotYet(f"The stream is {stream['StreamStatus']}.", hint="Wait until it is ACTIVE.")
    return stream


def _shards(aws):
    return [
        each["ShardId"] for each in (aws.find("kinesis", "list_shards", StreamName=aws.name("trips")) or {})["Shards"]
    ]


def _records(aws, shard):
    kinesis = aws.client("kinesis")
    found = kinesis.get_shard_iterator(StreamName=aws.name("trips"), ShardId=shard, ShardIteratorType="TRIM_HORIZON")
    iterator, records = found["ShardIterator"], []
    while iterator:
        page = kinesis.get_records(ShardIterator=iterator)
        records += page["Records"]
        # A shard that is open has always a next page, an empty one at its end.
        iterator = page.get("NextShardIterator") if page["Records"] or page.get("MillisBehindLatest") else None
    return records


def _delivery(aws):
    found = aws.find("firehose", "describe_delivery_stream", DeliveryStreamName=aws.name("to-s3"))
    if found is None:
        raise NotYet(f"There is no delivery stream {aws.name('to-s3')}.", hint="firehose.create_delivery_stream(…)")
    stream = found["DeliveryStreamDescription"]
    if stream["DeliveryStreamStatus"] != "ACTIVE":
        raise NotYet(f"The delivery stream is {stream['DeliveryStreamStatus']}.", hint="Wait until it is ACTIVE.")
    source = stream.get("Source", {}).get("KinesisStreamSourceDescription", {}).get("KinesisStreamARN", "")
    return {"source": source, "s3": stream["Destinations"][0].get("ExtendedS3DestinationDescription", {})}
