"""Statements as text to paste: the author's own for Athena and Trino, a translation for DuckDB."""

from pathlib import Path

import pytest

from dueng_analytics.catalog import load_catalog
from dueng_analytics.dialect import (
    bind,
    macros_of,
    parse_query,
    quoted,
    render,
    with_parameters,
)
from dueng_analytics.errors import SqlError
from dueng_analytics.model.types import parse_glue_type

GOLDEN = Path(__file__).with_name("golden") / "render"
COLUMNS = {"id": "string", "amount": "bigint", "tags": "map<string,string>"}


def bound(text):
    return bind(
        parse_query(text),
        lambda reference, statement: ("shop", reference.parts[-1].lower()),
        lambda family, name: {column: parse_glue_type(kind) for column, kind in COLUMNS.items()},
    )


def elsewhere(family, name):
    return f"prod-{family}", f"{name}_v2"


@pytest.mark.parametrize("dialect", ["athena", "trino", "duckdb"])
def test_a_statement_with_comments_is_rendered_as_in_its_golden_file(dialect):
    text = (GOLDEN / "view.sql").read_text("utf-8")
    expected = (GOLDEN / f"view.{dialect}.sql").read_text("utf-8")
    assert render(bound(text), dialect, elsewhere) + "\n" == expected


@pytest.mark.parametrize("dialect", ["athena", "trino"])
def test_without_new_names_the_text_is_the_authors_own_with_databases(dialect):
    text = "select  ID ,  -- the id\n  amount\nFROM Orders"
    assert render(bound(text), dialect) == text.replace("FROM Orders", "FROM shop.orders")


@pytest.mark.parametrize(
    ("written", "rendered"),
    [
        # A column may be qualified by the name that the relation had.
        ("select orders.id from orders", 'select orders.id from "prod-shop".orders_v2 as orders'),
        ("select o.id from orders as o", 'select o.id from "prod-shop".orders_v2 as o'),
        ("select o.id from orders o", 'select o.id from "prod-shop".orders_v2 o'),
        ('select id from "shop"."orders"', 'select id from "prod-shop".orders_v2 as orders'),
        ("select id from x.shop.orders", 'select id from "prod-shop".orders_v2 as orders'),
        (
            "with orders as (select id from orders) select id from orders",
            'with orders as (select id from "prod-shop".orders_v2 as orders) select id from orders',
        ),
        (
            "select 'from orders' as note /* from orders */ from orders;",
            "select 'from orders' as note /* from orders */ from \"prod-shop\".orders_v2 as orders",
        ),
        (
            "select id from orders union all select id from orders",
            'select id from "prod-shop".orders_v2 as orders union all'
            ' select id from "prod-shop".orders_v2 as orders',
        ),
    ],
)
def test_each_relation_gets_its_physical_name_and_nothing_else_changes(written, rendered):
    assert render(bound(written), "athena", elsewhere) == rendered
    assert bound(rendered.replace("_v2", "")), "what is rendered parses and binds again"


def test_values_that_were_put_in_are_printed_from_the_tree():
    statement = with_parameters(parse_query("select id from orders where id = :id"), {"id": "o'x"})
    typed = bind(
        statement,
        lambda *_: ("shop", "orders"),
        lambda *_: {"id": parse_glue_type("string")},
    )
    text = render(typed, "athena", elsewhere)
    assert "'o''x'" in text
    assert 'from "prod-shop".orders_v2' in text.lower()


def test_duckdb_refuses_what_has_no_exact_counterpart_and_athena_does_not():
    typed = bound("select regexp_like(id, '(?=a)') as found from orders")
    assert render(typed, "athena") == "select regexp_like(id, '(?=a)') as found from shop.orders"
    with pytest.raises(SqlError, match="regexp_like"):
        render(typed, "duckdb")


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("email_send", "email_send"),
        ("odd-name", '"odd-name"'),
        ("Mixed", '"Mixed"'),
        ("2nd", '"2nd"'),
        ('a"b', '"a""b"'),
        ("a b", '"a b"'),
        ("", '""'),
    ],
)
def test_an_identifier_is_quoted_only_where_it_must_be(name, text):
    assert quoted(name) == text


def views():
    return load_catalog().definitions.views


@pytest.mark.parametrize("dialect", ["athena", "trino"])
def test_every_packaged_view_keeps_its_text(dialect):
    catalog = load_catalog()
    for view in views():
        lines = render(catalog.typed(view), dialect).splitlines()
        written = view.sql.rstrip().splitlines()
        assert len(lines) == len(written)
        changed = [one for one, other in zip(lines, written, strict=True) if one != other]
        assert all(line.split()[0] in ("from", "left", "cross", "join") or "from" in line
                   for line in changed)  # fmt: skip


def test_only_the_macros_that_are_called_are_given_each_after_those_that_it_needs():
    found = macros_of(["select athena_array_union(a, b) from t"])
    assert [macro.split("(")[0].split()[-1] for macro in found] == [
        "athena_array_distinct", "athena_array_union",
    ]  # fmt: skip
    assert macros_of(["select 1"]) == ()
