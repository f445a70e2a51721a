"""How things look in a terminal: tables, sizes, results of queries."""

from __future__ import annotations

import re
import sys
from pathlib import Path

from rich.console import Console
from rich.table import Table
from rich.tree import Tree

from dueng_analytics.catalog import Relation
from dueng_analytics.model.definitions import View

_SENTENCE = re.compile(r"(?<=[.!?])\s")


def print_table(table: Table | Tree, *, to_stderr: bool = False) -> None:
    """Print a table as wide as the terminal, or as wide as it needs where there is none."""
    stream = sys.stderr if to_stderr else sys.stdout
    width = None if stream.isatty() else 160
    Console(file=stream, width=width, highlight=False, soft_wrap=False).print(table)


def subject(relation: Relation) -> str:
    """What a row of a view is, or the first sentence of a source's description."""
    if isinstance(relation, View):
        return relation.grain
    return _SENTENCE.split(" ".join(relation.description.split()), maxsplit=1)[0]


def count_of(number: int, noun: str) -> str:
    """A number with its noun: ``1 view``, ``1,200 views``."""
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def shown_path(path: Path) -> str:
    """A path as short as it can be pasted: below the working directory without that."""
    here = Path.cwd()
    return str(path.relative_to(here) if path.is_relative_to(here) else path)


def size(count_bytes: int) -> str:
    """A number of bytes for a person, in units of thousands."""
    amount = float(count_bytes)
    for unit in ("B", "kB", "MB", "GB"):
        if amount < 1000:
            return f"{amount:.0f} {unit}" if unit == "B" else f"{amount:.1f} {unit}"
        amount /= 1000
    return f"{amount:.1f} TB"
