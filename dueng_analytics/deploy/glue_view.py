"""The Presto encoding of views in Glue: how Athena and Trino store a view, written and read.

Glue holds a view as a table whose ``ViewOriginalText`` is a comment with base64 of JSON: the SQL,
catalog and schema in which bare names are looked up, and the columns with their Trino types.
Athena writes the columns into the table's own list too, Trino a single ``dummy``.
"""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from dueng_analytics.errors import DeploymentError
from dueng_analytics.model.types import Array, ColumnType, Map, Scalar, Struct

CATALOG = "awsdatacatalog"
_PREFIX = "/* Presto View: "
_SUFFIX = " */"
_EXPANDED = "/* Presto View */"
_MARK = {"presto_view": "true", "comment": "Presto View"}
_COMMENT_CHARACTERS = 255
"""What Glue takes as the comment of a column."""


@dataclass(frozen=True, slots=True)
class ViewColumn:
    """A column as the catalogue has it: name, Trino type, comment."""

    name: str
    type: str
    comment: str | None = None


@dataclass(frozen=True, slots=True)
class StoredView:
    """A view as Glue holds it, decoded."""

    name: str
    sql: str
    catalog: str
    schema: str
    columns: tuple[ViewColumn, ...]
    comment: str | None = None
    parameters: Mapping[str, str] = field(default_factory=dict)
    """The table's parameters without those that every view has."""


def is_view(table: Mapping[str, Any]) -> bool:
    """Whether a table of Glue is a view in this encoding."""
    return table.get("TableType") == "VIRTUAL_VIEW" and str(
        table.get("ViewOriginalText", "")
    ).startswith(_PREFIX)


def encode(view: StoredView, types: Mapping[str, ColumnType]) -> dict[str, Any]:
    """The ``TableInput`` that makes Glue hold a view.

    The view runs with the rights of whoever queries it. Columns stand in both lists: Trino types
    in the JSON, Glue types, without blanks, in the table's.

    Args:
        types: type of each column by name.
    """
    definition: dict[str, Any] = {
        "originalSql": view.sql,
        "catalog": view.catalog,
        "schema": view.schema,
        "columns": [
            {"name": column.name, "type": _type_to_store(column, types)}
            | ({"comment": column.comment} if column.comment else {})
            for column in view.columns
        ],
        "runAsInvoker": True,
        "properties": {},
    }
    if view.comment:
        definition["comment"] = view.comment
    encoded = base64.b64encode(json.dumps(definition, ensure_ascii=False).encode("utf-8"))
    return {
        "Name": view.name,
        "TableType": "VIRTUAL_VIEW",
        "Parameters": {**view.parameters, **_MARK},
        "ViewOriginalText": f"{_PREFIX}{encoded.decode('ascii')}{_SUFFIX}",
        "ViewExpandedText": _EXPANDED,
        "PartitionKeys": [],
        "StorageDescriptor": {
            "Columns": [
                {
                    "Name": column.name,
                    "Type": types[column.name].glue,
                    "Comment": fitting(column.comment or ""),
                }
                for column in view.columns
            ],
            "SerdeInfo": {},
        },
    }


def stored_type(kind: ColumnType) -> str:
    """A type as a stored view spells it: fields in quotes, for one may be named ``from``."""
    if isinstance(kind, Scalar):
        return kind.trino
    if isinstance(kind, Array):
        return f"array({stored_type(kind.element)})"
    if isinstance(kind, Map):
        return f"map({stored_type(kind.key)}, {stored_type(kind.value)})"
    assert isinstance(kind, Struct)
    fields = ", ".join(f'"{field.name}" {stored_type(field.type)}' for field in kind.fields)
    return f"row({fields})"


def decode(table: Mapping[str, Any]) -> StoredView:
    """The view that a table of Glue holds, whoever wrote it.

    Raises:
        DeploymentError: it is no view in this encoding, or a damaged one.
    """
    name = str(table.get("Name"))
    text = str(table.get("ViewOriginalText", "")).strip()
    if not is_view(table):
        raise DeploymentError(
            f"{name} is no view that Athena or Trino stored",
            hint="It may be a table, or a view that Hive or Spark wrote.",
        )
    try:
        body = text.removeprefix(_PREFIX).removesuffix("*/").strip()
        definition = json.loads(base64.b64decode(body, validate=True).decode("utf-8"))
        return StoredView(
            name=name,
            sql=definition["originalSql"],
            catalog=definition.get("catalog", CATALOG),
            schema=definition.get("schema", ""),
            columns=tuple(
                ViewColumn(column["name"], column["type"], column.get("comment"))
                for column in definition["columns"]
            ),
            comment=definition.get("comment"),
            parameters={
                key: value
                for key, value in (table.get("Parameters") or {}).items()
                if key not in _MARK
            },
        )
    except (binascii.Error, ValueError, KeyError, TypeError) as error:
        raise DeploymentError(
            f"the stored text of the view {name} is damaged: {error}",
            hint="Create the view again.",
        ) from None


def is_stale(view: StoredView, types: Mapping[str, ColumnType]) -> bool:
    """Whether the stored columns are others than the declared ones, in name, order or type.

    Athena and Trino refuse to run a view whose SQL gives other columns than are stored, but let a
    type pass that widens to the stored one; here it is stale too, because it is not the declared.
    """
    stored = [(column.name.lower(), _plain(column.type)) for column in view.columns]
    declared = [(name.lower(), _plain(kind.trino)) for name, kind in types.items()]
    return stored != declared


def _type_to_store(column: ViewColumn, types: Mapping[str, ColumnType]) -> str:
    """The declared type as a stored view spells it; another one stays as it is, and is stale."""
    declared = types[column.name]
    return stored_type(declared) if _plain(column.type) == _plain(declared.trino) else column.type


def _plain(trino_type: str) -> str:
    """A Trino type in one spelling: both writers put blanks and quotes as they like."""
    return "".join(trino_type.lower().replace('"', "").split())


def fitting(comment: str) -> str:
    """A comment as Glue takes it for a column: one line, and cut where it is too long."""
    comment = " ".join(comment.split())
    if len(comment) <= _COMMENT_CHARACTERS:
        return comment
    return comment[: _COMMENT_CHARACTERS - 1] + "…"
