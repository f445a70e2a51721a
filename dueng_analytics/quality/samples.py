"""The samples' views as facts: which columns they have, and what may differ in ours."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from dueng_analytics.model.yaml_node import read_yaml

SAMPLE_COLUMNS_FILE = "sample_columns.yaml"
_BOUNDED_TEXT = re.compile(r"varchar\(\d+\)")


@dataclass(frozen=True, slots=True)
class SampleColumn:
    """A column of a sample's view with its type on Athena engine version 3."""

    name: str
    type: str

    @property
    def permitted_type(self) -> str:
        """The type that our column of that name has: a time without zone, text without bound."""
        plain = self.type.replace("timestamp(3) with time zone", "timestamp(3)")
        return _BOUNDED_TEXT.sub("varchar", plain)


def read_sample_columns(path: Path) -> Mapping[str, tuple[SampleColumn, ...]]:
    """The columns of each of the samples' views, by the view's name, in their order.

    Raises:
        DefinitionError: with file and line, whatever is wrong first.
    """
    return {
        view: tuple(SampleColumn(name, kind.text()) for name, kind in columns.items())
        for view, columns in read_yaml(path).items()
    }
