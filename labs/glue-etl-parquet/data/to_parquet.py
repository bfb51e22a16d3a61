"""One month of trips: CSV in, Parquet out, a folder for each month and kind of rider. May run twice."""

import sys
import tempfile
from pathlib import Path

import boto3
import duckdb
from awsglue.utils import getResolvedOptions

given = getResolvedOptions(sys.argv, ["job", "bucket", "month"])
s3, bucket, month = boto3.client("s3"), given["bucket"], given["month"]
print(f"{given['job']} works on {month}")

with tempfile.TemporaryDirectory() as folder:
    source = Path(folder) / "trips.csv"
    source.write_bytes(s3.get_object(Bucket=bucket, Key=f"trips/month={month}/trips.csv")["Body"].read())
    trips = duckdb.read_csv(str(source)).select(
        "trip_id, started_at::TIMESTAMP AS started_at, station, rider, distance_km, minutes, late::INTEGER AS late, "
        "hour(started_at::TIMESTAMP)::INTEGER AS hour, round(distance_km / minutes * 60, 2) AS speed_kmh"
    )
    # What an earlier run left for this month goes first: then a second run replaces instead of adding.
    prefix = f"curated/month={month}/"
    for old in s3.list_objects_v2(Bucket=bucket, Prefix=prefix).get("Contents", []):
        s3.delete_object(Bucket=bucket, Key=old["Key"])
    for (rider,) in trips.select("rider").distinct().order("rider").fetchall():
        part = Path(folder) / f"{rider}.parquet"
        # The partition's value stands in the path; in the file it would be a column twice.
        columns = "trip_id, started_at, station, distance_km, minutes, late, hour, speed_kmh"
        trips.filter(f"rider = '{rider}'").select(columns).write_parquet(str(part), compression="snappy")
        s3.put_object(Bucket=bucket, Key=f"{prefix}rider={rider}/part-0.parquet", Body=part.read_bytes())
    print(f"{trips.count('*').fetchall()[0][0]} trips of {month}")
