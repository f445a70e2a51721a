"""Queries with the headings of their results, as Trino 476 gives them: for tests on two engines."""

HEADINGS = {
    "select 1 as FooBar": ("FooBar",),
    'select 1 as "Two Words"': ("Two Words",),
    "select DAY, t.day from (select 1 as Day) as t": ("DAY", "day"),
    "select * from (select 1 as Day) as t": ("Day",),
    "with a as (select 1 as Day, 2 as B) select day, a.*, DAY as C from a": (
        "day",
        "Day",
        "B",
        "C",
    ),
    "select 1 as A union all select 2 as b": ("A",),
    "select * from (select 1 as A union all select 2) as t": ("A",),
    "select max(A) as A, A as B from (values 1) as t(a) group by A order by B": ("A", "B"),
    "select t.R.ONE from (select cast(row(1) as row(one integer)) as r) as t": ("ONE",),
    "select count(*), 3, 'a', 1 as K, 1 + 1 from (values 1) as t(a)": (
        *("_col0", "_col1", "_col2"),
        *("K", "_col4"),
    ),
    "select * from (select 3, 2 as B) as t": ("_col0", "B"),
}
