"""The second pass: the records of a span of arrivals, as Firehose writes them into objects."""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from dueng_analytics.simulate import (
    kinds,
    phone_records,
    pinpoint_json,
    pinpoint_records,
    ses_records,
)
from dueng_analytics.simulate.mailings import Schedule
from dueng_analytics.simulate.plan import Plan
from dueng_analytics.simulate.rows import Book, Rows
from dueng_analytics.simulate.sending import generator, load_records, population_of
from dueng_analytics.simulate.text_arrays import HOUR_MS, Numbers

# Firehose's buffer, which fills with records as they come
_BUFFER_BYTES = 128_000_000
_RENDERED_AT_ONCE = 50_000
# Most objects are small, and what saves space in large ones only costs time there.
_FEW = 1_000


@dataclass(frozen=True, slots=True)
class Stream:
    """A Firehose stream: its name, how records look, and how long they are on average."""

    name: str
    mean_bytes: int
    table: Callable[[Rows], pa.Table]
    lines: Callable[[Rows], pa.Array]


STREAMS = (
    Stream(
        pinpoint_records.STREAM,
        pinpoint_records.MEAN_BYTES,
        pinpoint_records.parquet_table,
        pinpoint_json.lines,
    ),
    Stream(
        ses_records.STREAM, ses_records.MEAN_BYTES, ses_records.parquet_table, ses_records.lines
    ),
    Stream(
        phone_records.TEXT_STREAM,
        phone_records.TEXT_BYTES,
        phone_records.text_table,
        phone_records.text_lines,
    ),
    Stream(
        phone_records.CHAT_STREAM,
        phone_records.CHAT_BYTES,
        phone_records.chat_table,
        phone_records.chat_lines,
    ),
)


@dataclass(frozen=True, slots=True)
class Span:
    """Arrivals from a moment up to another, which one process writes; numbered from 0."""

    number: int
    start_ms: int
    end_ms: int
    units: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Written:
    """What one span became.

    Attributes:
        records: stored of each source.
        objects: of each source.
        bytes: of the objects of each source.
        stored: columns with a row for each source, hour and event type.
        faults: columns with a row for each fault that has a place.
    """

    records: Numbers
    objects: Numbers
    bytes: Numbers
    stored: dict[str, Numbers]
    faults: dict[str, Sequence[object]]


def write_span(plan: Plan, schedule: Schedule, span: Span, spilled: Path, events: Path) -> Written:
    """The objects of one span, written below a folder."""
    pieces = [load_records(spilled, unit, span.start_ms, span.end_ms) for unit in span.units]
    records = np.concatenate([piece[0] for piece in pieces])
    messages = np.concatenate([piece[1] for piece in pieces])
    order = np.argsort(records["received_ms"], kind="stable")
    records, messages = records[order], messages[order]
    sources = kinds.SOURCE_OF_TYPE[records["type"]]
    book = Book.of(schedule, population_of(plan))
    counts = np.zeros((3, len(STREAMS)), dtype=np.int64)
    stored: list[dict[str, Numbers]] = []
    faults: dict[str, list[object]] = {
        name: [] for name in ("object", "record", "event", "fault", "hour_ms")
    }
    for source in range(len(STREAMS)):
        at = np.flatnonzero(sources == source)
        if not len(at):
            continue
        rows = Rows(records[at], messages[at], book)
        draw = generator(plan, 4, span.number, source)
        cuts = _cuts(rows.records["received_ms"], plan.buffer_s, STREAMS[source].mean_bytes)
        hours = np.repeat(
            rows.records["received_ms"][cuts[:-1]] // HOUR_MS * HOUR_MS, np.diff(cuts)
        )
        counts[0, source] = len(at)
        counts[1, source] = len(cuts) - 1
        paths: list[str] = []
        for first, content in _objects(plan, STREAMS[source], rows, cuts):
            paths.append(_path(source, plan, int(rows.records["received_ms"][first]), draw))
            target = events / paths[-1]
            target.parent.mkdir(parents=True, exist_ok=True)
            counts[2, source] += _write(content, target)
        stored.append(_stored(source, rows.records, hours))
        _note(faults, rows.records, hours, cuts, paths)
    return Written(
        counts[0],
        counts[1],
        counts[2],
        {
            name: np.concatenate([piece[name] for piece in stored])
            for name in ("source", "hour_ms", "type", "records", "events", "malformed")
        }
        if stored
        else {},
        {name: list(values) for name, values in faults.items()},
    )


def _cuts(received: Numbers, buffer_s: int, mean_bytes: int) -> Numbers:
    """Where each object begins, and the end of the last: full, or old enough, closes one."""
    most = _BUFFER_BYTES // mean_bytes
    cuts = [0]
    while cuts[-1] < len(received):
        old = int(np.searchsorted(received, received[cuts[-1]] + buffer_s * 1_000))
        cuts.append(min(max(old, cuts[-1] + 1), cuts[-1] + most))
    return np.array(cuts)


def _objects(
    plan: Plan, stream: Stream, rows: Rows, cuts: Numbers
) -> Iterator[tuple[int, pa.Table | pa.Array]]:
    """The first row of each object and what is in it, many rendered at a time."""
    number = 0
    while number < len(cuts) - 1:
        begin = int(cuts[number])
        end = number + 1
        while end < len(cuts) - 1 and cuts[end] - begin < _RENDERED_AT_ONCE:
            end += 1
        part = Rows(rows.records[begin : cuts[end]], rows.messages[begin : cuts[end]], rows.book)
        content = stream.table(part) if plan.file_format == "parquet" else _spoilt(stream, part)
        for one in range(number, end):
            first, last = int(cuts[one]), int(cuts[one + 1])
            yield first, content.slice(first - begin, last - first)
        number = end


def _path(source: int, plan: Plan, begun_ms: int, draw: np.random.Generator) -> str:
    begun = str(np.datetime64(begun_ms // 1_000, "s"))
    day, time = begun.split("T")
    identity = UUID(bytes=draw.bytes(16), version=4)
    ending = "parquet" if plan.file_format == "parquet" else "gz"
    return (
        f"{kinds.SOURCES[source]}/{day.replace('-', '/')}/{time[:2]}/"
        f"{STREAMS[source].name}-1-{day}-{time.replace(':', '-')}-{identity}.{ending}"
    )


def _write(content: pa.Table | pa.Array, target: Path) -> int:
    """The size of the object that was written."""
    if isinstance(content, pa.Table):
        stored = pa.BufferOutputStream()
        is_small = len(content) < _FEW
        # Statistics of columns within structs take a fifth of the writing, and no reader of ours
        # skips by them.
        plain = [field.name for field in content.schema if not pa.types.is_nested(field.type)]
        pq.write_table(
            content,
            stored,
            compression="snappy",
            store_schema=False,
            use_dictionary=not is_small,
            write_statistics=False if is_small else plain,
        )
        return target.write_bytes(stored.getvalue())
    _, offsets, data = content.buffers()
    ends = np.frombuffer(offsets, dtype=np.int32)[
        content.offset : content.offset + len(content) + 1
    ]
    packed = gzip.compress(memoryview(data)[ends[0] : ends[-1]], compresslevel=1, mtime=0)
    target.write_bytes(packed)
    return len(packed)


def _spoilt(stream: Stream, rows: Rows) -> pa.Array:
    """The lines of some rows, with what is wrong about some of them."""
    lines = stream.lines(rows)
    at = np.flatnonzero(rows.records["fault"])
    if not len(at):
        return lines
    wrong = [_wrong(lines[int(row)].as_py(), int(rows.records["fault"][row])) for row in at]
    places = np.arange(rows.count)
    places[at] = rows.count + np.arange(len(at))
    return pa.concat_arrays([lines, pa.array(wrong)]).take(pa.array(places))


def _wrong(line: str, fault: int) -> str:
    if fault == kinds.CUT_OFF:
        return line[: len(line) * 3 // 5] + "\n"
    if fault == kinds.NO_JSON:
        return "the service answered: try again later\n"
    if fault == kinds.EMPTY_OBJECT:
        return "{}\n"
    if fault == kinds.IN_A_LIST:
        return f"[{line.rstrip()}]\n"
    record = json.loads(line)
    main = next((key for key in ("facets", "mail") if key in record), None)
    if fault == kinds.ODD_MAIN_VALUE and main:
        record[main] = "lost"
    else:
        # documented as objects; no figure depends on them
        beside = ("device", "send", "protectConfiguration", "context")
        record[next((key for key in beside if key in record), "send")] = "lost"
    return json.dumps(record, separators=(",", ":"), ensure_ascii=False) + "\n"


def _stored(source: int, records: Numbers, hours: Numbers) -> dict[str, Numbers]:
    """How many records of each hour and type, how many events they are, how many are malformed."""
    malformed = np.isin(records["fault"], kinds.MALFORMED)
    keys = hours // HOUR_MS * 64 + records["type"]
    used, places = np.unique(keys, return_inverse=True)
    readable = ~malformed
    # Each event once an hour: the first of its records there in the order of events.
    order = np.lexsort((records["number"][readable], places[readable]))
    numbers = records["number"][readable][order]
    at = places[readable][order]
    first = np.ones(len(at), dtype=bool)
    first[1:] = (numbers[1:] != numbers[:-1]) | (at[1:] != at[:-1])
    return {
        "source": np.full(len(used), source, dtype=np.uint8),
        "hour_ms": used // 64 * HOUR_MS,
        "type": (used % 64).astype(np.uint8),
        "records": np.bincount(places[readable], minlength=len(used)),
        "events": np.bincount(at[first], minlength=len(used)),
        "malformed": np.bincount(places[malformed], minlength=len(used)),
    }


def _note(
    faults: dict[str, list[object]],
    records: Numbers,
    hours: Numbers,
    cuts: Numbers,
    paths: Sequence[str],
) -> None:
    """Where each fault lies: object, record number from 1, and what it is."""
    for which, name in (
        (records["copy"] > 0, "repeat"),
        (records["is_late"] & (records["copy"] == 0), "late"),
        (~records["has_id"], "no message id"),
        (records["fault"] > 0, ""),
    ):
        at = np.flatnonzero(which)
        objects = np.searchsorted(cuts, at, side="right") - 1
        faults["object"] += [paths[number] for number in objects]
        faults["record"] += (at - cuts[objects] + 1).tolist()
        faults["event"] += records["number"][at].tolist()
        faults["fault"] += (
            [name] * len(at) if name else [kinds.FAULTS[code] for code in records["fault"][at]]
        )
        faults["hour_ms"] += hours[at].tolist()
