"""Records of a source, each in an hour of its own: what the lake reader makes of them."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from dueng_analytics.model.definitions import Source
from tests.lake_accounts import source_of, sources
from tests.lake_files import read
from tests.mutated_records import FAMILIES, SAMPLES, drawn, without_samples
from tests.serde_statement import parsed
from tests.stack.json_tables import hour_of

_LIST = "a record inside a list"
_UNTOLD = "a record that lacks a key that tells its source"


def records_by_source(mutations: int) -> dict[str, list[str]]:
    """Every sample record, and so many mutated ones of each family, by the source they belong to.

    A record that is of no source any more belongs to the one that it was made of.
    """
    found: dict[str, list[str]] = defaultdict(list)
    lines = [
        line
        for path in sorted(SAMPLES.glob("*.ndjson"))
        for line in path.read_text("utf-8").splitlines()
    ]
    for line in [*lines, *map(json.dumps, without_samples())]:
        found[str(source_of(parsed(line)))].append(line)
    for family in FAMILIES:
        for mutated in drawn(family, mutations):
            name = source_of(parsed(mutated.text)) or source_of(mutated.original)
            found[str(name)].append(mutated.text)
    return found


class LakeReading:
    """What the lake reader makes of objects, each in the hour of its number."""

    def __init__(self, root: Path, source: Source, objects: Sequence[tuple[str, bytes]]) -> None:
        for number, (name, data) in enumerate(objects):
            path = root / f"{hour_of(number):%Y/%m/%d/%H}" / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(data)
        known = [
            source if other.qualified_name == source.qualified_name else other
            for other in sources().values()
        ]
        numbers = {hour_of(number): number for number in range(len(objects))}
        self.rows: dict[int, list[dict[str, Any]]] = {n: [] for n in numbers.values()}
        self.reasons: dict[int, list[str]] = {n: [] for n in numbers.values()}
        """Why something in an object reads as NULL, or is put aside."""
        relation = f'"{source.family}"."{source.name}"'
        with read(root, sources=known) as lake:
            for row in lake.rows(f"select * from {relation}"):
                self.rows[numbers[row.pop("ingest_timestamp")]].append(row)
            for noted in [*lake.quarantine, *lake.deviations]:
                self.reasons[numbers[noted["hour"]]].append(noted["reason"])

    def is_suspicious(self, number: int) -> bool:
        """Whether an object may fail a query, or is read by only one of the readers."""
        return bool(self.reasons[number]) or not self.rows[number]

    def form_of_unread(self, number: int) -> str:
        """The words of the page of differences for a record that is put aside."""
        is_list = any("an array" in reason for reason in self.reasons[number])
        return _LIST if is_list else _UNTOLD
