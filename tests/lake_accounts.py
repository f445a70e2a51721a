"""What files of events hold, counted on their own: where records begin, whose they are, their rows.

Nothing here is taken from the lake reader. Records are found by counting brackets, their source by
the ``recognise`` rules as the YAML of a source has them, their rows by the statement of the SerDe.
"""

from __future__ import annotations

import gzip
import json
import re
import zlib
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from dueng_analytics import Workspace
from dueng_analytics.catalog import load_catalog
from dueng_analytics.model.definitions import Source
from dueng_analytics.resources import packaged
from tests.serde_statement import Pairs, Statement, last_of_each, parsed

SQL = packaged("sql")
_TOKEN = re.compile(rb'"(?:[^"\\]|\\.)*(?:"|\\?\Z)|[][{}]', re.DOTALL)
"""A text, brackets in it included, or a bracket outside of texts."""
UNKNOWN, CUT, DAMAGED = "unknown shape", "the gzip stream ends early", "damaged"


def split(data: bytes) -> tuple[list[tuple[int, str]], int | None]:
    """The records of a text with the byte that each begins at, and where one begins that is cut."""
    records: list[tuple[int, str]] = []
    depth = start = 0
    for token in _TOKEN.finditer(data):
        if token[0] in (b"{", b"["):
            start = start if depth else token.start()
            depth += 1
        elif token[0] in (b"}", b"]"):
            depth -= 1
            if not depth:
                records.append((start, data[start : token.end()].decode("utf-8")))
    return records, start if depth else None


@cache
def sources() -> dict[str, Source]:
    """The declared sources of events by qualified name: their columns are what rows have."""
    known = load_catalog().definitions.sources
    return {source.qualified_name: source for source in known if source.recognition is not None}


@cache
def shapes() -> tuple[tuple[str, list[Mapping[str, Any]]], ...]:
    """The shapes of every source as its YAML has them, in the order in which they are tried."""
    found = []
    for path in sorted(SQL.glob("*/sources/*.yaml")):
        rules = yaml.safe_load(path.read_text("utf-8")).get("recognise")
        if rules is not None:
            name = f"{path.parent.parent.name}.{path.stem}"
            found.append((name, rules.get("any_of") or [rules]))
    return tuple(found)


def source_of(record: Any, family: str | None = None) -> str | None:
    """The source whose shape a record has; of a family that is given its only one has the rest."""
    own = [name for name, _ in shapes() if family in (None, name.partition(".")[0])]
    only = own[0] if family is not None and len(own) == 1 else None
    if not isinstance(record, Pairs):
        return only if isinstance(record, list) and record else None
    found = last_of_each(record)
    for name, declared in shapes():
        if name in own and any(_has_shape(found, shape) for shape in declared):
            return name
    if only is not None:
        wires = {column.wire_name.lower() for column in sources()[only].columns}
        return only if wires & found.keys() else None
    return None


def _has_shape(found: Mapping[str, Any], shape: Mapping[str, Any]) -> bool:
    if not all(key.lower() in found for key in shape["all_of"]):
        return False
    if any(key.lower() in found for key in shape.get("none_of", ())):
        return False
    if any(found[key.lower()] != value for key, value in shape.get("values", {}).items()):
        return False
    texts = {key: found[key.lower()] for key in shape.get("holds", {})}
    return all(isinstance(text, str) and shape["holds"][key] in text for key, text in texts.items())


def row_of(record: Any, name: str) -> tuple[dict[str, Any], list[tuple[str, str]]]:
    """The row of a record of a source, and the places where something reads as NULL, with why."""
    source = sources()[name]
    mapped = {key.lower(): wire for key, wire in source.mappings.items()}
    statement = Statement(mapped)
    return statement.row(record, source), statement.lost


def columns_of(name: str) -> list[str]:
    """The columns of a source, with the hour of its partition where it has any."""
    source = sources()[name]
    hours = ["ingest_timestamp"] if source.partition_column is not None else []
    return [*(column.name for column in source.columns), *hours]


def key_of(row: Mapping[str, Any]) -> str:
    """A row as one text; the order of a map's keys makes no difference."""
    return json.dumps(row, sort_keys=True, default=str)


def leaves(row: Mapping[str, Any], name: str) -> dict[tuple[str, ...], str]:
    """What a row of a source holds at each place, down to columns of text, numbers and lists."""
    found: dict[tuple[str, ...], str] = {}

    def collect(value: Any, place: tuple[str, ...]) -> None:
        if isinstance(value, Mapping) and value:
            for key, item in value.items():
                collect(item, (*place, key.lower()))
        else:
            found[place] = repr(value)

    for column in sources()[name].columns:
        collect(row[column.name], (column.wire_name.lower(),))
    return found


@dataclass
class Account:
    """What was found in files: rows by source, what is put aside, values that read as NULL."""

    rows: Counter[tuple[str, str]] = field(default_factory=Counter)
    aside: Counter[tuple[str, int, str]] = field(default_factory=Counter)
    """By file, position and whether it is an unknown shape, the end of a stream, or damage."""
    lost: Counter[tuple[str, int, str, str, str]] = field(default_factory=Counter)
    """By file, position, field, reason and source."""
    records: int = 0


def account_of(files: Iterable[tuple[Path, datetime]], family: str | None = None) -> Account:
    """The account of files, each in the folder of its hour."""
    account = Account()
    for path, hour in files:
        data, is_cut = _unpacked(path.read_bytes())
        found, rest = split(data)
        for position, text in found:
            record = parsed(text)
            name = source_of(record, family)
            if name is None:
                account.aside[str(path), position, UNKNOWN] += 1
                continue
            row, lost = row_of(record, name)
            if sources()[name].partition_column is not None:
                row["ingest_timestamp"] = hour
            account.rows[name, key_of(row)] += 1
            account.lost.update((str(path), position, *noted, name) for noted in lost)
        if rest is not None or is_cut:
            account.aside[
                str(path), len(data) if rest is None else rest, CUT if is_cut else DAMAGED
            ] += 1
        account.records += len(found) + (rest is not None or is_cut)
    return account


def _unpacked(data: bytes) -> tuple[bytes, bool]:
    """A text, of a gzip stream as far as it goes, and whether that ends early."""
    if not data.startswith(b"\x1f\x8b"):
        return data, False
    stream = zlib.decompressobj(wbits=31)
    return stream.decompress(data), not stream.eof


def account_of_lake(lake: Workspace) -> Account:
    """The account of a lake by its own relations."""
    loaded = lake.read_events()
    account = Account()
    for name in sources():
        family, _, table = name.partition(".")
        columns = ", ".join(f'"{column}"' for column in columns_of(name))
        for row in _rows(lake, f'select {columns} from {family}."{table}"'):
            account.rows[name, key_of(row)] += 1
    for row in _rows(lake, "select * from lake.quarantine"):
        begins = row["reason"].startswith
        kind = next((known for known in (UNKNOWN, CUT) if begins(known)), DAMAGED)
        account.aside[row["file"], row["position"], kind] += row["records"]
    for row in _rows(lake, "select * from lake.deviations"):
        noted = row["file"], row["position"], row["field"], row["reason"], row["source"]
        account.lost[noted] += 1
    account.records = sum(loaded.records.values()) + loaded.quarantined
    assert sum(loaded.records.values()) == account.rows.total()
    assert loaded.quarantined == account.aside.total()
    assert loaded.unknown_shapes == sum(n for place, n in account.aside.items() if UNKNOWN in place)
    assert loaded.values_lost == account.lost.total()
    return account


def _rows(lake: Workspace, sql: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = lake.engine.run(sql).to_pylist(maps_as_pydicts="strict")
    return found


def assert_same(found: Account, expected: Account) -> None:
    """Both accounts are the same; what differs is shown, and of that the beginning."""
    assert found.records == expected.records
    for part in ("aside", "rows", "lost"):
        one, other = getattr(found, part), getattr(expected, part)
        assert (list((one - other).items())[:3], list((other - one).items())[:3]) == ([], []), part


def written(root: Path, texts: Sequence[bytes], start: datetime) -> list[tuple[Path, datetime]]:
    """Files of those bytes, each alone in an hour."""
    files = []
    for number, data in enumerate(texts):
        hour = start + timedelta(hours=number)
        path = root / f"{hour:%Y/%m/%d/%H}" / "events"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
        files.append((path, hour))
    return files


def forms(records: Sequence[str], cut: int) -> dict[str, bytes]:
    """The same records as files come: lines, gzipped, one after another, with a cut end."""
    lines = "".join(f"{record}\n" for record in records).encode()
    joined = "".join(records).encode()
    whole = len(joined) - cut % len(records[-1].encode())
    return {
        "lines": lines,
        "gzipped": gzip.compress(lines, mtime=0),
        "concatenated": joined,
        "concatenated and gzipped": gzip.compress(joined, mtime=0),
        "cut": lines[: whole + len(lines) - len(joined) - 1],
        "concatenated and cut": joined[:whole],
        "gzipped and cut": _cut_gzip(joined[:whole]),
    }


def _cut_gzip(text: bytes) -> bytes:
    """The beginning of a gzip stream that holds a text and goes on."""
    stream = zlib.compressobj(wbits=31)
    return stream.compress(text) + stream.flush(zlib.Z_SYNC_FLUSH)
