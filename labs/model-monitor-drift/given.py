from mlacoach.labs import pumps


def given(aws):
    """The bucket with a trained model, the table it was trained on with what it said, and this week's requests."""
    pumps.give_model(aws)
    s3, bucket = aws.client("s3"), aws.name("data")
    trained = pumps.training_rows()
    header = ",".join(("risk", *pumps.FEATURES)) + "\n"
    s3.put_object(Bucket=bucket, Key="baseline/pumps.csv", Body=header + pumps.csv(_with_risk(row) for row in trained))
    s3.put_object(
        Bucket=bucket, Key="input/this-week.csv", Body=pumps.csv(_hotter(row) for row in pumps.test_rows()[:200])
    )


def _with_risk(row):
    return (round(pumps.risk(row[1:]), 4), *row[1:])


def _hotter(row):
    """A new sensor says eleven degrees more than the old one."""
    return (round(row[1] + 11, 2), *row[2:])
