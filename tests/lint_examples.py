"""Single views over the packaged relations, linted: SQL, and parts of view.yaml if they matter."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from dueng_analytics.catalog import Catalog, load_catalog
from dueng_analytics.dialect import parse_query
from dueng_analytics.model.view_file import read_view
from dueng_analytics.quality.lint import Problem, lint
from dueng_analytics.quality.lint_definitions import found_pruning

TODAY = date(2026, 11, 1)
FAMILY = "pinpoint"
_EVENTS = "with events as (select * from all_events) "
_READ_TOO = ("names.name_intervals", "names.dim_campaigns", "pinpoint.email_send")
TESTS = "tests:\n  - {name: nothing gives nothing, given: {all_events: []}, expect: []}\n"


@cache
def known() -> Catalog:
    """The packaged sources and the few views that examples read."""
    definitions = load_catalog().definitions
    views = tuple(view for view in definitions.views if view.qualified_name in _READ_TOO)
    return Catalog(replace(definitions, views=views), {FAMILY: "due_eventdb"})


def problems(
    folder: Path, sql: str, declared: Mapping[str, Any] | None = None, today: date = TODAY
) -> Sequence[Problem]:
    """What lint says of one view; what is not declared is what the SELECT gives."""
    if sql.startswith("select"):
        sql = _EVENTS + sql
    catalog = known()
    statement = parse_query(sql, label="example")
    entries: dict[str, Any] = {
        "description": "An example of a view that the tests look at.",
        "grain": "one record of something",
        "event_key": [],
        "version": 1,
        "owner": "tests",
    }
    if not declared or not {"columns", "pruning"} <= declared.keys():
        typed = catalog.bind(statement, family=FAMILY)
        entries["pruning"] = found_pruning(catalog, typed)[0].value
        entries["columns"] = [
            {
                "name": name,
                "type": kind.glue if kind is not None else "string",
                "description": "What the example shows.",
            }
            for name, kind in typed.columns
        ]
    folder = folder / FAMILY / "example"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "view.sql").write_text(sql, "utf-8")
    (folder / "tests.yaml").write_text(TESTS, "utf-8")
    text = yaml.safe_dump(entries | dict(declared or {}), sort_keys=False)
    (folder / "view.yaml").write_text(text, "utf-8")
    view = read_view(folder, FAMILY, {})
    definitions = replace(catalog.definitions, views=(*catalog.definitions.views, view))
    return lint(Catalog(definitions, catalog.databases), [view], today)


def broken_rules(
    folder: Path, sql: str, declared: Mapping[str, Any] | None = None
) -> Sequence[str]:
    """The names of the rules that one view breaks, each once."""
    return sorted({problem.rule for problem in problems(folder, sql, declared)})
