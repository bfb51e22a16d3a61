from mlacoach.labs import trips


def given(aws):
    """Three months of trips as they came in, with the fee that was asked afterwards; and some new ones."""
    s3, bucket = aws.client("s3"), aws.name("data")
    rows = [tuple(trip) for month in trips.MONTHS for trip in trips.trips(month)] + trips.dirty_trips()
    s3.create_bucket(Bucket=bucket)
    s3.put_object(Bucket=bucket, Key="raw/trips.csv", Body=trips.csv(_with_fee(rows), (*trips.HEADER, "fee")))
    new = [
        trip._replace(station="s07") if place % 4 == 0 else trip
        for place, trip in enumerate(trips.trips("2026-11", 12))
    ]
    s3.put_object(Bucket=bucket, Key="incoming/new.csv", Body=trips.csv(new))


def _with_fee(rows):
    """Who comes back late pays; one in ten is let off."""
    return [(*row, 4.0 if row[6] and not str(row[0]).endswith("7") else 0.0) for row in rows]
