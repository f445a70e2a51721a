"""The reader of source declarations: ``sql/<family>/sources/<table>.yaml``."""

from __future__ import annotations

import re
from datetime import timedelta
from pathlib import Path

from dueng_analytics.errors import DefinitionError
from dueng_analytics.model.definitions import Clocks, Column, Layout, Recognition, Shape, Source
from dueng_analytics.model.types import ColumnType, Scalar, parse_glue_type
from dueng_analytics.model.yaml_node import Node, read_yaml

_DURATION = re.compile(r"(\d+) ?(days?|hours?|minutes?|seconds?)")


def read_source(path: Path, family: str) -> Source:
    """The source that a file declares; its name is the file's.

    Raises:
        DefinitionError: with file and line, whatever is wrong first.
    """
    entries = read_yaml(path).mapping(
        required=("description", "owner", "columns"),
        optional=(
            "layouts",
            "clocks",
            "recognise",
            "mappings",
            "started_on",
            "ended_on",
            "type_column",
        ),
    )
    columns = tuple(read_column(node) for node in entries["columns"].sequence())
    if "layouts" in entries and "clocks" not in entries:
        raise entries["layouts"].error("need clocks: without them no window can be widened")
    source = Source(
        family=family,
        name=path.stem,
        description=entries["description"].text(),
        owner=entries["owner"].text(),
        type_column=entries["type_column"].text() if "type_column" in entries else None,
        columns=columns,
        layouts=tuple(_layout(name, node) for name, node in entries["layouts"].items())
        if "layouts" in entries
        else (),
        clocks=_clocks(entries["clocks"]) if "clocks" in entries else None,
        recognition=_recognition(entries["recognise"]) if "recognise" in entries else None,
        mappings={key: node.text() for key, node in entries["mappings"].items()}
        if "mappings" in entries
        else {},
        where=read_yaml(path).where,
        started_on=entries["started_on"].day() if "started_on" in entries else None,
        ended_on=entries["ended_on"].day() if "ended_on" in entries else None,
    )
    _refuse_twice([(column.name.lower(), entries["columns"]) for column in columns])
    return source


def read_column(node: Node) -> Column:
    """The column of a source or view that a node declares."""
    entries = node.mapping(
        required=("name", "type", "description"),
        optional=("unit", "pii", "nullable", "wire"),
    )
    return Column(
        name=entries["name"].text(),
        type=glue_type(entries["type"]),
        description=entries["description"].text(),
        unit=entries["unit"].text() if "unit" in entries else None,
        pii=entries["pii"].boolean() if "pii" in entries else False,
        nullable=entries["nullable"].boolean() if "nullable" in entries else True,
        wire=entries["wire"].text() if "wire" in entries else None,
        where=node.where,
    )


def glue_type(node: Node) -> ColumnType:
    """The type that a node's text names."""
    try:
        return parse_glue_type(node.text())
    except ValueError as error:
        raise DefinitionError(str(error), where=node.where) from None


def duration(node: Node) -> timedelta:
    """The span that a text such as ``72 hours`` names."""
    match = _DURATION.fullmatch(node.text())
    if match is None:
        raise node.error(f"is {node.text()!r}, not a number of days, hours, minutes or seconds")
    unit = match[2] if match[2].endswith("s") else match[2] + "s"
    return timedelta(**{unit: int(match[1])})


def _layout(name: str, node: Node) -> Layout:
    entries = node.mapping(
        required=("table", "partition_column", "partition_type"),
        optional=("projection_format", "path_format", "columns", "keys", "adapter"),
    )
    if "columns" in entries and "adapter" not in entries:
        raise entries["columns"].error("need an adapter: the name of the view that conforms them")
    kind = glue_type(entries["partition_type"])
    if name == "projected" and kind != Scalar("string"):
        raise entries["partition_type"].error(
            "must be string in the projected layout",
            hint="A projected timestamp with this path format fails every query on Trino.",
        )
    return Layout(
        name=name,
        table=entries["table"].text(),
        partition_column=entries["partition_column"].text(),
        partition_type=kind,
        projection_format=entries["projection_format"].text()
        if "projection_format" in entries
        else None,
        path_format=entries["path_format"].text() if "path_format" in entries else None,
        columns={name.lower(): glue_type(kind) for name, kind in entries["columns"].items()}
        if "columns" in entries
        else {},
        keys={name.lower(): key.text() for name, key in entries["keys"].items()}
        if "keys" in entries
        else {},
        adapter=entries["adapter"].text() if "adapter" in entries else None,
    )


def _clocks(node: Node) -> Clocks:
    entries = node.mapping(
        required=(
            "partition_clock",
            "path_time_zone",
            "record_time",
            "slack_before",
            "slack_after",
            "lateness",
        ),
        optional=("lookback",),
    )
    return Clocks(
        partition_clock=entries["partition_clock"].choice(
            "arrival_of_oldest_record", "event_time", "send_time"
        ),
        path_time_zone=entries["path_time_zone"].text(),
        record_times=_texts(entries["record_time"]),
        slack_before=duration(entries["slack_before"]),
        slack_after=duration(entries["slack_after"]),
        lateness=_spans(entries["lateness"]),
        lookback=_spans(entries["lookback"]) if "lookback" in entries else {},
    )


def _spans(node: Node) -> dict[str, timedelta]:
    return {channel: duration(value) for channel, value in node.items()}


def _texts(node: Node) -> tuple[str, ...]:
    """One text, or a list of at least one."""
    if not node.is_sequence:
        return (node.text(),)
    found = tuple(item.text() for item in node.sequence())
    if not found:
        raise node.error("is empty")
    return found


def _recognition(node: Node) -> Recognition:
    entries = dict(node.items())
    if "any_of" not in entries:
        return Recognition((_shape(node),))
    shapes = node.mapping(required=("any_of",))["any_of"].sequence()
    if not shapes:
        raise entries["any_of"].error("is empty")
    return Recognition(tuple(_shape(shape) for shape in shapes))


def _shape(node: Node) -> Shape:
    entries = node.mapping(required=("all_of",), optional=("none_of", "values", "holds"))
    shape = Shape(
        all_of=_texts(entries["all_of"]),
        none_of=_texts(entries["none_of"]) if "none_of" in entries else (),
        values=_text_of_keys(entries["values"]) if "values" in entries else {},
        holds=_text_of_keys(entries["holds"]) if "holds" in entries else {},
    )
    for name in ("values", "holds"):
        for key in getattr(shape, name):
            if key not in shape.all_of:
                raise entries[name].error(f"names {key!r}, which is not among all_of")
    return shape


def _text_of_keys(node: Node) -> dict[str, str]:
    return {key: value.text() for key, value in node.items()}


def _refuse_twice(names: list[tuple[str, Node]]) -> None:
    seen: set[str] = set()
    for name, node in names:
        if name in seen:
            raise node.error(f"name {name!r} twice")
        seen.add(name)
