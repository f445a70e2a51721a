"""Files read by the engine's typed reader and record by record, and the rows of both."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from dueng_analytics.engines.duckdb import DuckDBEngine
from dueng_analytics.lake.typed_json import sources_of_whole_files
from tests.lake_files import HOUR, all_events, read, write

SAMPLES = [
    json.loads(line)
    for line in (Path(__file__).parent / "samples/pinpoint.ndjson").read_text("utf-8").splitlines()
]
# One record without any declared key of another shape spoils a file for the typed reader.
SPOILER = '{"event_type":1.50,"event_timestamp":1,"application":null}\n'


def typed(root: Path, sources) -> set[str]:
    """The names of the files that the census takes for typed."""
    files = sorted(path for path in root.rglob("*") if path.is_file())
    with DuckDBEngine() as engine:
        found = sources_of_whole_files(engine, files, sources)
    return {path.name for path in found}


def rows_both_ways(root: Path, texts: Sequence[str]) -> list[tuple[Any, Any]]:
    """For each text the rows and rejections of a file of it alone and of one with a spoiler."""
    for index, text in enumerate(texts):
        folder = f"{HOUR + timedelta(hours=index):%Y/%m/%d/%H}"
        end = "" if text.endswith("\n") else "\n"
        write(root, f"alone/{folder}/x-{index}", text)
        write(root, f"spoiled/{folder}/x-{index}", text + end + SPOILER)
    assert not typed(root / "spoiled", [all_events()])
    alone, spoiled = (_by_hour(root / name) for name in ("alone", "spoiled"))
    for found in spoiled.values():
        found.remove(next(row for row in found if "'event_type': '1.50'" in row))
    every = [HOUR + timedelta(hours=index) for index in range(len(texts))]
    return [(alone.get(hour, []), spoiled.get(hour, [])) for hour in every]


def _by_hour(root: Path) -> dict[datetime, list[str]]:
    """Rows and rejections as text, in one order; in it NaN equals NaN."""
    found: dict[datetime, list[str]] = {}
    with read(root) as lake:
        for row in lake.rows("select * from pinpoint.all_events"):
            found.setdefault(row["ingest_timestamp"], []).append(repr(row))
        for row in lake.quarantine:
            found.setdefault(row["hour"], []).append(repr((row["position"], row["raw"])))
    return {hour: sorted(rows) for hour, rows in found.items()}
