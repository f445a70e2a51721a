"""The rows of a query, whichever engine ran it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from dueng_analytics.errors import EngineError

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True, slots=True)
class QueryResult:
    """The rows of a query, and what its author should know about how it was understood."""

    table: pa.Table
    notices: tuple[str, ...] = ()

    def to_arrow(self) -> pa.Table:
        """The rows as an Arrow table, arrays, maps and structs included."""
        return self.table

    def to_pandas(self) -> pd.DataFrame:
        """The rows as a DataFrame."""
        frame: pd.DataFrame = self.table.to_pandas(maps_as_pydicts="strict")
        return frame

    def rows(self) -> list[dict[str, Any]]:
        """The rows as dictionaries, maps as dictionaries too.

        Raises:
            EngineError: a time that Python cannot hold.
        """
        with times_of_python():
            rows: list[dict[str, Any]] = self.table.to_pylist(maps_as_pydicts="strict")
        return rows


@contextmanager
def times_of_python() -> Iterator[None]:
    """A block that makes Python values of a table; what they cannot hold is an EngineError."""
    try:
        yield
    except OverflowError:
        raise EngineError(
            "a time in the result lies outside the years 1 to 9999",
            hint="Leave it out with a filter, cast it to varchar, or write Parquet.",
        ) from None
