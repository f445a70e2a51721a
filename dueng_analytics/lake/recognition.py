"""Which source a record belongs to: told by its keys, and by what some of them hold.

The same rules in three forms: for a record in Python, for JSON text in the engine's SQL, and for
the columns of a Parquet file, where a value that is NULL is a key that is not there.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from dueng_analytics.lake.literals import json_step, text, texts
from dueng_analytics.model.definitions import Recognition, Shape, Source

SourceOf = Callable[[Any], Source | None]


def recogniser(sources: Sequence[Source]) -> SourceOf:
    """A function that tells the source of a record, keys in whatever case; the first that fits."""
    rules = [
        (source, [_folded(shape) for shape in source.recognition.any_of])
        for source in sources
        if source.recognition is not None
    ]

    def source_of(value: Any) -> Source | None:
        if not isinstance(value, Mapping):
            return None
        found = {key.lower(): item for key, item in value.items()}
        for source, shapes in rules:
            if any(_has_shape(found, shape) for shape in shapes):
                return source
        return None

    return source_of


def sources_of_columns(names: Iterable[str], sources: Sequence[Source]) -> list[Source]:
    """The sources of which some shape's keys are among the columns of a file."""
    stored = {name.lower() for name in names}
    return [
        source
        for source in sources
        if source.recognition is not None
        and any(
            _columns_of(shape.all_of, source) <= stored
            and not _columns_of(shape.none_of, source) & stored
            for shape in source.recognition.any_of
        )
    ]


def telling_columns(sources: Iterable[Source]) -> dict[str, str]:
    """The keys that tell records of sources apart, by the column that holds each, lower-cased."""
    return {
        _column_of(key, source): key.lower()
        for source in sources
        for key in telling_keys(source.recognition)
    }


def telling_keys(recognition: Recognition | None) -> list[str]:
    """The keys that some shape asks for, in order."""
    shapes = recognition.any_of if recognition is not None else ()
    return list(dict.fromkeys(key for shape in shapes for key in (*shape.all_of, *shape.none_of)))


class RecognitionSql:
    """SQL over a column ``json`` that tells which of some sources a record belongs to.

    Keys are found in every spelling that a source has for them, and in no other.

    Attributes:
        keys: the expression, to be named ``told``, that looks for all telling keys at once.
        number: the expression over ``told`` and ``json`` of the number of the first source that
            fits, from 0; NULL where none does.
    """

    def __init__(self, sources: Sequence[Source]) -> None:
        self._spellings = spellings(sources)
        keys = [key for variants in self._spellings.values() for key in variants]
        self._places = {key: place for place, key in enumerate(keys, start=1)}
        self.keys = f"json_exists(json, {texts(map(_path, keys))})"
        branches = "".join(
            f" when {' or '.join(map(self._shape, source.recognition.any_of))} then {number}"
            for number, source in enumerate(sources)
            if source.recognition is not None
        )
        self.number = f"case{branches} end" if branches else "cast(null as integer)"

    def _shape(self, shape: Shape) -> str:
        parts = [self._told(key) for key in shape.all_of]
        parts += [f"not {self._told(key)}" for key in shape.none_of]
        parts += [self._holds(key, value, "{} = {}") for key, value in shape.values.items()]
        parts += [self._holds(key, value, "contains({}, {})") for key, value in shape.holds.items()]
        return f"({' and '.join(parts)})"

    def _told(self, key: str) -> str:
        places = (self._places[variant] for variant in self._spellings[key.lower()])
        return f"({' or '.join(f'told[{place}]' for place in places)})"

    def _holds(self, key: str, value: str, condition: str) -> str:
        """Whether a key holds a text that meets a condition with a value, in that order."""
        tried = []
        for variant in self._spellings[key.lower()]:
            path = text(_path(variant))
            met = condition.format(f"json_extract_string(json, {path})", text(value))
            tried.append(f"json_type(json, {path}) = 'VARCHAR' and {met}")
        return f"coalesce({' or '.join(tried)}, false)"


def spellings(sources: Iterable[Source]) -> dict[str, list[str]]:
    """The keys that tell records of sources apart as they are spelled, by their lower case."""
    found: dict[str, list[str]] = {}
    for source in sources:
        for key in telling_keys(source.recognition):
            if key not in found.setdefault(key.lower(), []):
                found[key.lower()].append(key)
    return found


def _path(key: str) -> str:
    return f"$.{json_step(key)}"


def _folded(shape: Shape) -> Shape:
    return Shape(
        tuple(key.lower() for key in shape.all_of),
        tuple(key.lower() for key in shape.none_of),
        {key.lower(): value for key, value in shape.values.items()},
        {key.lower(): value for key, value in shape.holds.items()},
    )


def _has_shape(found: Mapping[str, Any], shape: Shape) -> bool:
    return (
        all(key in found for key in shape.all_of)
        and not any(key in found for key in shape.none_of)
        and all(found[key] == value for key, value in shape.values.items())
        and all(
            isinstance(found[key], str) and value in found[key]
            for key, value in shape.holds.items()
        )
    )


def _columns_of(keys: Iterable[str], source: Source) -> set[str]:
    return {_column_of(key, source) for key in keys}


def _column_of(key: str, source: Source) -> str:
    """The column that holds what a record has under a key."""
    return next(
        (column.name for column in source.columns if column.wire_name.lower() == key.lower()),
        key.lower(),
    )
