"""The rows of ``tests/portable_cases`` on a real Trino; by hand, the answers for new ones.

``python -m tests.portable_on_trino < new.yaml`` asks the Trino that ``python -m tests.stack up``
started. The entries that it reads lack their answers (``rows`` and ``over`` are lists of what is
given); it prints them with the answers, in the form of the files.
"""

from __future__ import annotations

import base64
import json
import re
import sys
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import trino
import yaml

from tests.portable_cases import Case, case_of
from tests.stack.artifacts import cache_folder

_LENGTH = re.compile(r"\bvarchar\(\d+\)")
_ZONED = re.compile(r"(?P<wall>\d{4,}-\d{2}-\d{2} \d{2}:\d{2}:\d{2}\.\d{3}) (?P<zone>\S+)")


class Refused(Exception):
    """Trino gave an error; its text is the error's name."""


def connected(port: int) -> trino.dbapi.Connection:
    """A session whose values come as Trino writes them."""
    return trino.dbapi.connect(
        host="127.0.0.1", port=port, user="dueng", timezone="UTC", legacy_primitive_types=True
    )


def answer(connection: trino.dbapi.Connection, sql: str) -> tuple[list[str], list[tuple[Any, ...]]]:
    """The types and rows of a statement, in the values that cases are written in.

    Raises:
        Refused: it is an error on Trino.
    """
    cursor = connection.cursor()
    try:
        cursor.execute(sql)
        rows = cursor.fetchall()
    except trino.exceptions.TrinoQueryError as error:
        raise Refused(error.error_name) from None
    kinds = [_LENGTH.sub("varchar", column.type_code) for column in cursor.description or []]
    return kinds, [tuple(map(_plain, row, kinds)) for row in rows]


def _plain(value: Any, kind: str) -> Any:
    if value is None:
        return None
    if kind.startswith("array("):
        return [_plain(item, kind[6:-1]) for item in value]
    if re.match(r"map\((integer|bigint),", kind):
        return {int(key): item for key, item in value.items()}
    if kind == "varbinary":
        return base64.b64decode(value).hex()
    if kind.startswith("timestamp"):
        return _in_utc(value)
    return list(value) if kind.startswith("row(") else value


def _in_utc(text: str) -> str:
    match = _ZONED.fullmatch(text)
    if match is None or match["zone"] == "UTC":
        return text
    zone = match["zone"]
    wall = datetime.fromisoformat(match["wall"])
    if re.fullmatch(r"[+-]\d{2}:\d{2}", zone):
        wall = datetime.fromisoformat(f"{match['wall']}{zone}")
    else:
        wall = wall.replace(tzinfo=ZoneInfo(zone))
    moment = wall.astimezone(UTC).replace(tzinfo=None)
    return f"{moment.isoformat(sep=' ', timespec='milliseconds')} UTC"


def answer_to(
    connection: trino.dbapi.Connection, case: Case
) -> tuple[list[str], list[tuple[Any, ...]]]:
    """What :func:`answer` gives for a case."""
    if case.placed is None:
        return answer(connection, case.sql)
    kinds, rows = answer(connection, case.placed)
    return kinds[1:], [row[1:] for row in sorted(rows, key=lambda row: row[0])]


def answered(connection: trino.dbapi.Connection, entry: Mapping[str, Any]) -> Iterator[str]:
    """The lines of entries of a page, made of one without answers: what fails stands by itself."""
    if "rows" in entry:
        yield from _answered_rows(connection, entry)
        return
    case = case_of("", {"type": "", "types": (), "gives": (), "because": "", **entry})
    if "query" in entry:
        case = Case("", entry["query"])
    try:
        found, rows_given = answer(connection, case.sql)
    except Refused as refused:
        if "fails" in entry:
            yield f"- fails: {_text(entry['fails'])}"
            yield f"  because: {refused}"
        else:
            yield from _failing(case.sql, refused)
        return
    if "over" in entry:
        yield f"- sql: {_text(entry['sql'])}"
        yield f"  of: {entry['of']}"
        yield f"  type: {found[0]}"
        yield f"  over: {_value(entry['over'])}"
        yield f"  gives: {_value(rows_given[0][0])}"
    else:
        yield f"- query: {_text(case.sql)}"
        yield f"  types: [{', '.join(map(_text, found))}]"
        yield f"  gives: {_value([list(row) for row in rows_given])}"


def _answered_rows(connection: trino.dbapi.Connection, entry: Mapping[str, Any]) -> Iterator[str]:
    def among(rows: list[str]) -> Case:
        return case_of("", {**entry, "type": "", "rows": dict.fromkeys(rows)})

    rows = list(entry["rows"])
    try:
        answer(connection, among(rows).sql)
    except Refused:
        for row in entry["rows"]:
            try:
                answer(connection, among([row]).sql)
            except Refused as refused:
                rows.remove(row)
                relation = f"(values ({row})) as t({entry['of']})"
                yield from _failing(f"select {entry['sql']} as result from {relation}", refused)
    if rows:
        kinds, found = answer_to(connection, among(rows))
        yield f"- sql: {_text(entry['sql'])}"
        yield f"  of: {entry['of']}"
        yield f"  type: {kinds[0]}"
        yield "  rows:"
        for row, (value,) in zip(rows, found, strict=True):
            yield f"    {_text(row)}: {_value(value)}"


def _failing(sql: str, refused: Refused) -> Iterator[str]:
    yield f"- query: {_text(sql)}"
    yield f"  because: {refused}"


def _text(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)


def _value(value: Any) -> str:
    """A value in YAML's flow style; a number with an exponent has its point, or is a text."""
    if isinstance(value, list):
        return f"[{', '.join(map(_value, value))}]"
    if isinstance(value, dict):
        return f"{{{', '.join(f'{_text(key)}: {_value(item)}' for key, item in value.items())}}}"
    if isinstance(value, float):
        return re.sub(r"^(-?\d+)e", r"\1.0e", repr(value))
    return json.dumps(value, ensure_ascii=False)


def main() -> None:
    """Print the entries on the standard input with the answers of Trino."""
    running = json.loads((cache_folder() / "running.json").read_text("utf-8"))
    with connected(running["trino_port"]) as connection:
        for entry in yaml.safe_load(sys.stdin):
            for line in answered(connection, entry):
                sys.stdout.write(f"{line}\n")


if __name__ == "__main__":
    main()
