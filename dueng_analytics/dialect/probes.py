"""What quality asks of a statement's tree: its branches, and the values that its text names."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass

from sqlglot import exp

from dueng_analytics.dialect.mutation import replaced
from dueng_analytics.dialect.mutation_operators import shown
from dueng_analytics.dialect.statement import position
from dueng_analytics.dialect.typing import Typed

# Whole numbers are small: a sequence may be made as long as one says.
_MARKERS: Mapping[exp.DType, tuple[str, ...]] = {
    exp.DType.VARCHAR: ("'branch taken, no such value'",),
    exp.DType.TEXT: ("'branch taken, no such value'",),
    exp.DType.BOOLEAN: ("true", "false"),
    exp.DType.INT: ("987",),
    exp.DType.BIGINT: ("cast(987 as bigint)",),
    exp.DType.DOUBLE: ("987654321e0",),
    exp.DType.TIMESTAMP: ("cast('1901-02-03 04:05:06.007' as timestamp(3))",),
    exp.DType.DATE: ("cast('1901-02-03' as date)",),
}
_WORDS_OF_A_PATTERN = re.compile(r"[\w ./-]{2,}")
_COMPARISONS = (exp.EQ, exp.NEQ, exp.NullSafeEQ, exp.NullSafeNEQ, exp.LT, exp.LTE, exp.GT,
                exp.GTE, exp.Like, exp.StartsWith, exp.Nullif, exp.RegexpLike)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Branch:
    """One way through a CASE or ``if``; ``condition`` is ``else`` for the last one."""

    line: int
    condition: str
    result: str
    original: Typed
    old: exp.Expr
    markers: tuple[exp.Expr, ...]

    @property
    def text(self) -> str:
        condition = self.condition if self.condition == "else" else f"when {self.condition}"
        return f"{condition} then {self.result}"

    def marked(self) -> Iterator[AbstractContextManager[Typed]]:
        """The statement with a wrong value as the result of this branch, one value at a time.

        Each is to be entered, and left before the next one is taken.
        """
        for marker in self.markers:
            yield replaced(self.original, (self.old, marker))


def branches(typed: Typed) -> Iterator[Branch]:
    """Every branch of every CASE and ``if`` of a bound statement, the unwritten ELSE included."""
    nodes = list(typed.tree.walk(bfs=False))
    for node in nodes:
        conditional = isinstance(node, exp.If) and not isinstance(node.parent, exp.Case)
        if not conditional and not isinstance(node, exp.Case):
            continue
        ifs = [node] if conditional else node.args["ifs"]
        last = "false" if conditional else "default"
        line = position(node)[0]
        for branch in ifs:
            result = branch.args["true"]
            condition = branch.this
            if node.args.get("this") is not None and not conditional:
                condition = exp.EQ(this=node.this.copy(), expression=condition.copy())
            yield Branch(
                position(branch)[0] or line, shown(condition), shown(result), typed,
                result, tuple(_markers(node)),
            )  # fmt: skip
        default = node.args.get(last)
        if default is not None:
            yield Branch(
                position(default)[0] or line, "else", shown(default), typed,
                default, tuple(_markers(node)),
            )  # fmt: skip
        else:
            with_default = []
            for marker in _markers(node):
                new = node.copy()
                new.set(last, marker)
                new.type = node.type
                with_default.append(new)
            yield Branch(line, "else", "null", typed, node, tuple(with_default))


def _markers(node: exp.Expr) -> Iterator[exp.Expr]:
    """NULL, and values that no test expects, of a node's type."""
    kind = node.type
    null = exp.null()
    null.type = kind
    yield null
    if kind is None:
        return
    for text in _MARKERS.get(kind.this, ()):
        yield _typed(text, kind)
    if kind.this == exp.DType.ARRAY:
        yield _typed(f"cast(array[] as {kind.sql('trino')})", kind)
    if kind.this == exp.DType.MAP:
        yield _typed(f"cast(map() as {kind.sql('trino')})", kind)


def _typed(text: str, kind: exp.DataType) -> exp.Expr:
    node: exp.Expr = exp.maybe_parse(text, dialect="athena")
    node.type = kind.copy()
    return node


# Values that the text names ------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class NamedValues:
    """The values that a statement's text names, for inputs that reach its branches.

    ``compared`` holds, by the last part of a column's name or by map key, the texts that it is
    compared with; ``keys`` the map and JSON keys; ``documents`` the columns read as JSON text.
    """

    compared: Mapping[str, tuple[str, ...]]
    keys: tuple[str, ...]
    documents: tuple[str, ...]
    texts: tuple[str, ...]
    numbers: tuple[float, ...]


def named_values(typed: Typed) -> NamedValues:
    """The values that the text of a bound statement names, each list in order of appearance."""
    compared: dict[str, dict[str, None]] = {}
    keys: dict[str, None] = {}
    documents: dict[str, None] = {}
    texts: dict[str, None] = {}
    numbers: dict[float, None] = {}
    for node in typed.tree.walk(bfs=False):
        if isinstance(node, exp.JSONPathKey) and isinstance(node.this, str):
            keys.setdefault(node.this)
        if isinstance(node, (exp.JSONExtract, exp.JSONExtractScalar, exp.ParseJSON)):
            documents.setdefault(_name(node.this))
        if not isinstance(node, exp.Literal) or node.find_ancestor(exp.DataType):
            continue
        text: str = node.this
        if not node.is_string:
            numbers.setdefault(float(text))
            continue
        if isinstance(node.parent, exp.Bracket):
            keys.setdefault(text)
            continue
        parts = [text.strip("%")]
        if isinstance(node.parent, exp.RegexpLike):
            parts = _WORDS_OF_A_PATTERN.findall(text)
        texts.update(dict.fromkeys(parts))
        other = _compared_with(node)
        if other is not None:
            compared.setdefault(_name(other), {}).update(dict.fromkeys(parts))
    return NamedValues(
        compared={name: tuple(values) for name, values in compared.items() if name},
        keys=tuple(keys),
        documents=tuple(name for name in documents if name),
        texts=tuple(texts),
        numbers=tuple(numbers),
    )


def _compared_with(literal: exp.Expr) -> exp.Expr | None:
    parent = literal.parent
    sides: Sequence[exp.Expr] = ()
    if isinstance(parent, exp.In):
        sides = (parent.this,)
    elif isinstance(parent, exp.If) and isinstance(parent.parent, exp.Case):
        operand = parent.parent.args.get("this")
        sides = (operand,) if operand is not None and literal.arg_key == "this" else ()
    elif isinstance(parent, _COMPARISONS):
        sides = (parent.this, parent.expression)
    return next((side for side in sides if side is not literal), None)


def _name(node: exp.Expr) -> str:
    """The last part of the name of what an expression reads: a field, a column or a map key."""
    for part in node.walk(bfs=False):
        if isinstance(part, exp.Bracket) and isinstance(part.expressions[0], exp.Literal):
            key = part.expressions[0]
            return key.this if key.is_string else _name(part.this)
        if isinstance(part, exp.Dot):
            return part.name
        if isinstance(part, exp.Column):
            return part.name
    return ""
