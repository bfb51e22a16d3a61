from mlacoach.labs import trips


def given(aws):
    """The bucket, and what the bicycles will send: October's trips, and two lines that went wrong."""
    s3, bucket = aws.client("s3"), aws.name("data")
    s3.create_bucket(Bucket=bucket)
    good = trips.trips(trips.NEXT_MONTH)
    lines = trips.lines_of_json(good)
    lines.insert(100, trips.lines_of_json([good[0]._replace(trip_id="202610-9999", minutes=-3.0)])[0])
    lines.insert(200, '{"trip_id": "202610-99')
    s3.put_object(Bucket=bucket, Key="incoming/live.jsonl", Body="\n".join(lines))
