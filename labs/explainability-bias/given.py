from mlacoach.labs import paybacks, trips


def given(aws):
    """The bucket with two models, with those who had a pass, and with fifty of them to be explained."""
    s3, bucket = aws.client("s3"), aws.name("data")
    s3.create_bucket(Bucket=bucket)
    for name, model in (("in-use", paybacks.IN_USE), ("fairer", paybacks.FAIRER)):
        s3.put_object(Bucket=bucket, Key=f"models/{name}.tar.gz", Body=paybacks.model_archive(model))
    rows = paybacks.payers()
    s3.put_object(Bucket=bucket, Key="all/payers.csv", Body=trips.csv(rows, ()))
    s3.put_object(Bucket=bucket, Key="few/payers.csv", Body=trips.csv(rows[: paybacks.FEW], ()))
