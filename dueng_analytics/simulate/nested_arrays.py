"""Lists, maps and structs out of columns, as Parquet and JSON need them."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from dueng_analytics.simulate.text_arrays import Numbers

STRINGS = pa.map_(pa.string(), pa.string())
_PLACE = re.compile(r"«(\w+)»")


def struct(present: Numbers | None = None, /, **children: pa.Array) -> pa.StructArray:
    """One struct a row; NULL where not ``present``."""
    mask = None if present is None else pa.array(~present)
    return pa.StructArray.from_arrays(list(children.values()), list(children), mask=mask)


def offsets_of(counts: Numbers) -> Numbers:
    """Where each of some runs begins, and the end of the last."""
    return np.concatenate([[0], np.cumsum(counts)]).astype(np.int32)


def lists(values: pa.Array, counts: Numbers, present: Numbers | None = None) -> pa.ListArray:
    """One list a row of so many of the values; NULL where not ``present``."""
    mask = None if present is None else pa.array(~present)
    return pa.ListArray.from_arrays(pa.array(offsets_of(counts)), values, mask=mask)


def within(counts: Numbers) -> Numbers:
    """The place of each entry in its run, from 0."""
    starts = np.cumsum(counts) - counts
    places: Numbers = np.arange(int(counts.sum())) - np.repeat(starts, counts)
    return places


def repeated(value: object, count: int, kind: pa.DataType | None = None) -> pa.Array:
    """The same value in every row."""
    scalar = pa.scalar(value, kind)
    return pa.repeat(scalar, count) if count else pa.array([], scalar.type)


def nulls(kind: pa.DataType, count: int) -> pa.Array:
    """No value in any row."""
    return pa.nulls(count, kind)


def placed(values: pa.Array, at: Numbers, count: int) -> pa.Array:
    """A column of so many rows that has the values at some of them, and NULL elsewhere."""
    codes = np.full(count, -1, dtype=np.int32)
    codes[at] = np.arange(len(at))
    return values.take(pa.array(codes, mask=codes < 0))


def maps(entries: Sequence[tuple[str, pa.Array]], count: int) -> pa.MapArray:
    """One map a row; a key whose value is NULL in a row is not in its map."""
    present = np.stack([np.asarray(values.is_valid()) for _, values in entries], axis=1)
    rows, keys = np.nonzero(present)
    every = pa.concat_arrays([values for _, values in entries])
    items = every.take(pa.array(keys * count + rows))
    names = pa.array([key for key, _ in entries]).take(pa.array(keys.astype(np.int32)))
    return pa.MapArray.from_arrays(pa.array(offsets_of(present.sum(axis=1))), names, items)


def of_codes(codes: Numbers, make: Callable[[int], object], kind: pa.DataType) -> pa.Array:
    """The value that belongs to the code of each row; each code's is made once."""
    used, places = np.unique(codes, return_inverse=True)
    values = pa.array([make(int(code)) for code in used], type=kind)
    return values.take(pa.array(places.astype(np.int32)))


def rendered(template: str, columns: Mapping[str, pa.Array], rows: Numbers) -> pa.Array:
    """A text for each of some rows: the template with the columns' values in its ``«places»``."""
    parts = _PLACE.split(template)
    at = pa.array(rows)
    pieces = [columns[part].take(at) if number % 2 else part for number, part in enumerate(parts)]
    return pc.binary_join_element_wise(*pieces, "")


def rendered_by_kind(
    kinds: Numbers, templates: Mapping[int, str], columns: Mapping[str, pa.Array]
) -> pa.Array:
    """A text for each row from the template of its kind."""
    pieces, order = [], []
    for kind in np.unique(kinds):
        rows = np.flatnonzero(kinds == kind)
        pieces.append(rendered(templates[int(kind)], columns, rows))
        order.append(rows)
    if len(pieces) == 1:
        return pieces[0]
    places = np.empty(len(kinds), dtype=np.int64)
    places[np.concatenate(order)] = np.arange(len(kinds))
    return pa.concat_arrays(pieces).take(pa.array(places))
