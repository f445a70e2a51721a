"""Rows of a query as a table, CSV, JSON or Parquet."""

from __future__ import annotations

import csv
import io
import json
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import click
import pyarrow as pa
import pyarrow.parquet
from rich import box
from rich.markup import escape
from rich.table import Table

from dueng_analytics.cli.output import print_table
from dueng_analytics.errors import UsageError

FORMATS = ("table", "csv", "json", "parquet")


def write_rows(rows: pa.Table, file_format: str, out: Path | None) -> None:
    """Write rows to a file or to standard output, in one of ``FORMATS``.

    In text, times are UTC wall times, and arrays, maps and structs are JSON.

    Raises:
        UsageError: Parquet for a terminal, or a file that cannot be written.
    """
    if file_format == "parquet":
        if out is None:
            raise UsageError("Parquet is no text", hint="Say where to put it: --out FILE.")
        write_file(out, _parquet(rows))
    elif file_format == "table" and out is None:
        print_table(_table(rows))
        count = rows.num_rows
        click.echo(f"{count:,} row{'' if count == 1 else 's'}", err=True)
    else:
        text = {"csv": _csv, "json": _json, "table": _csv}[file_format](rows)
        if out is None:
            click.echo(text, nl=False)
        else:
            write_file(out, text.encode("utf-8"))


def write_file(out: Path, content: bytes) -> None:
    """Put content into a file in one step, so that a failure leaves the old file whole."""
    partial = out.with_name(out.name + ".partial")
    try:
        partial.write_bytes(content)
        partial.replace(out)
    except OSError as error:
        partial.unlink(missing_ok=True)
        raise UsageError(f"{out} cannot be written: {error.strerror}") from None


def _parquet(rows: pa.Table) -> bytes:
    buffer = io.BytesIO()
    pyarrow.parquet.write_table(rows, buffer, compression="zstd")
    return buffer.getvalue()


def _table(rows: pa.Table) -> Table:
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for field in rows.schema:
        right = pa.types.is_integer(field.type) or pa.types.is_floating(field.type)
        table.add_column(escape(field.name), justify="right" if right else "left", overflow="fold")
    for row in _values(rows):
        table.add_row(*("–" if value is None else escape(_text(value)) for value in row))
    return table


def _csv(rows: pa.Table) -> str:
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\n")
    writer.writerow(rows.column_names)
    for row in _values(rows):
        writer.writerow(["" if value is None else _text(value) for value in row])
    return buffer.getvalue()


def _json(rows: pa.Table) -> str:
    records = [dict(zip(rows.column_names, row, strict=True)) for row in _values(rows)]
    if not records:
        return "[]\n"
    lines = ",\n".join(f"  {json.dumps(_plain(record), ensure_ascii=False)}" for record in records)
    return f"[\n{lines}\n]\n"


def _values(rows: pa.Table) -> list[tuple[Any, ...]]:
    """Rows as tuples of Python values: two columns of one name stay two."""
    columns = [column.to_pylist(maps_as_pydicts="strict") for column in rows.columns]
    return list(zip(*columns, strict=True))


def _text(value: Any) -> str:
    plain = _plain(value)
    if isinstance(plain, str):
        return plain
    return json.dumps(plain, ensure_ascii=False)


def _plain(value: Any) -> Any:
    """A value in terms of JSON."""
    if isinstance(value, datetime):
        return value.isoformat(sep=" ", timespec="milliseconds")
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Decimal):
        return str(value)
    if isinstance(value, dict):
        return {str(key): _plain(entry) for key, entry in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(entry) for entry in value]
    if value is None or isinstance(value, (str, bool, int, float)):
        return value
    return str(value)
