"""The operators of mutation runs: each finds its places and changes nothing else."""

import pytest
from small_project import write_project

from dueng_analytics.dialect import parse_query, to_duckdb
from dueng_analytics.dialect.mutation import mutants
from dueng_analytics.dialect.mutation_operators import OPERATORS


@pytest.fixture(scope="module")
def catalog(tmp_path_factory):
    return write_project(tmp_path_factory.mktemp("project"))


CASES = [
    ("map key mistyped", "select element_at(tags, 'colour') as c from orders",
     {("'colour'", "'colou'")}),
    ("map key mistyped", "select json_extract_scalar(note, '$.a.size') as c from orders",
     {("'$.a.size'", "'$.a.siz'")}),
    ("filter dropped", "select id from orders where paid and amount > 1",
     {("orders.paid", "TRUE"), ("orders.amount > 1", "TRUE")}),
    ("filter dropped", "select o.id from orders o join orders p on o.id = p.id",
     {("o.id = p.id", "TRUE")}),
    ("filter dropped", "select count(*) filter (where paid) as n from orders",
     {("orders.paid", "TRUE")}),
    ("filter dropped", "select filter(places, p -> p <> 'Rome' and p < 'T') as p from orders",
     {("p <> 'Rome'", "TRUE"), ("p < 'T'", "TRUE")}),
    ("filter inverted", "select id from orders where not paid and amount > 1",
     {("NOT orders.paid", "orders.paid"), ("orders.amount > 1", "NOT (orders.amount > 1)")}),
    ("condition inverted", "select case when paid then 1 else 2 end as n from orders",
     {("orders.paid", "NOT (orders.paid)")}),
    ("condition inverted", "select if(paid, 1, 2) as n from orders",
     {("orders.paid", "NOT (orders.paid)")}),
    ("branches swapped", "select case id when 'a' then 1 when 'b' then 2 else 3 end as n from orders",  # noqa: E501
     {("1, 2", "2, 1"), ("2, 3", "3, 2")}),
    ("branches swapped", "select if(paid, 1, 2) as n from orders",
     {("if(orders.paid, 1, 2)", "if(orders.paid, 2, 1)")}),
    ("output columns swapped", "select id, amount, kind from orders",
     {("id, kind", "kind, id")}),
    ("other column read", "select lower(id) as low, kind from orders",
     {("orders.id", "orders.kind")}),
    ("other column read", "select length(buyer.name) as n, buyer.town from orders",
     {("orders.buyer.name", "orders.buyer.town")}),
    ("unit factor", "select amount / 1e3 as a, amount / 100 as b, 7 * amount as c from orders",
     {("1e3", "1e6"), ("100", "1")}),
    ("unit factor", "select weight / 100000 as a from orders", {("100000", "100")}),
    ("unit factor", "select date_diff('second', placed_at, sent_at) as n from orders",
     {("SECOND", "MILLISECOND")}),
    ("join kind", "select o.id from orders o left join orders p on o.id = p.id",
     {("LEFT JOIN demo.orders AS p ON o.id = p.id", "JOIN demo.orders AS p ON o.id = p.id")}),
    ("join kind", "select o.id from orders o join orders p on o.id = p.id",
     {("JOIN demo.orders AS p ON o.id = p.id", "LEFT JOIN demo.orders AS p ON o.id = p.id")}),
    ("min for max", "select min(amount) as low, max_by(id, amount) as high from orders",
     {("min(orders.amount)", "max(orders.amount)"),
      ("max_by(orders.id, orders.amount)", "min_by(orders.id, orders.amount)")}),
    ("min for max", "select row_number() over (order by amount desc) as n from orders",
     {("orders.amount DESC", "orders.amount ASC")}),
    ("min for max", "select array_agg(id order by amount) as ids from orders",
     {("orders.amount", "orders.amount DESC")}),
    ("min for max", "select lag(id) over (order by amount) as before from orders",
     {("lag(orders.id)", "lead(orders.id)"), ("orders.amount", "orders.amount DESC")}),
    ("distinct dropped", "select count(distinct kind) as n from orders",
     {("DISTINCT orders.kind", "orders.kind")}),
    ("distinct dropped", "select distinct kind from orders", {("select distinct", "select")}),
    ("distinct dropped", "select id from orders union all select kind from orders",
     {("union all", "union")}),
    ("literal changed", "select id from orders where kind = 'gift' and amount = 3",
     {("'gift'", "'giftx'"), ("3", "4")}),
    ("literal changed", "select id from orders where kind like 'g%' and paid = true",
     {("'g%'", "'gx%'"), ("TRUE", "FALSE")}),
    ("literal changed", "select regexp_extract(kind, 'g+') as g from orders",
     {("'g+'", "'g+x'")}),
    ("literal changed", "select id from orders where regexp_like(kind, '^g$')",
     {("'^g$'", "'^gx$'")}),
    ("literal changed", "select id from orders where placed_at > timestamp '2025-10-29 00:00:00'",
     {("'2025-10-29 00:00:00'", "'2026-10-29 00:00:00'")}),
    ("literal changed", "select id from orders where placed_at + interval '5' day < sent_at",
     {("'5'", "'6'")}),
    ("coalesce order", "select coalesce(id, kind, 'x') as t from orders",
     {("coalesce(orders.id, orders.kind, 'x')", "coalesce(orders.kind, orders.id, 'x')"),
      ("coalesce(orders.id, orders.kind, 'x')", "coalesce(orders.id, 'x', orders.kind)")}),
    ("comparison boundary", "select id from orders where amount < 3",
     {("orders.amount < 3", "orders.amount <= 3")}),
    ("comparison boundary", "select id from orders where amount between 1 and 3",
     {("orders.amount BETWEEN 1 AND 3", "(orders.amount >= 1 AND orders.amount < 3)")}),
    ("and for or", "select id from orders where paid or amount > 1",
     {("orders.paid OR orders.amount > 1", "((orders.paid) AND (orders.amount > 1))")}),
    ("plus for minus", "select amount + 1 as n from orders",
     {("orders.amount + 1", "orders.amount - 1")}),
    ("case folding dropped", "select lower(trim(id)) as n from orders",
     {("lower(trim(orders.id))", "trim(orders.id)"), ("trim(orders.id)", "orders.id")}),
]  # fmt: skip


@pytest.mark.parametrize(("operator", "sql", "changes"), CASES)
def test_an_operator_makes_exactly_its_changes(catalog, operator, sql, changes):
    typed = catalog.bind(parse_query(sql))
    found = {(m.before, m.after) for m in mutants(typed) if m.operator == operator}
    assert found == changes


@pytest.mark.parametrize(("operator", "sql", "changes"), CASES)
def test_a_mutant_translates_to_other_sql_and_leaves_the_statement_as_it_was(
    catalog, operator, sql, changes
):
    typed = catalog.bind(parse_query(sql))
    original = to_duckdb(typed)
    for mutant in mutants(typed):
        with mutant.applied() as changed:
            assert to_duckdb(changed) != original, (mutant.before, mutant.after)
        assert to_duckdb(typed) == original


def test_every_operator_has_a_case():
    assert {operator for operator, _, _ in CASES} == set(OPERATORS)


@pytest.mark.parametrize("operator", OPERATORS)
def test_an_operator_leaves_alone_where_it_does_not_fit(catalog, operator):
    typed = catalog.bind(parse_query("select id from orders"))
    assert [m for m in mutants(typed) if m.operator == operator] == []


def test_columns_that_came_out_of_a_star_are_no_places(catalog):
    typed = catalog.bind(parse_query("with o as (select * from orders) select id from o"))
    assert list(mutants(typed)) == []


def test_a_type_is_no_place(catalog):
    typed = catalog.bind(parse_query("select cast(placed_at as timestamp(3)) as t from orders"))
    assert list(mutants(typed)) == []


def test_places_are_counted_per_operator(catalog):
    sql = "select element_at(tags, 'a') as a, element_at(tags, 'b') as b from orders"
    found = [m for m in mutants(catalog.bind(parse_query(sql))) if m.operator == "map key mistyped"]
    assert [m.place for m in found] == [0, 1]


def test_a_mutant_knows_its_line(catalog):
    sql = "select id\nfrom orders\nwhere amount < 3"
    (mutant,) = [
        m for m in mutants(catalog.bind(parse_query(sql))) if m.operator == "comparison boundary"
    ]
    assert mutant.line == 3
