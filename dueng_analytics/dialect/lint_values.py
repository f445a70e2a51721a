"""House rules on how single values are read and computed."""

from __future__ import annotations

import re
from collections.abc import Iterator

from sqlglot import exp

from dueng_analytics.dialect.lineage import unaliased
from dueng_analytics.dialect.lint_finding import Finding, Subject, finding, text

_INTEGERS = (exp.DType.TINYINT, exp.DType.SMALLINT, exp.DType.INT, exp.DType.BIGINT)
_NESTED = (exp.DType.ARRAY, exp.DType.LIST, exp.DType.MAP, exp.DType.STRUCT)
_WILDCARD = re.compile(r"(?<!\\)_")
_EPOCH = "cast(try(from_unixtime(x / 1e3)) at time zone 'UTC' as timestamp(3))"
_CURRENT = (
    exp.CurrentTimestamp,
    exp.CurrentDate,
    exp.CurrentTime,
    exp.Localtimestamp,
    exp.Localtime,
)


def element_at(subject: Subject) -> Iterator[Finding]:
    """Maps and arrays are read with element_at, because a subscript fails without its key."""
    for node in subject.typed.tree.find_all(exp.Bracket):
        if not node.args.get("safe"):
            yield finding(
                node,
                f"{text(node)} fails the whole query where there is no such element",
                "Write element_at(…), which gives NULL.",
            )


def map_concat_lookup(subject: Subject) -> Iterator[Finding]:
    """No key is looked up in a map_concat: merging two maps for each row costs the most of all."""
    for node in subject.typed.tree.find_all(exp.Bracket):
        if is_map_concat(node.this, subject):
            yield finding(
                node,
                f"a key is looked up in {text(node.this)}, a map_concat",
                "Look it up in each map: coalesce(element_at(a, k), element_at(b, k)).",
            )


def is_map_concat(node: exp.Expr, subject: Subject) -> bool:
    """Whether an expression is a ``map_concat``, here or where its column is made."""
    node = unaliased(node)
    if isinstance(node, exp.Column):
        for made in subject.lineage.definitions(node):
            if isinstance(made, exp.Column):
                relation = subject.lineage.relation(made)
                merged = relation is not None and (*relation, made.name) in subject.merged_maps
            else:
                merged = is_map_concat(made, subject)
            if merged:
                return True
        return False
    if isinstance(node, (exp.Coalesce, exp.Try)):
        return is_map_concat(node.this, subject)
    return isinstance(node, exp.Anonymous) and node.name.lower() == "map_concat"


def like_wildcard(subject: Subject) -> Iterator[Finding]:
    """A text that begins with a name is found by starts_with: LIKE takes _ for any letter."""
    for node in subject.typed.tree.find_all(exp.Like):
        pattern = node.expression
        escaped = isinstance(node.parent, exp.Escape)
        if isinstance(pattern, exp.Literal) and not escaped and _WILDCARD.search(pattern.name):
            yield finding(
                node,
                f"in like '{pattern.name}' the underscore stands for any letter",
                "Write starts_with(x, '…'), or name the letter: like '…' escape '\\'.",
            )


def parsing_under_try(subject: Subject) -> Iterator[Finding]:
    """Free JSON text is parsed under try, because one bad text fails the whole query."""
    hint = "Put try(…) around it."
    for node in subject.typed.tree.find_all(exp.ParseJSON):
        if not isinstance(node.this, exp.Literal) and node.find_ancestor(exp.Try) is None:
            what = f"{text(node)} fails the whole query on a text that is no JSON"
            yield finding(node, what, hint)
    for cast in subject.typed.tree.find_all(exp.Cast):
        reshaped = cast.this.is_type(exp.DType.JSON) and cast.to.this in _NESTED
        guarded = isinstance(cast, exp.TryCast) or cast.find_ancestor(exp.Try) is not None
        if reshaped and not guarded:
            what = f"{text(cast)} fails the whole query on JSON of another shape"
            yield finding(cast, what, hint)


def integer_division(subject: Subject) -> Iterator[Finding]:
    """Integers are not divided: the quotient is cut, an epoch to its second and a rate to zero."""
    for node in subject.typed.tree.find_all(exp.Div):
        if node.this.is_type(*_INTEGERS) and node.expression.is_type(*_INTEGERS):
            divisor = node.expression
            hint = "Multiply one side by 1e0."
            if isinstance(divisor, exp.Literal) and re.fullmatch("10+", divisor.name):
                hint = f"Write / 1e{len(divisor.name) - 1}."
            yield finding(node, f"{text(node)} divides integers and cuts the quotient", hint)


def guarded_division(subject: Subject) -> Iterator[Finding]:
    """A divisor that may be zero is wrapped in nullif: Athena fails, or gives Infinity."""
    for node in subject.typed.tree.find_all(exp.Div):
        if not _is_never_zero(node.expression):
            yield finding(
                node,
                f"{text(node)} may divide by zero",
                "Write … / nullif(divisor, 0).",
            )


def _is_never_zero(node: exp.Expr) -> bool:
    node = unaliased(node)
    if isinstance(node, (exp.Cast, exp.Neg)):
        return _is_never_zero(node.this)
    if isinstance(node, exp.Mul):
        return _is_never_zero(node.this) and _is_never_zero(node.expression)
    if isinstance(node, exp.Nullif):
        return _is_zero(node.expression)
    return isinstance(node, exp.Literal) and not node.is_string and not _is_zero(node)


def _is_zero(node: exp.Expr) -> bool:
    return isinstance(node, exp.Literal) and not node.is_string and float(node.name) == 0


def epoch(subject: Subject) -> Iterator[Finding]:
    """An epoch becomes a timestamp by one expression, whatever zone the session is in.

    It stands under try, because one number beyond all times fails the whole query.
    """
    for node in subject.typed.tree.find_all(exp.UnixToTime):
        tried = node.parent
        zoned = tried.parent if isinstance(tried, exp.Try) else None
        cast = zoned.parent if zoned is not None else None
        is_utc = (
            isinstance(zoned, exp.AtTimeZone)
            and isinstance(zoned.args["zone"], exp.Literal)
            and zoned.args["zone"].name == "UTC"
        )
        is_cast = (
            isinstance(cast, exp.Cast)
            and not isinstance(cast, exp.TryCast)
            and cast.to.sql("trino").lower() == "timestamp(3)"
        )
        seconds = node.this
        is_milliseconds = isinstance(seconds, exp.Div) and seconds.expression.name == "1e3"
        if not (is_utc and is_cast and (is_milliseconds or not isinstance(seconds, exp.Div))):
            yield finding(
                node,
                f"{text(node)} is not turned into a timestamp in the one way",
                f"Write {_EPOCH}, without the division for seconds.",
            )
    for added in subject.typed.tree.find_all(exp.DateAdd):
        start = added.this.this if isinstance(added.this, exp.Cast) else added.this
        if isinstance(start, exp.Literal) and start.name.startswith("1970-01-01"):
            yield finding(
                added,
                f"{text(added)} counts an epoch from 1970 by hand",
                f"Write {_EPOCH}, without the division for seconds.",
            )


def zoned_cast(subject: Subject) -> Iterator[Finding]:
    """A time with zone says in which zone it is read before it is cast to one without."""
    for node in subject.typed.tree.find_all(exp.Cast):
        value = unaliased(node.this)
        if (
            value.is_type(exp.DType.TIMESTAMPTZ)
            and not node.to.is_type(exp.DType.TIMESTAMPTZ)
            and not isinstance(value, (exp.AtTimeZone, exp.UnixToTime))
            and not (isinstance(value, exp.Anonymous) and value.name.lower() == "at_timezone")
        ):
            yield finding(
                node,
                f"{text(node)} gives the wall time of whatever zone the value carries",
                "Write cast(x at time zone 'UTC' as timestamp(3)).",
            )


def zoned_output(subject: Subject) -> Iterator[Finding]:
    """No output column is a timestamp with time zone: Glue has no type that holds one."""
    for number, node in enumerate(subject.typed.tree.selects):
        if "with time zone" in subject.typed.type_text(number):
            yield finding(
                node,
                f"column {node.output_name} is {subject.typed.type_text(number)}",
                "Cast it to timestamp(3) at time zone 'UTC'.",
            )


def current_time(subject: Subject) -> Iterator[Finding]:
    """A view does not know what time it is: who asks says which period is meant."""
    for node in subject.typed.tree.find_all(*_CURRENT):
        yield finding(
            node,
            "the current time makes the same view give other rows every day",
            "Leave the period to the query that reads the view.",
        )
