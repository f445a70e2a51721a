"""What a family consists of: sources, views, their columns, unit tests and checks.

All values are frozen; where they came from stays with them, so that a message can say so.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from enum import Enum
from pathlib import Path

from dueng_analytics.errors import Location
from dueng_analytics.model.types import ColumnType, Scalar, Struct

FIRST_MS, LAST_MS = -62_135_596_800_000, 253_402_300_799_999
"""The years 1 to 9999 in milliseconds since 1970: what Python and every engine hold."""
_TIMES = (Scalar("bigint"), Scalar("string"), Scalar("timestamp"))


class Pruning(Enum):
    """How a time window reaches the partitions that a view reads."""

    PARTITION = "partition"
    EXPANDED_ONLY = "expanded_only"
    UNPARTITIONED = "unpartitioned"


class Severity(Enum):
    """What a check with offending rows means."""

    ERROR = "error"
    WARNING = "warning"


@dataclass(frozen=True, slots=True)
class Column:
    """One column of a relation, in its place."""

    name: str
    type: ColumnType
    description: str
    unit: str | None = None
    pii: bool = False
    nullable: bool = True
    wire: str | None = None
    """The key in the record, where it differs from ``name`` by more than case."""
    where: Location | None = field(default=None, compare=False, repr=False)

    @property
    def wire_name(self) -> str:
        return self.wire or self.name


@dataclass(frozen=True, slots=True)
class Check:
    """A SELECT of offending rows on real data."""

    name: str
    sql: str
    severity: Severity
    description: str


@dataclass(frozen=True, slots=True)
class Given:
    """The rows of one upstream in a unit test; for a source, records in wire format."""

    relation: str
    rows: Sequence[Mapping[str, object]]


@dataclass(frozen=True, slots=True)
class UnitTest:
    """One behaviour of a view: given rows, expected rows."""

    name: str
    given: tuple[Given, ...]
    expect: Sequence[Mapping[str, object]]
    where: Location
    vars: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class LintException:
    """A lint rule that a view may break until a day, that day included, with the reason."""

    rule: str
    reason: str
    expires: date
    where: Location


@dataclass(frozen=True, slots=True)
class View:
    """A named SELECT with its contract."""

    family: str
    name: str
    sql: str
    description: str
    grain: str
    event_key: tuple[str, ...]
    version: int
    owner: str
    pruning: Pruning
    columns: tuple[Column, ...]
    tests: tuple[UnitTest, ...]
    checks: tuple[Check, ...]
    folder: Path
    pack: str | None = None
    deprecated: date | None = None
    lint_exceptions: tuple[LintException, ...] = ()

    @property
    def qualified_name(self) -> str:
        return f"{self.family}.{self.name}"

    @property
    def sql_path(self) -> Path:
        return self.folder / "view.sql"


@dataclass(frozen=True, slots=True)
class Clocks:
    """What the hour in a path means, and how far the events in it may be from it.

    ``slack_before`` and ``slack_after`` widen a window of partition hours so that no record of
    the window is missed; ``lateness`` is, per channel, how long after a send its outcomes come.
    ``record_times`` are places in a record, with dots between the steps, of which the first that is
    there says when it came: ISO 8601 or milliseconds.
    ``lookback`` is, for the channels whose outcomes do not say when their message was sent, how
    long before an outcome its first event may lie, which does.
    """

    partition_clock: str
    path_time_zone: str
    record_times: tuple[str, ...]
    slack_before: timedelta
    slack_after: timedelta
    lateness: Mapping[str, timedelta]
    lookback: Mapping[str, timedelta] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Layout:
    """One way a source's table lies on S3."""

    name: str
    table: str
    partition_column: str
    partition_type: ColumnType
    projection_format: str | None = None
    path_format: str | None = None
    columns: Mapping[str, ColumnType] = field(default_factory=dict)
    """The table's own columns in their order, where they are not those of the source."""
    keys: Mapping[str, str] = field(default_factory=dict)
    """The map key that a field stands for, where the table has a struct and the source a map."""
    adapter: str | None = None
    """The view that gives the table the source's shape, where the source's name is the table's."""

    @property
    def hour_pattern(self) -> str | None:
        """The projection's format in the letters that strftime and date_parse share."""
        pattern = self.projection_format
        for java, letter in (("yyyy", "%Y"), ("MM", "%m"), ("dd", "%d"), ("HH", "%H")):
            pattern = pattern.replace(java, letter) if pattern is not None else None
        return pattern


@dataclass(frozen=True, slots=True)
class Shape:
    """What a record looks like from outside: which keys it has, and what some of them hold.

    ``values`` and ``holds`` are about keys of ``all_of``: the text that one is, or that is in it.
    """

    all_of: tuple[str, ...]
    none_of: tuple[str, ...] = ()
    values: Mapping[str, str] = field(default_factory=dict)
    holds: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Recognition:
    """How a record without a known family is told to belong to a source: by one of some shapes."""

    any_of: tuple[Shape, ...]


@dataclass(frozen=True, slots=True)
class Source:
    """A table on S3 that is declared here but was shaped elsewhere."""

    family: str
    name: str
    description: str
    owner: str
    type_column: str | None
    columns: tuple[Column, ...]
    layouts: tuple[Layout, ...]
    clocks: Clocks | None
    recognition: Recognition | None
    mappings: Mapping[str, str]
    where: Location
    started_on: date | None = None
    """No record is older: the earliest day that the service could stream."""
    ended_on: date | None = None
    """The day on which the stream ended for good."""

    @property
    def qualified_name(self) -> str:
        return f"{self.family}.{self.name}"

    @property
    def partition_column(self) -> str | None:
        """The name under which every view sees the partition hour, or None without partitions."""
        return "ingest_timestamp" if self.layouts else None

    @property
    def record_times(self) -> Sequence[tuple[tuple[str, ...], Scalar]]:
        """Where a record may say when it came, in the order of precedence: column and fields.

        With the type of what stands there: milliseconds since 1970, text in ISO 8601, or a time.
        """
        places = self.clocks.record_times if self.clocks is not None else ()
        found = []
        for place in places:
            path = tuple(place.lower().split("."))
            kind = self._type_at(path)
            if isinstance(kind, Scalar) and kind in _TIMES:
                found.append((path, kind))
        return found

    def _type_at(self, path: tuple[str, ...]) -> ColumnType | None:
        kind = next((column.type for column in self.columns if column.name == path[0]), None)
        for name in path[1:]:
            fields = kind.fields if isinstance(kind, Struct) else ()
            kind = next((field.type for field in fields if field.name == name), None)
        return kind

    @property
    def keys(self) -> Mapping[str, str]:
        """The map key that a field stands for, where some layout has a struct in a map's place."""
        return {field: key for layout in self.layouts for field, key in layout.keys.items()}

    def layout(self, name: str) -> Layout | None:
        return next((layout for layout in self.layouts if layout.name == name), None)


@dataclass(frozen=True, slots=True)
class Definitions:
    """Everything found under one or more ``sql/`` folders, families in reading order."""

    families: tuple[str, ...]
    sources: tuple[Source, ...]
    views: tuple[View, ...]
    roots: tuple[Path, ...]
    databases: Mapping[str, str] = field(default_factory=dict)
    """The Glue database that a family has by default; the samples' own where they have one."""
