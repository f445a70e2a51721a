"""A small project of one source and the views that a test writes, for tests of quality."""

from __future__ import annotations

import textwrap
from pathlib import Path

from dueng_analytics.catalog import Catalog
from dueng_analytics.model.loader import load_definitions

SOURCE = """\
description: Orders as they are written down.
owner: tests
columns:
  - {name: id, type: string, description: Its number.}
  - {name: kind, type: string, description: What it is.}
  - {name: note, type: string, description: JSON text.}
  - {name: amount, type: bigint, description: In cents.}
  - {name: weight, type: double, description: In grams.}
  - {name: paid, type: boolean, description: Whether it is paid.}
  - {name: placed_at, type: timestamp, description: When.}
  - {name: sent_at, type: timestamp, description: When sent.}
  - {name: tags, type: "map<string,string>", description: Words.}
  - {name: places, type: array<string>, description: Where to.}
  - {name: buyer, type: "struct<name:string,town:string>", description: Who.}
"""


def write_project(root: Path, **views: tuple[str, str, str]) -> Catalog:
    """The catalog of a project with the given views: SELECT, columns, and tests of each.

    Columns are the lines of a YAML list, tests the text of tests.yaml.
    """
    sources = root / "demo" / "sources"
    sources.mkdir(parents=True, exist_ok=True)
    (sources / "orders.yaml").write_text(SOURCE, "utf-8")
    for name, (sql, columns, tests) in views.items():
        folder = root / "demo" / name
        folder.mkdir(exist_ok=True)
        (folder / "view.sql").write_text(textwrap.dedent(sql), "utf-8")
        (folder / "tests.yaml").write_text(textwrap.dedent(tests), "utf-8")
        listed = textwrap.indent(textwrap.dedent(columns), "  ")
        (folder / "view.yaml").write_text(
            "description: A view of a test. More words.\ngrain: one order\nevent_key: []\n"
            f"version: 1\nowner: tests\npruning: unpartitioned\ncolumns:\n{listed}",
            "utf-8",
        )
    return Catalog(load_definitions([root]))
