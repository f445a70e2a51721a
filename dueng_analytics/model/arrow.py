"""Column types as Arrow types: the form in which rows travel between rooms."""

from __future__ import annotations

from collections.abc import Mapping

import pyarrow as pa

from dueng_analytics.model.types import Array, ColumnType, Map, Scalar, Struct

_SCALARS: Mapping[str, pa.DataType] = {
    "string": pa.string(),
    "boolean": pa.bool_(),
    "int": pa.int32(),
    "bigint": pa.int64(),
    "double": pa.float64(),
    "date": pa.date32(),
    "timestamp": pa.timestamp("us"),
}


def arrow_type(kind: ColumnType) -> pa.DataType:
    """The Arrow type that holds exactly the values of a column type."""
    if isinstance(kind, Scalar):
        return _SCALARS[kind.name]
    if isinstance(kind, Array):
        return pa.list_(arrow_type(kind.element))
    if isinstance(kind, Map):
        return pa.map_(arrow_type(kind.key), arrow_type(kind.value))
    assert isinstance(kind, Struct)
    return pa.struct([pa.field(field.name, arrow_type(field.type)) for field in kind.fields])


def arrow_schema(columns: Mapping[str, ColumnType]) -> pa.Schema:
    """The Arrow schema of named columns, in their order."""
    return pa.schema([pa.field(name, arrow_type(kind)) for name, kind in columns.items()])
