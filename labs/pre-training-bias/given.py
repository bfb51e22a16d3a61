from mlacoach.labs import passes, trips


def given(aws):
    """The bucket with all who asked for a pass, without a header."""
    s3, bucket = aws.client("s3"), aws.name("data")
    s3.create_bucket(Bucket=bucket)
    s3.put_object(Bucket=bucket, Key="asked/passes.csv", Body=trips.csv(passes.asked(), ()))
