"""Tries what the role of the job may do, and what it may not; says of each how it went."""

import argparse
import json

import boto3
from botocore.exceptions import ClientError

given = argparse.ArgumentParser()
given.add_argument("--bucket", required=True)
bucket = given.parse_args().bucket
s3 = boto3.client("s3")
TRIES = {
    "read train/": lambda: s3.get_object(Bucket=bucket, Key="train/trips.csv"),
    "write models/ with kms": lambda: s3.put_object(
        Bucket=bucket, Key="models/model.txt", Body=b"model", ServerSideEncryption="aws:kms"
    ),
    "write models/ without": lambda: s3.put_object(Bucket=bucket, Key="models/model.txt", Body=b"model"),
    "read secret/": lambda: s3.get_object(Bucket=bucket, Key="secret/riders.csv"),
    "delete train/": lambda: s3.delete_object(Bucket=bucket, Key="train/trips.csv"),
}

for name, attempt in TRIES.items():
    try:
        attempt()
        said = "allowed"
    except ClientError as error:
        said = error.response["Error"]["Code"]
    print(json.dumps({"tried": name, "said": said}), flush=True)
