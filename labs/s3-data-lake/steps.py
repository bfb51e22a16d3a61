import json
from pathlib import Path

DATA = Path(__file__).parent / "data" / "readings.csv"
DAY = "2026-11-02"


def make_the_bucket(aws):
    """In us-east-1 a bucket is made without a location; every other region has to be named."""
    aws.client("s3").create_bucket(Bucket=aws.name("raw"))


def block_public_access(aws):
    """Four switches: two against ACLs, two against policies that would open the bucket to everybody."""
    aws.client("s3").put_public_access_block(
        Bucket=aws.name("raw"),
        PublicAccessBlockConfiguration={
            "BlockPublicAcls": True,
            "IgnorePublicAcls": True,
            "BlockPublicPolicy": True,
            "RestrictPublicBuckets": True,
        },
    )


def encrypt_by_default(aws):
    """Without a key's id, AWS KMS uses the key that AWS keeps for S3 in your account, `aws/s3`."""
    aws.client("s3").put_bucket_encryption(
        Bucket=aws.name("raw"),
        ServerSideEncryptionConfiguration={
            "Rules": [{"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "aws:kms"}, "BucketKeyEnabled": True}]
        },
    )


def keep_old_versions(aws):
    """From now on an overwritten or deleted object stays as an older version."""
    aws.client("s3").put_bucket_versioning(Bucket=aws.name("raw"), VersioningConfiguration={"Status": "Enabled"})


def age_the_data(aws):
    """One rule for the whole bucket: the empty prefix means every object."""
    aws.client("s3").put_bucket_lifecycle_configuration(
        Bucket=aws.name("raw"),
        LifecycleConfiguration={
            "Rules": [
                {
                    "ID": "age-the-data",
                    "Status": "Enabled",
                    "Filter": {"Prefix": ""},
                    "Transitions": [
                        {"Days": 30, "StorageClass": "STANDARD_IA"},
                        {"Days": 90, "StorageClass": "GLACIER_IR"},
                    ],
                    "NoncurrentVersionExpiration": {"NoncurrentDays": 30},
                    "AbortIncompleteMultipartUpload": {"DaysAfterInitiation": 7},
                }
            ]
        },
    )


def refuse_plain_http(aws):
    """A Deny beats every Allow. The bucket and what lies in it are two resources, so both are named."""
    bucket = f"arn:aws:s3:::{aws.name('raw')}"
    statement = {
        "Sid": "RefusePlainHttp",
        "Effect": "Deny",
        "Principal": "*",
        "Action": "s3:*",
        "Resource": [bucket, f"{bucket}/*"],
        "Condition": {"Bool": {"aws:SecureTransport": "false"}},
    }
    policy = {"Version": "2012-10-17", "Statement": [statement]}
    aws.client("s3").put_bucket_policy(Bucket=aws.name("raw"), Policy=json.dumps(policy))


def upload_the_readings(aws):
    """The day stands in the key as `date=…`: that is how Athena, Glue and Spark know a partition."""
    aws.client("s3").put_object(
        Bucket=aws.name("raw"),
        Key=f"readings/date={DAY}/readings.csv",
        Body=DATA.read_bytes(),
        ContentType="text/csv",
    )


def make_the_database(aws):
    """Athena reads names with underscores only. The location is where Spark puts tables that name none."""
    aws.client("glue").create_database(
        DatabaseInput={"Name": _database(aws), "LocationUri": f"s3://{aws.name('raw')}/"}
    )


def describe_the_table(aws):
    """The columns as they stand in the file; the partition key stands in the path and is no column of it."""
    aws.client("glue").create_table(
        DatabaseName=_database(aws),
        TableInput={
            "Name": "readings",
            "TableType": "EXTERNAL_TABLE",
            "Parameters": {"classification": "csv", "skip.header.line.count": "1"},
            "PartitionKeys": [{"Name": "date", "Type": "date"}],
            "StorageDescriptor": _storage(f"s3://{aws.name('raw')}/readings/"),
        },
    )


def register_the_partition(aws):
    """A partition carries its own description of the storage; only the location differs from the table's."""
    aws.client("glue").create_partition(
        DatabaseName=_database(aws),
        TableName="readings",
        PartitionInput={
            "Values": [DAY],
            "StorageDescriptor": _storage(f"s3://{aws.name('raw')}/readings/date={DAY}/"),
        },
    )


def _database(aws):
    return aws.name("lake").replace("-", "_")


def _storage(location):
    return {
        "Columns": [
            {"Name": "sensor_id", "Type": "string"},
            {"Name": "recorded_at", "Type": "timestamp"},
            {"Name": "temperature_c", "Type": "double"},
            {"Name": "humidity_percent", "Type": "double"},
        ],
        "Location": location,
        "InputFormat": "org.apache.hadoop.mapred.TextInputFormat",
        "OutputFormat": "org.apache.hadoop.hive.ql.io.HiveIgnoreKeyTextOutputFormat",
        "SerdeInfo": {
            "SerializationLibrary": "org.apache.hadoop.hive.serde2.lazy.LazySimpleSerDe",
            "Parameters": {"field.delim": ","},
        },
    }
