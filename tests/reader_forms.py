"""One object for each form in which the lake reader and Trino may read JSON differently."""

from __future__ import annotations

import gzip
import json
from collections.abc import Mapping
from typing import Any

_PLAIN: Mapping[str, Any] = {
    "event_type": "_email.send",
    "event_timestamp": 1759622400000,
    "arrival_timestamp": 1759622401000,
    "application": {"app_id": "app", "sdk": {}},
    "attributes": {"a": "1"},
}


def record(**other: Any) -> str:
    """A record of Pinpoint's as text, some of its fields other ones."""
    return json.dumps({**_PLAIN, **other})


_ONE = record()
_LINE = f"{_ONE}\n".encode()

DIFFERENT: Mapping[str, tuple[str, bytes]] = {
    "two records on one line": ("events", f"{_ONE}{_ONE}\n".encode()),
    "a record over several lines": ("events", json.dumps(_PLAIN, indent=1).encode()),
    "a record with a comma too many": ("events", f"{_ONE[:-1]},}}\n".encode()),
    "gzip without the suffix .gz": ("events", gzip.compress(_LINE, mtime=0)),
    "plain text with the suffix .gz": ("events.gz", _LINE),
    "a record that is cut off": ("events", _LINE[:-20] + b"\n"),
    "a line that is no JSON": ("events", b"not json\n"),
    "a line that is empty": ("events", b"\n"),
    "a line that is an empty object": ("events", b"{}\n"),
    "an object in a folder below the hour": ("below/events", _LINE),
    "a record that lacks a key that tells its source": (
        "events",
        json.dumps({key: _PLAIN[key] for key in ("event_type", "event_timestamp")}).encode(),
    ),
    "a record inside a list": ("events", f"[{_ONE}]\n".encode()),
    "text where a struct is declared": ("events", record(client="x").encode()),
    "a number where a struct is declared": ("events", record(client=5).encode()),
    "a boolean where a struct is declared": ("events", record(client=True).encode()),
    "text where a map is declared": ("events", record(attributes="x").encode()),
    "a number where a map is declared": ("events", record(attributes=5).encode()),
    "a boolean where a map is declared": ("events", record(attributes=False).encode()),
    "a list where a map is declared": ("events", record(attributes=["x"]).encode()),
    "an object where a number is declared": ("events", record(event_timestamp={"a": 1}).encode()),
    "a list where a number is declared": ("events", record(event_timestamp=[1]).encode()),
}
"""File name and bytes by the name that ``docs/reader-differences.md`` has for it."""

ALIKE: Mapping[str, tuple[str, bytes]] = {
    "lines": ("events", _LINE * 3),
    "carriage returns": ("events", f"{_ONE}\r\n{_ONE}\r\n".encode()),
    "a byte order mark": ("events", b"\xef\xbb\xbf" + _LINE),
    "no line break at the end": ("events", _ONE.encode()),
    "an object of no bytes": ("events", b""),
    "an object whose name begins with a line": ("_events", _LINE),
    "an object whose name begins with a dot": (".events", _LINE),
    "a raw tab in a text": ("events", _LINE.replace(b"_email", b"\t_email")),
    "gzip with its suffix": ("events.gz", gzip.compress(_LINE)),
    "gzip of two members": ("events.gz", gzip.compress(_LINE) + gzip.compress(_LINE)),
    "letters that are no UTF-8": ("events", _LINE.replace(b"_email", b"\xff\xfe_email")),
    "half a surrogate pair": ("events", record(attributes={"a": "\ud800"}).encode()),
    "characters beyond ASCII": (
        "events",
        json.dumps({**_PLAIN, "attributes": {"ä": "😀\u2028"}}, ensure_ascii=False).encode(),
    ),
    "text that is empty where a map is declared": ("events", record(attributes="").encode()),
    "text that is empty where a struct is declared": ("events", record(client="").encode()),
    "text that is blank where a struct is declared": ("events", record(client=" ").encode()),
    "a list where a struct is declared": ("events", record(client=["x"]).encode()),
    "text where a number is declared": ("events", record(event_timestamp="soon").encode()),
    "a boolean where a number is declared": ("events", record(event_timestamp=True).encode()),
    "a number that is too large": ("events", record(event_timestamp=2**63).encode()),
    "an object where text is declared": ("events", record(event_version={"a": [1]}).encode()),
    "a null": ("events", record(client=None, attributes={"a": None}).encode()),
    "keys in capital letters": ("events", _LINE.replace(b"application", b"Application")),
    "a key that comes twice": (
        "events",
        _LINE.replace(b'"attributes"', b'"client": null, "CLIENT": {"Client_ID": 1}, "attributes"'),
    ),
}
"""What both read alike."""
