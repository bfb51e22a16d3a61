import json


def given(aws):
    """The bucket for what is recorded; CloudTrail may write into it, for this account."""
    bucket, account = aws.name("audit"), aws.role_arn.split(":")[4]
    aws.client("s3").create_bucket(Bucket=bucket)
    service = {"Service": "cloudtrail.amazonaws.com"}
    arn = f"arn:aws:s3:::{bucket}"
    statements = [
        {"Effect": "Allow", "Principal": service, "Action": "s3:GetBucketAcl", "Resource": arn},
        {"Effect": "Allow", "Principal": service, "Action": "s3:PutObject", "Resource": f"{arn}/AWSLogs/{account}/*"},
    ]
    policy = json.dumps({"Version": "2012-10-17", "Statement": statements})
    aws.client("s3").put_bucket_policy(Bucket=bucket, Policy=policy)
