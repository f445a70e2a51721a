"""The portable set: which functions and syntax a query may be made of, read from data.

``portable.yaml`` beside this module lists them. :mod:`dueng_analytics.dialect.allowlist` refuses
what it does not list; :mod:`dueng_analytics.dialect.result_types` takes result types from it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import yaml
from sqlglot import exp

DATA = Path(__file__).with_name("portable.yaml")

_INTEGERS = (exp.DType.INT, exp.DType.BIGINT)
_NUMBERS = (*_INTEGERS, exp.DType.DOUBLE)
_TEXTS = (exp.DType.VARCHAR, exp.DType.TEXT, exp.DType.CHAR)
_TIMES = (exp.DType.DATE, exp.DType.TIMESTAMP, exp.DType.TIMESTAMPTZ)

# What an argument may be, by the word that portable.yaml uses for it. An integer is widened to
# bigint and double and a date is no timestamp, as Athena resolves its functions.
_KINDS: Mapping[str, tuple[exp.DType, ...]] = {
    "varchar": _TEXTS,
    "boolean": (exp.DType.BOOLEAN,),
    "integer": (exp.DType.INT,),
    "bigint": _INTEGERS,
    "double": _NUMBERS,
    "number": _NUMBERS,
    "date": (exp.DType.DATE,),
    "timestamp": (exp.DType.TIMESTAMP,),
    "timestamptz": (exp.DType.TIMESTAMPTZ,),
    "time": _TIMES,
    "json": (exp.DType.JSON,),
    "varbinary": (exp.DType.VARBINARY, exp.DType.BINARY),
    "array": (exp.DType.ARRAY, exp.DType.LIST),
    "map": (exp.DType.MAP,),
    "interval": (exp.DType.INTERVAL,),
    "scalar": (*_TEXTS, exp.DType.BOOLEAN, *_NUMBERS, *_TIMES),
}
_GIVEN: Mapping[str, str] = {
    "timestamp": "timestamp(3)",
    "timestamptz": "timestamp(3) with time zone",
}


@dataclass(frozen=True, slots=True)
class Argument:
    """What one argument of a function may be."""

    kinds: tuple[str, ...]
    optional: bool = False
    repeated: bool = False

    @property
    def text(self) -> str:
        return " or ".join(self.kinds)

    def accepts(self, value: exp.Expr) -> bool:
        """Whether an expression, typed before, fits; NULL fits everywhere."""
        if "any" in self.kinds or "word" in self.kinds:
            return True
        if isinstance(value, exp.Lambda) or "lambda" in self.kinds:
            return isinstance(value, exp.Lambda) and "lambda" in self.kinds
        if isinstance(value, exp.Star):
            return "star" in self.kinds
        if "query" in self.kinds:
            return isinstance(value, (exp.Query, exp.Subquery))
        kind = value.type.this if value.type is not None else exp.DType.UNKNOWN
        if isinstance(value, exp.Null) or kind == exp.DType.NULL:
            return True
        return any(kind in _KINDS.get(name, ()) for name in self.kinds)


@dataclass(frozen=True, slots=True)
class Function:
    """A function of the portable set."""

    names: tuple[str, ...]
    node: type[exp.Expr] | None
    takes: Mapping[str, Argument]
    gives: str | None
    literal: tuple[str, ...]
    page: str
    alike: bool = False

    @property
    def name(self) -> str:
        return self.names[0]


@dataclass(frozen=True)
class PortableSet:
    """Functions by class and by name, and the parts that each kind of syntax may have."""

    functions: tuple[Function, ...]
    by_class: Mapping[type[exp.Expr], Function]
    by_name: Mapping[str, Function]
    syntax: Mapping[type[exp.Expr], frozenset[str]]

    def function(self, node: exp.Expr) -> Function | None:
        """The function that a node calls, or None when it is not listed."""
        if isinstance(node, exp.Anonymous):
            found = self.by_name.get(node.name.lower())
            return found if found is not None and found.node is None else None
        return self.by_class.get(type(node))


@cache
def portable_set() -> PortableSet:
    """The portable set as ``portable.yaml`` states it, read once."""
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    data: Mapping[str, Any] = yaml.load(DATA.read_text("utf-8"), Loader=loader)
    functions = tuple(_function(entry) for entry in data["functions"])
    return PortableSet(
        functions=functions,
        by_class={item.node: item for item in functions if item.node is not None},
        by_name={name: item for item in functions for name in item.names},
        syntax={getattr(exp, name): frozenset(parts) for name, parts in data["syntax"].items()},
    )


def _function(entry: Mapping[str, Any]) -> Function:
    takes = entry["takes"]
    if isinstance(takes, list):
        takes = {str(place): kind for place, kind in enumerate(takes)}
    return Function(
        names=tuple(entry["names"]),
        node=getattr(exp, entry["node"]) if "node" in entry else None,
        takes={name: _argument(kind) for name, kind in takes.items()},
        gives=entry.get("gives"),
        literal=tuple(str(name) for name in entry.get("literal", ())),
        page=entry["page"],
        alike=entry.get("alike", False),
    )


def _argument(text: str) -> Argument:
    kinds = text.rstrip("*").split("|")
    return Argument(
        kinds=tuple(kind for kind in kinds if kind != "none"),
        optional="none" in kinds,
        repeated=text.endswith("*"),
    )


@cache
def trino_type(text: str) -> exp.DataType:
    """sqlglot's type for one in Trino's spelling; times have millisecond precision."""
    return exp.DataType.build(_GIVEN.get(text, text), dialect="trino")


_RESULT = re.compile(r"=(?P<same>\w+)|(?P<outer>array|element)\((?P<inner>.+)\)")


def result_parts(gives: str) -> tuple[str, str]:
    """How a result is made: ("same", argument), ("array", …), ("element", …) or ("type", text)."""
    match = _RESULT.fullmatch(gives)
    if match is None:
        return "type", gives
    if match["same"]:
        return "same", match["same"]
    return match["outer"], match["inner"]


def arguments(node: exp.Expr) -> list[tuple[str, exp.Expr]]:
    """The arguments of a function call by name, in the order of the tree; positions for a call
    that sqlglot knows by name only."""
    if isinstance(node, exp.Anonymous):
        return [(str(place), value) for place, value in enumerate(node.expressions)]
    found: list[tuple[str, exp.Expr]] = []
    for name, value in node.args.items():
        for item in value if isinstance(value, list) else [value]:
            if isinstance(item, exp.Expr):
                found.append((name, item))
    return found
