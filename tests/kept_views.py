"""Rows of a view computed once, for tests that ask for them many times."""

from __future__ import annotations

from dueng_analytics import Workspace


def keep(lake: Workspace, view: str) -> None:
    """Put a table of its rows in the place of a view, named with its family.

    To plan a wide view anew takes a second for every query of it or of what reads it.
    """
    family, _, name = view.partition(".")
    lake.query(f"select count(*) from {view}")  # makes it and all that it reads
    lake.engine.execute(f"create table main.kept_{name} as from {family}.{name}")
    lake.engine.execute(f"create or replace view {family}.{name} as from main.kept_{name}")
