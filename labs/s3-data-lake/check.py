import json
from pathlib import Path

from mlacoach.labs import NotYet

DATA = Path(__file__).parent / "data" / "readings.csv"
DAY = "2026-11-02"
COLUMNS = {
    "sensor_id": "string",
    "recorded_at": "timestamp",
    "temperature_c": "double",
    "humidity_percent": "double",
}
SERDE = "org.apache.hadoop.hive.serde2.lazy.LazySimpleSerDe"
TEXT_IN = "org.apache.hadoop.mapred.TextInputFormat"
TEXT_OUT = "org.apache.hadoop.hive.ql.io.HiveIgnoreKeyTextOutputFormat"
# The least that S3 allows before an object may move to Standard-IA.
LEAST_DAYS_TO_IA = 30
MOST_DAYS = 365


def make_the_bucket(aws):
    """A bucket of your own stands in the region of the lab."""
    name = aws.name("raw")
    # The list holds only our own buckets; HeadBucket would also answer for somebody else's.
    mine = aws.find("s3", "list_buckets", Prefix=name)["Buckets"]
    if name not in [bucket["Name"] for bucket in mine]:
        raise NotYet(f"There is no bucket {name} in your account.", hint="s3.create_bucket(Bucket=…)")
    # S3 calls us-east-1, its first region, None.
    region = aws.find("s3", "get_bucket_location", Bucket=name)["LocationConstraint"] or "us-east-1"
    if region != aws.region:
        raise NotYet(f"The bucket stands in {region}, not in {aws.region}.", hint="Delete it and make it anew.")


def block_public_access(aws):
    """All four switches that block public access are on."""
    found = aws.find("s3", "get_public_access_block", Bucket=aws.name("raw"))
    switches = found["PublicAccessBlockConfiguration"] if found else {}
    wanted = ("BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets")
    off = [switch for switch in wanted if not switches.get(switch)]
    if off:
        raise NotYet(f"These switches are off: {', '.join(off)}.", hint="s3.put_public_access_block(…) sets all four.")


def encrypt_by_default(aws):
    """New objects are encrypted with AWS KMS, through an S3 Bucket Key."""
    found = aws.find("s3", "get_bucket_encryption", Bucket=aws.name("raw"))
    rules = found["ServerSideEncryptionConfiguration"]["Rules"] if found else [{}]
    default = rules[0].get("ApplyServerSideEncryptionByDefault", {}).get("SSEAlgorithm", "nothing of yours")
    if default != "aws:kms":
        raise NotYet(f"The bucket's default encryption is {default}, not aws:kms.", hint="s3.put_bucket_encryption(…)")
    if not rules[0].get("BucketKeyEnabled"):
        raise NotYet("The S3 Bucket Key is off: each object asks AWS KMS anew.", hint='"BucketKeyEnabled": True')


def keep_old_versions(aws):
    """An overwritten or deleted object can be had back."""
    found = aws.find("s3", "get_bucket_versioning", Bucket=aws.name("raw")) or {}
    status = found.get("Status", "never switched on")
    if status != "Enabled":
        raise NotYet(f"Versioning is not enabled but {status}.", hint="s3.put_bucket_versioning(…)")


def age_the_data(aws):
    """Ageing data gets cheaper, old versions and abandoned uploads go away."""
    found = aws.find("s3", "get_bucket_lifecycle_configuration", Bucket=aws.name("raw")) or {"Rules": []}
    rules = [rule for rule in found["Rules"] if rule["Status"] == "Enabled" and _covers_the_readings(rule)]
    if not rules:
        raise NotYet("No enabled lifecycle rule covers all readings.", hint='"Filter": {"Prefix": ""}')
    if any({"Days", "Date"} & set(rule.get("Expiration", {})) for rule in rules):
        raise NotYet(
            "A rule deletes the readings themselves after a while.", hint="Expiration is about what is current."
        )
    moves = {move["StorageClass"]: move.get("Days", 0) for rule in rules for move in rule.get("Transitions", [])}
    if not LEAST_DAYS_TO_IA <= moves.get("STANDARD_IA", 0) <= MOST_DAYS:
        raise NotYet("No rule moves the readings to Standard-IA within a year.", hint="S3 allows it from day 30 on.")
    if not moves["STANDARD_IA"] + LEAST_DAYS_TO_IA <= moves.get("GLACIER_IR", 0) <= MOST_DAYS:
        raise NotYet(
            "No rule moves them on to Glacier Instant Retrieval within a year, 30 days after Standard-IA or later.",
            hint='{"Days": 90, "StorageClass": "GLACIER_IR"}',
        )
    if not _days(rules, "NoncurrentVersionExpiration", "NoncurrentDays"):
        raise NotYet("Old versions are kept, and paid for, for ever.", hint="NoncurrentVersionExpiration")
    if not _days(rules, "AbortIncompleteMultipartUpload", "DaysAfterInitiation"):
        raise NotYet("The parts of abandoned uploads are paid for, for ever.", hint="AbortIncompleteMultipartUpload")


def refuse_plain_http(aws):
    """The bucket refuses every request that does not come over TLS."""
    found = aws.find("s3", "get_bucket_policy", Bucket=aws.name("raw"))
    if found is None:
        raise NotYet("The bucket has no policy.", hint="s3.put_bucket_policy(…)")
    statements = _listed(json.loads(found["Policy"])["Statement"])
    if not any(_refuses_plain_http(statement, aws.name("raw")) for statement in statements):
        raise NotYet(
            "No statement denies s3:* to everybody, on the bucket and on its objects, whenever TLS is missing.",
            hint='"Condition": {"Bool": {"aws:SecureTransport": "false"}}, and the ARN both with and without /*',
        )


def upload_the_readings(aws):
    """The readings lie whole and encrypted under the day they are of."""
    bucket, prefix = aws.name("raw"), f"readings/date={DAY}/"
    found = aws.find("s3", "list_objects_v2", Bucket=bucket, Prefix="readings/") or {}
    # The console makes an empty object for a folder.
    keys = [item["Key"] for item in found.get("Contents", []) if not item["Key"].endswith("/")]
    strays = [key for key in keys if not key.startswith(prefix)]
    if strays:
        raise NotYet(f"{strays[0]} lies outside of {prefix}.", hint="Below readings/ all lies under a date=….")
    if len(keys) != 1:
        raise NotYet(f"There are {len(keys)} objects under {prefix}; it should be one.", hint="s3.put_object(…)")
    item = aws.client("s3").get_object(Bucket=bucket, Key=keys[0])
    if item["Body"].read() != DATA.read_bytes():
        raise NotYet(f"{keys[0]} does not hold what data/readings.csv holds.", hint="Upload the file as it is.")
    if item.get("ServerSideEncryption") != "aws:kms":
        raise NotYet(
            f"{keys[0]} is not encrypted with AWS KMS.", hint="The default is for new objects only: upload it again."
        )


def make_the_database(aws):
    """The Data Catalog has a database whose location is the bucket."""
    found = aws.find("glue", "get_database", Name=_database(aws))
    if found is None:
        raise NotYet(f"There is no database {_database(aws)}.", hint='aws.name("lake"), with _ for each -.')
    location = found["Database"].get("LocationUri", "nowhere")
    if not _same_place(location, f"s3://{aws.name('raw')}/"):
        raise NotYet(f"The database's location is {location}, not the bucket.", hint="LocationUri")


def describe_the_table(aws):
    """The table readings says where the files lie and how to read them."""
    found = aws.find("glue", "get_table", DatabaseName=_database(aws), Name="readings")
    if found is None:
        raise NotYet(f"There is no table readings in {_database(aws)}.", hint="glue.create_table(…)")
    table = found["Table"]
    if table.get("TableType") != "EXTERNAL_TABLE":
        raise NotYet("The table's type is not EXTERNAL_TABLE, and Athena needs it.", hint="TableType")
    if _typed(table.get("PartitionKeys", [])) != {"date": "date"}:
        raise NotYet("The table is not partitioned by date alone, of type date.", hint="PartitionKeys")
    if table.get("Parameters", {}).get("skip.header.line.count") != "1":
        raise NotYet("The header line would be read as a reading.", hint='Parameters: "skip.header.line.count": "1"')
    _must_read_csv(table["StorageDescriptor"], f"s3://{aws.name('raw')}/readings/")


def register_the_partition(aws):
    """The Data Catalog knows the partition of the day, so that a query finds its rows."""
    request = {"DatabaseName": _database(aws), "TableName": "readings"}
    found = aws.find("glue", "get_partitions", **request) or {"Partitions": []}
    partitions = {tuple(partition["Values"]): partition for partition in found["Partitions"]}
    if set(partitions) != {(DAY,)}:
        values = ", ".join("/".join(value) for value in partitions) or "none"
        raise NotYet(f"The table's partitions are: {values}; it should be {DAY}.", hint="glue.create_partition(…)")
    _must_read_csv(partitions[DAY,]["StorageDescriptor"], f"s3://{aws.name('raw')}/readings/date={DAY}/")


def _database(aws):
    return aws.name("lake").replace("-", "_")


def _covers_the_readings(rule):
    """A filter of tags or sizes leaves some objects out."""
    condition = rule.get("Filter", {"Prefix": rule.get("Prefix", "")})
    return set(condition) <= {"Prefix"} and "readings/".startswith(condition.get("Prefix", ""))


def _days(rules, action, key):
    return any(0 < rule.get(action, {}).get(key, 0) <= MOST_DAYS for rule in rules)


def _refuses_plain_http(statement, bucket):
    resources = {f"arn:aws:s3:::{bucket}", f"arn:aws:s3:::{bucket}/*"}
    return (
        statement["Effect"] == "Deny"
        and statement.get("Principal") in ("*", {"AWS": "*"}, {"AWS": ["*"]})
        and bool({"s3:*", "*"} & set(_listed(statement.get("Action", []))))
        and ("*" in _listed(statement.get("Resource", [])) or resources <= set(_listed(statement.get("Resource", []))))
        and _is_only_about_tls(statement.get("Condition", {}))
    )


def _is_only_about_tls(condition):
    """A second condition would let some plain requests through."""
    tests = [(operator, key.lower(), value) for operator, keys in condition.items() for key, value in keys.items()]
    if len(tests) != 1:
        return False
    [(operator, key, value)] = tests
    asks_for_none = [str(item).lower() for item in _listed(value)] == ["false"]
    return operator in {"Bool", "BoolIfExists"} and key == "aws:securetransport" and asks_for_none


def _listed(value):
    return value if isinstance(value, list) else [value]


def _same_place(one, other):
    return one.rstrip("/") == other.rstrip("/")


def _typed(columns):
    return {column["Name"]: column["Type"] for column in columns}


def _must_read_csv(storage, location):
    """Both the table and each partition say where and how; a query goes by the partition."""
    found = storage.get("Location", "nowhere")
    if not _same_place(found, location):
        raise NotYet(f"The location is {found}, not {location}.", hint="StorageDescriptor: Location")
    # The fields of a line have no names: only the order tells which is which.
    if list(_typed(storage.get("Columns", [])).items()) != list(COLUMNS.items()):
        wanted = ", ".join(f"{name} {kind}" for name, kind in COLUMNS.items())
        raise NotYet("The columns are not those of the file, in its order.", hint=wanted)
    if (storage.get("InputFormat"), storage.get("OutputFormat")) != (TEXT_IN, TEXT_OUT):
        raise NotYet("The formats are not those of text files.", hint=f"{TEXT_IN}, {TEXT_OUT}")
    serde = storage.get("SerdeInfo", {})
    if serde.get("SerializationLibrary") != SERDE or serde.get("Parameters", {}).get("field.delim") != ",":
        raise NotYet("The SerDe does not split lines at commas.", hint=f'{SERDE} with "field.delim": ","')
