"""Figures, days and amounts as a reader of one locale writes them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cached_property

from babel import Locale, UnknownLocaleError
from babel.dates import format_interval, format_skeleton
from babel.numbers import format_currency, format_decimal, format_percent
from babel.units import format_unit

from dueng_analytics.errors import UsageError
from dueng_analytics.reporting.blocks import Cell, Label, Name
from dueng_analytics.reporting.definition import Format
from dueng_analytics.reporting.facts import Total
from dueng_analytics.reporting.figures import Figure

NOTHING = "–"
_SHORT_ID_LENGTH = 8
_LONGEST_WHOLE_ID = 15
"""An id that is no longer is a name that somebody chose, such as a tag of an e-mail."""
_ADDRESS = re.compile(r"""(?:"[^"\n]*"|[^\s<>()\[\]"@,;:]+)(?:@|%40)(?=[^\s<>()\[\]"'@,;:=])""")
_CONTROLS = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]+")
_PHONE_NUMBER = re.compile(r"(?<![\w.])\+\d[\d ()-]{5,}\d")


@dataclass(frozen=True)
class Writer:
    """The spelling rules of one locale; words stay English.

    Raises:
        UsageError: on first use, where the locale is not known.
    """

    locale: str = "en_US"

    @cached_property
    def _rules(self) -> Locale:
        try:
            return Locale.parse(self.locale.replace("-", "_"))
        except (UnknownLocaleError, ValueError):
            raise UsageError(
                f"there is no locale {self.locale!r}", hint="Locales are named like en_US or de_DE."
            ) from None

    def count(self, number: float) -> str:
        return str(format_decimal(number, format="#,##0", locale=self._rules))

    def decimal(self, number: float) -> str:
        return str(format_decimal(number, format="#,##0.00", locale=self._rules))

    def percent(self, share: float, denominator: int | None = None) -> str:
        """A share with as many digits as its size and its denominator bear.

        Less than all is never written as 100 %, and more than none never as 0 %.
        """
        if share in (0, 1):
            return self._percent(share, 0)
        is_middling = 0.1 <= share <= 0.9
        digits = 1 if is_middling or (denominator is not None and denominator < 1000) else 2
        smallest = 10.0 ** -(digits + 2)
        if 0 < share < smallest / 2:
            return f"<{self._percent(smallest, digits)}"
        if 1 - smallest / 2 < share < 1:
            return f">{self._percent(1 - smallest, digits)}"
        return self._percent(share, digits)

    def limit(self, share: float) -> str:
        """A share that somebody has set, with the digits that it has."""
        return str(format_percent(share, format="#,##0.###%", locale=self._rules))

    def _percent(self, share: float, digits: int) -> str:
        pattern = "#,##0" + ("." + "0" * digits if digits else "") + "%"
        return str(format_percent(share, format=pattern, locale=self._rules))

    def usd(self, amount: float, digits: int = 2) -> str:
        """An amount of US dollars; four digits where it is less than half a cent."""
        if 0 < abs(amount) < 0.005:
            digits = 4
        pattern = "¤#,##0." + "0" * digits
        return str(
            format_currency(
                amount, "USD", format=pattern, locale=self._rules, currency_digits=False
            )
        )

    def number(self, kind: Format, number: Total, denominator: int | None = None) -> str:
        """A value as its format wants it; a dash where there is none."""
        if number is None:
            return NOTHING
        if kind is Format.PERCENT:
            return self.percent(number, denominator)
        if kind is Format.USD:
            return self.usd(number)
        if kind is Format.UNIT_USD:
            return self.usd(number, 4)
        if kind is Format.DECIMAL:
            return self.decimal(number)
        return self.count(number)

    def figure(self, figure: Figure) -> str:
        """The value of a figure alone."""
        return self.number(figure.metric.format, figure.value, figure.denominator)

    def share(self, figure: Figure) -> str:
        """``31 of 500`` behind a ratio; empty for a figure that is none."""
        if figure.denominator is None:
            return ""
        is_money = figure.metric.format in (Format.USD, Format.UNIT_USD)
        numerator = self.number(Format.USD if is_money else Format.COUNT, figure.numerator)
        word = "of" if figure.metric.is_proportion else "÷"
        return f"{numerator} {word} {self.count(figure.denominator)}"

    def interval(self, figure: Figure) -> str:
        """``4.4–8.6%`` where the figure has an interval; empty where not."""
        return "" if figure.interval is None else self.span_of(*figure.interval)

    def span_of(self, low: float, high: float) -> str:
        """Two shares as one span, ``4.4–8.6%``."""
        digits = 2 if high < 0.01 else 1
        return f"{self._percent(low, digits)}–{self._percent(high, digits)}"

    def day(self, day: date) -> str:
        return str(format_skeleton("MMMd", day, locale=self._rules))

    def full_day(self, day: date) -> str:
        return str(format_skeleton("yMMMEd", day, locale=self._rules))

    def days(self, first: date, last: date) -> str:
        """A span of days, both ends included, saying month and year once where they are one."""
        if first == last:
            return self.full_day(first)
        written = str(format_interval(first, last, "yMMMd", locale=self._rules))
        return written.replace("\u2009", " ")  # thin spaces: not every terminal has them

    def whole_days(self, first: date, last: date) -> str:
        """A span of days, with the word that tells that both ends are included."""
        word = "the whole day" if first == last else "both days included"
        return f"{self.days(first, last)}, {word}"

    def instant(self, instant: datetime) -> str:
        """A naive UTC time to the minute, marked as UTC."""
        day = format_skeleton("yMMMd", instant, locale=self._rules)
        return f"{day}, {format_skeleton('Hm', instant, locale=self._rules)} UTC"

    def bytes(self, count: int) -> str:
        """A size in the largest decimal unit that leaves at least 1."""
        units = ("byte", "kilobyte", "megabyte", "gigabyte", "terabyte")
        size, power = float(count), 0
        while size >= 1000 and power < len(units) - 1:
            size, power = size / 1000, power + 1
        return str(
            format_unit(
                size,
                f"digital-{units[power]}",
                length="short",
                format="#,##0.0" if power and size < 100 else "#,##0",
                locale=self._rules,
            )
        )

    def span(self, span: timedelta) -> str:
        """A time in whole days, or in hours where it is none."""
        hours = round(span.total_seconds() / 3600)
        return self.counted(hours // 24, "day") if hours % 24 == 0 else self.counted(hours, "hour")

    def counted(self, number: int, one: str, several: str | None = None) -> str:
        """``1 day``, ``1,200 days``."""
        return f"{self.count(number)} {one if number == 1 else several or one + 's'}"

    def label(self, label: Label) -> str:
        """The key of a row in one line."""
        value = label.value
        if value is None:
            return label.missing
        if isinstance(value, Name):
            return value.name or (f"{value.kind} {short_id(value.id)}" if value.id else value.kind)
        if isinstance(value, date):
            return self.full_day(value)
        if label.format is Format.TERRITORY:
            return str(self._rules.territories.get(value.upper(), value))
        return value

    def cell(self, cell: Cell) -> str:
        """A cell in one line."""
        return self.figure(cell) if isinstance(cell, Figure) else self.label(cell)


def short_id(text: str | None) -> str:
    """The beginning of an id that is too long to read."""
    if text is None:
        return NOTHING
    return text if len(text) <= _LONGEST_WHOLE_ID else f"{text[:_SHORT_ID_LENGTH]}…"


def masked(text: str) -> str:
    """A text with the local part of every address and the digits of every number taken out."""
    return _PHONE_NUMBER.sub("+…", _ADDRESS.sub("…@", text))


def one_line(text: str) -> str:
    """A text from outside without line ends and control characters, which a terminal obeys."""
    return _CONTROLS.sub(" ", text).strip()
