"""The order in which tests are asked about a change, so that few have to be.

To run a view over a handful of rows costs the planning of its SQL, each time. Most changes are
noticed by a test that names the changed value, expects the changed column, or noticed a change
close by; asking these first runs a fraction of the tests and finds the same.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from dueng_analytics.quality.stage import StagedTest

_TEXT = re.compile(r"'((?:[^']|'')+)'")


@dataclass(slots=True)
class LikelyTests:
    """The staged tests of one view; those that have noticed the most come first."""

    tests: list[StagedTest]
    _words: dict[str, str] = field(init=False)
    _expected: dict[str, frozenset[str]] = field(init=False)
    _lines: dict[str, list[int]] = field(init=False)

    def __post_init__(self) -> None:
        self._words = {
            item.schema: repr(([given.rows for given in item.test.given], item.test.expect))
            for item in self.tests
        }
        self._expected = {
            item.schema: frozenset(name for row in item.test.expect for name in row)
            for item in self.tests
        }
        self._lines = {item.schema: [] for item in self.tests}

    def in_order(self, line: int, sql: Iterable[str], output: str | None) -> Sequence[StagedTest]:
        """Every test, the likeliest to notice a change first.

        Args:
            line: where the change is made.
            sql: the changed expressions; the texts that they name are looked for in the tests.
            output: the output column that the change is a part of, if it is of just one.
        """
        named = [text for part in sql for text in _TEXT.findall(part)]

        def rank(item: StagedTest) -> tuple[int, int]:
            words = self._words[item.schema]
            unlikely = bool(named) and not any(text in words for text in named)
            unseen = output is not None and output not in self._expected[item.schema]
            near = min((abs(line - other) for other in self._lines[item.schema]), default=10_000)
            return unlikely + unseen, near

        return sorted(self.tests, key=rank)

    def noticed(self, item: StagedTest, line: int) -> None:
        """Remember that a test noticed a change: it tends to notice the next one too."""
        self._lines[item.schema].append(line)
        position = self.tests.index(item)
        self.tests.insert(max(0, position // 2), self.tests.pop(position))
