"""What the engine has as functions of Python says the same as the macros in their place."""

import struct

import duckdb
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dueng_analytics.dialect import NATIVE, macros_of
from dueng_analytics.engines.duckdb import DuckDBEngine

DOUBLES = st.one_of(
    st.floats(allow_nan=False),
    st.integers(0, 2**64 - 1)
    .map(lambda bits: struct.unpack("d", struct.pack("Q", bits))[0])
    .filter(lambda value: value == value),
    st.tuples(st.integers(-(10**17), 10**17), st.integers(-30, 30)).map(
        lambda parts: float(f"{parts[0]}e{parts[1]}")
    ),
)
EDGES = [
    "0.0", "-0.0", "1e-3", "9.99e-4", "0.00099999999", "9999999.999999999", "1e7", "12345678.9",
    "123456789012345678901234567890", "-12", "1e400", "-1e400", "5e-324", "1.7976931348623157e308",
]  # fmt: skip


def both(digits):
    """What the function and the macro say of each text."""
    (name,) = NATIVE
    with duckdb.connect() as plain:
        for macro in macros_of([f"select {name}(digits)"]):
            plain.execute(macro)
        rows = pa.table({"digits": digits})
        said = plain.execute(f"select {name}(digits) from rows").fetchall()
        assert rows.num_rows == len(said)
    return [NATIVE[name](text) for text in digits], [row[0] for row in said]


def test_at_the_edges_a_number_of_a_document_is_written_alike():
    native, macro = both(EDGES)
    assert native == macro
    assert native[:4] == ["0.0", "-0.0", "0.001", "9.99E-4"]


@settings(max_examples=20, deadline=None)
@given(st.lists(DOUBLES, min_size=50, max_size=200))
def test_any_number_of_a_document_is_written_alike(values):
    native, macro = both([repr(value) for value in values])
    assert native == macro


@pytest.mark.parametrize("name", NATIVE)
def test_the_engine_has_the_function_and_needs_no_macro_for_it(name):
    with DuckDBEngine(threads=1) as engine:
        (row,) = engine.rows(f"select {name}('15000000.5') as a, {name}(null) as b")
        assert row == {"a": "1.50000005E7", "b": None}
        macros = engine.rows(
            f"select count(*) as n from duckdb_functions() where function_name = '{name}'"
            " and function_type = 'macro'"
        )
        assert macros == [{"n": 0}]
