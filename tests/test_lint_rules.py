"""Lint rules where the page on style does not show them: what they see through, and what not."""

from pathlib import Path

import pytest
from lint_examples import broken_rules, known, problems
from yaml_files import read_yaml_file

from dueng_analytics.dialect import parse_query
from dueng_analytics.dialect.scans import scans
from dueng_analytics.errors import DefinitionError, SqlError

HERE = Path(__file__).parent
CASES = [
    pytest.param(rule, sql, outcome == "breaks", id=f"{rule} {outcome} {number}")
    for rule, outcomes in read_yaml_file(HERE / "lint_cases.yaml").items()
    for outcome, texts in outcomes.items()
    for number, sql in enumerate(texts)
]
PRUNING = [
    pytest.param(sql, pruning, id=f"{pruning} {number}")
    for pruning, texts in read_yaml_file(HERE / "lint_pruning.yaml").items()
    for number, sql in enumerate(texts)
]
EVENTS = "with events as (\n    select * from all_events\n)\n\n"


@pytest.mark.parametrize(("rule", "sql", "breaks"), CASES)
def test_a_rule_is_broken_where_it_is_and_nowhere_else(tmp_path, rule, sql, breaks):
    assert (rule in broken_rules(tmp_path, sql)) is breaks


def test_a_finding_has_file_and_line_and_the_way_out(tmp_path):
    sql = EVENTS + "select\n    attributes['KeyOne'] as a\nfrom events"
    (problem,) = [item for item in problems(tmp_path, sql) if item.rule == "element-at"]
    assert problem.where.path.name == "view.sql"
    assert problem.where.line == 6
    assert problem.what.startswith("events.attributes['KeyOne'] fails the whole query")
    assert "element_at" in problem.hint


@pytest.mark.parametrize(
    "sql",
    [
        "select lower(event_type) as kind, kind || 'x' as other from all_events",
        "select lower(event_type) as kind, count(*) as n from all_events group by kind",
        "select lower(event_type) as kind from all_events where kind = 'a'",
        "select count(*) as n from all_events having n > 1",
    ],
)
def test_a_name_that_the_select_gives_itself_is_refused_when_names_are_bound(sql):
    with pytest.raises(SqlError, match="only ORDER BY sees the names"):
        known().bind(parse_query(sql), family="pinpoint")


@pytest.mark.parametrize(
    "sql",
    [
        "select lower(event_type) as kind from all_events order by kind",
        "select lower(event_type) as event_type from all_events where event_type = 'A'",
        "select event_type from all_events group by event_type having max(event_timestamp) > 1",
    ],
)
def test_names_that_athena_knows_are_bound(sql):
    assert known().bind(parse_query(sql), family="pinpoint").columns


def test_a_view_that_does_not_bind_is_one_problem_with_its_line(tmp_path):
    declared = {"columns": [], "pruning": "partition"}
    sql = EVENTS + "select absent from events"
    (problem,) = problems(tmp_path, sql, declared)
    assert (problem.rule, problem.where.line) == ("sql", 5)
    assert "absent" in problem.what


@pytest.mark.parametrize(("sql", "pruning"), PRUNING)
def test_a_view_may_only_declare_how_it_prunes(tmp_path, sql, pruning):
    for declared in ("partition", "expanded_only", "unpartitioned"):
        broken = broken_rules(tmp_path, sql, {"pruning": declared})
        assert ("pruning" in broken) is (declared != pruning)


def test_a_broken_promise_names_the_scan_that_no_filter_reaches(tmp_path):
    sql = EVENTS + "select event_type from events"
    found = problems(tmp_path, sql, {"pruning": "partition"})
    (problem,) = [item for item in found if item.rule == "pruning"]
    assert "does not reach the scan of all_events in line 2" in problem.what
    assert problem.where.path.name == "view.yaml"


def test_every_reference_is_a_scan_of_its_own():
    sql = "with e as (select * from all_events), f as (select * from e) select 1 as a from e, f"
    typed = known().bind(parse_query(sql), family="pinpoint")
    assert [scan.name for scan in scans(typed, "ingest_timestamp")] == ["all_events", "all_events"]


COLUMNS = [
    ([], "column 1, event_type varchar, is not declared"),
    (["event_type string", "more int"], "column 2 is declared as more integer, and missing"),
    (["kind string"], "column 1 is event_type varchar, and declared as kind varchar"),
    (["event_type int"], "column 1 is event_type varchar, and declared as event_type integer"),
]


@pytest.mark.parametrize(("declared", "what"), COLUMNS)
def test_columns_are_compared_by_place_name_and_type(tmp_path, declared, what):
    columns = [
        dict(zip(("name", "type"), text.split(), strict=True), description="What it shows here.")
        for text in declared
    ]
    found = problems(tmp_path, "select event_type from events", {"columns": columns})
    assert [item.what for item in found if item.rule == "columns"] == [what]


DESCRIBED = [
    ({"description": "Some rows."}, "the description says too little", "view.yaml"),
    ({"grain": "row"}, "the grain does not say what one row is", "view.yaml"),
]


@pytest.mark.parametrize(("declared", "what", "file"), DESCRIBED)
def test_a_view_and_its_grain_are_described(tmp_path, declared, what, file):
    found = problems(tmp_path, "select event_type from events", declared)
    (problem,) = [item for item in found if item.rule == "description"]
    assert problem.what == what
    assert problem.where.path.name == file
    assert problem.where.line > 0


SUBSCRIPT = "select attributes['a'] as a from events"


def excepted(tmp_path, rule, expires, reason="A reason.", sql=SUBSCRIPT):
    entry = {"rule": rule, "reason": reason, "expires": expires}
    return [
        (item.rule, item.what) for item in problems(tmp_path, sql, {"lint_exceptions": [entry]})
    ]


def test_an_exception_covers_its_rule_on_its_last_day(tmp_path):
    assert excepted(tmp_path, "element-at", "2026-11-01") == []


def test_an_expired_exception_covers_nothing_and_is_a_problem_itself(tmp_path):
    broken = excepted(tmp_path, "element-at", "2026-10-31")
    assert [rule for rule, _ in broken] == ["element-at", "exception"]
    assert broken[1][1] == "the exception from element-at expired on 2026-10-31"


@pytest.mark.parametrize(
    ("rule", "reason", "what"),
    [
        ("element-at", "A reason.", "the exception from element-at is not needed"),
        ("element_at", "A reason.", "there is no rule 'element_at'"),
        ("epoch", "", "the exception from epoch has no reason"),
    ],
)
def test_a_wrong_exception_is_a_problem(tmp_path, rule, reason, what):
    sql = "select event_type, ingest_timestamp from events"
    assert excepted(tmp_path, rule, "2027-01-01", reason, sql) == [("exception", what)]


def test_nothing_excepts_from_what_is_wrong_with_exceptions(tmp_path):
    sql = "select event_type, ingest_timestamp from events"
    assert excepted(tmp_path, "exception", "2027-01-01", "A reason.", sql) == [
        ("exception", "there is no rule 'exception'")
    ]


def test_a_day_that_is_none_is_refused_with_its_line(tmp_path):
    with pytest.raises(DefinitionError, match=r"view\.yaml:\d+.*not a date"):
        excepted(tmp_path, "element-at", "soon")
