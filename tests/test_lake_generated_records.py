# ruff: noqa: E402 - what takes long to import is imported where the module is run
"""Generated files: the typed reader and the record-by-record one give the same rows of them."""

from __future__ import annotations

import json
import os
import re
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.exhaustive import exhaustive_module

exhaustive_module("test_lake_generated_records.py")

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from tests.both_readings import SAMPLES, rows_both_ways

EXAMPLES = int(os.environ.get("DUENG_TEST_EXAMPLES", "20"))
SCALARS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(2**65), 2**65),
    st.integers(-2, 2),
    st.floats(allow_nan=False, allow_infinity=False),
    st.sampled_from(["", " ", "x", "12", "1.7", "true", "TRUE", "0x1F", "ü", "a\x00b", "\ud800"]),
    st.text(max_size=5),
)
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.dictionaries(
            st.sampled_from(["a", "A", "b", "app_id", "custom", ""]), inner, max_size=3
        ),
    ),
    max_leaves=6,
)


def places(value, path=()):
    """Every place in a record."""
    yield path
    if isinstance(value, dict):
        for key, item in value.items():
            yield from places(item, (*path, key))
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from places(item, (*path, index))


def changed(value, path, change):
    """A record with one place changed; ``change`` gets the container's copy and the key."""
    copy = dict(value) if isinstance(value, dict) else list(value)
    if len(path) == 1:
        change(copy, path[0])
    else:
        copy[path[0]] = changed(value[path[0]], path[1:], change)
    return copy


@st.composite
def mutated_records(draw):
    """A sample record with one place replaced, removed, renamed, doubled or put into a list."""
    record = draw(st.sampled_from(SAMPLES))
    path = draw(st.sampled_from([place for place in places(record) if place]))
    kind = draw(st.sampled_from(["keep", "replace", "remove", "upper", "double", "wrap", "add"]))
    new = draw(VALUES)

    def change(container, key):
        if kind == "replace":
            container[key] = new
        elif kind == "remove":
            del container[key]
        elif kind == "wrap":
            container[key] = [container[key]]
        elif kind == "add" and isinstance(container, dict):
            container[draw(st.sampled_from(["extra", "A", "a", "Custom"]))] = new
        elif kind == "upper" and isinstance(container, dict):
            container[key.upper()] = container.pop(key)

    mutated = changed(record, path, change)
    text = json.dumps(mutated, ensure_ascii=draw(st.booleans()))
    if not text.isascii() and re.search("[\ud800-\udfff]", text):
        text = json.dumps(mutated)
    if kind == "double" and isinstance(path[-1], str):
        key = json.dumps(path[-1])
        text = text.replace(f"{key}: ", f"{key}: {json.dumps(new)}, {key}: ", 1)
    return text


@dataclass(frozen=True, repr=False)
class Files:
    """Texts of files; what they are is shown of the one that fails, not of all."""

    texts: list[str]


FILE = st.lists(mutated_records(), min_size=1, max_size=3).map(
    lambda records: "".join(f"{record}\n" for record in records)
)
FILES = st.lists(FILE, min_size=30, max_size=30).map(Files)


@settings(
    max_examples=EXAMPLES,
    deadline=None,
    derandomize=True,
    phases=[Phase.generate],
    suppress_health_check=list(HealthCheck),
)
@given(FILES)
def test_records_read_the_same_both_ways(files):
    with TemporaryDirectory() as folder:
        both = rows_both_ways(Path(folder), files.texts)
    differing = [
        text for text, (alone, spoiled) in zip(files.texts, both, strict=True) if alone != spoiled
    ]
    assert differing == []
