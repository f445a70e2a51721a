"""Names bound to relations, and the type of every expression.

sqlglot infers most types; the functions of the portable list carry their own rule for the rest
(:mod:`dueng_analytics.dialect.result_types`). A type that stays unknown is an error, never a guess.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from sqlglot import exp
from sqlglot.errors import OptimizeError, SqlglotError
from sqlglot.optimizer.annotate_types import TypeAnnotator
from sqlglot.optimizer.qualify import qualify
from sqlglot.optimizer.resolver import Resolver
from sqlglot.optimizer.scope import Scope, traverse_scope
from sqlglot.schema import MappingSchema

from dueng_analytics.dialect.copying import copied
from dueng_analytics.dialect.headings import headings, keep_written_names, name_as_athena_does
from dueng_analytics.dialect.portable import trino_type
from dueng_analytics.dialect.result_types import expression_metadata
from dueng_analytics.dialect.statement import READ, Reference, Statement, position, source_tables
from dueng_analytics.dialect.unresolved import unresolved
from dueng_analytics.errors import SqlError
from dueng_analytics.model.types import Array, ColumnType, Field, Map, Scalar, Struct

Resolve = Callable[[Reference, Statement], tuple[str, str]]
Columns = Mapping[str, ColumnType]

_SCALARS: Mapping[exp.DType, str] = {
    exp.DType.VARCHAR: "string",
    exp.DType.TEXT: "string",
    exp.DType.CHAR: "string",
    exp.DType.BOOLEAN: "boolean",
    exp.DType.INT: "int",
    exp.DType.BIGINT: "bigint",
    exp.DType.DOUBLE: "double",
    exp.DType.DATE: "date",
    exp.DType.TIMESTAMP: "timestamp",
}
# The type, not a field of that name.
_TIMESTAMP = re.compile(r"\btimestamp\b(?= with time zone|[,)]|$)")


@dataclass(frozen=True, slots=True)
class Typed:
    """A statement whose names are bound and whose expressions are typed."""

    statement: Statement
    tree: exp.Query

    @property
    def columns(self) -> tuple[tuple[str, ColumnType | None], ...]:
        """Name and type of each output column, in order; None where no Glue type fits."""
        return tuple((select.output_name, column_type(select.type)) for select in self.tree.selects)

    @property
    def headings(self) -> tuple[str, ...]:
        """The name of each output column, in order, in the case in which it was written."""
        return headings(self.tree)

    def type_text(self, index: int) -> str:
        """The Trino spelling of an output column's inferred type."""
        kind = self.tree.selects[index].type
        text = kind.sql("trino").lower() if kind is not None else "unknown"
        return _TIMESTAMP.sub("timestamp(3)", text)

    def line(self, index: int) -> int:
        """The line of the text on which an output column stands."""
        return position(self.tree.selects[index])[0]


def bind(statement: Statement, resolve: Resolve, columns: Callable[[str, str], Columns]) -> Typed:
    """The statement with every relation resolved, every column qualified, every type inferred.

    Args:
        resolve: the family and name of the relation that a reference means.
        columns: the columns of a relation by family and name.

    Raises:
        SqlError: an unknown or ambiguous column, with its line.
        UnknownRelation: from ``resolve``.
    """
    tree = copied(statement.tree)
    keep_written_names(tree)
    schema: dict[str, Any] = {}
    names: list[str] = []
    for table in source_tables(tree):
        parts = tuple(part.name for part in table.parts)
        family, name = resolve(Reference(parts, position(table)[0]), statement)
        names.append(table.alias or parts[-1])
        _keep_place(table)
        if not table.alias:
            table.set("alias", exp.TableAlias(this=exp.to_identifier(parts[-1].lower())))
        table.set("this", exp.to_identifier(name))
        table.set("db", exp.to_identifier(family))
        table.set("catalog", None)
        schema.setdefault(family, {}).setdefault(
            name, {column: data_type(kind) for column, kind in columns(family, name).items()}
        )
    known = MappingSchema(schema, dialect=READ)
    try:
        tree = qualify(
            tree,
            schema=known,
            dialect=READ,
            quote_identifiers=False,
            identify=False,
            # Other systems let a SELECT read the names that it gives; Athena refuses.
            expand_alias_refs=False,
        )
        name_as_athena_does(tree)
        _qualify_having(tree, known)
        if not all(map(exp.SAFE_IDENTIFIER_RE.match, names)):
            _quote_tables(tree)
        annotate(tree, known)
    except OptimizeError as error:
        relations = {name: set(found) for named in schema.values() for name, found in named.items()}
        raise unresolved(statement, error, relations) from None
    except SqlglotError as error:
        raise SqlError(str(error), where=statement.location()) from None
    return Typed(statement, tree)


def _quote_tables(tree: exp.Query) -> None:
    """Quote the relation of a column where its name is not plain; a `*` writes it as it is."""
    for column in tree.find_all(exp.Column):
        table = column.args.get("table")
        if table is not None and not exp.SAFE_IDENTIFIER_RE.match(table.name):
            table.set("quoted", True)


def _qualify_having(tree: exp.Query, schema: MappingSchema) -> None:
    """Name the relation of every column in a HAVING, which sqlglot leaves for its expansion."""
    for scope in traverse_scope(tree):
        having = scope.expression.args.get("having")
        if having is None:
            continue
        resolver = Resolver(scope, schema)
        for column in having.find_all(exp.Column):
            if column.table:
                continue
            table = resolver.get_table(column)
            if table is None:
                line, place = position(column)
                raise OptimizeError(
                    f"Column '{column.name}' could not be resolved. Line: {line}, Col: {place}"
                )
            column.set("table", table)


def _keep_place(table: exp.Table) -> None:
    """Note where in the text a relation is named, before its name is replaced."""
    spans = [part.meta for part in table.parts if "start" in part.meta]
    if len(spans) == len(table.parts):
        # An identifier's end is its last character; quotes belong to it.
        table.meta["start"] = spans[0]["start"]
        table.meta["line"], table.meta["col"] = spans[0]["line"], spans[0]["col"]
        table.meta["end"] = spans[-1]["end"] + 1
        table.meta["aliased"] = bool(table.alias)


def annotate(tree: exp.Expr, schema: MappingSchema) -> exp.Expr:
    """The same tree with ``type`` set on every node, by the rules of the portable list."""
    annotator = TypeAnnotator(schema, expression_metadata=expression_metadata())
    # NULL fits everywhere, which a type of its own says; for Trino it would become unknown.
    annotator._supports_null_type = True
    for scope in traverse_scope(tree):
        _note_unnested(annotator, scope)
        annotator.annotate_scope(scope)
    return annotator.annotate(tree, annotate_scope=False)


def _note_unnested(annotator: TypeAnnotator, scope: Scope) -> None:
    """Tell the annotator the columns of ``unnest`` with several values, maps and rows too.

    It knows those of one array alone. They are put where it keeps what it has found: sqlglot's
    compiled classes, which are faster, cannot be derived from.
    """
    known = annotator._scope_source_selects
    for name, source in scope.sources.items():
        unnest = source.expression if isinstance(source, Scope) else None
        if isinstance(unnest, exp.Unnest):
            for value in unnest.expressions:
                annotator.annotate_expression(value, scope)
            known[scope, name] = _columns_of_unnest(unnest)


def _columns_of_unnest(unnest: exp.Unnest) -> dict[str, exp.DataType | exp.DType]:
    kinds = [kind for value in unnest.expressions for kind in _unnested(value.type)]
    if unnest.args.get("offset"):
        kinds.append(exp.DType.BIGINT)
    names = [*unnest.alias_column_names]
    offset = unnest.args.get("offset")
    if isinstance(offset, exp.Identifier):
        names.append(offset.name)
    return dict(zip(names, kinds, strict=False))


def _unnested(kind: exp.DataType | None) -> list[exp.DataType | exp.DType]:
    """The types of the columns that a value of some type unnests to."""
    parts = kind.expressions if kind is not None else []
    if kind is not None and kind.this == exp.DType.MAP and len(parts) == 2:
        return list(parts)
    if kind is None or kind.this not in (exp.DType.ARRAY, exp.DType.LIST) or not parts:
        return [exp.DType.UNKNOWN]
    if parts[0].this != exp.DType.STRUCT:
        return [parts[0]]
    fields = parts[0].expressions
    return [field.args["kind"] if isinstance(field, exp.ColumnDef) else field for field in fields]


def data_type(kind: ColumnType) -> exp.DataType:
    """sqlglot's type for one of ours."""
    return trino_type(kind.trino)


def column_type(kind: exp.DataType | None) -> ColumnType | None:
    """Our type for one of sqlglot's, or None where Glue has none that holds the same values."""
    if kind is None:
        return None
    if kind.this in (exp.DType.ARRAY, exp.DType.LIST):
        element = column_type(_part(kind, 0))
        return Array(element) if element else None
    if kind.this == exp.DType.MAP:
        key, value = column_type(_part(kind, 0)), column_type(_part(kind, 1))
        return Map(key, value) if key and value else None
    if kind.this == exp.DType.STRUCT:
        fields = []
        for part in kind.expressions:
            inner = column_type(part.args.get("kind")) if isinstance(part, exp.ColumnDef) else None
            if inner is None:
                return None
            fields.append(Field(part.name, inner))
        return Struct(tuple(fields))
    if kind.this == exp.DType.TIMESTAMP and kind.expressions and kind.expressions[0].name != "3":
        return None
    name = _SCALARS.get(kind.this)
    return Scalar(name) if name else None


def _part(kind: exp.DataType, index: int) -> exp.DataType | None:
    parts = kind.expressions
    return parts[index] if index < len(parts) and isinstance(parts[index], exp.DataType) else None
