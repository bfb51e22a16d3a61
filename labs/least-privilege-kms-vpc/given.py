from mlacoach.labs import trips


def given(aws):
    """The bucket with trips to train on, and something below secret/ that training has no business with."""
    s3, bucket = aws.client("s3"), aws.name("data")
    s3.create_bucket(Bucket=bucket)
    s3.put_object(Bucket=bucket, Key="train/trips.csv", Body=trips.csv(trips.trips(trips.NEXT_MONTH)))
    s3.put_object(Bucket=bucket, Key="secret/riders.csv", Body="rider,name\nr1,Anna\n")
