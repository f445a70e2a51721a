"""The benchmarks: what a run writes, what its page says, and that both sides answer the same."""

from __future__ import annotations

import argparse
import math
from dataclasses import replace
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from dueng_analytics.engines.duckdb import DuckDBEngine
from tests.exhaustive import exhaustive

pytest.importorskip("benchmarks", reason="the benchmarks are in a checkout only")

from benchmarks import __main__ as command
from benchmarks.__main__ import main
from benchmarks.machine import machine
from benchmarks.measured import Figure, Measurement, Results, Side, growth
from benchmarks.options import add_options, chosen
from benchmarks.page import render_page
from benchmarks.rows import (
    BARE,
    COPY,
    FACTS,
    JSON,
    ONE_PASS,
    PARQUET,
    RECORDS,
    ROWS,
    SAMPLES,
    SUMMARY,
    row,
)
from benchmarks.sample_views import view_sql
from benchmarks.table import growth_cells, missed
from benchmarks.turns import MeasuringFailed, Rounds, in_turns
from benchmarks.work import QueryWork, result_hash

DOCS = Path(__file__).resolve().parent.parent / "docs"


def a_side(name, seconds, hash="abc"):
    return Side(name, (seconds, seconds, 9 * seconds), (1.0, 1.0, 1.0), 10**8, 10**6, 3, 2, hash)


def facts_at(events, bare_s, facts_s):
    return Measurement(
        "facts", "DuckDB", events, (a_side(BARE, bare_s, "one"), a_side(FACTS, facts_s, "other"))
    )


RESULTS = Results(
    ({"cores": "2", "DuckDB": "2.0"},),
    {"runs": "3", "memory_limit": ""},
    (
        Measurement("campaigns", "DuckDB", 10**6, (a_side(SAMPLES, 8.0), a_side(ONE_PASS, 2.0))),
        facts_at(10**6, 1.5, 4.0),
        facts_at(20 * 10**6, 20.5, 80.0),
    ),
    (Figure("dueng --help, median", "90 ms", "at most 100 ms", True),),
)


def test_results_are_read_back_as_they_were_written():
    assert Results.from_json(RESULTS.to_json()) == RESULTS


def test_the_page_is_the_same_when_it_is_rendered_again_from_the_json(tmp_path):
    (tmp_path / "found.json").write_text(RESULTS.to_json(), "utf-8")
    pages = [tmp_path / "one.md", tmp_path / "two.md"]
    for page in pages:
        main(["--from-json", str(tmp_path / "found.json"), "--page", str(page)])
    assert pages[0].read_bytes() == pages[1].read_bytes() == render_page(RESULTS).encode("utf-8")


def test_the_page_in_the_documents_is_that_of_the_results_beside_it():
    results = Results.from_json((DOCS / "performance.json").read_text("utf-8"))
    assert (DOCS / "performance.md").read_text("utf-8") == render_page(results)


def test_a_page_tells_the_machine_every_side_and_every_ratio():
    page = render_page(RESULTS)
    assert "| DuckDB | 2.0 |" in page
    assert "memory limit" not in page  # none was set
    assert f"| 1,000,000 | {SAMPLES} | 8.000 s | 1.000 s | 100 MB | 1.0 MB | 3 | 2 | abc |" in page
    assert f"{SAMPLES} ÷ {ONE_PASS}, time: 4.00; " in page
    assert "| dueng --help, median | 90 ms | at most 100 ms | held |" in page


def test_the_growth_of_a_side_is_a_line_through_its_medians():
    line = growth(RESULTS.of("facts", "DuckDB"), BARE)
    assert line is not None
    assert line.seconds_per_million == pytest.approx(1.0)
    assert line.intercept_s == pytest.approx(0.5)
    assert line.r_squared == pytest.approx(1.0)


def test_how_well_two_sizes_lie_on_a_line_is_not_told():
    two = RESULTS.of("facts", "DuckDB")
    cells = list(growth_cells(row("facts"), two))
    assert [(line[-2], line[-1]) for line in cells] == [("–", "2"), ("–", "2")]
    three = (*two, facts_at(5 * 10**6, 6.0, 20.0))
    cells = list(growth_cells(row("facts"), three))
    assert [line[-1] for line in cells] == ["3", "3"]
    assert all(0.9 < float(line[-2]) <= 1 for line in cells)


def test_one_size_has_no_growth():
    assert growth(RESULTS.of("campaigns", "DuckDB"), SAMPLES) is None


def test_a_limit_counts_from_the_size_on_that_it_was_given_for():
    (small, large) = RESULTS.of("facts", "DuckDB")
    ratio, of_processor_time = row("facts").ratios
    assert of_processor_time.held(large) is None
    assert ratio.value(small) == pytest.approx(4 / 1.5)
    assert ratio.held(small) is None
    assert ratio.held(replace(large, sides=(a_side(BARE, 1.0), a_side(FACTS, 3.0)))) is True
    assert ratio.held(large) is False


def test_what_was_missed_is_named_with_its_row_and_size():
    (line,) = missed(RESULTS)
    assert line.startswith("(b) DuckDB, 20,000,000 records")
    assert "3.90, at most 3: NOT HELD" in line


def test_sides_that_have_to_agree_and_do_not_are_missed():
    sides = (a_side(JSON, 9.0), a_side(PARQUET, 2.0), a_side(COPY, 1.0, "another"))
    found = replace(RESULTS, measurements=(Measurement("forms", "DuckDB", 5, sides),))
    assert "RESULTS DIFFER" in missed(found)[0]


def test_engines_that_answer_one_side_differently_are_missed():
    on_trino = replace(RESULTS.measurements[0], engine="Trino")
    found = replace(RESULTS, measurements=(RESULTS.measurements[0], on_trino))
    assert missed(found) == []
    other = replace(on_trino, sides=(a_side(SAMPLES, 1.0, "x"), a_side(ONE_PASS, 1.0, "x")))
    found = replace(RESULTS, measurements=(RESULTS.measurements[0], other))
    assert [line.partition(": ")[2] for line in missed(found)] == [
        "results of Trino and DuckDB NOT EQUAL"
    ] * 2


def test_the_samples_unnest_before_they_filter_on_both_engines():
    for engine in ("DuckDB", "Trino"):
        sql = view_sql("email_hardbounce", engine, "events")
        assert 0 < sql.index("unnest(") < sql.index(" where ")


def test_the_samples_have_no_join_of_an_array_on_duckdb_where_it_is_slow():
    assert "cross join" in view_sql("email_hardbounce", "Trino", "events")
    assert "join" not in view_sql("email_hardbounce", "DuckDB", "events")


def test_a_hash_does_not_depend_on_the_order_of_rows_or_the_last_digits_of_sums():
    assert result_hash([(1, 0.1 + 0.2), (2, None)]) == result_hash([(2, None), (1, 0.3)])
    assert result_hash([(1, 0.3)]) != result_hash([(1, 0.31)])


def test_a_row_that_there_is_not_is_refused(capsys):
    with pytest.raises(SystemExit):
        main(["--only", "factz"])
    assert "there is no row factz" in capsys.readouterr().err


def parameters(*arguments):
    """What a run with these options is asked to measure, as its results tell it."""
    parser = argparse.ArgumentParser()
    add_options(parser)
    return chosen(parser.parse_args(arguments)).parameters()


@pytest.fixture
def earlier(tmp_path):
    """The file of a run of three timed runs that was ended after its first step."""
    file = tmp_path / "earlier.json"
    asked = parameters("--only", "help", "--runs", "3", "--memory-limit", "3GB")
    file.write_text(replace(RESULTS, parameters=asked, steps=("help",)).to_json(), "utf-8")
    return file


@pytest.fixture
def taken_up(earlier):
    """The page of a run of fewer runs that goes on after it, and that had nothing to measure."""
    page = earlier.with_suffix(".md")
    now = ["--only", "help", "--runs", "2", "--memory-limit", "3GB"]
    main([*now, "--continue", str(earlier), "--page", str(page)])
    return page.read_text("utf-8")


def test_a_run_that_was_ended_is_taken_up_where_it_was(taken_up, capsys):
    assert "dueng --help" not in capsys.readouterr().out  # it is not measured again
    assert "| dueng --help, median | 90 ms |" in taken_up


def test_a_page_of_two_runs_tells_the_most_runs_of_either(taken_up):
    assert "| timed runs of each side, at most | 3 |" in taken_up
    assert "- 1,000,000 records, 3 runs: " in taken_up


def test_a_machine_on_which_nothing_was_measured_is_not_named(taken_up):
    assert machine(with_trino=False)["processor"] not in taken_up


@pytest.mark.parametrize(
    ("other", "told"),
    [
        (("--memory-limit", "4GB"), "memory_limit (3GB there, 4GB now)"),
        ((), "memory_limit (3GB there, none now)"),
        (("--memory-limit", "3GB", "--days", "31"), "days (30 there, 31 now)"),
        (("--memory-limit", "3GB", "--threads", "1"), "threads (2 there, 1 now)"),
    ],
)
def test_a_run_that_measures_something_else_does_not_go_on(other, told, earlier, capsys):
    with pytest.raises(SystemExit):
        main(["--only", "help", "--continue", str(earlier), *other])
    said = " ".join(capsys.readouterr().err.split())
    assert f"measured with other parameters: {told}. Give those that it has" in said


def test_a_run_that_measures_more_of_the_same_goes_on():
    before = replace(RESULTS, parameters=parameters("--sizes", "1", "--only", "a"))
    now = parameters("--sizes", "5", "--trino-sizes", "1", "--only", "b", "--runs", "1")
    assert before.otherwise(now) == []


def test_what_was_measured_on_several_machines_names_each():
    (figure,) = RESULTS.figures
    page = render_page(RESULTS.with_found(figure, {"cores": "16"}, "help"))
    assert "| cores | 2 | 16 |" in page
    assert "- 1,000,000 records, 3 runs, machine 1: " in page
    assert "| dueng --help, median, machine 2 | 90 ms |" in page


def test_a_machine_that_comes_back_keeps_its_number():
    (first,), (figure,) = RESULTS.machines, RESULTS.figures
    found = RESULTS.with_found(figure, {"cores": "16"}, "x").with_found(figure, first, "x")
    assert found.machines == (first, {"cores": "16"})
    assert [one.machine for one in found.figures] == [1, 2, 1]


def test_a_machine_is_the_same_on_another_day_and_with_trino():
    found = Results((), {})
    days = ({"date": "2026-11-27", "Trino": "476"}, {"date": "2026-11-26"}, {"date": "2026-11-27"})
    for day in days:
        found = found.with_found(RESULTS.figures[0], {"cores": "2", **day}, "help")
    assert found.machines == ({"cores": "2", "date": "2026-11-26, 2026-11-27", "Trino": "476"},)
    assert {one.machine for one in found.figures} == {1}


@pytest.mark.parametrize(
    ("before", "now", "both"),
    [
        (("5,000,000", "e"), ("20,000,000, 1,000,000", "a, e"), "1,000,000, 5,000,000, 20,000,000"),
        (("1,000,000", ""), ("1,000,000", "e"), "1,000,000"),
        (("1,000,000", "e"), ("", ""), "1,000,000"),
    ],
)
def test_a_run_that_goes_on_asks_for_the_sizes_rows_and_seconds_of_both(before, now, both):
    def asked(sizes, only, row_s, runs):
        of_all = {"trino_sizes": "", "json_sizes": sizes, "runs": runs}
        return {**of_all, "sizes": sizes, "only": only, "row_s": row_s}

    ended = replace(RESULTS, parameters=asked(*before, "240", "5"))
    found = ended.taken_up(asked(*now, "1,400", "10")).parameters
    rows = "a, e" if before[1] and now[1] else ""
    assert found == asked(both, rows, "240, 1,400", "10")


SMALL = RESULTS.measurements[0]
LATE = facts_at(5, 1.0, 2.0)


@pytest.fixture
def steps(monkeypatch):
    """The steps of a run, by name: what they find, or how they fail."""
    found = {}

    def step(name):
        for one in found[name]:
            if isinstance(one, Exception):
                raise one
            yield one

    def named(options):
        return [(name, lambda name=name: step(name)) for name in found]

    monkeypatch.setattr(command, "_steps", named)
    return found


def results_of(folder, *arguments):
    """What a run wrote that measured only a little."""
    file = folder / "found.json"
    main([*arguments, "--json", str(file)])
    return Results.from_json(file.read_text("utf-8"))


@pytest.mark.parametrize(
    "failure",
    [MeasuringFailed("no room"), OSError("no room"), ImportError("no room")],
    ids=lambda failure: type(failure).__name__,
)
def test_a_step_that_fails_late_keeps_what_it_found_and_stops_no_other(steps, failure, tmp_path):
    steps.update({"first": [SMALL, failure], "second": [LATE]})
    found = results_of(tmp_path)
    assert [one.events for one in found.measurements] == [SMALL.events, LATE.events]
    assert [(one.name, one.measured) for one in found.figures] == [("first", "failed: no room")]
    assert found.steps == ("second",)


def test_a_step_that_failed_is_tried_again_and_its_earlier_rows_are_replaced(steps, tmp_path):
    steps.update({"first": [SMALL, MeasuringFailed("no room")], "second": [LATE]})
    before = results_of(tmp_path)
    again = replace(SMALL, events=7)
    steps.update({"first": [again, RESULTS.figures[0]], "second": [AssertionError("again")]})
    found = results_of(tmp_path, "--continue", str(tmp_path / "found.json"))
    assert [one.events for one in found.measurements] == [LATE.events, 7]
    assert [one.name for one in found.figures] == ["dueng --help, median"]
    assert [*before.steps, "first"] == list(found.steps)


def test_what_a_step_found_is_written_before_the_step_ends(steps, tmp_path):
    steps["first"] = [SMALL, RuntimeError("ended from outside")]
    with pytest.raises(RuntimeError):
        results_of(tmp_path)
    written = Results.from_json((tmp_path / "found.json").read_text("utf-8"))
    assert [one.events for one in written.measurements] == [SMALL.events]
    assert written.steps == ()


@pytest.mark.parametrize("option", ["--json", "--page"])
def test_a_file_that_cannot_be_written_is_refused_before_anything_is_measured(
    option, steps, tmp_path, capsys
):
    steps["first"] = [AssertionError("measured")]
    for file in (tmp_path / "none" / "found", tmp_path):
        with pytest.raises(SystemExit):
            main([option, str(file)])
        assert f"{option}: " in capsys.readouterr().err


@pytest.mark.parametrize(
    "given",
    [
        *(("--sizes", text) for text in ("inf", "nan", "-1", "0", "1e-9", "1;5")),
        *(("--year-events", text) for text in ("", "inf", "1,5")),
        ("--days", "0"),
        ("--threads", "-1"),
        ("--memory-limit", "much"),
    ],
    ids=" ".join,
)
def test_a_number_that_means_nothing_is_refused(given, capsys):
    with pytest.raises(SystemExit):
        main(["--only", "help", *given])
    assert f"argument {given[0]}: " in capsys.readouterr().err


@pytest.mark.parametrize("text", ["", "[]", '{"machine": {}}'])
@pytest.mark.parametrize("option", ["--continue", "--from-json"])
def test_a_file_that_is_no_results_is_refused(option, text, tmp_path, capsys):
    file = tmp_path / "other.json"
    file.write_text(text, "utf-8")
    with pytest.raises(SystemExit):
        main(["--only", "help", option, str(file)])
    assert f"{file} holds no results" in capsys.readouterr().err


def test_lines_of_growth_do_not_cross_machines():
    elsewhere = replace(facts_at(5 * 10**6, 50.0, 90.0), machine=2)
    measured = (*RESULTS.of("facts", "DuckDB"), elsewhere)
    assert list(growth_cells(row("facts"), measured)) == list(
        growth_cells(row("facts"), RESULTS.of("facts", "DuckDB"))
    )


def test_a_file_counts_once_though_two_scans_read_it(tmp_path):
    with DuckDBEngine(threads=1) as engine:
        for name in ("a", "b"):
            pq.write_table(pa.table({"event": [name]}), tmp_path / f"{name}.parquet")
        engine.execute(f"create view events as from read_parquet('{tmp_path}/*.parquet')")
        twice = "select event from events union all select upper(event) from events"
        outcome = QueryWork(engine, twice, str(tmp_path)).run()
    assert (outcome.files_read, outcome.rows) == (2, 4)


class _Runner:
    """A side whose runs take no time, and that counts them."""

    name = "a side"

    def __init__(self) -> None:
        self.runs = 0

    def run(self):
        self.runs += 1
        found = {"seconds": 1.0, "cpu_s": 1.0, "bytes_read": 1, "files_read": 1}
        return {**found, "rows": 1, "hash": "h"}

    def end(self):
        return {"peak_bytes": 1}


@pytest.mark.parametrize(("enough_s", "timed"), [(math.inf, 3), (0.0, 1)])
def test_a_row_that_took_enough_time_begins_no_further_round_but_has_one(enough_s, timed):
    runner = _Runner()
    (taken,) = in_turns([runner], Rounds(3, enough_s))
    assert (runner.runs, len(taken.side.seconds)) == (1 + timed, timed)


@exhaustive("test_benchmarks.py")
def test_a_small_run_measures_every_row_and_both_sides_agree(tmp_path):
    files = ["--json", str(tmp_path / "found.json"), "--page", str(tmp_path / "page.md")]
    sizes = ["--sizes", "0.01", "--year-events", "0.004", "--runs", "1"]
    days = ["--days", "1", "--year-days", "3", "--bucket-days", "3"]
    rows = ["--only", "a,b,c,d,e,help"]
    main(["--folder", str(tmp_path / "lakes"), *sizes, *days, *rows, *files])
    results = Results.from_json((tmp_path / "found.json").read_text("utf-8"))
    assert [len(results.of(about.name, "DuckDB")) for about in ROWS] == [1, 1, 1, 1, 1]
    for measured in results.measurements:
        about = row(measured.row)
        assert [side.name for side in measured.sides] == list(about.sides)
        assert about.equal(measured) is not False, measured
        assert all(side.rows and side.files_read for side in measured.sides), measured
    (campaigns,), (window,) = (results.of(name, "DuckDB") for name in ("campaigns", "window"))
    assert len({side.files_read for side in campaigns.sides}) == 1  # seven scans and one
    assert campaigns.events < results.of("facts", "DuckDB")[0].events  # Pinpoint's alone
    assert window.side(SUMMARY).files_read > window.side(RECORDS).files_read
    (naive,) = (figure for figure in results.figures if "naive count" in figure.name)
    assert naive.held, naive
    assert len(results.figures) == 4
    assert (tmp_path / "page.md").read_text("utf-8") == render_page(results)
