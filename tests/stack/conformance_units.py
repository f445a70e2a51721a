"""The unit tests of views on Trino: given rows as tables, the view over them as Glue stores it."""

from __future__ import annotations

from dataclasses import dataclass

from dueng_analytics.catalog import Catalog
from dueng_analytics.dialect import render, to_duckdb
from dueng_analytics.engines.duckdb import DuckDBEngine
from dueng_analytics.errors import DuengError
from dueng_analytics.model.definitions import UnitTest, View
from dueng_analytics.quality.unit_tests import given_rows, place_given_rows, row_difference

from .conformance import (
    Answer,
    Trino,
    answer_of_rows,
    as_mappings,
    declared_types,
    described,
    difference,
    type_problem,
)
from .conformance_stage import Catalogue

_DATABASE = "the_database_of_the_test"


@dataclass(frozen=True, slots=True)
class Verdict:
    """What one unit test gave on Trino; ``problem`` says how that was not as it should be."""

    name: str
    answer: Answer | None
    problem: str | None


def on_trino(
    catalog: Catalog,
    view: View,
    number: int,
    sql: str,
    catalogue: Catalogue,
    trino: Trino,
) -> Answer:
    """What a view gives for the given rows of one of its unit tests.

    For the first one the types of the SELECT itself are asked for too.

    Args:
        sql: what :func:`rendered` gives for the view.

    Raises:
        AssertionError: the SELECT gives other columns than the view declares.
        EngineError: Trino refused or failed.
    """
    test = view.tests[number]
    database = f"unit_{view.family}_{view.name}_{number}"
    catalogue.create_database(database)
    try:
        for relation, rows in given_rows(catalog, view, test):
            catalogue.put_rows(database, relation.name, catalog.columns(relation), rows)
        sql = sql.replace(_DATABASE, database)
        catalogue.put_view(database, catalog, view, sql)
        if number == 0:
            declared = {column.name: column.type.trino for column in view.columns}
            problem = type_problem("Trino", trino.types(sql), declared)
            assert problem is None, problem
        return trino.select(database, view)
    finally:
        catalogue.drop_database(database)


def rendered(catalog: Catalog, view: View) -> str:
    """The SELECT of a view over relations of one database, which has to be put in."""
    return render(catalog.typed(view), "athena", lambda family, name: (_DATABASE, name))


class OnDuckDB:
    """The unit tests of a view on DuckDB, translated once for all of them."""

    def __init__(self, catalog: Catalog, view: View, engine: DuckDBEngine) -> None:
        self._catalog, self._view, self._engine = catalog, view, engine
        self._sql = to_duckdb(catalog.typed(view))
        self._types = {column.name: column.type for column in view.columns}

    def type_problem(self) -> str | None:
        """How the SELECT's columns differ from the declared ones, over the rows that are placed."""
        given = described(self._engine, self._sql)
        return type_problem("DuckDB", given, declared_types(self._types))

    def answer(self, test: UnitTest) -> Answer:
        """What the view gives for the given rows of a test."""
        place_given_rows(self._catalog, self._view, test, self._engine)
        rows = self._engine.rows(self._sql)
        return answer_of_rows(rows, self._types, tuple(rows[0]) if rows else tuple(self._types))


def verdict(view: View, test: UnitTest, duckdb: Answer, trino: Answer | Exception) -> Verdict:
    """Whether both engines gave the same, and Trino what the test expects."""
    if isinstance(trino, Exception):
        return Verdict(test.name, None, str(trino))
    problem = difference(duckdb, trino)
    if problem is None:
        types = {column.name: column.type for column in view.columns}
        try:
            problem = row_difference(view, test, as_mappings(trino, types))
        except DuengError as error:
            problem = error.message
    return Verdict(test.name, trino, problem)
