"""Column types, in the three spellings the product needs: Glue, Trino and DuckDB.

Definitions use the Glue spelling, for instance ``struct<app_id:string,sdk:map<string,string>>``.
It is kept without blanks, because Trino refuses blanks inside a nested type that Glue holds.
Field names keep the spelling they have on the wire; engines fold them to lower case.
"""

from __future__ import annotations

from dataclasses import dataclass

# Glue → (Trino, DuckDB); the one table of scalar types. Anything else is refused, never guessed.
_SCALARS: dict[str, tuple[str, str]] = {
    "string": ("varchar", "VARCHAR"),
    "boolean": ("boolean", "BOOLEAN"),
    "int": ("integer", "INTEGER"),
    "bigint": ("bigint", "BIGINT"),
    "double": ("double", "DOUBLE"),
    "date": ("date", "DATE"),
    "timestamp": ("timestamp(3)", "TIMESTAMP"),
}


@dataclass(frozen=True, slots=True)
class Scalar:
    """A type without parts, by its Glue name."""

    name: str

    @property
    def glue(self) -> str:
        return self.name

    @property
    def trino(self) -> str:
        return _SCALARS[self.name][0]

    @property
    def duckdb(self) -> str:
        return _SCALARS[self.name][1]


@dataclass(frozen=True, slots=True)
class Array:
    """A list of values of one type."""

    element: ColumnType

    @property
    def glue(self) -> str:
        return f"array<{self.element.glue}>"

    @property
    def trino(self) -> str:
        return f"array({self.element.trino})"

    @property
    def duckdb(self) -> str:
        return f"{self.element.duckdb}[]"


@dataclass(frozen=True, slots=True)
class Map:
    """Keys of one scalar type with values of one type."""

    key: ColumnType
    value: ColumnType

    @property
    def glue(self) -> str:
        return f"map<{self.key.glue},{self.value.glue}>"

    @property
    def trino(self) -> str:
        return f"map({self.key.trino}, {self.value.trino})"

    @property
    def duckdb(self) -> str:
        return f"MAP({self.key.duckdb}, {self.value.duckdb})"


@dataclass(frozen=True, slots=True)
class Field:
    """A named part of a struct; ``wire`` is its spelling in the record."""

    wire: str
    type: ColumnType

    @property
    def name(self) -> str:
        """The lower-cased name that every engine knows it by."""
        return self.wire.lower()


@dataclass(frozen=True, slots=True)
class Struct:
    """Named parts in a fixed order."""

    fields: tuple[Field, ...]

    @property
    def glue(self) -> str:
        fields = ",".join(f"{field.name}:{field.type.glue}" for field in self.fields)
        return f"struct<{fields}>"

    @property
    def trino(self) -> str:
        fields = ", ".join(f"{field.name} {field.type.trino}" for field in self.fields)
        return f"row({fields})"

    @property
    def duckdb(self) -> str:
        fields = ", ".join(f'"{field.name}" {field.type.duckdb}' for field in self.fields)
        return f"STRUCT({fields})"


ColumnType = Scalar | Array | Map | Struct


def parse_glue_type(text: str) -> ColumnType:
    """The type that a Glue type string names.

    Raises:
        ValueError: the text is no type that this product supports; the message names the part.
    """
    kind, rest = _parse("".join(text.split()), text)
    if rest:
        raise ValueError(f"{text!r} is not a Glue type: {rest!r} is left over")
    return kind


def _parse(rest: str, whole: str) -> tuple[ColumnType, str]:
    head = rest
    for end, character in enumerate(rest):
        if character in "<>,:":
            head = rest[:end]
            break
    tail = rest[len(head) :]
    name = head.lower()
    if name in _SCALARS:
        return Scalar(name), tail
    if name not in {"array", "map", "struct"} or not tail.startswith("<"):
        raise ValueError(
            f"{whole!r} is not a Glue type: {head!r} is none of {', '.join(_SCALARS)},"
            " array<…>, map<…,…>, struct<…:…>"
        )
    tail = tail[1:]
    kind: ColumnType
    if name == "array":
        element, tail = _parse(tail, whole)
        kind = Array(element)
    elif name == "map":
        key, tail = _parse(tail, whole)
        if not tail.startswith(","):
            raise ValueError(f"{whole!r} is not a Glue type: a map has a key and a value type")
        value, tail = _parse(tail[1:], whole)
        kind = Map(key, value)
    else:
        fields: list[Field] = []
        while True:
            wire, colon, tail = tail.partition(":")
            if not colon or not wire:
                raise ValueError(f"{whole!r} is not a Glue type: a struct field is name:type")
            field_type, tail = _parse(tail, whole)
            fields.append(Field(wire, field_type))
            if not tail.startswith(","):
                break
            tail = tail[1:]
        kind = Struct(tuple(fields))
    if not tail.startswith(">"):
        raise ValueError(f"{whole!r} is not a Glue type: a '>' is missing")
    return kind, tail[1:]
