"""What a Firehose stream must be set to, so that its objects are a source's table on S3."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from dueng_analytics.deploy.source_ddl import no_s3_prefix
from dueng_analytics.errors import UsageError
from dueng_analytics.model.definitions import Layout, Source

_HOUR = "yyyy/MM/dd/HH"
_BUFFER_S = 300
_BUFFER_MB = 128
"""The most that Firehose takes; a conversion needs 64 at least."""


def stream_settings(
    source: Source,
    layout: Layout,
    *,
    location: str,
    file_format: str,
    role: str,
    database: str,
    region: str,
) -> Mapping[str, Any]:
    """The ``ExtendedS3DestinationConfiguration`` of a stream, in the terms of Firehose's API.

    JSON lies one record a line, gzipped, as it came. Parquet is made by Firehose with the schema of
    the Glue table. Either way an object lies under the UTC hour in which its oldest record came,
    and what cannot be delivered beside the table, not below it.

    Args:
        location: the prefix above the year folders, ``s3://…``.
        file_format: ``json`` or ``parquet``.
        role: ARN of the role that Firehose takes on.
        database: Glue database of the table that a conversion reads its schema from.
        region: of that table.

    Raises:
        UsageError: a location that is no S3 prefix, or a source whose hours are not those in which
            its records came.
    """
    bucket, slash, prefix = location.removeprefix("s3://").partition("/")
    if not location.startswith("s3://") or not bucket or not slash:
        raise no_s3_prefix(location)
    if source.clocks is None or source.clocks.partition_clock != "arrival_of_oldest_record":
        raise UsageError(
            f"{source.qualified_name} does not lie under the hours of arrival",
            hint="Its objects are not laid out by Firehose alone: see `dueng show`.",
        )
    above = prefix.strip("/")
    hour = f"!{{timestamp:{layout.projection_format or _HOUR}}}/"
    errors = f"{above}-errors" if above else "errors"
    settings = {
        "RoleARN": role,
        "BucketARN": f"arn:aws:s3:::{bucket}",
        "Prefix": f"{above}/{hour}" if above else hour,
        "ErrorOutputPrefix": f"{errors}/!{{firehose:error-output-type}}/{hour}",
        "CustomTimeZone": "UTC",
        "BufferingHints": {"SizeInMBs": _BUFFER_MB, "IntervalInSeconds": _BUFFER_S},
    }
    if file_format == "json":
        return {
            **settings,
            "CompressionFormat": "GZIP",
            "ProcessingConfiguration": {
                "Enabled": True,
                "Processors": [{"Type": "AppendDelimiterToRecord"}],
            },
            "DataFormatConversionConfiguration": {"Enabled": False},
        }
    reading = {"CaseInsensitive": True, "ColumnToJsonKeyMappings": dict(source.mappings)}
    writing = {"Compression": "SNAPPY"}
    return {
        **settings,
        "CompressionFormat": "UNCOMPRESSED",  # Parquet is compressed inside
        "DataFormatConversionConfiguration": {
            "Enabled": True,
            "InputFormatConfiguration": {"Deserializer": {"OpenXJsonSerDe": reading}},
            "OutputFormatConfiguration": {"Serializer": {"ParquetSerDe": writing}},
            "SchemaConfiguration": {
                "RoleARN": role,
                "DatabaseName": database,
                "TableName": layout.table,
                "Region": region,
                "VersionId": "LATEST",
            },
        },
    }
