from mlacoach.labs import trips

COLUMNS = {
    "trip_id": "string",
    "started_at": "string",
    "station": "string",
    "rider": "string",
    "distance_km": "double",
    "minutes": "double",
    "late": "int",
}


def given(aws):
    """October's trips as they came in, in a table of the Data Catalog; and a table for clean ones, still empty."""
    s3, glue, bucket = aws.client("s3"), aws.client("glue"), aws.name("data")
    s3.create_bucket(Bucket=bucket)
    s3.put_object(Bucket=bucket, Key="raw/trips.csv", Body=trips.csv(trips.dirty_trips()))
    database = aws.name("lake").replace("-", "_")
    glue.create_database(DatabaseInput={"Name": database})
    for name in ("raw", "clean"):
        glue.create_table(DatabaseName=database, TableInput=_table(name, f"s3://{bucket}/{name}/"))


def _table(name, place):
    serde = "org.apache.hadoop.hive.serde2.lazy.LazySimpleSerDe"
    return {
        "Name": name,
        "TableType": "EXTERNAL_TABLE",
        "Parameters": {"classification": "csv", "skip.header.line.count": "1"},
        "StorageDescriptor": {
            "Columns": [{"Name": column, "Type": kind} for column, kind in COLUMNS.items()],
            "Location": place,
            "InputFormat": "org.apache.hadoop.mapred.TextInputFormat",
            "OutputFormat": "org.apache.hadoop.hive.ql.io.HiveIgnoreKeyTextOutputFormat",
            "SerdeInfo": {"SerializationLibrary": serde, "Parameters": {"field.delim": ","}},
        },
    }
