"""From ``sql/`` folders to :class:`Definitions`: every problem is collected, then raised once."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import TypeVar

from dueng_analytics.errors import DefinitionError, DefinitionErrors, Location
from dueng_analytics.model.definitions import Column, Definitions, Source, View
from dueng_analytics.model.source_file import read_source
from dueng_analytics.model.view_file import read_shared_columns, read_view
from dueng_analytics.model.yaml_node import read_yaml

_T = TypeVar("_T")


def load_definitions(roots: Sequence[Path]) -> Definitions:
    """All sources and views under the given ``sql/`` folders, families and names in order.

    Later roots add to earlier ones; the same name in two places is an error.

    Raises:
        DefinitionError: the one problem found, with file and line.
        DefinitionErrors: several problems, each with file and line.
    """
    problems: list[DefinitionError] = []
    families: list[str] = []
    sources: list[Source] = []
    views: list[View] = []
    databases: dict[str, str] = {}

    def attempt(read: Callable[[], _T], into: list[_T]) -> None:
        try:
            into.append(read())
        except DefinitionErrors as several:
            problems.extend(several.errors)
        except DefinitionError as problem:
            problems.append(problem)

    for root in roots:
        if not root.is_dir():
            problems.append(DefinitionError("there is no such folder", where=Location(root)))
            continue
        for folder in _folders(root):
            family = folder.name
            declared = sorted((folder / "sources").glob("*.yaml"))
            view_folders = [view for view in _folders(folder) if view.name != "sources"]
            if not declared and not view_folders:
                continue
            if family not in families:
                families.append(family)
            try:
                shared = read_shared_columns(folder / "columns.yaml")
            except DefinitionError as problem:
                problems.append(problem)
                shared = {}
            if (folder / "family.yaml").is_file():
                read: list[str] = []
                attempt(lambda folder=folder: _database(folder / "family.yaml"), read)  # type: ignore[misc]
                databases.update((family, database) for database in read)
            for path in declared:
                attempt(lambda path=path, family=family: read_source(path, family), sources)  # type: ignore[misc]
            for view in view_folders:
                attempt(
                    lambda view=view, family=family, shared=shared: _view(  # type: ignore[misc]
                        view, family, shared
                    ),
                    views,
                )
    problems.extend(_repeated_names(sources, views))
    if len(problems) == 1:
        raise problems[0]
    if problems:
        raise DefinitionErrors(problems)
    return Definitions(
        families=tuple(sorted(families)),
        sources=tuple(sorted(sources, key=lambda source: source.qualified_name)),
        views=tuple(sorted(views, key=lambda view: view.qualified_name)),
        roots=tuple(roots),
        databases=databases,
    )


def _view(folder: Path, family: str, shared: Mapping[str, Column]) -> View:
    """A view, read once as long as neither its files nor the shared columns change."""
    states = [(path.name, path.stat()) for path in sorted(folder.iterdir()) if path.is_file()]
    stamps = tuple((name, state.st_mtime_ns, state.st_size) for name, state in states)
    return _read_view(folder, family, tuple(shared.values()), stamps)


@lru_cache(maxsize=128)
def _read_view(
    folder: Path,
    family: str,
    shared: tuple[Column, ...],
    stamps: tuple[tuple[str, int, int], ...],
) -> View:
    return read_view(folder, family, {column.name: column for column in shared})


def _database(path: Path) -> str:
    """The Glue database that a family has unless a project says otherwise."""
    return read_yaml(path).mapping(required=("database",))["database"].text()


def _folders(parent: Path) -> list[Path]:
    return sorted(
        path for path in parent.iterdir() if path.is_dir() and not path.name.startswith((".", "_"))
    )


def _repeated_names(sources: Sequence[Source], views: Sequence[View]) -> list[DefinitionError]:
    """Relation names are unique over all families, so that a bare name has one meaning."""
    places: dict[str, Path] = {}
    problems: list[DefinitionError] = []
    named = [(source.name, source.where.path) for source in sources]
    named += [(view.name, view.sql_path) for view in views]
    for name, place in named:
        if name in places:
            problems.append(
                DefinitionError(
                    f"the relation name {name!r} is taken by {places[name]}",
                    where=Location(place, 1),
                    hint="Relation names are unique over all families.",
                )
            )
        places.setdefault(name, place)
    return problems
