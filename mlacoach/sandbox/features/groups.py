"""How a feature group comes about: its place in S3 and its table in Glue."""

import threading
from collections.abc import Mapping
from contextlib import suppress
from typing import Any

from botocore.exceptions import ClientError

from mlacoach.sandbox.aws_error import invalid, not_emulated
from mlacoach.sandbox.control.required import s3_place
from mlacoach.sandbox.records import Record
from mlacoach.sandbox.world import World

DATABASE = "sagemaker_featurestore"
STATUS = "FeatureGroupStatus"
KINDS = {"Integral": "bigint", "Fractional": "double", "String": "string"}
# What the offline store adds to every row.
EXTRA = (("write_time", "timestamp"), ("api_invocation_time", "timestamp"), ("is_deleted", "boolean"))
KEYS = ("year", "month", "day", "hour")
PARQUET = {
    "InputFormat": "org.apache.hadoop.hive.ql.io.parquet.MapredParquetInputFormat",
    "OutputFormat": "org.apache.hadoop.hive.ql.io.parquet.MapredParquetOutputFormat",
    "SerdeInfo": {
        "SerializationLibrary": "org.apache.hadoop.hive.ql.io.parquet.serde.ParquetHiveSerDe",
        "Parameters": {"serialization.format": "1"},
    },
}


def begin(world: World, record: Record) -> None:
    """Make a group; it is Creating until its table is there.

    Raises:
        AwsError: it has neither store, or one that is not emulated.
    """
    offline = record.get("OfflineStoreConfig")
    if not offline and not (record.get("OnlineStoreConfig") or {}).get("EnableOnlineStore"):
        raise invalid("Validation Error: At least one of OnlineStoreConfig and OfflineStoreConfig must be enabled.")
    if (offline or {}).get("TableFormat") == "Iceberg":
        raise not_emulated("The table format Iceberg", "Use Glue, which is the default.")
    if offline and not record.get("RoleArn"):
        raise invalid("Validation Error: RoleArn is required for a feature group with an offline store.")
    threading.Thread(target=_make, args=(world, record), name=record.arn, daemon=True).start()


def _make(world: World, record: Record) -> None:
    try:
        fields = _offline(world, record) if record.get("OfflineStoreConfig") else {}
    except ClientError as error:
        told = error.response["Error"]
        why = f"{told['Code']}: {told['Message']}"
        world.store.change(record, {STATUS: "CreateFailed", "FailureReason": why})
        return
    world.store.change(record, {**fields, STATUS: "Created"})


def _offline(world: World, record: Record) -> dict[str, Any]:
    config = record["OfflineStoreConfig"]
    stamp = f"{record.key}-{int(record['CreationTime'].timestamp())}"
    place = config["S3StorageConfig"]["S3Uri"].rstrip("/")
    bucket, _ = s3_place(place)
    world.client("s3").head_bucket(Bucket=bucket)
    url = f"{place}/{world.account}/sagemaker/{record.region}/offline-store/{stamp}/data"
    catalog = config.get("DataCatalogConfig") or {
        "Catalog": "AwsDataCatalog",
        "Database": DATABASE,
        "TableName": stamp.lower().replace("-", "_"),
    }
    shown = {**config, "S3StorageConfig": {**config["S3StorageConfig"], "ResolvedOutputS3Uri": url}}
    if not config.get("DisableGlueTableCreation"):
        shown["DataCatalogConfig"] = catalog
        _create_table(world, record, catalog, url)
    return {"OfflineStoreConfig": shown, "OfflineStoreStatus": {"Status": "Active"}}


def _create_table(world: World, record: Record, catalog: Mapping[str, str], url: str) -> None:
    glue = world.client("glue", record.region)
    # The first group of the account has made it.
    with suppress(glue.exceptions.AlreadyExistsException):
        glue.create_database(DatabaseInput={"Name": catalog["Database"]})
    glue.create_table(DatabaseName=catalog["Database"], TableInput=_table(record, catalog["TableName"], url))


def _table(record: Record, name: str, url: str) -> dict[str, Any]:
    features = [(each["FeatureName"], kind_of(each)) for each in record["FeatureDefinitions"]]
    columns = [{"Name": column.lower(), "Type": kind} for column, kind in (*features, *EXTRA)]
    return {
        "Name": name,
        "TableType": "EXTERNAL_TABLE",
        "Parameters": {"EXTERNAL": "TRUE", "parquet.compression": "SNAPPY"},
        "PartitionKeys": [{"Name": key, "Type": "string"} for key in KEYS],
        "StorageDescriptor": {"Columns": columns, "Location": url, **PARQUET},
    }


def kind_of(feature: Mapping[str, Any]) -> str:
    """The type of a feature's column in Glue."""
    kind = KINDS[feature["FeatureType"]]
    return f"array<{kind}>" if feature.get("CollectionType") else kind


def widen(world: World, record: Record) -> None:
    """Let the table have the features that were added."""
    config = record.get("OfflineStoreConfig") or {}
    catalog = config.get("DataCatalogConfig")
    if catalog:
        table = _table(record, catalog["TableName"], config["S3StorageConfig"]["ResolvedOutputS3Uri"])
        world.client("glue", record.region).update_table(DatabaseName=catalog["Database"], TableInput=table)
    world.store.change(record, {"LastUpdateStatus": {"Status": "Successful"}})
