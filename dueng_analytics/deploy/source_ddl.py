"""The Athena statement that declares a source's table on S3."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date, datetime, time, timedelta

from dueng_analytics.errors import UnknownName, UsageError
from dueng_analytics.model.definitions import Column, Layout, Source

FORMATS = ("json", "parquet")

OPENX = "org.openx.data.jsonserde.JsonSerDe"
TEXT_INPUT = "org.apache.hadoop.mapred.TextInputFormat"
TEXT_OUTPUT = "org.apache.hadoop.hive.ql.io.HiveIgnoreKeyTextOutputFormat"


def source_layout(source: Source, name: str | None = None) -> Layout:
    """The layout of that name; by default the projected one, else the only one.

    Raises:
        UsageError: the source is no table on S3.
        UnknownName: it has no such layout.
    """
    if not source.layouts:
        raise UsageError(f"{source.qualified_name} is loaded from a file and has no table on S3")
    if name is None:
        return source.layout("projected") or source.layouts[0]
    layout = source.layout(name)
    if layout is None:
        raise UnknownName("layout", name, [entry.name for entry in source.layouts])
    return layout


def no_s3_prefix(location: str) -> UsageError:
    """The error of a location that lies nowhere on S3."""
    return UsageError(
        f"{location!r} is no S3 prefix", hint="Give the folder above the years: s3://…/events/."
    )


def create_external_table(
    source: Source,
    layout: Layout,
    *,
    location: str,
    file_format: str,
    database: str | None = None,
    start: date | None = None,
) -> str:
    """The ``CREATE EXTERNAL TABLE`` of a source, without a closing semicolon.

    Types are written as Glue wants them, nested ones without blanks. JSON is read by the OpenX
    SerDe, which matches keys in any case; only a key that differs by more than case is mapped.

    Args:
        location: the prefix above the year folders, ``s3://…``.
        file_format: ``json`` or ``parquet``.
        start: first day of the projection; by default the first the service could stream.

    Raises:
        UsageError: a location that is no S3 prefix.
    """
    if not location.startswith("s3://") or len(location) < len("s3://b/"):
        raise no_s3_prefix(location)
    prefix = location.rstrip("/") + "/"
    name = f"{_quoted(database)}.{_quoted(layout.table)}" if database else _quoted(layout.table)
    columns = ",\n".join(
        f"    {_quoted(column.name.lower())} {column.type.glue}"
        f" COMMENT {_literal(column.description)}"
        for column in table_columns(source, layout)
    )
    properties = table_properties(source, layout, file_format, prefix, start)
    partition = f"{_quoted(layout.partition_column)} {layout.partition_type.glue}"
    return "\n".join(
        [
            f"CREATE EXTERNAL TABLE IF NOT EXISTS {name} (",
            columns,
            ")",
            f"COMMENT {_literal(' '.join(source.description.split()))}",
            f"PARTITIONED BY ({partition})",
            *_storage(source, layout, file_format),
            f"LOCATION {_literal(prefix)}",
            f"TBLPROPERTIES {_properties(properties)}",
        ]
    )


def table_columns(source: Source, layout: Layout) -> tuple[Column, ...]:
    """The columns of a layout's table in order: the source's, or the table's own."""
    if not layout.columns:
        return source.columns
    declared = {column.name: column for column in source.columns}
    return tuple(replace(declared[name], type=kind) for name, kind in layout.columns.items())


def stored_source(source: Source, layout: Layout) -> Source:
    """The source as a layout's table stores it: its columns, and the keys of their fields."""
    mappings = {**source.mappings, **layout.keys}
    return replace(source, columns=table_columns(source, layout), mappings=mappings)


def serde_parameters(source: Source, layout: Layout) -> dict[str, str]:
    """What the OpenX SerDe has to be told: the keys that differ from columns by more than case.

    It takes a mapping for fields of structs too.
    """
    mappings = stored_source(source, layout).mappings
    return {f"mapping.{name}": key for name, key in mappings.items()}


def _storage(source: Source, layout: Layout, file_format: str) -> list[str]:
    if file_format == "parquet":
        return ["STORED AS PARQUET"]
    lines = [f"ROW FORMAT SERDE {_literal(OPENX)}"]
    mappings = serde_parameters(source, layout)
    if mappings:
        lines.append(f"WITH SERDEPROPERTIES {_properties(mappings)}")
    lines.append(f"STORED AS INPUTFORMAT {_literal(TEXT_INPUT)}")
    lines.append(f"OUTPUTFORMAT {_literal(TEXT_OUTPUT)}")
    return lines


def table_properties(
    source: Source, layout: Layout, file_format: str, prefix: str, start: date | None
) -> dict[str, str]:
    """The table's properties: format, and how its partitions are computed.

    Raises:
        UsageError: the projection has no first day.
    """
    properties = {"classification": file_format}
    if file_format == "parquet":
        properties["parquet.compression"] = "SNAPPY"
    if layout.projection_format is None or layout.hour_pattern is None:
        return properties
    key = f"projection.{layout.partition_column}"
    properties |= {
        "projection.enabled": "true",
        f"{key}.type": "date",
        f"{key}.format": layout.projection_format,
        f"{key}.range": _range(source, layout.hour_pattern, start),
        f"{key}.interval": "1",
        f"{key}.interval.unit": "HOURS",
        "storage.location.template": f"{prefix}${{{layout.partition_column}}}",
    }
    return properties


def _range(source: Source, pattern: str, start: date | None) -> str:
    """First hour, and ``NOW`` or the last hour in which an ended stream could still report."""
    day = start or source.started_on
    if day is None:
        raise UsageError(
            f"the projection of {source.qualified_name} has no first day", hint="Give --start."
        )
    end = "NOW"
    if source.ended_on is not None:
        lateness = max(source.clocks.lateness.values()) if source.clocks else timedelta()
        end = datetime.combine(source.ended_on + lateness, time(23)).strftime(pattern)
    return f"{datetime.combine(day, time(0)).strftime(pattern)},{end}"


def _properties(properties: Mapping[str, str]) -> str:
    lines = (f"    {_literal(key)} = {_literal(value)}" for key, value in properties.items())
    return "(\n" + ",\n".join(lines) + "\n)"


def _quoted(name: str) -> str:
    return "`" + name.replace("`", "``") + "`"


def _literal(text: str) -> str:
    return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'"
