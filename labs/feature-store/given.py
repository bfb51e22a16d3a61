from mlacoach.labs import stations, trips


def given(aws):
    """Eight weeks of what is known of stations, a training set's trips as a table, and a work group to ask in."""
    s3, glue, bucket = aws.client("s3"), aws.client("glue"), aws.name("data")
    s3.create_bucket(Bucket=bucket)
    s3.put_object(Bucket=bucket, Key="incoming/stations.csv", Body=trips.csv(stations.history(), stations.HEADER))
    s3.put_object(Bucket=bucket, Key="asked/trips.csv", Body=trips.csv(stations.asked(), ()))
    database = aws.name("lake").replace("-", "_")
    glue.create_database(DatabaseInput={"Name": database})
    storage = {
        "Columns": [{"Name": name, "Type": "string"} for name in ("trip_id", "station", "started_at")],
        "Location": f"s3://{bucket}/asked/",
        "InputFormat": "org.apache.hadoop.mapred.TextInputFormat",
        "OutputFormat": "org.apache.hadoop.hive.ql.io.HiveIgnoreKeyTextOutputFormat",
        "SerdeInfo": {
            "SerializationLibrary": "org.apache.hadoop.hive.serde2.lazy.LazySimpleSerDe",
            "Parameters": {"field.delim": ","},
        },
    }
    table = {"Name": "asked", "TableType": "EXTERNAL_TABLE", "StorageDescriptor": storage}
    glue.create_table(DatabaseName=database, TableInput=table)
    place = {
        "ResultConfiguration": {"OutputLocation": f"s3://{bucket}/results/"},
        "EnforceWorkGroupConfiguration": True,
    }
    aws.client("athena").create_work_group(Name=aws.name("analysts"), Configuration=place)
