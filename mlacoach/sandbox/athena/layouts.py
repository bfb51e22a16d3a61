"""How files are written, as Hive's classes say it in the catalog."""

from collections.abc import Mapping
from typing import Any

HIVE = "org.apache.hadoop.hive"
TEXT_INPUT = "org.apache.hadoop.mapred.TextInputFormat"
TEXT_OUTPUT = f"{HIVE}.ql.io.HiveIgnoreKeyTextOutputFormat"
LAZY = f"{HIVE}.serde2.lazy.LazySimpleSerDe"
JSON = "org.openx.data.jsonserde.JsonSerDe"
PARQUET = f"{HIVE}.ql.io.parquet.serde.ParquetHiveSerDe"
OPEN_CSV = f"{HIVE}.serde2.OpenCSVSerde"
LAYOUTS: Mapping[str, tuple[str, str, str]] = {
    "TEXTFILE": (TEXT_INPUT, TEXT_OUTPUT, LAZY),
    "JSON": (TEXT_INPUT, TEXT_OUTPUT, JSON),
    "PARQUET": (
        f"{HIVE}.ql.io.parquet.MapredParquetInputFormat",
        f"{HIVE}.ql.io.parquet.MapredParquetOutputFormat",
        PARQUET,
    ),
    "ORC": (f"{HIVE}.ql.io.orc.OrcInputFormat", f"{HIVE}.ql.io.orc.OrcOutputFormat", f"{HIVE}.ql.io.orc.OrcSerde"),
}


def descriptor(
    layout: str, columns: list[dict[str, str]], location: str, parameters: Mapping[str, str], serde: str = ""
) -> dict[str, Any]:
    """A StorageDescriptor.

    Args:
        layout: a key of LAYOUTS.
        columns: with Name and Type.
        location: in S3.
        parameters: of the SerDe.
        serde: its class, where it is not the layout's own.
    """
    reads, writes, own = LAYOUTS[layout]
    return {
        "Columns": columns,
        "Location": location,
        "InputFormat": reads,
        "OutputFormat": writes,
        "SerdeInfo": {"SerializationLibrary": serde or own, "Parameters": dict(parameters)},
    }
