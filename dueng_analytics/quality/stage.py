"""Rows placed once, so that many versions of one view's SQL can be run over them.

Every unit test of a view, and every round of generated rows, has a schema of its own. A statement
is translated once, with a mark where the schema stands, and pointed at one stage after the other.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import pyarrow as pa

from dueng_analytics.catalog import Catalog, Relation
from dueng_analytics.dialect import Typed, to_duckdb
from dueng_analytics.engines.duckdb import DuckDBEngine
from dueng_analytics.model.definitions import UnitTest, View
from dueng_analytics.quality.unit_tests import given_rows

_MARK = "schema_of_the_stage"


@dataclass(frozen=True, slots=True)
class Template:
    """A translated statement that reads its relations from whatever stage it is pointed at."""

    text: str

    def at(self, schema: str) -> str:
        return self.text.replace(f'"{_MARK}"', f'"{schema}"')


@dataclass(frozen=True, slots=True)
class StagedTest:
    """A unit test whose given rows lie in a schema."""

    test: UnitTest
    schema: str


def template(typed: Typed) -> Template:
    """The DuckDB statement of a bound one, for any stage.

    Raises:
        SqlError: a construct without an exact translation.
    """
    return Template(to_duckdb(typed, lambda family, name: (_MARK, f"{family}.{name}")))


def stage_tests(catalog: Catalog, view: View, engine: DuckDBEngine) -> Sequence[StagedTest]:
    """The unit tests of a view, the given rows of each placed in a schema of its own.

    Raises:
        DefinitionError: given rows that do not fit.
    """
    staged: list[StagedTest] = []
    for number, test in enumerate(view.tests):
        schema = f"test {number} of {view.qualified_name}"
        place(catalog, given_rows(catalog, view, test), schema, engine)
        staged.append(StagedTest(test, schema))
    return staged


def place(
    catalog: Catalog,
    rows: Iterable[tuple[Relation, pa.Table]],
    schema: str,
    engine: DuckDBEngine,
) -> None:
    """Put the rows of every relation into one schema."""
    engine.execute(f'create schema if not exists "{schema}"')
    for relation, table in rows:
        engine.create_table(schema, relation.qualified_name, catalog.columns(relation), table)


def clear(schemas: Iterable[str], engine: DuckDBEngine) -> None:
    """Drop stages that are no longer needed."""
    for schema in schemas:
        engine.execute(f'drop schema if exists "{schema}" cascade')
