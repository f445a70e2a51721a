"""Text: where DuckDB's string functions answer otherwise than Athena's."""

from __future__ import annotations

from collections.abc import Mapping

from sqlglot import exp

from dueng_analytics.dialect.problem import Refused
from dueng_analytics.dialect.rewrites.nodes import ARRAYS, call, constant, is_kind, text
from dueng_analytics.dialect.rewrites.registry import Key, Rewrite


def upper_case(node: exp.Expr) -> exp.Expr:
    """``upper('ß')`` stays ``ß`` on Athena and is ``ẞ`` on DuckDB."""
    return call("athena_upper", node.this)


def trimmed(node: exp.Expr) -> exp.Expr:
    """``trim`` takes away every blank on Athena, line breaks and wide spaces too; DuckDB's takes
    away spaces alone."""
    name = {"LEADING": "ltrim", "TRAILING": "rtrim"}.get(str(node.args.get("position")), "trim")
    characters = node.args.get("expression")
    return call(name, node.this, characters) if characters else call(f"athena_{name}", node.this)


def part_of_text(node: exp.Expr) -> exp.Expr:
    """``substr`` from 0, or from before the beginning, is empty on Athena; DuckDB starts at 1."""
    start, length = node.args["start"], node.args.get("length")
    first = constant(start)
    if first is not None and first > 0 and (length is None or (constant(length) or 0) > 0):
        return call("substr", node.this, start, *([length] if length else []))
    if length is None:
        return call("athena_substr", node.this, start)
    return call("athena_substr_of_length", node.this, start, length)


def replaced_text(node: exp.Expr) -> exp.Expr:
    """``replace`` of the empty text puts the replacement around every character on Athena and
    does nothing on DuckDB; without a replacement the text is taken out."""
    search, replacement = node.expression, node.args.get("replacement") or text("")
    if isinstance(search, exp.Literal) and search.this:
        return call("replace", node.this, search, replacement)
    return call("athena_replace", node.this, search, replacement)


def split_text(node: exp.Expr) -> exp.Expr:
    """``split`` is ``string_split``; without a delimiter it is an error on Athena."""
    if not node.expression.this:
        raise Refused(node, "needs a delimiter", "Give a text that is not empty.")
    return call("string_split", node.this, node.expression)


def part_of_split(node: exp.Expr) -> exp.Expr:
    """``split_part`` behind the last part is NULL on Athena and empty on DuckDB."""
    delimiter, index = node.args["delimiter"], node.args["part_index"]
    if not delimiter.this or (constant(index) or 0) < 1:
        raise Refused(node, "counts parts from 1, and needs a delimiter", "Athena fails here.")
    return call("list_extract", call("string_split", node.this, delimiter), index)


def position_of_text(node: exp.Expr) -> exp.Expr:
    """``strpos`` and ``position`` are DuckDB's ``strpos``."""
    return call("strpos", node.this, node.args["substr"])


def joined(node: exp.Expr) -> exp.Expr:
    """``concat`` with NULL is NULL on Athena; DuckDB's leaves it out, its ``||`` does not."""
    first, *others = node.expressions
    whole: exp.Expr = first
    for other in others:
        whole = exp.DPipe(this=whole, expression=other)
    return exp.Paren(this=whole) if others else whole


def joined_with_separator(node: exp.Expr) -> exp.Expr:
    """``concat_ws`` leaves NULL out on both, which sqlglot would turn into the empty text."""
    return call("concat_ws", *node.expressions)


def padded(node: exp.Expr) -> exp.Expr:
    """``lpad`` and ``rpad`` to less than nothing, or with nothing, are errors on Athena."""
    size, fill = node.expression, node.args["fill_pattern"]
    if (constant(size) or 0) < 0 or not fill.this:
        raise Refused(
            node, "needs a length from 0 and something to fill with", "Athena fails here."
        )
    return call("lpad" if node.args.get("is_left") else "rpad", node.this, size, fill)


def reversed_value(node: exp.Expr) -> exp.Expr:
    """``reverse`` turns code points round on Athena, and what is seen as one letter on DuckDB."""
    if is_kind(node.this, *ARRAYS):
        return call("list_reverse", node.this)
    return call("athena_reverse", node.this)


def translated(node: exp.Expr) -> exp.Expr:
    """``translate`` is the same function on both, which sqlglot does not know of DuckDB."""
    return call("translate", node.this, node.args["from_"], node.args["to"])


def md5_digest(node: exp.Expr) -> exp.Expr:
    """``md5`` gives bytes on Athena and their hexadecimal text on DuckDB."""
    return call("unhex", call("md5", node.this))


def sha1_digest(node: exp.Expr) -> exp.Expr:
    """``sha1`` gives bytes on Athena and their hexadecimal text on DuckDB."""
    return call("unhex", call("sha1", node.this))


def sha256_digest(node: exp.Expr) -> exp.Expr:
    """``sha256`` gives bytes on Athena and their hexadecimal text on DuckDB."""
    return call("unhex", call("sha256", node.this))


REWRITES: Mapping[Key, Rewrite] = {
    exp.Concat: joined,
    exp.ConcatWs: joined_with_separator,
    exp.MD5Digest: md5_digest,
    exp.Pad: padded,
    exp.Replace: replaced_text,
    exp.Reverse: reversed_value,
    exp.SHA: sha1_digest,
    exp.SHA2Digest: sha256_digest,
    exp.Split: split_text,
    exp.SplitPart: part_of_split,
    exp.StrPosition: position_of_text,
    exp.Substring: part_of_text,
    exp.Translate: translated,
    exp.Trim: trimmed,
    exp.Upper: upper_case,
}
