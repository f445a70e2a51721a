"""Regular expressions: Athena's are Java's, matched by Joni; DuckDB's are RE2's.

A pattern is a constant, so it is read here and written anew where the two differ. What RE2 does
not have (looking around, references back, possessive quantifiers) is refused.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from sqlglot import exp

from dueng_analytics.dialect.problem import Refused
from dueng_analytics.dialect.rewrites.nodes import call, constant, text
from dueng_analytics.dialect.rewrites.registry import Key, Rewrite

_TOKEN = re.compile(
    r"""
    (?P<escape>\\.) | (?P<set>\[\^?\]?) | (?P<group>\((?:\?[^)]*?(?:[:=!<>)]|$))?)
    | (?P<close>\)) | (?P<quantifier>(?:[*+?]|\{\d+(?:,\d*)?\})[?+]?)
    | (?P<other>.)
    """,
    re.VERBOSE | re.DOTALL,
)
_GROUPS = frozenset({"(", "(?:", "(?i)", "(?s)", "(?is)", "(?si)", "(?i:", "(?s:"})
_ESCAPES = frozenset("dDwWsSbtnrf") | frozenset(".[]{}()*+?^$|\\/-&~#%@!,:;=<>\"'` _")
_SPACES = r"\t\n\x0b\f\r "
_QUANTIFIED_AT_LEAST_ONCE = ("+", "+?")
_LIMIT_OF_RE2 = 1000
# Letters, marks, digits and connectors beyond ASCII count as parts of words for Athena's \b.
_FOREIGN_LETTER = "|".join(rf"[^\x00-\x7F\P{{{kind}}}]" for kind in ("L", "M", "N", "Pc"))


@dataclass(frozen=True, slots=True)
class Pattern:
    """A pattern for RE2, and what has to be known of it."""

    anywhere: str
    """For asking whether it matches."""
    exact: str
    """For taking out what it matches: ``$`` is the very end."""
    ends: bool
    """Whether it holds a ``$``, which on Athena also stands before a last line break."""
    bounded: bool
    """Whether it holds a ``\\b``, before which the letters of all scripts count on Athena."""
    groups: int
    may_be_empty: tuple[bool, ...]
    """By group, 0 being the whole: whether it can match the empty text."""
    may_be_absent: tuple[bool, ...]
    """By group: whether it can take no part in a match."""


def pattern_of(node: exp.Expr) -> Pattern:
    """The pattern of a call.

    Raises:
        Refused: RE2 cannot match it as Joni does.
    """
    source: str = node.expression.this
    tokens = list(_tokens(node, source))
    anywhere = "".join(r"(?:\n?\z)" if token == "$" else token for token in tokens)
    exact = "".join(r"\z" if token == "$" else token for token in tokens)
    bounded = r"\b" in tokens
    if bounded and any(_may_be_foreign(token) for token in tokens):
        raise Refused(
            node,
            r"uses \b beside what may match letters of other scripts",
            r"Write what may stand before and after, such as (^|\s).",
        )
    spans = _groups(tokens)
    return Pattern(
        anywhere=anywhere,
        exact=exact,
        ends="$" in tokens,
        bounded=bounded,
        groups=len(spans) - 1,
        may_be_empty=tuple(_may_be_empty(tokens[start:end]) for start, end in spans),
        may_be_absent=tuple(_may_be_absent(tokens, start, end) for start, end in spans),
    )


def _tokens(node: exp.Expr, source: str) -> Iterator[str]:
    """The pattern in pieces, each as RE2 is to read it."""
    place = 0
    while place < len(source):
        match = _TOKEN.match(source, place)
        assert match is not None
        kind, token, place = str(match.lastgroup), match[0], match.end()
        if kind == "set":
            end = _end_of_set(node, source, match.start())
            yield _set(node, source[match.start() : end])
            place = end
            continue
        if kind == "escape":
            if token[1] not in _ESCAPES:
                raise _unknown(node, token)
            token = {r"\s": f"[{_SPACES}]", r"\S": f"[^{_SPACES}]"}.get(token, token)
        elif kind == "group" and token not in _GROUPS:
            raise _unknown(node, token)
        elif kind == "quantifier":
            if len(token) > 1 and token.endswith("+"):
                raise _unknown(node, token)
            if any(int(count) > _LIMIT_OF_RE2 for count in re.findall(r"\d+", token)):
                raise _unknown(node, token)
        yield token


def _may_be_foreign(token: str) -> bool:
    """Whether a piece can match a letter of another script, or what stands for one."""
    anything = token == "." or token.startswith("[^") or not token.isascii()
    return anything or any(part in token for part in (r"\w", r"\W", r"\D", "_"))


def _unknown(node: exp.Expr, token: str) -> Refused:
    return Refused(
        node,
        f"has {token} in its pattern, which the local engine does not match as Athena does",
        "Write the pattern without looking around, references back and named classes.",
    )


def _end_of_set(node: exp.Expr, source: str, start: int) -> int:
    place = start + (2 if source.startswith("[^", start) else 1)
    first = place
    while place < len(source):
        if source[place] == "\\":
            place += 2
        elif source[place] == "]" and place > first:
            return place + 1
        elif source[place] == "[" or source.startswith("&&", place):
            raise _unknown(node, source[place])
        else:
            place += 1
    raise _unknown(node, source[start:])


def _set(node: exp.Expr, source: str) -> str:
    for escape in re.findall(r"\\.", source):
        if escape[1] not in _ESCAPES or escape in (r"\S", r"\b"):
            raise _unknown(node, escape)
    return re.sub(r"\\s", lambda _: _SPACES, source)


def _groups(tokens: list[str]) -> list[tuple[int, int]]:
    """Where the whole and each capturing group begin and end, their brackets left out."""
    spans: list[tuple[int, int]] = [(0, len(tokens))]
    opened: list[int | None] = []
    for place, token in enumerate(tokens):
        if token == "(":
            opened.append(len(spans))
            spans.append((place + 1, place + 1))
        elif token.startswith("(?") and not token.endswith(")"):
            opened.append(None)
        elif token == ")" and opened:
            number = opened.pop()
            if number is not None:
                spans[number] = (spans[number][0], place)
    return spans


def _may_be_empty(tokens: list[str]) -> bool:
    """Whether these pieces can match the empty text, whatever stands around it."""
    pieces = ["" if token in ("^", "$", r"\b") else token for token in tokens]
    try:
        return re.fullmatch("".join(pieces), "") is not None
    except re.error:
        return True


def _may_be_absent(tokens: list[str], start: int, end: int) -> bool:
    if start == 0:
        return False
    depth = 0
    for place, token in enumerate(tokens):
        if token == "|" and not start <= place < end:
            return True
        if place == start - 1 and depth:
            return True  # inside another group, of which nothing more is known
        depth += token.startswith("(") and not token.startswith(("(?i)", "(?s)", "(?is)", "(?si)"))
        depth -= token == ")"
    following = tokens[end + 1] if end + 1 < len(tokens) else ""
    return following.startswith(("*", "?", "{0"))


def _subject(node: exp.Expr, pattern: Pattern) -> exp.Expr:
    """The text to match, with letters of other scripts made to count as letters."""
    subject: exp.Expr = node.this
    if not pattern.bounded:
        return subject
    return call("regexp_replace", subject, text(_FOREIGN_LETTER), text("_"), text("g"))


def _ended(node: exp.Expr, pattern: Pattern) -> exp.Expr:
    """The text to take from: without its last line break where ``$`` has to stand before it."""
    subject = _subject(node, pattern)
    if not pattern.ends:
        return subject
    return call("athena_regexp_subject", subject, text(pattern.exact))


def _not_empty(node: exp.Expr, pattern: Pattern) -> None:
    if pattern.may_be_empty[0]:
        raise Refused(
            node,
            "has a pattern that matches nothing as well, which engines step over otherwise",
            "Use + instead of *, or another pattern that needs a character.",
        )


def _group(node: exp.Expr, pattern: Pattern) -> int:
    group = node.args.get("group")
    wanted = 0 if group is None else constant(group)
    if wanted is None or not 0 <= wanted <= min(pattern.groups, 9):
        raise Refused(
            node, "asks for a group that the pattern does not have", "Count its brackets."
        )
    return wanted


def matched(node: exp.Expr) -> exp.Expr:
    r"""``regexp_like``: ``\s`` knows the vertical tab, ``$`` stands before a final line break."""
    pattern = pattern_of(node)
    return call("regexp_matches", _subject(node, pattern), text(pattern.anywhere))


def extracted(node: exp.Expr) -> exp.Expr:
    """``regexp_extract`` without a match is NULL on Athena and empty on DuckDB; so is a group that
    takes no part."""
    pattern = pattern_of(node)
    group = _group(node, pattern)
    subject, found = _ended(node, pattern), text(pattern.exact)
    value = call("regexp_extract", subject, found, exp.Literal.number(group))
    if not pattern.may_be_empty[group]:
        return exp.Nullif(this=value, expression=text(""))
    if pattern.may_be_absent[group]:
        raise Refused(
            node,
            "takes a group that may be empty and may be absent, which the local engine cannot tell",
            "Use + instead of *, or take the group out of the optional part.",
        )
    is_found = call("regexp_matches", subject.copy(), found.copy())
    return exp.Case(ifs=[exp.If(this=is_found, true=value)])


def all_extracted(node: exp.Expr) -> exp.Expr:
    """``regexp_extract_all``, for patterns that need a character."""
    pattern = pattern_of(node)
    _not_empty(node, pattern)
    group = _group(node, pattern)
    if group and (pattern.may_be_empty[group] or pattern.may_be_absent[group]):
        raise Refused(node, "takes a group that may be absent", "Take it out of the optional part.")
    subject = _ended(node, pattern)
    return call("regexp_extract_all", subject, text(pattern.exact), exp.Literal.number(group))


def replaced_matches(node: exp.Expr) -> exp.Expr:
    r"""``regexp_replace`` replaces every match on Athena, the first one on DuckDB; ``$1`` is
    ``\1`` there, and nothing stands for the empty text."""
    pattern = pattern_of(node)
    _not_empty(node, pattern)
    if pattern.ends or pattern.bounded:
        raise Refused(
            node,
            r"replaces at $ or \b, which the local engine finds elsewhere",
            "Take the part out with regexp_extract.",
        )
    replacement = node.args.get("replacement")
    written = "" if replacement is None else _replacement(node, replacement.this, pattern)
    return call("regexp_replace", node.this, text(pattern.exact), text(written), text("g"))


def _replacement(node: exp.Expr, source: str, pattern: Pattern) -> str:
    written = ""
    for piece in re.findall(r"\\.|\$\d+|.", source, re.DOTALL):
        if piece[0] == "$" and len(piece) > 1:
            if int(piece[1:]) > min(pattern.groups, 9):
                raise Refused(
                    node, f"puts in {piece}, which its pattern does not have", "Count brackets."
                )
            written += f"\\{piece[1:]}"
        elif piece in ("$", "\\"):
            raise Refused(node, f"has a lone {piece} in its replacement", "Athena fails here.")
        else:
            plain = piece[-1]
            written += "\\\\" if plain == "\\" else plain
    return written


def split_at_matches(node: exp.Expr) -> exp.Expr:
    """``regexp_split``, for patterns that need a character."""
    pattern = pattern_of(node)
    _not_empty(node, pattern)
    if pattern.ends or pattern.bounded or pattern.groups:
        raise Refused(node, "splits at groups or ends", "Use (?:…) for brackets.")
    return call("string_split_regex", node.this, text(pattern.exact))


def counted_matches(node: exp.Expr) -> exp.Expr:
    """``regexp_count`` does not exist on DuckDB: count what ``regexp_extract_all`` finds."""
    pattern = pattern_of(node)
    _not_empty(node, pattern)
    return call("len", call("regexp_extract_all", _ended(node, pattern), text(pattern.exact)))


REWRITES: Mapping[Key, Rewrite] = {
    exp.RegexpCount: counted_matches,
    exp.RegexpExtract: extracted,
    exp.RegexpExtractAll: all_extracted,
    exp.RegexpLike: matched,
    exp.RegexpReplace: replaced_matches,
    exp.RegexpSplit: split_at_matches,
}
