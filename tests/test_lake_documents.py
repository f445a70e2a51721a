"""Bytes of files to JSON documents, and what is none."""

from __future__ import annotations

import json

import pytest

from dueng_analytics.lake.documents import Damage, Document, read_documents
from dueng_analytics.lake.local_files import TextFile, pieces_of


def is_record(value):
    return isinstance(value, dict) and "id" in value


def found(tmp_path, content, **options):
    path = tmp_path / "file"
    path.write_bytes(content if isinstance(content, bytes) else content.encode("utf-8"))
    return list(read_documents([TextFile(path, **options)], is_record))


def values(documents):
    return [item.value if isinstance(item, Document) else item.reason for item in documents]


ONE, TWO = {"id": 1}, {"id": 2}


@pytest.mark.parametrize(
    "text",
    [
        '{"id":1}\n{"id":2}\n',
        '{"id":1}\n{"id":2}',
        '{"id":1}\r\n{"id":2}\r\n',
        '\ufeff{"id":1}\n{"id":2}\n',
        '\n\n  \n{"id":1}\n\n\t\n{"id":2}\n\n',
        '{"id":1}{"id":2}',
        '{"id":1} {"id":2}\n',
        '{"id":1},{"id":2}',
        '{"id":1},\n{"id":2},\n',
        '{\n"id":1\n}\n{\n"id":2}\n',
        '{"id":\n1}{"id":\n2}',
        '{"id":1}\n{\n  "id": 2\n}\n',
        '  {"id":1}\n\t{"id":2}',
        "{'id':1}\n{'id':2}\n",
        '{id:1}\n{"id":2,}\n',
    ],
)
def test_records_are_read_however_they_are_set_apart(tmp_path, text):
    assert values(found(tmp_path, text)) == [ONE, TWO]


def test_each_document_has_its_byte_position(tmp_path):
    text = 'ä\n{"id":"ü"}{"id":2}\n  {"id":\n3}\n'
    assert [(item.position, type(item)) for item in found(tmp_path, text)] == [
        (0, Damage),
        (3, Document),
        (14, Document),
        (25, Document),
    ]


def test_positions_count_from_where_a_piece_begins(tmp_path):
    assert [item.position for item in found(tmp_path, '{"id":1}\n{', start=100)] == [100, 109]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('{"id":1}garbage', [ONE, "no JSON document begins here"]),
        ('not json\n{"id":1}', ["no JSON document begins here", ONE]),
        ('{"id":1}\n{"id":2,"x":', [ONE, "the document does not end"]),
        ('{"x":\n{"id":1}\n', ["the document does not end", ONE]),
        ('{"x":"\n{"id":1}\n', ["the document does not end", ONE]),
        ("null\n5\n", [None, 5]),
        ("[1,2]\n", [[1, 2]]),
        ("{}\n", [{}]),
    ],
)
def test_what_is_no_record_is_found_too(tmp_path, text, expected):
    assert values(found(tmp_path, text)) == expected


@pytest.mark.parametrize(
    "damaged",
    [
        '{"a":"x","b":}',
        '{"a":"x" "b":1}',
        '{"a":"x","b":tru}',
        '{"a":"x","b":01}',
        '{"a":"x\\q"}',
        '{"a":[1,2}',
        '{"a":"x","b":1',
        '{"a":"x","b',
        '{"a":"x","b":[1,{"c":',
        '{"a":"x',
        "}",
        "]]",
        "{{",
    ],
)
@pytest.mark.parametrize("separator", ["\n", ""])
def test_records_around_a_damaged_one_are_read(tmp_path, damaged, separator):
    text = separator.join(['{"id":1}', damaged, '{"id":2}', '{"id":3}'])
    documents = found(tmp_path, text)
    is_last_of_open = separator == "" and damaged.endswith(('"c":', '"a":"x'))
    if is_last_of_open:  # the next record is then a value, or text, inside the damaged one
        assert values(documents)[0] == ONE
        assert {"id": 3} in values(documents)
        return
    assert [item.value for item in documents if isinstance(item, Document)] == [
        ONE,
        TWO,
        {"id": 3},
    ]
    assert any(isinstance(item, Damage) for item in documents)


def test_each_damaged_line_is_one_entry(tmp_path):
    text = '{"a":}\n{"b":}\n{"id":1}\nplain\nplain\n'
    assert [type(item) for item in found(tmp_path, text)] == [
        Damage,
        Damage,
        Document,
        Damage,
        Damage,
    ]


def test_a_string_goes_over_lines_with_its_line_break(tmp_path):
    assert values(found(tmp_path, '{"id":"a\nb"}\n')) == [{"id": "a\nb"}]


def test_a_record_whose_line_stands_in_an_unfinished_document_is_read(tmp_path):
    text = '{"x":{\n"y":1,\n{"id":1}\n{"id":2}\n'
    assert values(found(tmp_path, text)) == [
        "the document does not end",
        "no JSON document begins here",
        ONE,
        TWO,
    ]


def test_pretty_documents_behind_a_damaged_one_are_read(tmp_path):
    pretty = json.dumps({"id": 1, "list": [1, {"x": 2}], "text": "ü"}, indent=2)
    text = '{\n"a": 1,\n' + "\n".join([pretty] * 50)
    documents = [item.value for item in found(tmp_path, text) if isinstance(item, Document)]
    assert documents == [json.loads(pretty)] * 50


def test_raw_text_is_kept_of_documents_and_of_damage(tmp_path):
    assert [item.raw for item in found(tmp_path, '{"id":1} x{"id":2}\n')] == [
        '{"id":1}',
        "x",
        '{"id":2}',
    ]


def test_what_is_kept_of_damage_is_bounded(tmp_path):
    [damage] = found(tmp_path, "x" * 50_000)
    assert len(damage.raw) == 10_000


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be", "utf-32", "utf-32-le"])
def test_another_encoding_is_one_entry_that_names_it(tmp_path, encoding):
    [damage] = found(tmp_path, '{"id":1}\n{"id":2}\n'.encode(encoding))
    assert encoding[:6].upper() in damage.reason
    assert '{"id":1}' in damage.raw


def test_invalid_utf8_is_replaced_and_the_record_read(tmp_path):
    assert values(found(tmp_path, b'{"id":"a\xffb"}\n')) == [{"id": "a\ufffdb"}]


def test_a_nul_byte_in_a_text_is_kept(tmp_path):
    assert values(found(tmp_path, b'{"id":"a\0b"}\n')) == [{"id": "a\0b"}]


def test_lines_of_binary_data_are_one_entry_and_records_between_them_are_read(tmp_path):
    content = b"\0\0\n\xff\xfe\xfa\n" + b'{"id":1}\n' + b"\0" * 100 + b"\n\0\n"
    assert values(found(tmp_path, content)) == [
        "binary data, 2 lines of it",
        ONE,
        "binary data, 2 lines of it",
    ]


def test_a_document_that_is_nested_too_deeply_is_damage_and_the_next_is_read(tmp_path):
    text = '{"x":' + "[" * 100_000 + "]" * 100_000 + '}\n{"id":1}\n'
    documents = found(tmp_path, text)
    assert values(documents)[-1] == ONE
    assert "nested too deeply" in values(documents)[0]


def test_a_text_that_ends_early_says_why_once(tmp_path):
    text = '{"id":1}\n{"id":2'
    assert values(found(tmp_path, text, cut="cut off")) == [ONE, "cut off"]
    assert values(found(tmp_path, '{"id":1}\n', cut="cut off")) == [ONE, "cut off"]


@pytest.mark.parametrize("separator", ["", "\n"])
def test_documents_of_a_long_line_are_read_in_pieces(tmp_path, separator):
    records = [{"id": index, "text": "ü€" * 50} for index in range(20_000)]
    text = separator.join(json.dumps(record, ensure_ascii=False) for record in records)
    documents = found(tmp_path, text)
    assert values(documents) == records
    last = documents[-1]
    assert text.encode("utf-8")[last.position :].decode("utf-8") == last.raw


def test_a_damaged_record_in_the_middle_of_a_long_line_is_the_only_one_lost(tmp_path):
    good = '{"id":1,"text":"' + "x" * 80 + '"}'
    text = good * 15_000 + '{"id":1,"text":' + good * 15_000
    documents = found(tmp_path, text)
    assert values(documents).count(json.loads(good)) >= 29_999
    assert sum(isinstance(item, Damage) for item in documents) == 1


def test_a_long_line_that_is_no_document_is_one_entry(tmp_path):
    text = "x" * 3_500_000 + '{"id":1}\n' + "y" * 2_500_000 + "\n"
    documents = found(tmp_path, text)
    reason = "no JSON document begins here"
    assert values(documents) == [reason, ONE, reason]
    assert [item.position for item in documents] == [0, 3_500_000, 3_500_009]


def test_a_document_longer_than_a_piece_is_read(tmp_path):
    record = {"id": "x" * 5_000_000, "escaped": '"\\' * 1_000}
    assert values(found(tmp_path, json.dumps(record) * 2)) == [record, record]


def test_garbage_that_looks_like_beginnings_ends(tmp_path):
    documents = found(tmp_path, "{\n" * 5_000 + '{"id":1}\n')
    assert values(documents)[-1] == ONE
    assert len(documents) == 5_001


def test_pieces_of_a_text_are_cut_at_line_breaks_and_know_their_place(tmp_path):
    path = tmp_path / "file"
    path.write_bytes(b"".join(b"%d\n" % index for index in range(1_000)))
    pieces = list(pieces_of(TextFile(path, cut="cut off"), tmp_path / "piece", 100))
    assert b"".join(piece.path.read_bytes() for piece in pieces) == path.read_bytes()
    assert all(piece.path.read_bytes().endswith(b"\n") for piece in pieces)
    content = path.read_bytes()
    assert all(content[piece.start :].startswith(piece.path.read_bytes()) for piece in pieces)
    assert [piece.cut for piece in pieces[-2:]] == [None, "cut off"]


def test_a_document_that_goes_over_pieces_is_read(tmp_path):
    path = tmp_path / "file"
    path.write_text('{"id":\n1}\n{"id":\n2}\n', "utf-8")
    pieces = list(pieces_of(TextFile(path), tmp_path / "piece", 3))
    assert len(pieces) > 2
    assert values(read_documents(pieces, is_record)) == [ONE, TWO]
