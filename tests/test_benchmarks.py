"""The benchmarks: what a run writes, what its page says, and that both sides answer the same."""

from __future__ import annotations

import math
from dataclasses import replace
from pathlib import Path

import pytest

from tests.exhaustive import exhaustive

pytest.importorskip("benchmarks", reason="the benchmarks are in a checkout only")

from benchmarks.__main__ import main
from benchmarks.machine import machine
from benchmarks.measured import Figure, Measurement, Results, Side, growth
from benchmarks.page import render_page
from benchmarks.rows import BARE, COPY, FACTS, JSON, ONE_PASS, PARQUET, ROWS, SAMPLES, row
from benchmarks.table import growth_cells, missed
from benchmarks.turns import Rounds, in_turns
from benchmarks.work import result_hash

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


def test_a_hash_does_not_depend_on_the_order_of_rows_or_the_last_digits_of_sums():
    assert result_hash([(1, 0.1 + 0.2), (2, None)]) == result_hash([(2, None), (1, 0.3)])
    assert result_hash([(1, 0.3)]) != result_hash([(1, 0.31)])


def test_a_row_that_there_is_not_is_refused(capsys):
    with pytest.raises(SystemExit):
        main(["--only", "factz"])
    assert "there is no row factz" in capsys.readouterr().err


@pytest.fixture
def taken_up(tmp_path):
    """The page of a run that goes on after another one that left nothing to measure."""
    file, page = tmp_path / "earlier.json", tmp_path / "page.md"
    file.write_text(replace(RESULTS, steps=("help",)).to_json(), "utf-8")
    main(["--only", "help", "--continue", str(file), "--page", str(page), "--runs", "2"])
    return page.read_text("utf-8")


def test_a_run_that_was_ended_is_taken_up_where_it_was(taken_up, capsys):
    assert "dueng --help" not in capsys.readouterr().out  # it is not measured again
    assert "| timed runs of each side, at most | 2 |" in taken_up
    assert "| dueng --help, median | 90 ms |" in taken_up


def test_a_machine_on_which_nothing_was_measured_is_not_named(taken_up):
    assert machine(with_trino=False)["processor"] not in taken_up


def test_what_was_measured_on_several_machines_names_each():
    (figure,) = RESULTS.figures
    page = render_page(RESULTS.with_found([figure], {"cores": "16"}, "help"))
    assert "| cores | 2 | 16 |" in page
    assert "- 1,000,000 records, 3 runs, machine 1: " in page
    assert "| dueng --help, median, machine 2 | 90 ms |" in page


def test_a_machine_that_comes_back_keeps_its_number():
    (first,), (figure,) = RESULTS.machines, RESULTS.figures
    found = RESULTS.with_found([figure], {"cores": "16"}).with_found([figure], first)
    assert found.machines == (first, {"cores": "16"})
    assert [one.machine for one in found.figures] == [1, 2, 1]


@pytest.mark.parametrize(
    ("earlier", "now", "both"),
    [
        (("5,000,000", "e"), ("20,000,000, 1,000,000", "a, e"), "1,000,000, 5,000,000, 20,000,000"),
        (("1,000,000", ""), ("1,000,000", "e"), "1,000,000"),
        (("1,000,000", "e"), ("", ""), "1,000,000"),
    ],
)
def test_a_run_that_goes_on_asks_for_the_sizes_rows_and_seconds_of_both(earlier, now, both):
    def asked(sizes, only, row_s, runs="1"):
        of_all = {"trino_sizes": "", "json_sizes": sizes, "runs": runs}
        return {**of_all, "sizes": sizes, "only": only, "row_s": row_s}

    before = replace(RESULTS, parameters=asked(*earlier, "240", "5"))
    found = before.taken_up(asked(*now, "1,400")).parameters
    rows = "a, e" if earlier[1] and now[1] else ""
    assert found == asked(both, rows, "240, 1,400")


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
    (naive,) = (figure for figure in results.figures if "naive count" in figure.name)
    assert naive.held, naive
    assert len(results.figures) == 4
    assert (tmp_path / "page.md").read_text("utf-8") == render_page(results)
