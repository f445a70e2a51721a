"""What a reference means, what reads what, and what a view promises."""

import textwrap

import pytest

from dueng_analytics.catalog import Catalog, load_catalog
from dueng_analytics.dialect import Reference, parse_query, references
from dueng_analytics.errors import ContractError, DefinitionError, SqlError, UnknownRelation
from dueng_analytics.model.loader import load_definitions

SOURCE = """\
description: Orders as they are written down.
owner: tests
columns:
  - {name: id, type: string, description: Its number.}
  - {name: amount, type: bigint, description: In cents.}
"""
VIEW = """\
description: A view of a test. More words.
grain: one order
event_key: []
version: 1
owner: tests
pruning: unpartitioned
columns:
  - {name: id, type: string, description: Its number.}
"""


TESTS = """\
tests:
  - name: nothing gives nothing
    given: {}
    expect: []
"""


@pytest.fixture
def project(tmp_path):
    """Writes sources and views by qualified name; a view's text is its SELECT."""

    def write(sources=("shop.orders",), views=None, columns=VIEW, root="sql"):
        for name in sources:
            family, _, relation = name.partition(".")
            folder = tmp_path / root / family / "sources"
            folder.mkdir(parents=True, exist_ok=True)
            (folder / f"{relation}.yaml").write_text(SOURCE, "utf-8")
        for name, sql in (views or {}).items():
            folder = tmp_path / root / name.replace(".", "/")
            folder.mkdir(parents=True)
            (folder / "view.sql").write_text(textwrap.dedent(sql), "utf-8")
            (folder / "view.yaml").write_text(columns, "utf-8")
            (folder / "tests.yaml").write_text(TESTS, "utf-8")
        return tmp_path / root

    return write


def catalog(root, **settings):
    return Catalog(load_definitions([root]), **settings)


def names(relations):
    return [relation.qualified_name for relation in relations]


# Dependencies --------------------------------------------------------------------------------


def test_a_cte_may_have_the_name_of_the_relation_that_it_reads(project):
    found = catalog(
        project(views={"shop.big": "with orders as (select * from orders) select id from orders"})
    )
    assert names(found.upstream(found.find("big"))) == ["shop.orders"]


def test_the_name_of_a_cte_is_no_relation(project):
    sql = "with a as (select id from orders), b as (select id from a) select id from b"
    found = catalog(project(views={"shop.big": sql}))
    assert names(found.upstream(found.find("big"))) == ["shop.orders"]


def test_a_cte_of_one_scope_does_not_hide_a_relation_of_another(project):
    sql = """\
        select id from (with big as (select id from orders) select id from big) as inner_rows
        union all
        select id from big
        """
    found = catalog(project(views={"shop.big": "select id from orders", "shop.both": sql}))
    assert names(found.upstream(found.find("both"))) == ["shop.orders", "shop.big"]


def test_relations_in_subqueries_joins_and_unions_are_dependencies(project):
    sql = """\
        select a.id from a
        left join b on a.id = b.id
        where a.id in (select id from c) and exists (select 1 from d where d.id = a.id)
        union all select (select max(id) from e) as id
        """
    root = project(sources=[f"shop.{letter}" for letter in "abcde"], views={"shop.all_of_it": sql})
    found = catalog(root)
    assert sorted(names(found.upstream(found.find("all_of_it")))) == [f"shop.{x}" for x in "abcde"]


def test_an_unnested_column_is_no_relation(project):
    sql = "select id from orders cross join unnest(array[1, 2]) as t(n)"
    found = catalog(project(views={"shop.big": sql}))
    assert names(found.upstream(found.find("big"))) == ["shop.orders"]


def test_relations_come_after_what_they_read(project):
    views = {
        "shop.a_last": "select id from m_middle",
        "shop.m_middle": "select id from z_first",
        "shop.z_first": "select id from orders",
    }
    found = catalog(project(views=views))
    assert names(found.in_order([found.find("a_last")])) == [
        "shop.orders", "shop.z_first", "shop.m_middle", "shop.a_last",
    ]  # fmt: skip
    assert names(found.downstream(found.find("z_first"))) == ["shop.m_middle"]


def test_views_that_read_each_other_are_an_error_with_file_and_line(project):
    views = {
        "shop.left_one": "select id\nfrom right_one",
        "shop.right_one": "select id\n\nfrom left_one",
    }
    root = project(views=views)
    with pytest.raises(DefinitionError, match="read each other in a circle") as error:
        catalog(root).in_order()
    assert "shop.left_one → shop.right_one" in str(error.value)
    places = {f"{root}/shop/left_one/view.sql:2", f"{root}/shop/right_one/view.sql:3"}
    assert str(error.value).split(": ")[0] in places


def test_a_view_that_reads_itself_is_an_error_with_file_and_line(project):
    root = project(views={"shop.own": "select id\nfrom own"})
    with pytest.raises(DefinitionError, match=r"own/view.sql:2: views read each other in a circle"):
        catalog(root).in_order()


def test_an_unknown_relation_is_an_error_with_file_line_and_near_names(project):
    root = project(views={"shop.big": "select id\nfrom ordres"})
    found = catalog(root)
    with pytest.raises(UnknownRelation) as error:
        found.typed(found.find("big"))
    assert str(error.value).startswith(f"{root}/shop/big/view.sql:2: there is no relation")
    assert "orders" in str(error.value)


def test_one_name_in_two_families_is_an_error_with_file_and_line(project):
    root = project(sources=["shop.orders", "store.orders"])
    with pytest.raises(DefinitionError, match="the relation name 'orders' is taken") as error:
        load_definitions([root])
    assert str(error.value).startswith(f"{root}/store/sources/orders.yaml:1: ")
    assert f"{root}/shop/sources/orders.yaml" in str(error.value)


def test_a_view_with_the_name_of_a_source_is_an_error_with_file_and_line(project):
    root = project(views={"store.orders": "select id from shop.orders"})
    with pytest.raises(DefinitionError, match=r"store/orders/view.sql:1: .* is taken"):
        load_definitions([root])


# References ----------------------------------------------------------------------------------


@pytest.fixture
def shops(project):
    root = project(
        sources=["shop.orders", "stock.items", "shop.odd-name"],
        views={"shop.big": "select id from orders"},
    )
    return catalog(root, databases={"shop": "prod-shop"}, aliases={"Old_Shop": "shop"})


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("orders", "shop.orders"),
        ("items", "stock.items"),
        ("ORDERS", "shop.orders"),
        ('"orders"', "shop.orders"),
        ('"odd-name"', "shop.odd-name"),
        ("shop.orders", "shop.orders"),
        ('"shop"."odd-name"', "shop.odd-name"),
        ('"prod-shop".orders', "shop.orders"),
        ('"PROD-SHOP"."orders"', "shop.orders"),
        ("old_shop.orders", "shop.orders"),
        ("awsdatacatalog.shop.orders", "shop.orders"),
        ('"awsdatacatalog"."prod-shop"."orders"', "shop.orders"),
        ("stock.items", "stock.items"),
    ],
)
def test_a_query_finds_a_relation_by_its_names(shops, written, meant):
    statement = parse_query(f"select id from {written}")
    assert names(shops.reads(statement)) == [meant]
    assert shops.notices(statement) == ()
    assert shops.bind(statement).tree.selects


def test_an_unknown_database_with_a_known_relation_is_read_with_a_notice(shops):
    statement = parse_query("select id from someone_elses.orders")
    assert names(shops.reads(statement)) == ["shop.orders"]
    assert shops.notices(statement) == (
        "someone_elses.orders was read as shop.orders: no family or database 'someone_elses' is"
        " configured",
    )


def test_a_family_comes_before_a_database_and_a_database_before_an_alias(project):
    root = project(sources=["shop.orders", "stock.items", "depot.boxes"])
    found = catalog(root, databases={"stock": "shop"}, aliases={"shop": "depot"})
    read = parse_query("select 1 as n from shop.orders, shop.items, shop.boxes")
    assert names(found.reads(read)) == ["shop.orders", "stock.items", "depot.boxes"]
    assert found.notices(read) == ()


def test_inside_a_family_a_bare_name_of_another_family_is_unknown(shops):
    statement = parse_query("select id from items")
    with pytest.raises(UnknownRelation, match="items") as error:
        shops.reads(statement, family="shop")
    assert "stock.items" in str(error.value), "the name that would be right is offered"


def test_inside_a_family_another_family_is_named(shops):
    statement = parse_query("select id from stock.items")
    assert names(shops.reads(statement, family="shop")) == ["stock.items"]


def test_a_physical_database_is_the_familys_own_name_unless_told(shops):
    assert shops.database("shop") == "prod-shop"
    assert shops.database("stock") == "stock"


def test_an_unknown_column_is_an_error_with_its_line(shops):
    with pytest.raises(SqlError, match=r"query, line 2.*colour"):
        shops.bind(parse_query("select\n    colour\nfrom orders"))


def test_references_are_told_once_with_their_first_line():
    statement = parse_query("select 1 as n\nfrom shop.a\ncross join b\ncross join shop.a as again")
    assert references(statement) == (Reference(("shop", "a"), 2), Reference(("b",), 3))


# Contracts -----------------------------------------------------------------------------------


def test_a_view_whose_columns_are_the_declared_ones_keeps_its_contract(project):
    found = catalog(project(views={"shop.big": "select id from orders"}))
    view = found.find("big")
    assert found.contracted(view).columns == tuple((c.name, c.type) for c in view.columns)


@pytest.mark.parametrize(
    ("sql", "words"),
    [
        ("select\n    amount as id\nfrom orders", ":2: shop.big: column 1 is id bigint, and"),
        ("select\n    id as key\nfrom orders", ":2: shop.big: column 1 is key varchar, and"),
        (
            "select\n    id,\n    amount\nfrom orders",
            ":3: shop.big: column 2, amount bigint, is not",
        ),
    ],
)
def test_a_view_that_gives_other_columns_is_an_error_with_file_and_line(project, sql, words):
    found = catalog(project(views={"shop.big": sql}))
    with pytest.raises(ContractError) as error:
        found.contracted(found.find("big"))
    assert f"view.sql{words}" in str(error.value)


def test_a_declared_column_that_is_missing_is_an_error(project):
    declared = VIEW + "  - {name: amount, type: bigint, description: In cents.}\n"
    found = catalog(project(views={"shop.big": "select id from orders"}, columns=declared))
    with pytest.raises(ContractError, match="column 2 is declared as amount bigint, and missing"):
        found.contracted(found.find("big"))


# The packaged definitions and a project's ------------------------------------------------------


def test_a_project_is_merged_with_the_packaged_definitions(project):
    root = project(
        sources=(), views={"pinpoint.big_sends": "select message_id as id from email_send"}
    )
    found = load_catalog(root)
    assert "pinpoint.email_send" in found.relations
    assert names(found.upstream(found.find("big_sends"))) == ["pinpoint.email_send"]
    assert found.contracted(found.find("big_sends")).columns[0][0] == "id"


def test_a_projects_own_family_reads_a_packaged_one(project):
    sql = "select message_id as id from pinpoint.email_send"
    found = load_catalog(project(sources=(), views={"ours.sends": sql}))
    assert "ours" in found.definitions.families
    assert names(found.upstream(found.find("sends"))) == ["pinpoint.email_send"]


def test_a_project_cannot_take_a_packaged_name(project):
    root = project(sources=(), views={"ours.email_send": "select id from all_events"})
    with pytest.raises(
        DefinitionError, match=r"ours/email_send/view.sql:1: .*'email_send' is taken"
    ):
        load_catalog(root)


def test_a_changed_file_is_read_again(project):
    root = project(views={"shop.big": "select id from orders"})
    before = load_catalog(root)
    (root / "shop" / "big" / "view.sql").write_text("select id from orders where amount > 100")
    assert "100" in load_catalog(root).find("big").sql
    assert "100" not in before.find("big").sql
