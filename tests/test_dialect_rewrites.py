"""Every rewrite's golden file: what goes in, what comes out.

``DUENG_WRITE_GOLDEN=1`` writes the second halves anew, to be read before they are committed.
"""

import os
from pathlib import Path

import pytest

from dueng_analytics.dialect import bind, parse_query, to_duckdb
from dueng_analytics.dialect.rewrites import REWRITES
from dueng_analytics.model.types import parse_glue_type

GOLDEN = Path(__file__).with_name("golden") / "rewrites"
COLUMNS = {
    "id": "bigint",
    "n": "int",
    "x": "double",
    "s": "string",
    "u": "string",
    "b": "boolean",
    "day": "date",
    "at": "timestamp",
    "until": "timestamp",
    "words": "array<string>",
    "others": "array<string>",
    "numbers": "array<bigint>",
    "tags": "map<string,string>",
    "people": "array<struct<name:string,amount:bigint>>",
}
IN, OUT = "-- Athena\n", "-- DuckDB\n"


def translated(sql):
    typed = bind(
        parse_query(sql),
        lambda reference, statement: ("demo", "events"),
        lambda family, name: {column: parse_glue_type(kind) for column, kind in COLUMNS.items()},
    )
    return to_duckdb(typed)


def rewrites():
    return {rewrite.__name__: rewrite for rewrite in REWRITES.values()}


@pytest.mark.parametrize("name", sorted(rewrites()))
def test_a_rewrite_turns_its_statement_into_the_golden_one(name):
    file = GOLDEN / f"{name}.sql"
    given, _, expected = file.read_text("utf-8").removeprefix(IN).partition(OUT)
    found = translated(given) + "\n"
    if os.environ.get("DUENG_WRITE_GOLDEN"):
        file.write_text(f"{IN}{given}{OUT}{found}", "utf-8")
    assert found == expected


def test_every_golden_file_belongs_to_a_rewrite():
    assert {file.stem for file in GOLDEN.glob("*")} == set(rewrites())


@pytest.mark.parametrize("name", sorted(rewrites()))
def test_a_rewrite_says_what_differs(name):
    words = (rewrites()[name].__doc__ or "").split()
    assert len(words) >= 3, "one docstring: what Athena does and what DuckDB does"
