"""Every relation by name: what a reference means, what it reads, in which order things are made."""

from __future__ import annotations

import os
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property, lru_cache
from graphlib import CycleError, TopologicalSorter
from itertools import zip_longest
from pathlib import Path

from dueng_analytics.dialect import (
    Reference,
    Statement,
    Typed,
    Value,
    bind,
    is_empty_over_nothing,
    parse_query,
    references,
    to_duckdb,
    with_current_time,
    with_parameters,
)
from dueng_analytics.errors import ContractError, DefinitionError, Location, UnknownRelation
from dueng_analytics.model.definitions import Definitions, Source, View
from dueng_analytics.model.loader import load_definitions
from dueng_analytics.model.types import ColumnType, Scalar
from dueng_analytics.resources import packaged

Relation = Source | View


@dataclass(frozen=True)
class Catalog:
    """The relations of one set of definitions, with their references resolved."""

    definitions: Definitions
    databases: Mapping[str, str] = field(default_factory=dict)
    """Physical database by family, where it is not the family's own name."""
    aliases: Mapping[str, str] = field(default_factory=dict)
    """Family by another name of its database."""
    base: Catalog | None = field(default=None, compare=False, repr=False)
    """A catalog whose relations this one holds too: what its views are is found out once, there."""

    @cached_property
    def relations(self) -> Mapping[str, Relation]:
        """Every source and view by qualified name, sources first."""
        named: dict[str, Relation] = {
            source.qualified_name: source for source in self.definitions.sources
        }
        named.update({view.qualified_name: view for view in self.definitions.views})
        return named

    @cached_property
    def _by_bare_name(self) -> Mapping[str, Relation]:
        return {relation.name: relation for relation in self.relations.values()}

    def find(self, name: str) -> Relation:
        """The relation that a person means by a bare or qualified name.

        Raises:
            UnknownRelation: with the nearest names.
        """
        parts = tuple(name.split("."))
        return self.resolve(Reference(parts, 0))

    def resolve(
        self, reference: Reference, statement: Statement | None = None, family: str | None = None
    ) -> Relation:
        """The relation that a reference means.

        Inside a family a bare name is the family's own; elsewhere it is looked up everywhere. A
        qualified name is read as family, then as physical database or alias, then by its last
        part alone.

        Raises:
            UnknownRelation: with the place of the reference and the nearest names.
        """
        parts = [part.lower() for part in reference.parts]
        name = parts[-1]
        if len(parts) > 1:
            for owner in self._owners(parts[-2]):
                if f"{owner}.{name}" in self.relations:
                    return self.relations[f"{owner}.{name}"]
        elif family is not None and f"{family}.{name}" in self.relations:
            return self.relations[f"{family}.{name}"]
        if (len(parts) > 1 or family is None) and name in self._by_bare_name:
            return self._by_bare_name[name]
        where: Location | str | None = None
        if statement is not None:
            where = (
                Location(statement.path, reference.line)
                if statement.path is not None
                else f"{statement.label}, line {reference.line}"
            )
        known = self._by_bare_name if len(parts) == 1 and family is None else self.relations
        raise UnknownRelation(
            "relation",
            reference.text,
            [*known, *self._by_bare_name],
            where=where,
            hint="`dueng list` shows every view and source.",
        )

    def _owners(self, qualifier: str) -> Sequence[str]:
        """The families that a qualifier may mean: by name, by physical database, by alias."""
        stored_there = [
            family for family, database in self.databases.items() if database.lower() == qualifier
        ]
        called_so = [family for alias, family in self.aliases.items() if alias.lower() == qualifier]
        return (qualifier, *stored_there, *called_so)

    def notices(self, statement: Statement) -> tuple[str, ...]:
        """What a reader should be told about how the references of a statement were understood."""
        told: list[str] = []
        for reference in references(statement):
            if len(reference.parts) < 2:
                continue
            relation = self.resolve(reference, statement)
            if relation.family not in self._owners(reference.parts[-2].lower()):
                told.append(
                    f"{reference.text} was read as {relation.qualified_name}: no family or"
                    f" database {reference.parts[-2]!r} is configured"
                )
        return tuple(told)

    def database(self, family: str) -> str:
        """The physical database of a family."""
        return self.databases.get(family, family)

    def columns(self, relation: Relation) -> Mapping[str, ColumnType]:
        """Name and type of a relation's columns as a query sees them, in order."""
        columns = {column.name: column.type for column in relation.columns}
        if isinstance(relation, Source) and relation.partition_column:
            columns[relation.partition_column] = Scalar("timestamp")
        return columns

    def _base_of(self, view: View) -> Catalog | None:
        """The base where it holds the view: names that were added to it change nothing there."""
        if self.base is not None and self.base.relations.get(view.qualified_name) is view:
            return self.base
        return None

    def statement(self, view: View) -> Statement:
        """The parsed SELECT of a view."""
        if (base := self._base_of(view)) is not None:
            return base.statement(view)
        name = view.qualified_name
        if name not in self._statements:
            self._statements[name] = parse_query(view.sql, label=view.name, path=view.sql_path)
        return self._statements[name]

    @cached_property
    def _statements(self) -> dict[str, Statement]:
        return {}

    def typed(self, view: View) -> Typed:
        """The SELECT of a view with names bound and types inferred from declared upstreams."""
        if (base := self._base_of(view)) is not None:
            return base.typed(view)
        name = view.qualified_name
        if name not in self._typed:
            self._typed[name] = self.bind(self.statement(view), family=view.family)
        return self._typed[name]

    @cached_property
    def _typed(self) -> dict[str, Typed]:
        return {}

    def asked(
        self,
        text: str,
        parameters: Mapping[str, Value] | None = None,
        now: datetime | None = None,
    ) -> Typed:
        """A SELECT of a user, bound: with values for its ``:name``, and what it takes for now.

        Raises:
            SqlError: the text does not parse, names no column, or lacks a value.
            UnknownRelation: with the nearest names.
        """
        statement = parse_query(text)
        if parameters is not None:
            statement = with_parameters(statement, parameters)
        if now is not None:
            statement = with_current_time(statement, now)
        return self.bind(statement)

    def has_no_rows(self, view: View, empty: Collection[str]) -> bool:
        """Whether a view has none for sure, where the relations of these names have none."""
        return all(
            below.qualified_name in empty for below in self.upstream(view)
        ) and is_empty_over_nothing(self.statement(view))

    def contracted(self, view: View) -> Typed:
        """The same, for a view whose SELECT gives the columns that it declares.

        Raises:
            ContractError: the first column that differs in name, place or type.
        """
        typed = self.typed(view)
        for what, line in contract_problems(view, typed):
            raise ContractError(
                f"{view.qualified_name}: {what}",
                where=Location(view.sql_path, line),
                hint="Change the SELECT, or `columns` in view.yaml.",
            )
        return typed

    def translated(self, view: View) -> str:
        """The SELECT of a view in DuckDB's SQL; translated once.

        Raises:
            ContractError: it gives other columns than the view declares.
            SqlError: a construct that is not portable, with its line.
        """
        if (base := self._base_of(view)) is not None:
            return base.translated(view)
        name = view.qualified_name
        if name not in self._translated:
            self._translated[name] = to_duckdb(self.contracted(view))
        return self._translated[name]

    @cached_property
    def _translated(self) -> dict[str, str]:
        return {}

    def bind(self, statement: Statement, *, family: str | None = None) -> Typed:
        """Any statement with its names bound to this catalog's relations and its types inferred."""

        def resolve(reference: Reference, statement: Statement) -> tuple[str, str]:
            relation = self.resolve(reference, statement, family)
            return relation.family, relation.name

        return bind(
            statement,
            resolve,
            lambda owner, name: self.columns(self.relations[f"{owner}.{name}"]),
        )

    def reads(self, statement: Statement, *, family: str | None = None) -> tuple[Relation, ...]:
        """The relations that a statement reads, each once, in order of appearance."""
        found = {
            relation.qualified_name: relation
            for relation in (
                self.resolve(reference, statement, family) for reference in references(statement)
            )
        }
        return tuple(found.values())

    def upstream(self, relation: Relation) -> tuple[Relation, ...]:
        """What a relation reads itself."""
        if isinstance(relation, Source):
            return ()
        if (base := self._base_of(relation)) is not None:
            return tuple(self.relations[read.qualified_name] for read in base.upstream(relation))
        name = relation.qualified_name
        if name not in self._upstream:
            self._upstream[name] = self.reads(self.statement(relation), family=relation.family)
        return self._upstream[name]

    @cached_property
    def _upstream(self) -> dict[str, tuple[Relation, ...]]:
        return {}

    def downstream(self, relation: Relation) -> tuple[View, ...]:
        """The views that read a relation themselves."""
        return tuple(
            view
            for view in self.definitions.views
            if any(read.qualified_name == relation.qualified_name for read in self.upstream(view))
        )

    def in_order(self, wanted: Iterable[Relation] | None = None) -> Sequence[Relation]:
        """Relations with everything that they read, each after what it reads.

        Args:
            wanted: the relations to end at; all of them by default.

        Raises:
            DefinitionError: views that read each other in a circle.
        """
        graph: dict[str, tuple[str, ...]] = {}
        pending = [
            relation.qualified_name
            for relation in (self.relations.values() if wanted is None else wanted)
        ]
        while pending:
            name = pending.pop()
            if name not in graph:
                graph[name] = tuple(
                    relation.qualified_name for relation in self.upstream(self.relations[name])
                )
                pending.extend(graph[name])
        try:
            order = list(
                TopologicalSorter({name: graph[name] for name in sorted(graph)}).static_order()
            )
        except CycleError as error:
            circle = list(error.args[1])
            raise DefinitionError(
                f"views read each other in a circle: {' → '.join(reversed(circle))}",
                where=self._place(circle[1], circle[0]),
                hint="Let one of them read what the other reads.",
            ) from None
        return [self.relations[name] for name in order]

    def _place(self, reader: str, read: str) -> Location:
        """Where a view names a relation that it reads."""
        view = self.relations[reader]
        assert isinstance(view, View)
        statement = self.statement(view)
        for reference in references(statement):
            if self.resolve(reference, statement, view.family).qualified_name == read:
                return Location(view.sql_path, reference.line)
        return Location(view.sql_path)


def contract_problems(view: View, typed: Typed) -> Iterator[tuple[str, int]]:
    """Where the columns of a view's SELECT are not the declared ones: what, and in which line."""
    given = [(column, typed.type_text(n)) for n, (column, _) in enumerate(typed.columns)]
    declared = [(column.name, column.type.trino) for column in view.columns]
    for number, (one, other) in enumerate(zip_longest(given, declared), start=1):
        if one == other:
            continue
        if other is None:
            yield f"column {number}, {' '.join(one)}, is not declared", typed.line(number - 1)
        elif one is None:
            yield f"column {number} is declared as {' '.join(other)}, and missing", 0
        else:
            what = f"column {number} is {' '.join(one)}, and declared as {' '.join(other)}"
            yield what, typed.line(number - 1)


def load_catalog(
    *project_folders: Path,
    databases: Mapping[str, str] | None = None,
    aliases: Mapping[str, str] | None = None,
) -> Catalog:
    """The packaged definitions, merged with the ``sql/`` of each project folder.

    As long as no file in them changes, a process reads and parses them once.

    Args:
        databases: physical database by family; a family that is not named keeps its default.
        aliases: family by another name of its database.
    """
    roots = (packaged("sql"), *project_folders)
    named = [tuple(sorted((names or {}).items())) for names in (databases, aliases)]
    return _load(roots, _stamps(roots), *named)


@lru_cache(maxsize=4)
def _load(
    roots: tuple[Path, ...],
    stamps: tuple[tuple[str, int, int], ...],
    databases: tuple[tuple[str, str], ...],
    aliases: tuple[tuple[str, str], ...],
) -> Catalog:
    packaged_alone = len(roots) == 1 and not databases and not aliases
    definitions = load_definitions(roots)
    return Catalog(
        definitions,
        {**definitions.databases, **dict(databases)},
        dict(aliases),
        base=None if packaged_alone else load_catalog(),
    )


def _stamps(roots: Iterable[Path]) -> tuple[tuple[str, int, int], ...]:
    """Path, time of change and size of every file: equal stamps mean equal definitions."""
    return tuple(sorted(stamp for root in roots for stamp in _stamps_below(str(root))))


def _stamps_below(folder: str) -> Iterator[tuple[str, int, int]]:
    with os.scandir(folder) as entries:
        for entry in entries:
            if entry.is_dir(follow_symlinks=False):
                yield from _stamps_below(entry.path)
            elif entry.is_file():
                state = entry.stat()
                yield entry.path, state.st_mtime_ns, state.st_size
