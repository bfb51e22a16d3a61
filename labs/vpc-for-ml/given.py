def given(aws):
    """The bucket whose data may be reached from within."""
    aws.client("s3").create_bucket(Bucket=aws.name("data"))
