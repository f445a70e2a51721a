"""Values as DuckDB's SQL writes them."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime


def text(value: object) -> str:
    """A text literal."""
    return "'" + str(value).replace("'", "''") + "'"


def texts(values: Iterable[object]) -> str:
    """A list of texts, for instance of paths."""
    return "[" + ", ".join(text(value) for value in values) + "]"


def identifier(name: str) -> str:
    """A quoted name."""
    return '"' + name.replace('"', '""') + '"'


def qualified(family: str, name: str) -> str:
    """A relation's quoted name, with its family."""
    return f"{identifier(family)}.{identifier(name)}"


def json_step(key: str) -> str:
    """One step of a JSON path."""
    return '"' + key.replace('"', '\\"') + '"'


def timestamp(moment: datetime) -> str:
    """A timestamp without zone."""
    return f"timestamp '{moment:%Y-%m-%d %H:%M:%S}'"


def timestamps(moments: Iterable[datetime]) -> str:
    """A list of timestamps; an empty one keeps the type."""
    return "[" + ", ".join(timestamp(moment) for moment in moments) + "]::timestamp[]"
