"""JSON: documents that are none, numbers as they are written, and conversions.

Not shown by the local engine: of a text that breaks off, Athena's ``json_extract_scalar`` answers
what stands before the break; here the whole is no JSON, hence NULL.
"""

from __future__ import annotations

from collections.abc import Mapping

from sqlglot import exp

from dueng_analytics.dialect.problem import Refused
from dueng_analytics.dialect.rewrites.nodes import (
    ARRAYS,
    INTEGERS,
    TEXTS,
    call,
    cast,
    field,
    function,
    is_kind,
    text,
)
from dueng_analytics.dialect.rewrites.registry import Key, Rewrite

_FROM_JSON: Mapping[exp.DType, str] = {
    exp.DType.VARCHAR: "athena_json_to_text",
    exp.DType.TEXT: "athena_json_to_text",
    exp.DType.INT: "athena_json_to_integer",
    exp.DType.BIGINT: "athena_json_to_bigint",
    exp.DType.DOUBLE: "athena_json_to_double",
    exp.DType.BOOLEAN: "athena_json_to_boolean",
}

_WRITTEN_ANEW = ("athena_json_extract", "athena_json_of_parts")


def parsed_document(node: exp.Expr) -> exp.Expr:
    """``json_parse`` of what is no JSON is an error; DuckDB takes commas at the end, NaN and words
    in capital letters for JSON."""
    return call("athena_json_parse", node.this)


def extracted_document(node: exp.Expr) -> exp.Expr:
    """``json_extract`` of text that is no JSON is NULL on Athena and an error on DuckDB."""
    return call("athena_json_extract", _document(node.this), text(_path(node)))


def extracted_scalar(node: exp.Expr) -> exp.Expr:
    """``json_extract_scalar``: NULL for text that is no JSON, for objects and arrays; numbers as
    they stand in a text, and as Java writes them in a value of type json."""
    path = text(_path(node))
    if is_kind(node.this, exp.DType.JSON):
        return call("athena_json_value_scalar", node.this, path)
    return call("athena_json_text_scalar", node.this, path, text(_last_key(node)))


def length_of_document(node: exp.Expr) -> exp.Expr:
    """``json_array_length`` of what is no array is NULL on Athena and 0 on DuckDB."""
    return call("athena_json_array_length", _document(node.expressions[0]))


def text_of_document(node: exp.Expr) -> exp.Expr:
    """``json_format`` is a cast on DuckDB."""
    if not _keeps_order(node.this):
        raise Refused(
            node,
            "writes a parsed document, whose keys Athena sorts",
            "Use json_format(json_extract(text, '$')), which keeps their order.",
        )
    written = call("athena_json_format", node.this)
    return call("athena_json_escaped", written) if _is_written_anew(node.this) else written


def _is_written_anew(node: exp.Expr) -> bool:
    """Whether Athena wrote a json value itself, in bytes: then it escapes what is not of the BMP.

    The elements of ``cast(json_parse(…) as array(json))`` it writes in characters, without.
    """
    if isinstance(node, (exp.Try, exp.Paren)):
        return _is_written_anew(node.this)
    return isinstance(node, exp.Anonymous) and node.name in _WRITTEN_ANEW


def _document(node: exp.Expr) -> exp.Expr:
    return cast(node, exp.DType.TEXT) if is_kind(node, exp.DType.JSON) else node


def _path(node: exp.Expr) -> str:
    path = node.expression
    assert isinstance(path, exp.JSONPath)
    written = "$"
    for part in path.expressions[1:]:
        if isinstance(part, exp.JSONPathSubscript):
            if not isinstance(part.this, int) or part.this < 0:
                raise Refused(node, "counts from the end", "Count from 0.")
            written += f"[{part.this}]"
        else:
            key = str(part.this)
            if '"' in key or "*" in key:
                raise Refused(node, f"has the key {key!r} in its path", "Use a plain key.")
            written += f'."{key}"'
    return written


def _last_key(node: exp.Expr) -> str:
    """What stands before a number of that path in a text, as a pattern."""
    last = node.expression.expressions[-1]
    if isinstance(last, exp.JSONPathKey):
        return "".join(rf"\x{{{ord(letter):x}}}" for letter in f'"{last.this}"') + r"\s*:\s*"
    return ""


def _keeps_order(node: exp.Expr) -> bool:
    """Whether a value of type json has its keys in the order of the text that it was read from.

    ``cast(json_parse(…) as map(varchar, json))`` is one step on Athena, which sorts nothing.
    """
    if isinstance(node, exp.Anonymous) and node.name in _WRITTEN_ANEW:
        return True
    return bool(node.meta.get("keeps_order"))


def note_order(nodes: list[exp.Expr]) -> None:
    """Put into the ``meta`` of each json value whether it keeps the order of its text."""
    for node in reversed(nodes):
        if is_kind(node, exp.DType.JSON) and _ordered(node):
            node.meta["keeps_order"] = True


def _ordered(node: exp.Expr) -> bool:
    if isinstance(node, exp.JSONExtract):
        return is_kind(node.this, *TEXTS) or bool(node.this.meta.get("keeps_order"))
    if isinstance(node, exp.Cast):
        return True
    if isinstance(node, exp.Bracket):
        return _collection_keeps(node.this)
    if isinstance(node, exp.Identifier):
        owner = _collection_of(node)
        return owner is not None and _collection_keeps(owner)
    if isinstance(node, (exp.Try, exp.Paren)):
        return _ordered(node.this)
    return False


def _collection_keeps(node: exp.Expr) -> bool:
    """Whether a map or array was cast from a text that was parsed in the same step."""
    if isinstance(node, (exp.Try, exp.Paren)):
        return _collection_keeps(node.this)
    return isinstance(node, exp.Cast) and isinstance(node.this, exp.ParseJSON)


def _collection_of(name: exp.Expr) -> exp.Expr | None:
    """The map or array whose lambda has a parameter of that name."""
    parent = name.parent
    while parent is not None:
        if isinstance(parent, exp.Lambda) and any(
            parameter.name == name.name for parameter in parent.expressions
        ):
            owner = parent.parent
            named = isinstance(owner, exp.Anonymous)
            found: exp.Expr | None = owner and (owner.expressions[0] if named else owner.this)
            return found
        parent = parent.parent
    return None


def from_json(node: exp.Expr, value: exp.Expr, to: exp.DataType) -> exp.Expr:
    """A value of type json in another type.

    Raises:
        Refused: a type that cannot be read from JSON here.
    """
    if to.this == exp.DType.JSON:
        return value
    if to.this in _FROM_JSON:
        return call(_FROM_JSON[to.this], value)
    if to.this in ARRAYS:
        item = exp.to_identifier("item_")
        body = from_json(node, item, to.expressions[0])
        items = call("athena_json_items", value)
        return items if body is item else call("list_transform", items, function(body, "item_"))
    if to.this == exp.DType.MAP and to.expressions[0].this in TEXTS:
        part = field(exp.to_identifier("entry_"), "value")
        pair = exp.Struct(
            expressions=[
                exp.PropertyEQ(
                    this=exp.to_identifier("key"),
                    expression=field(exp.to_identifier("entry_"), "key"),
                ),
                exp.PropertyEQ(
                    this=exp.to_identifier("value"),
                    expression=from_json(node, part, to.expressions[1]),
                ),
            ]
        )
        entries = call("athena_json_entries", value)
        return call("map_from_entries", call("list_transform", entries, function(pair, "entry_")))
    raise Refused(
        node, "reads a row or a time from JSON", "Read the parts with json_extract_scalar."
    )


def to_json(node: exp.Expr, value: exp.Expr) -> exp.Expr:
    """A value as json: keys of maps sorted, as Athena does.

    Raises:
        Refused: doubles, times and rows, which the two write in different ways.
    """
    return call("athena_json_of_parts", _as_json(node, value, value.type))


def _as_json(node: exp.Expr, value: exp.Expr, kind: exp.DataType | None) -> exp.Expr:
    name = kind.this if kind is not None else exp.DType.UNKNOWN
    if name in (*TEXTS, *INTEGERS, exp.DType.BOOLEAN):
        return value
    assert kind is not None
    if name in ARRAYS:
        item = exp.to_identifier("item_")
        body = _as_json(node, item, kind.expressions[0])
        return value if body is item else call("list_transform", value, function(body, "item_"))
    if name == exp.DType.MAP and kind.expressions[0].this in TEXTS:
        part = field(exp.to_identifier("entry_"), "value")
        body = _as_json(node, part, kind.expressions[1])
        if body is not part:
            raise Refused(node, "writes maps of maps as JSON", "Write the inner ones first.")
        return call("athena_sorted_map", value)
    raise Refused(node, "writes doubles, times or rows as JSON", "Cast them to varchar first.")


REWRITES: Mapping[Key, Rewrite] = {
    "json_array_length": length_of_document,
    exp.JSONExtract: extracted_document,
    exp.JSONExtractScalar: extracted_scalar,
    exp.JSONFormat: text_of_document,
    exp.ParseJSON: parsed_document,
}
