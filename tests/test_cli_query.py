"""``dueng query`` and ``dueng quarantine``: rows, in every format, and what is said beside them."""

from __future__ import annotations

import csv
import io
import json
import sys
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from documents import run

from dueng_analytics.cli.results import write_rows

SAMPLES = Path(__file__).parent / "samples" / "pinpoint.ndjson"
EVENTS = ["--events", str(SAMPLES)]
COUNT = "select event_type, count(*) as n from all_events group by event_type order by event_type"


def query(sql: str, *arguments: str) -> tuple[str, str]:
    code, out, err = run(["query", sql, *EVENTS, *arguments])
    assert code == 0, err
    return out, err


@pytest.fixture(scope="module")
def counts() -> list[tuple[str, int]]:
    kinds = [json.loads(line)["event_type"] for line in SAMPLES.read_text("utf-8").splitlines()]
    return sorted((kind, kinds.count(kind)) for kind in set(kinds))


def test_a_table_is_for_a_person_and_its_number_of_rows_stands_beside_it(counts):
    out, err = query(COUNT)
    assert [tuple(line.split()) for line in out.splitlines() if line.strip().startswith("_")] == [
        (kind, str(count)) for kind, count in counts if kind.startswith("_")
    ]
    assert f"{len(counts)} rows" in err


def test_csv_and_json_hold_the_same_rows(counts):
    rows = list(csv.reader(io.StringIO(query(COUNT, "--format", "csv")[0])))
    assert rows == [["event_type", "n"], *([kind, str(count)] for kind, count in counts)]
    assert json.loads(query(COUNT, "--json")[0]) == [
        {"event_type": kind, "n": count} for kind, count in counts
    ]
    assert query(COUNT, "--json") == query(COUNT, "--format", "json")


@pytest.mark.parametrize("suffix", ["csv", "json", "parquet"])
def test_the_name_of_a_file_chooses_its_format(suffix: str, counts, tmp_path: Path):
    path = tmp_path / f"rows.{suffix}"
    out, err = query(COUNT, "--out", str(path))
    assert out == ""
    assert f"written to {path}" in err
    if suffix == "parquet":
        assert pq.read_table(path).to_pylist() == [
            {"event_type": kind, "n": count} for kind, count in counts
        ]
    else:
        given = ["--format", suffix]
        assert path.read_text("utf-8") == query(COUNT, *given)[0]
    assert [entry.name for entry in tmp_path.iterdir()] == [path.name]


def test_arrays_maps_and_structs_are_json_in_text_and_themselves_in_parquet(tmp_path: Path):
    sql = "select destination, client_context_custom, application_id from email_send"
    (row,) = json.loads(query(sql, "--json")[0])
    assert isinstance(row["destination"], list)
    assert isinstance(row["client_context_custom"], dict)
    (cells,) = list(csv.DictReader(io.StringIO(query(sql, "--format", "csv")[0])))
    assert json.loads(cells["destination"]) == row["destination"]
    query(sql, "--out", str(tmp_path / "rows.parquet"))
    schema = pq.read_schema(tmp_path / "rows.parquet")
    assert pa.types.is_list(schema.field("destination").type)
    assert pa.types.is_map(schema.field("client_context_custom").type)


def test_a_select_can_come_from_standard_input(monkeypatch, counts):
    monkeypatch.setattr(sys, "stdin", io.StringIO(COUNT + ";\n"))
    assert len(json.loads(query("-", "--json")[0])) == len(counts)


def test_what_is_read_and_what_was_odd_is_said_beside_the_rows():
    out, err = query("select count(*) as n from elsewhere.email_send", "--json")
    assert json.loads(out) == [{"n": 1}]
    assert "reading 1 file, " in err
    assert "elsewhere.email_send was read as pinpoint.email_send" in err
    assert "33 records lay under no hour" in err


def test_a_query_that_needs_no_events_reads_none():
    code, out, err = run(["query", "select 1 as one", "--json"])
    assert (code, json.loads(out)) == (0, [{"one": 1}])
    assert "reading" not in err


def test_two_columns_of_one_name_stay_two_in_csv():
    out, _ = query("select 1 as a, 2 as a", "--format", "csv")
    assert out == "a,a\n1,2\n"


def test_numbers_that_are_none_are_no_broken_json():
    out, _ = query("select 0e0 / 0e0 as a, 1e0 / 0e0 as b", "--json")
    assert json.loads(out) == [{"a": "nan", "b": "inf"}]


@pytest.mark.parametrize("file_format", ["table", "csv", "json"])
def test_a_time_that_python_cannot_hold_is_an_error_with_ways_out(file_format: str, tmp_path):
    far = "cast(from_unixtime(5e11) at time zone 'UTC' as timestamp(3))"
    code, out, err = run(["query", f"select {far} as at", "--format", file_format])
    assert (code, out) == (1, "")
    assert "outside the years 1 to 9999" in err
    assert "Traceback" not in err
    assert "17814" in query(f"select cast({far} as varchar) as at", "--format", file_format)[0]
    query(f"select {far} as at", "--out", str(tmp_path / "far.parquet"))


def test_what_stands_in_an_event_does_not_drive_the_terminal(capsys):
    write_rows(pa.table({"text": ["\x1b[31mred\x07", "[bold]plain[/bold]"]}), "table", None)
    out = capsys.readouterr().out
    assert "\x1b" not in out
    assert "\x07" not in out
    assert "␛[31mred␇" in out
    assert "[bold]plain[/bold]" in out


def test_a_long_table_shows_its_beginning_and_says_so(capsys):
    write_rows(pa.table({"n": list(range(2_500))}), "table", None)
    shown = capsys.readouterr()
    assert " 999 " in shown.out
    assert " 1000 " not in shown.out
    assert "2,500 rows" in shown.err
    assert "--format csv prints all" in shown.err


def test_quarantine_shows_the_beginning_of_a_record_to_a_person_and_all_of_it_to_a_script(tmp_path):
    (tmp_path / "events").write_text(SAMPLES.read_text("utf-8") + '{"odd": "' + "x" * 500 + '"}\n')
    events = ["--events", str(tmp_path / "events")]
    code, out, _ = run(["quarantine", *events])
    assert code == 0
    assert "unknown shape" in " ".join(out.split())
    assert "…" in out
    (row,) = json.loads(run(["quarantine", "--json", *events])[1])
    assert row["raw"] == '{"odd": "' + "x" * 500 + '"}'
    assert row["position"] == SAMPLES.stat().st_size
