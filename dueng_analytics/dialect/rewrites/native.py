"""Macros that the embedded engine has as functions of Python, which it plans in no time.

A macro's body stands in the plan of a statement as often as the macro is called. That of a JSON
number took up two thirds of the planning of a view that reads many fields of a document, though
hardly any field is a number with a fraction; called as a function it is one step. What `dueng sql`
prints for another DuckDB has the macro.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import Decimal


def json_double(digits: str) -> str:
    """A number of a JSON document as Trino's JSON functions write it: whole digits stay."""
    return digits if digits.removeprefix("-").isdigit() else java_double(float(digits))


def java_double(value: float) -> str:
    """A double as Java writes it: with an exponent below a thousandth and from ten million on."""
    if value in (float("inf"), float("-inf")):
        return "Infinity" if value > 0 else "-Infinity"
    sign, digits, exponent = Decimal(repr(value)).as_tuple()
    text = "".join(map(str, digits)).rstrip("0") or "0"
    minus = "-" if sign else ""
    if value == 0:
        return f"{minus}0.0"
    assert isinstance(exponent, int)
    power = len(digits) + exponent - 1
    if -3 <= power < 7:
        plain = format(abs(value), f".{max(1, len(text) - 1 - power)}f")
        return f"{minus}{plain}"
    return f"{minus}{text[0]}.{text[1:] or '0'}E{power}"


NATIVE: Mapping[str, Callable[[str], str]] = {"athena_json_double": json_double}
"""By the macro's name; each takes a text and gives one, and NULL stays NULL."""
