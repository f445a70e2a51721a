"""Names of campaigns, journeys and segments, as the list that a person keeps or exports.

The service that could be asked for them is gone, so a CSV file is the way in. What the rows mean
is declared with the source ``names.name_snapshots``; the views over it are ``names.dim_campaigns``,
``dim_journeys`` and ``dim_segments``.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path

import pyarrow as pa

from dueng_analytics.errors import Location, UnknownName, UsageError, near_names

KINDS = ("campaign", "journey", "segment")
REQUIRED = ("kind", "id", "name")
OPTIONAL = ("valid_from", "deleted", "segment_id", "event_name")

SCHEMA = pa.schema(
    [
        ("kind", pa.string()),
        ("id", pa.string()),
        ("name", pa.string()),
        ("valid_from", pa.timestamp("us")),
        ("deleted", pa.bool_()),
        ("segment_id", pa.string()),
        ("event_name", pa.string()),
    ]
)
"""The columns of the source ``names.name_snapshots``."""

_HEADER = "kind,id,name,valid_from,deleted"

Row = Mapping[str, str | bool | datetime | None]


def read_names_csv(path: Path) -> pa.Table:
    """The snapshots that a CSV file lists, one row per line, in the file's order.

    The first line names the columns, in any order: ``kind``, ``id``, ``name``, and as wanted
    ``valid_from``, ``deleted``, ``segment_id``, ``event_name``. ``valid_from`` is a date or a time
    in ISO 8601, read as UTC where it says no offset and kept to the millisecond; empty means from
    the beginning (NULL). ``deleted`` is ``true`` or ``false``; empty means false. Only a deleted
    id may lack a name. The file is UTF-8, with or without a byte order mark.

    Raises:
        UsageError: the file cannot be read, or a line says something that cannot be; with file
            and line.
        UnknownName: a kind that there is not.
    """
    rows = list(_rows(_text(path), path))
    return pa.Table.from_pylist(rows, schema=SCHEMA)


def _text(path: Path) -> str:
    try:
        data = path.read_bytes()
    except FileNotFoundError:
        raise UsageError(
            "there is no such file",
            where=Location(path),
            hint=f"The names are a CSV file whose first line is {_HEADER}.",
        ) from None
    except OSError as error:
        raise UsageError(
            f"the file cannot be read: {error.strerror}", where=Location(path)
        ) from None
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise UsageError(
            "the file is not UTF-8", where=Location(path, line), hint="Save it as CSV in UTF-8."
        ) from None


def _rows(text: str, path: Path) -> Iterator[Row]:
    records = _records(text, path)
    first = next(records, None)
    if first is None:
        raise UsageError(
            "the file is empty", where=Location(path), hint=f"Its first line is {_HEADER}."
        )
    header = _header(first[1], Location(path, first[0]))
    seen: dict[tuple[str, str, datetime | None], int] = {}
    for line, fields in records:
        where = Location(path, line)
        if len(fields) != len(header):
            raise UsageError(
                f"the line has {len(fields)} fields, the header {len(header)}",
                where=where,
                hint='A name that holds a comma stands in double quotes: "Spring, part 2".',
            )
        row, key = _row(dict(zip(header, fields, strict=True)), where)
        if key in seen:
            kind, identity, _ = key
            raise UsageError(
                f"{kind} {identity!r} stands in line {seen[key]} already, for the same valid_from",
                where=where,
                hint="Keep one of the two lines, or give the later name the valid_from from which "
                "it holds.",
            )
        seen[key] = line
        yield row


def _records(text: str, path: Path) -> Iterator[tuple[int, Sequence[str]]]:
    """The number of the line on which a record begins, with its trimmed fields; no blank ones."""
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    while True:
        line = reader.line_num + 1
        try:
            fields = next(reader, None)
        except csv.Error as error:
            raise UsageError(
                f"not valid CSV: {error}",
                where=Location(path, line),
                hint="A double quote that opens a field must be closed.",
            ) from None
        if fields is None:
            return
        trimmed = [field.strip() for field in fields]
        if any(trimmed):
            yield line, trimmed


def _header(fields: Sequence[str], where: Location) -> Sequence[str]:
    names = [field.lower() for field in fields]
    known = (*REQUIRED, *OPTIONAL)
    if len(names) == 1 and any(separator in names[0] for separator in ";\t|"):
        raise UsageError(
            "the columns are not separated by commas",
            where=where,
            hint=f"The first line is {_HEADER}.",
        )
    for name in names:
        if name not in known:
            near = near_names(name, known)
            raise UsageError(
                f"there is no column {name!r} in a list of names",
                where=where,
                hint=f"Did you mean {' or '.join(near)}?"
                if near
                else f"Known columns: {', '.join(known)}.",
            )
        if names.count(name) > 1:
            raise UsageError(
                f"column {name!r} stands twice in the header",
                where=where,
                hint="Remove one of the two.",
            )
    missing = [name for name in REQUIRED if name not in names]
    if missing:
        raise UsageError(
            f"the header lacks {', '.join(missing)}",
            where=where,
            hint=f"The first line is {_HEADER}.",
        )
    return names


def _row(
    fields: Mapping[str, str], where: Location
) -> tuple[Row, tuple[str, str, datetime | None]]:
    """A line's values, with what must not stand twice."""
    kind, identity, name = fields["kind"].lower(), fields["id"], fields["name"]
    if kind not in KINDS:
        raise UnknownName(
            "kind", fields["kind"], KINDS, where=where, hint=f"A kind is {', '.join(KINDS)}."
        )
    if not identity:
        raise UsageError(
            f"the {kind} has no id", where=where, hint="Give the id that the events carry."
        )
    deleted = _deleted(fields.get("deleted", ""), where)
    if not name and not deleted:
        raise UsageError(
            f"{kind} {identity!r} has no name",
            where=where,
            hint="Give it one, or remove the line: an id without a name is shown shortened. "
            "Only a line with deleted = true may go without.",
        )
    valid_from = _moment(fields.get("valid_from", ""), where)
    row: Row = {
        "kind": kind,
        "id": identity,
        "name": name or None,
        "valid_from": valid_from,
        "deleted": deleted,
        "segment_id": fields.get("segment_id") or None,
        "event_name": fields.get("event_name") or None,
    }
    return row, (kind, identity, valid_from)


def _deleted(text: str, where: Location) -> bool:
    if text.lower() not in ("true", "false", ""):
        raise UsageError(
            f"deleted is {text!r}", where=where, hint="Write true or false, or leave it empty."
        )
    return text.lower() == "true"


def _moment(text: str, where: Location) -> datetime | None:
    """UTC wall time in whole milliseconds, the precision of every time in this product."""
    if not text:
        return None
    try:
        moment = datetime.fromisoformat(text)
        if moment.tzinfo is not None:
            moment = moment.astimezone(UTC).replace(tzinfo=None)
    except (ValueError, OverflowError):
        raise UsageError(
            f"valid_from is {text!r}, which is no date and no time",
            where=where,
            hint="Write 2026-10-20 or 2026-10-20 08:30:00, or leave it empty for from the "
            "beginning.",
        ) from None
    return moment.replace(microsecond=moment.microsecond // 1000 * 1000)
