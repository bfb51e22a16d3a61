from mlacoach.labs import pumps


def given(aws):
    """The bucket with what the pumps' sensors said, as it was exported: a header, a number, the label last."""
    s3, bucket = aws.client("s3"), aws.name("data")
    table = [*pumps.training_rows(), *pumps.validation_rows(), *pumps.test_rows()]
    header = ",".join(("pump_id", *pumps.FEATURES, "failed"))
    lines = [",".join(map(str, (f"pump-{number:04d}", *row[1:], row[0]))) for number, row in enumerate(table)]
    s3.create_bucket(Bucket=bucket)
    s3.put_object(Bucket=bucket, Key="raw/pumps.csv", Body="\n".join([header, *lines, ""]))
