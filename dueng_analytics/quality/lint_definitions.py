"""House rules that a view breaks together with what is declared about it and what it reads."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from dueng_analytics.catalog import Catalog, Relation, contract_problems
from dueng_analytics.dialect import Typed, references
from dueng_analytics.dialect.scans import Scan, scans
from dueng_analytics.errors import Location
from dueng_analytics.model.definitions import Pruning, View
from dueng_analytics.model.yaml_node import read_yaml

PARTITION_COLUMN = "ingest_timestamp"
_WORD = re.compile(r"[^\W_]+")
_SMALL_WORDS = frozenset(("a", "an", "the", "of", "its", "this", "is", "in"))
_FEWEST_WORDS = 5


@dataclass(frozen=True, slots=True)
class Complaint:
    """One place that breaks a rule: what is there, and the way out."""

    what: str
    hint: str
    where: Location


@dataclass(frozen=True, slots=True)
class Bound:
    """A view with the catalog that it stands in and its SELECT, bound."""

    catalog: Catalog
    view: View
    typed: Typed

    def in_sql(self, what: str, hint: str, line: int) -> Complaint:
        """The complaint at a line of ``view.sql``."""
        return Complaint(what, hint, Location(self.view.sql_path, line))

    def in_yaml(self, what: str, hint: str, key: str) -> Complaint:
        """The complaint at an entry of ``view.yaml``."""
        entries = dict(read_yaml(self.view.folder / "view.yaml").items())
        return Complaint(what, hint, entries[key].where)


Rule = Callable[[Bound], Iterator[Complaint]]


def columns_as_declared(bound: Bound) -> Iterator[Complaint]:
    """The columns that the SELECT gives are the declared ones: names, order and inferred types."""
    for what, line in contract_problems(bound.view, bound.typed):
        yield bound.in_sql(what, "Change the SELECT, or `columns` in view.yaml.", line)


def pruning_as_declared(bound: Bound) -> Iterator[Complaint]:
    """A filter on ingest_timestamp reaches every scan of partitions where that is declared."""
    found, unreached = found_pruning(bound.catalog, bound.typed)
    declared = bound.view.pruning
    if found is declared:
        return
    what = f"pruning is declared as {declared.value}, and the view is {found.value}"
    hint = f"Declare {found.value}."
    if declared is Pruning.PARTITION and unreached:
        scan = unreached[0]
        what += (
            f": a filter on {PARTITION_COLUMN} does not reach the scan of {scan.name}"
            f" in line {scan.line}"
        )
        hint = f"Pass {PARTITION_COLUMN} on, not aggregated, or declare {found.value}."
    yield bound.in_yaml(what, hint, "pruning")


def found_pruning(catalog: Catalog, typed: Typed) -> tuple[Pruning, tuple[Scan, ...]]:
    """How a SELECT prunes, and the scans of partitions that no filter on its output reaches."""
    pruned = [
        (scan, _pruning(catalog.relations[f"{scan.family}.{scan.name}"]))
        for scan in scans(typed, PARTITION_COLUMN)
    ]
    partitioned = [(scan, kind) for scan, kind in pruned if kind is not Pruning.UNPARTITIONED]
    if not partitioned:
        return Pruning.UNPARTITIONED, ()
    unreached = tuple(
        scan
        for scan, kind in partitioned
        if kind is Pruning.EXPANDED_ONLY or scan.filtered != PARTITION_COLUMN
    )
    return (Pruning.EXPANDED_ONLY if unreached else Pruning.PARTITION), unreached


def _pruning(relation: Relation) -> Pruning:
    if isinstance(relation, View):
        return relation.pruning
    return Pruning.PARTITION if relation.partition_column else Pruning.UNPARTITIONED


def read_once(bound: Bound) -> Iterator[Complaint]:
    """Events are read once: Trino scans a relation again for every reference, CTEs inlined."""
    made = scans(bound.typed, PARTITION_COLUMN)
    counts = Counter((scan.family, scan.name) for scan in made)
    for (family, relation), count in counts.items():
        if count > 1 and _pruning(bound.catalog.relations[f"{family}.{relation}"]) is not (
            Pruning.UNPARTITIONED
        ):
            line = max(s.line for s in made if (s.family, s.name) == (family, relation))
            yield bound.in_sql(
                f"{family}.{relation} is scanned {count} times",
                "Read it once, and tell its rows apart with CASE, FILTER or a window.",
                line,
            )


def references_by_family(bound: Bound) -> Iterator[Complaint]:
    """A relation of the view's own family is referenced bare, one of another as family.relation."""
    statement = bound.typed.statement
    for reference in references(statement):
        relation = bound.catalog.resolve(reference, statement, bound.view.family)
        own = relation.family == bound.view.family
        wanted = relation.name if own else relation.qualified_name
        if reference.text != wanted:
            yield bound.in_sql(
                f"{reference.text} is no name that holds everywhere",
                f"Write {wanted}: databases are named when a view is deployed.",
                reference.line,
            )


def descriptions_say_something(bound: Bound) -> Iterator[Complaint]:
    """The view, its grain and each of its columns are described by more than their names."""
    view = bound.view
    if len(_words(view.description)) < _FEWEST_WORDS:
        yield bound.in_yaml(
            "the description says too little",
            "Say what the rows are, what NULL means, and which limits are known.",
            "description",
        )
    if len(_words(view.grain)) < 2:
        yield bound.in_yaml("the grain does not say what one row is", "Write: one … and …", "grain")
    for column in view.columns:
        if set(_words(column.description)) <= {*_words(column.name), *_SMALL_WORDS}:
            what = f"the description of {column.name} says no more than its name"
            hint = "Say what it holds, and what NULL means."
            yield Complaint(what, hint, column.where or Location(view.folder / "view.yaml"))


def _words(text: str) -> list[str]:
    return [word.lower() for word in _WORD.findall(text)]


DEFINITION_RULES: Mapping[str, Rule] = {
    "columns": columns_as_declared,
    "description": descriptions_say_something,
    "pruning": pruning_as_declared,
    "read-once": read_once,
    "reference": references_by_family,
}
