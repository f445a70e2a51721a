"""What is not portable is refused: by construct, with its place and the way out.

A construct is portable when ``portable.yaml`` lists it, its arguments have the listed types, and
Athena would accept it: DuckDB and sqlglot's parser take much that Athena refuses.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import lru_cache
from itertools import pairwise

from sqlglot import exp
from sqlglot.dialects.trino import Trino
from sqlglot.tokenizer_core import Token, TokenType

from dueng_analytics.dialect.portable import Function, PortableSet, arguments, portable_set
from dueng_analytics.dialect.problem import OTHERWISE, Problem, problem_at
from dueng_analytics.dialect.statement import Statement
from dueng_analytics.dialect.syntax_rules import SYNTAX_RULES, alike_problems, type_text
from dueng_analytics.dialect.typing import Typed
from dueng_analytics.errors import SqlError


def check_portable(typed: Typed) -> None:
    """Nothing, when every construct of the statement is portable.

    Raises:
        SqlError: the first one that is not, with construct, view and line.
    """
    for problem in portability_problems(typed):
        raise portability_error(typed.statement, problem)


def portability_error(statement: Statement, problem: Problem) -> SqlError:
    """The error for a construct of a statement that is not portable."""
    where = statement.location()
    if problem.line:
        where = f"{where}:{problem.line}" if statement.path else f"{where}, line {problem.line}"
    view = f"{statement.label}: " if statement.path else ""
    message = f"{view}{problem.construct} {problem.reason}"
    return SqlError(message, where=str(where), hint=problem.hint)


def portability_problems(typed: Typed) -> Iterator[Problem]:
    """Every construct of the statement that is not portable, in the order of the tree."""
    yield from _written_problems(typed.statement.tree)
    if not typed.statement.changed:
        yield from _token_problems(typed.statement.text)
    known = portable_set()
    for node in typed.tree.walk(bfs=False):
        yield from _node_problems(node, known)


def _node_problems(node: exp.Expr, known: PortableSet) -> Iterator[Problem]:
    function = known.function(node)
    if function is not None:
        yield from _function_problems(node, function)
    elif type(node) in known.syntax:
        allowed = known.syntax[type(node)]
        for part, value in node.args.items():
            if part not in allowed and value not in (None, False, []):
                yield problem_at(node, f"with {part.strip('_')}", "is not portable", OTHERWISE)
    else:
        yield problem_at(node, "", "is not portable", OTHERWISE)
        return
    rule = SYNTAX_RULES.get(type(node))
    if rule is not None:
        yield from rule(node)


def _function_problems(node: exp.Expr, function: Function) -> Iterator[Problem]:
    given: dict[str, list[exp.Expr]] = {}
    for name, value in arguments(node):
        given.setdefault(name, []).append(value)
    if not isinstance(node, exp.Anonymous):
        for name, value in node.args.items():
            if name not in function.takes and value not in (None, False, []):
                yield problem_at(node, f"with {name.strip('_')}", "is not portable", OTHERWISE)
                return
    for name in [name for name in given if name not in function.takes]:
        last = list(function.takes.values())[-1] if function.takes else None
        if last is None or not last.repeated:
            yield problem_at(node, "", "has too many arguments", OTHERWISE)
            return
        given.setdefault(list(function.takes)[-1], []).extend(given.pop(name))
    for name, argument in function.takes.items():
        values = given.get(name, [])
        is_flag = name in node.args and not isinstance(node.args[name], (list, exp.Expr))
        if not values and not argument.optional and not argument.repeated and not is_flag:
            yield problem_at(node, "", "lacks an argument", OTHERWISE)
        for value in values:
            inner = _unwrapped(value)
            if name == "this" and _is_compared_in_case(node):
                continue
            if not argument.accepts(inner):
                yield problem_at(
                    node,
                    "",
                    f"takes {argument.text}, not {type_text(inner)}",
                    "Cast the argument explicitly; Athena converts nothing here.",
                )
            elif name in function.literal and not _is_constant(inner):
                yield problem_at(node, "", "needs a constant here", "Write the value itself.")
    if function.alike:
        yield from alike_problems(node, [_unwrapped(value) for _, value in arguments(node)])


def _is_compared_in_case(node: exp.Expr) -> bool:
    """Whether a branch belongs to ``case x when y``, which compares y with x."""
    case = node.parent
    return isinstance(node, exp.If) and isinstance(case, exp.Case) and case.this is not None


def _unwrapped(value: exp.Expr) -> exp.Expr:
    """The value itself, without the ORDER BY or DISTINCT that an aggregate has around it."""
    while isinstance(value, (exp.Order, exp.Distinct)):
        value = value.expressions[0] if isinstance(value, exp.Distinct) else value.this
    return value


def _is_constant(value: exp.Expr) -> bool:
    return isinstance(value, (exp.Literal, exp.JSONPath)) or (
        isinstance(value, exp.Neg) and isinstance(value.this, exp.Literal)
    )


# How other systems write what sqlglot's parser reads as Athena SQL.
_FOREIGN_TOKENS: Mapping[TokenType, str] = {
    TokenType.DCOLON: "Write cast(x as type).",
    TokenType.DAMP: "Write and.",
    TokenType.QUALIFY: "Filter row_number() in an outer query.",
}
# What an array or map that is read stands before: a bracket after anything else makes an array.
_BEFORE_BRACKET = frozenset(
    (TokenType.ARRAY, TokenType.VAR, TokenType.IDENTIFIER, TokenType.R_PAREN, TokenType.R_BRACKET)
)
_FOREIGN_NAMES = frozenset(Trino.Parser.FUNCTIONS) | frozenset(Trino.Parser.FUNCTION_PARSERS)
# Words that may stand before a bracket and are no call; sqlglot knows functions of their names.
_WORDS = frozenset(("ALL", "ANY", "UNNEST", "VALUES", "TIMESTAMP", "VARCHAR", "DECIMAL", "CHAR"))


def _written_problems(tree: exp.Expr) -> Iterator[Problem]:
    """What only the tree as it was parsed shows: binding the names writes it out."""
    for node in tree.find_all(exp.Star, exp.Join):
        if isinstance(node, exp.Star) and any(node.args.values()):
            hint = "Name the columns."
            yield problem_at(node, "without some columns", "is not Athena SQL", hint)
        for part in ("using", "method"):
            if node.args.get(part):
                hint = "Write join … on a.x = b.x."
                yield problem_at(node, f"with {part}", "is not portable", hint)


@lru_cache(maxsize=256)
def _token_problems(text: str) -> tuple[Problem, ...]:
    """What only the text shows: names and signs that the parser turns into something else."""
    return tuple(_foreign_tokens(text))


def _foreign_tokens(text: str) -> Iterator[Problem]:
    tokens: list[Token] = Trino().tokenize(text)
    known = portable_set().by_name
    before = TokenType.SELECT
    for token, following in pairwise(tokens):
        if token.token_type == TokenType.L_BRACKET and before not in _BEFORE_BRACKET:
            yield Problem("array in brackets", "is not Athena SQL", "Write array[…].", token.line)
        if token.token_type == TokenType.INTERVAL and following.token_type != TokenType.STRING:
            hint = "Write interval '1' day."
            yield Problem("interval without quotes", "is not Athena SQL", hint, token.line)
        before = token.token_type
        if token.token_type in _FOREIGN_TOKENS:
            hint = _FOREIGN_TOKENS[token.token_type]
            yield Problem(token.text, "is not Athena SQL", hint, token.line)
        is_call = following.token_type == TokenType.L_PAREN
        name = token.text.upper()
        if (
            is_call
            and token.token_type not in (TokenType.IDENTIFIER, TokenType.STRING)
            and name in _FOREIGN_NAMES
            and name not in _WORDS
            and name.lower() not in known
        ):
            yield Problem(name.lower(), "is not portable", OTHERWISE, token.line)
