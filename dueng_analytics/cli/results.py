"""Rows of a query as a table, CSV, JSON or Parquet."""

from __future__ import annotations

import csv
import io
import json
import math
import os
from collections.abc import Callable, Mapping
from contextlib import suppress
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
from dueng_analytics.query_result import times_of_python

FORMATS = ("table", "csv", "json", "parquet")

_NOTHING: Mapping[str, int] = {}
_TABLE_ROWS = 1_000
"""A longer table is for no one's eyes, and takes long to lay out."""
_CONTROL = {code: chr(0x2400 + code) for code in range(32)} | {127: "\u2421"}
"""Control characters as pictures: what is in an event must not drive the terminal."""
_CONTROL |= {ord("\n"): "\n", ord("\t"): " ", **dict.fromkeys(range(128, 160), "\ufffd")}


def output_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """``--format``, ``--json`` and ``--out``: how the rows of a command leave it."""
    for option in (
        click.option("--out", type=click.Path(path_type=Path), metavar="FILE", help=_OUT_HELP),
        click.option("--json", "file_format", flag_value="json", help="Print JSON."),
        click.option(
            "--format",
            "file_format",
            type=click.Choice(FORMATS),
            help="Of the rows; by default a table, or what the name of --out says.",
        ),
    ):
        command = option(command)
    return command


_OUT_HELP = "Write to this file, in the format of its suffix: .csv, .json or .parquet."


def chosen_format(file_format: str | None, out: Path | None) -> str:
    """The format that was asked for, or that the name of the file says.

    Raises:
        UsageError: a combination that cannot be written; before anything is read.
    """
    if file_format is None and out is None:
        return "table"
    if file_format is None:
        file_format = out.suffix.removeprefix(".").lower() if out is not None else ""
        if file_format not in FORMATS[1:]:
            raise UsageError(
                f"the name of {out} does not tell its format",
                hint="Let it end in .csv, .json or .parquet, or give --format.",
            )
    if file_format == "parquet" and out is None:
        raise UsageError("Parquet is no text", hint="Say where to put it: --out FILE.")
    if file_format == "table" and out is not None:
        raise UsageError(
            "a table is for a terminal", hint="Choose --format csv, json or parquet for a file."
        )
    if out is not None:
        _assert_writable(out)
    return file_format


def _assert_writable(out: Path) -> None:
    """Say before hours of reading that the result could not be put there."""
    folder = out.parent
    if out.is_dir():
        raise UsageError(f"{out} is a folder", hint="Give the name of a file: --out FILE.")
    if not folder.is_dir():
        raise UsageError(f"there is no folder {folder}", hint="Make it, or choose another --out.")
    if not os.access(folder, os.W_OK):
        raise UsageError(
            f"{out} cannot be written: no permission in {folder}", hint="Choose another --out."
        )


def write_rows(
    rows: pa.Table, file_format: str, out: Path | None, *, shortened: Mapping[str, int] = _NOTHING
) -> None:
    """Write rows to a file or to standard output, in one of ``FORMATS``.

    In text, times are UTC wall times, and arrays, maps and structs are JSON.

    Args:
        shortened: after how many characters a table cuts a column; the other formats never do.

    Raises:
        UsageError: a file that cannot be written.
    """
    if file_format == "parquet":
        content = _parquet(rows)
    elif file_format == "table":
        print_table(_table(rows.slice(0, _TABLE_ROWS), shortened))
        count = rows.num_rows
        click.echo(f"{count:,} row{'' if count == 1 else 's'}", err=True)
        if count > _TABLE_ROWS:
            click.echo(
                f"note: the first {_TABLE_ROWS:,} are shown; --format csv prints all.", err=True
            )
        return
    else:
        text = _csv(rows) if file_format == "csv" else _json(rows)
        if out is None:
            click.echo(text, nl=False)
            return
        content = text.encode("utf-8")
    assert out is not None, "chosen_format lets Parquet go to a file only"
    write_file(out, content)
    click.echo(f"written to {out}", err=True)


def write_file(out: Path, content: bytes) -> None:
    """Put content into a file in one step: a failure or an interrupt leaves the old file whole.

    Raises:
        UsageError: the file cannot be written.
    """
    partial = out.with_name(out.name + ".partial")
    try:
        try:
            partial.write_bytes(content)
            partial.replace(out)
        except BaseException:
            with suppress(OSError):
                partial.unlink(missing_ok=True)
            raise
    except OSError as error:
        raise UsageError(f"{out} cannot be written: {error.strerror}") from None


def _parquet(rows: pa.Table) -> bytes:
    buffer = io.BytesIO()
    pyarrow.parquet.write_table(rows, buffer, compression="zstd")
    return buffer.getvalue()


def _table(rows: pa.Table, shortened: Mapping[str, int]) -> Table:
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for field in rows.schema:
        right = pa.types.is_integer(field.type) or pa.types.is_floating(field.type)
        table.add_column(escape(field.name), justify="right" if right else "left", overflow="fold")
    longest = [shortened.get(name) for name in rows.column_names]
    for row in _values(rows):
        table.add_row(*(_cell(value, most) for value, most in zip(row, longest, strict=True)))
    return table


def _cell(value: Any, longest_text: int | None) -> str:
    if value is None:
        return "–"
    text = _text(value)
    if longest_text is not None and len(text) > longest_text:
        text = f"{text[:longest_text]}…"
    return escape(text.translate(_CONTROL))


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
    with times_of_python():
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
    if isinstance(value, Decimal) or (isinstance(value, float) and not math.isfinite(value)):
        return str(value)
    if isinstance(value, dict):
        return {str(key): _plain(entry) for key, entry in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(entry) for entry in value]
    if value is None or isinstance(value, (str, bool, int, float)):
        return value
    return str(value)
