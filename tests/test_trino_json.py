# ruff: noqa: E402 - what takes long to import is imported where the module is run
"""The lake reader's rows of JSON beside those of the OpenX SerDe on a real Trino.

Every record lies in an hour of its own, which tells its row. What both may read differently
stands in ``docs/reader-differences.md``, and nothing else does.
"""

import re
from pathlib import Path

import pytest

from tests.on_trino import trino_module

trino_module("test_trino_json.py")

from dueng_analytics.deploy.source_ddl import stored_source
from tests.lake_accounts import key_of, sources
from tests.reader_forms import ALIKE, DIFFERENT
from tests.reader_records import LakeReading, records_by_source
from tests.stack.json_tables import JsonTable

PAGE = Path(__file__).parent.parent / "docs" / "reader-differences.md"
MUTATIONS = 250
"""Mutated records of each family, beside all samples."""
REGISTERED = 60
"""Records of a table with registered hours: moto takes a second for each query that names them."""
REGISTERED_APART = 3
TABLES = [(name, layout.name) for name, source in sources().items() for layout in source.layouts]
_LINE = re.compile(
    r"\| (?P<form>[^|]+) \| (?P<trino>[^|]+) \| (?P<lake>[^|]+) \| (?P<why>[^|]+) \|"
)
_DECLARED = {"struct": "a struct", "map": "a map"} | dict.fromkeys(
    ("int", "bigint", "double"), "a number"
)


def _told():
    """What the page says: for each form what Trino does and what the lake reader does."""
    lines = PAGE.read_text("utf-8").partition("|---|---|---|---|\n")[2].splitlines()
    found = [match for line in lines if (match := _LINE.fullmatch(line))]
    assert len(found) == len(lines)
    return {match["form"]: (match["trino"], match["lake"]) for match in found}


@pytest.fixture(scope="module")
def schema(local_aws):
    glue = local_aws.client("glue")
    glue.create_database(DatabaseInput={"Name": "json_records"})
    yield "json_records"
    for table in glue.get_tables(DatabaseName="json_records")["TableList"]:
        glue.delete_table(DatabaseName="json_records", Name=table["Name"])
    glue.delete_database(Name="json_records")


@pytest.fixture(scope="module")
def records():
    return records_by_source(MUTATIONS)


@pytest.mark.parametrize(("name", "layout_name"), TABLES)
def test_samples_and_mutated_records_read_as_on_trino(
    local_aws, schema, records, tmp_path, name, layout_name
):
    source = sources()[name]
    layout = source.layout(layout_name)
    is_registered = layout.hour_pattern is None
    texts = records[name][:REGISTERED] if is_registered else records[name]
    objects = [("events", f"{text}\n".encode("utf-8", "surrogatepass")) for text in texts]
    reading = LakeReading(tmp_path, stored_source(source, layout), objects)
    table = JsonTable(local_aws, schema, source, layout)
    table.put(objects)
    table.declare(len(objects))
    apart = [number for number in reading.rows if reading.is_suspicious(number)]
    together = [number for number in reading.rows if number not in set(apart)]
    found = table.read(together, apart[:REGISTERED_APART] if is_registered else apart)
    differences = {
        texts[number]: difference
        for number in found
        if (difference := _difference(source, reading, number, found[number])) is not None
    }
    assert differences == {}
    assert len(together) > len(texts) * 2 / 3


def _difference(source, reading, number, on_trino):
    """How both readings of a record differ without a line that says so; None where they do not."""
    ours = reading.rows[number]
    reasons = reading.reasons[number]
    told = _told()
    fails = [reason for reason in map(_form_of, reasons) if reason in told]
    if isinstance(on_trino, str):
        return None if fails and ours else f"{on_trino}; here {reasons}"
    if fails:
        return f"it does not fail on Trino, with {fails}"
    if not ours:
        [row] = on_trino
        form = reading.form_of_unread(number)
        is_bad_line = all(value is None for value in row.values()) or (
            source.type_column is not None and row.get(source.type_column) is None
        )
        return None if is_bad_line or form in told else f"put aside: {reasons}; Trino reads {row}"
    if sorted(map(key_of, on_trino)) == sorted(map(key_of, ours)):
        return None
    return f"Trino reads {on_trino}, here it is {ours}"


def _form_of(reason):
    """The words of the page for what was noted of a value."""
    match = re.fullmatch(r"(.+) where (\w+)\b.* is declared", reason)
    return match and f"{match[1]} where {_DECLARED.get(match[2], match[2])} is declared"


@pytest.fixture(scope="module")
def forms(local_aws, schema, tmp_path_factory):
    """What Trino and the lake reader make of every form: rows, and failures and reasons."""
    objects = {**DIFFERENT, **ALIKE}
    source = sources()["pinpoint.all_events"]
    layout = source.layout("projected")
    reading = LakeReading(tmp_path_factory.mktemp("forms"), source, list(objects.values()))
    table = JsonTable(local_aws, schema, source, layout, "forms")
    table.put(list(objects.values()))
    table.declare(len(objects))
    found = table.read([], range(len(objects)))
    return {
        form: (found[number], reading.rows[number], reading.reasons[number])
        for number, form in enumerate(objects)
    }


def _done_on_trino(rows):
    if isinstance(rows, str):
        return "the query fails"
    if rows and all(value is None for row in rows for value in row.values()):
        return "rows of NULLs"
    return _count(rows)


def _done_here(rows, reasons):
    if not reasons:
        return _count(rows)
    return f"{_count(rows)}, {'noted' if rows else 'put aside'}"


def _count(rows):
    return f"{len(rows)} row{'' if len(rows) == 1 else 's'}"


def test_both_readers_do_what_the_table_of_differences_says(forms):
    done = {
        form: (_done_on_trino(on_trino), _done_here(ours, reasons))
        for form, (on_trino, ours, reasons) in forms.items()
        if form in DIFFERENT
    }
    assert done == _told()


def test_every_line_of_the_table_of_differences_is_a_difference(forms):
    alike = [form for form in DIFFERENT if _is_alike(*forms[form][:2])]
    assert alike == []


@pytest.mark.parametrize("form", ALIKE)
def test_other_forms_read_as_on_trino(forms, form):
    on_trino, ours, _ = forms[form]
    assert _is_alike(on_trino, ours), (on_trino, ours)


def _is_alike(on_trino, ours):
    return not isinstance(on_trino, str) and (
        sorted(map(key_of, on_trino)) == sorted(map(key_of, ours))
    )
