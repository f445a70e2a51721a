"""Targets: a place where Athena SQL runs, as ``[targets.NAME]`` in dueng.toml and flags tell it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from typing import Any

from dueng_analytics.errors import UnknownName, UsageError, near_names

ENGINES = ("athena", "trino")
_OF_OTHER_ENGINES = {
    "athena": ("host", "port", "user", "http_scheme", "timeout_s"),
    "trino": ("region", "profile", "workgroup", "result_location", "reuse_minutes"),
}
"""By engine: what only another one has a use for."""


@dataclass(frozen=True, slots=True)
class Target:
    """A place where Athena SQL runs; what is None is the engine's own default."""

    name: str
    engine: str
    databases: Mapping[str, str] = field(default_factory=dict)
    """Glue database by family, where it is not the family's default."""
    tables: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Tables, each ``table`` or ``database.table``, by source; none, one or several."""
    layouts: Mapping[str, str] = field(default_factory=dict)
    """Layout by source; ``registered`` is that of the samples' tables."""
    families: tuple[str, ...] | None = None
    """The families that have tables there; those of the others have no rows. None means all."""
    region: str | None = None
    profile: str | None = None
    workgroup: str | None = None
    result_location: str | None = None
    reuse_minutes: int | None = None
    catalog: str = "awsdatacatalog"
    host: str = "localhost"
    port: int = 8080
    user: str = "dueng"
    http_scheme: str = "http"
    timeout_s: int = 600

    @property
    def place(self) -> str | None:
        """Where its table stands in dueng.toml; None for one that flags alone make."""
        return f"[targets.{self.name}]" if self.name else None

    @property
    def settings(self) -> Mapping[str, Any]:
        """Everything that it says and that its engine has a use for."""
        foreign = _OF_OTHER_ENGINES[self.engine]
        values = {entry.name: getattr(self, entry.name) for entry in fields(self)}
        return {
            key: value
            for key, value in values.items()
            if key != "name" and key not in foreign and value not in (None, {})
        }


def parse_targets(value: object) -> Mapping[str, Target]:
    """The targets of a ``[targets]`` table, by name.

    Raises:
        ValueError: a key that there is not, or a value of another kind; the message names it.
    """
    if not isinstance(value, Mapping):
        raise ValueError("is no table of targets: write [targets.NAME]")
    return {str(name): _target(str(name), entry) for name, entry in value.items()}


def chosen_target(
    targets: Mapping[str, Target], name: str | None, flags: Mapping[str, object]
) -> Target | None:
    """The target that was asked for, with what flags say instead of its table; None without any.

    Args:
        targets: those of dueng.toml.
        flags: value by key of a target's table; None and the empty tuple mean not given. What is
            a table there is a list of ``key=value`` here; ``source=`` means no table.

    Raises:
        UnknownName: there is no such target.
        UsageError: flags of a target without one, or a value that means nothing.
    """
    given = {key: value for key, value in flags.items() if value is not None and value != ()}
    if name is None and not given:
        return None
    if name is not None and name not in targets:
        hint = "Write [targets.NAME] into dueng.toml, or say --engine."
        raise UnknownName("target", name, targets, hint=hint)
    if name is None and "engine" not in given:
        raise UsageError(
            f"--{next(iter(given)).replace('_', '-')} is about a target, and none is named",
            hint="Name one with --target, or say where it runs with --engine athena or trino.",
        )
    base = targets[name] if name is not None else Target("", str(given["engine"]))
    try:
        _check_engine(str(given.get("engine", base.engine)), [f"--{key}" for key in given])
        return replace(base, **{key: _from_flag(key, value, base) for key, value in given.items()})
    except ValueError as error:
        raise UsageError(str(error)) from None


def _from_flag(key: str, value: object, base: Target) -> Any:
    place = f"--{key.rstrip('s') if isinstance(value, tuple) else key}".replace("_", "-")
    if key == "families":
        return value
    if key not in ("databases", "tables", "layouts"):
        return _KEYS[key](place, value)
    assert isinstance(value, Sequence)
    pairs = [str(part).partition("=") for part in value]
    if not all(name and equals for name, equals, _ in pairs):
        raise ValueError(f"{place} is {' '.join(map(str, value))!r}, not NAME=VALUE")
    if key != "tables":
        return {**getattr(base, key), **_texts_by_name(place, {n: v for n, _, v in pairs})}
    tables: dict[str, tuple[str, ...]] = {}
    for name, _, table in pairs:
        tables[name] = (*tables.get(name, ()), *([table] if table else []))
    return {**base.tables, **tables}


def _target(name: str, entry: object) -> Target:
    if not isinstance(entry, Mapping):
        raise ValueError(f"{name} is no table: write [targets.{name}]")
    for key in entry:
        if key not in _KEYS:
            near = near_names(str(key), _KEYS)
            hint = f"did you mean {' or '.join(near)}?" if near else f"keys: {', '.join(_KEYS)}"
            raise ValueError(f"{name} has no setting {key!r}; {hint}")
    engine = entry.get("engine")
    if engine not in ENGINES:
        raise ValueError(f"{name}: engine is {engine!r}, not one of {', '.join(ENGINES)}")
    _check_engine(engine, [f"{name}.{key}" for key in entry])
    values: dict[str, Any] = {"name": name, "engine": engine}
    for key, given in entry.items():
        if key != "engine":
            values[key] = _KEYS[key](f"{name}.{key}", given)
    return Target(**values)


def _check_engine(engine: str, places: Sequence[str]) -> None:
    """Refuse what another engine's settings are, ``--key`` or ``target.key``."""
    for place in places:
        key = place.removeprefix("--").rpartition(".")[2]
        if key in _OF_OTHER_ENGINES[engine]:
            other = next(name for name in ENGINES if name != engine)
            shown = place.replace("_", "-") if place.startswith("--") else place
            raise ValueError(f"{shown} is a setting of {other}, and the engine is {engine}")


def _a_text(place: str, value: object) -> str:
    if not isinstance(value, str) or not value:
        raise ValueError(f"{place} is {value!r}, not a text")
    return value


def _a_number(place: str, value: object) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or value < 0:
        raise ValueError(f"{place} is {value!r}, not a whole number")
    return value


def _texts_by_name(place: str, value: object) -> Mapping[str, str]:
    if not isinstance(value, Mapping):
        raise ValueError(f"{place} is no table of name = text")
    return {str(key): _a_text(f"{place}.{key}", text) for key, text in value.items()}


def _tables(place: str, value: object) -> Mapping[str, tuple[str, ...]]:
    if not isinstance(value, Mapping):
        raise ValueError(f"{place} is no table of source = table")
    found: dict[str, tuple[str, ...]] = {}
    for source, tables in value.items():
        listed = [tables] if isinstance(tables, str) else tables
        if not isinstance(listed, list):
            raise ValueError(f"{place}.{source} is neither a table's name nor a list of them")
        found[str(source)] = tuple(_a_text(f"{place}.{source}", table) for table in listed)
    return found


def _list_of_texts(place: str, value: object) -> tuple[str, ...]:
    if not isinstance(value, list):
        raise ValueError(f"{place} is {value!r}, not a list of texts")
    return tuple(_a_text(place, entry) for entry in value)


_KEYS: Mapping[str, Any] = {
    "engine": _a_text,
    "families": _list_of_texts,
    "databases": _texts_by_name,
    "tables": _tables,
    "layouts": _texts_by_name,
    "region": _a_text,
    "profile": _a_text,
    "workgroup": _a_text,
    "result_location": _a_text,
    "reuse_minutes": _a_number,
    "catalog": _a_text,
    "host": _a_text,
    "port": _a_number,
    "user": _a_text,
    "http_scheme": _a_text,
    "timeout_s": _a_number,
}
