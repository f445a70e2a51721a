"""The portable set as a person reads it: the generated part of ``docs/sql-style.md``."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from dueng_analytics.dialect.portable import Argument, Function, portable_set, result_parts

ATHENA_FUNCTIONS = "https://docs.aws.amazon.com/athena/latest/ug/functions-env3.html"
ATHENA_SELECT = "https://docs.aws.amazon.com/athena/latest/ug/select.html"
_TRINO_PAGE = "https://trino.io/docs/current/functions/{}.html"

_TITLES: Mapping[str, str] = {
    "string": "Text",
    "regexp": "Regular expressions",
    "binary": "Bytes",
    "math": "Numbers",
    "comparison": "Comparison",
    "conditional": "Conditions",
    "conversion": "Conversion",
    "datetime": "Times",
    "array": "Arrays",
    "map": "Maps",
    "row": "Rows",
    "json": "JSON",
    "aggregate": "Aggregates",
    "window": "Windows",
    "logical": "Logic",
}


def portable_list() -> str:
    """The portable functions by subject, with what they take and give, and the syntax: Markdown."""
    return "\n".join(_lines())


def _lines() -> Iterator[str]:
    known = portable_set()
    yield f"Athena lists its functions [by Trino's pages]({ATHENA_FUNCTIONS}); each heading below"
    yield "links the page that describes the functions under it. An argument with `?` may be left"
    yield "out, one in `'…'` must be a constant."
    for page, title in _TITLES.items():
        yield ""
        yield f"**[{title}]({_TRINO_PAGE.format(page)})**:"
        listed = [_shown(item) for item in known.functions if item.page == page]
        yield ",\n".join(listed) + "."
    yield ""
    yield f"**Syntax** ([SELECT on Athena]({ATHENA_SELECT})), by the names of sqlglot's classes:"
    yield ",\n".join(f"`{node.__name__}`" for node in known.syntax) + "."


def _shown(function: Function) -> str:
    takes = ", ".join(
        _argument(argument, is_constant=name in function.literal)
        for name, argument in function.takes.items()
        if argument.kinds != ("word",)
    )
    return f"`{' / '.join(function.names)}({takes}){_gives(function)}`"


def _argument(argument: Argument, *, is_constant: bool) -> str:
    text = f"'{argument.text}'" if is_constant else argument.text
    return text + ("…" if argument.repeated else "?" if argument.optional else "")


def _gives(function: Function) -> str:
    if function.gives is None or function.gives == "code":
        return ""
    kind, part = result_parts(function.gives)
    if kind == "same":
        return f" → {function.takes[part].text}"
    if kind == "element" and part in function.takes:
        return " → an element"
    return f" → {function.gives}"
