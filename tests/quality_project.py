"""A project folder as a user has it: ``dueng.toml`` beside ``sql/``."""

from __future__ import annotations

from pathlib import Path

from small_project import write_project

COLUMNS = "    - {name: id, type: string, description: Number of the order.}\n"
TESTS = """\
    tests:
      - name: only paid orders are shown
        given: {orders: [{id: a, paid: true}, {id: b, paid: false}, {paid: true}]}
        expect: [{id: a}, {id: null}]
"""
PAID = """\
with placed as (
    select * from orders
)

select id
from placed
where paid
"""


def write_user_project(
    folder: Path, sql: str = PAID, tests: str = TESTS, columns: str = COLUMNS
) -> Path:
    """The folder of a project with one view, ``demo.paid_orders``."""
    folder.mkdir(exist_ok=True)
    (folder / "dueng.toml").touch()
    write_project(folder / "sql", paid_orders=(sql, columns, tests))
    return folder
