"""Whether a mutant that no test noticed means the same as its view.

One that gives equal rows on 1,000 generated inputs is taken for the same view in other words. An
input is a few rows of every relation that the view reads.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Generator
from contextlib import closing
from dataclasses import dataclass
from itertools import count, islice
from random import Random
from typing import Any

import pyarrow as pa

from dueng_analytics.catalog import Catalog, Relation
from dueng_analytics.dialect import Typed
from dueng_analytics.dialect.mutation import mutants
from dueng_analytics.dialect.probes import named_values
from dueng_analytics.engines.duckdb import DuckDBEngine, Rows
from dueng_analytics.errors import DuengError, EngineError
from dueng_analytics.model.definitions import Source, View
from dueng_analytics.quality.generation import RowGenerator
from dueng_analytics.quality.stage import Template, clear, place, template

GENERATED_INPUTS = 1_000
_ROWS_AN_INPUT = 12
_FAILURES_IN_A_ROW = 50


@dataclass(frozen=True, slots=True)
class Comparison:
    """What generated inputs showed; ``error`` says why nothing could be compared."""

    tried: int = 0
    equivalent: frozenset[int] = frozenset()
    error: str | None = None


def equivalent_mutants(
    catalog: Catalog,
    view: View,
    engine: DuckDBEngine,
    numbers: Collection[int],
    *,
    inputs: int = GENERATED_INPUTS,
) -> Comparison:
    """How many inputs were tried, and which mutants gave the view's own rows on all of them.

    It ends early once every mutant has differed. Where the view runs on hardly any generated
    input no mutant is equivalent: nothing was shown.

    Args:
        numbers: the mutants of the view in question, by their places in
            :func:`~dueng_analytics.dialect.mutation.mutants`.
    """
    try:
        typed = catalog.typed(view)
        agreeing: dict[int, Template] = {}
        for number, mutant in enumerate(mutants(typed)):
            if number in numbers:
                with mutant.applied() as changed:
                    agreeing[number] = template(changed)
        tried = 0
        with closing(_generated_inputs(catalog, view, typed, engine)) as generated:
            for schema, expected in islice(generated, inputs):
                tried += 1
                for number, text in list(agreeing.items()):
                    if not _is_equal(text.at(schema), expected, engine):
                        del agreeing[number]
                if not agreeing:
                    break
    except DuengError as error:
        return Comparison(error=error.message)
    return Comparison(tried, frozenset(agreeing) if 0 < tried == inputs else frozenset())


def _generated_inputs(
    catalog: Catalog, view: View, typed: Typed, engine: DuckDBEngine
) -> Generator[tuple[str, Rows], None, None]:
    """Schemas of generated rows on which the view runs, each with the view's rows, without end.

    An input on which the view itself fails says nothing and is made again with another seed; a
    view that fails again and again ends the sequence. A schema is gone when the next one is asked
    for.
    """
    original = template(typed)
    named = named_values(typed)
    schema = f"generated rows of {view.qualified_name}"
    failures = 0
    for number in count():
        generator = RowGenerator(Random(f"{view.qualified_name} {number}"), named)
        rows = [
            (relation, _generated(relation, catalog, generator))
            for relation in catalog.upstream(view)
        ]
        place(catalog, rows, schema, engine)
        try:
            yield schema, engine.rows(original.at(schema))
            failures = 0
        except EngineError:
            failures += 1
        finally:
            clear([schema], engine)
        if failures == _FAILURES_IN_A_ROW:
            return


def _generated(relation: Relation, catalog: Catalog, generator: RowGenerator) -> pa.Table:
    """Rows that keep what the relation promises: columns never NULL, and a key that is one."""
    never_null = {column.name for column in relation.columns if not column.nullable}
    key: tuple[str, ...] = ()
    if isinstance(relation, View) and never_null.issuperset(relation.event_key):
        key = relation.event_key
    if isinstance(relation, Source) and relation.partition_column is not None:
        never_null.add(relation.partition_column)
    return generator.table(
        catalog.columns(relation), _ROWS_AN_INPUT, never_null=never_null, key=key
    )


def _is_equal(changed: str, expected: Rows, engine: DuckDBEngine) -> bool:
    try:
        output = engine.rows(changed)
    except EngineError:
        return False
    return output == expected or _counted(output) == _counted(expected)


def _counted(rows: Rows) -> Counter[str]:
    """The rows with how often each stands there, map entries in the order of their keys."""
    return Counter(repr([_in_order(value) for value in row.values()]) for row in rows)


def _in_order(value: Any) -> Any:
    if isinstance(value, dict):
        return sorted(((key, _in_order(item)) for key, item in value.items()), key=repr)
    return [_in_order(item) for item in value] if isinstance(value, list) else value
