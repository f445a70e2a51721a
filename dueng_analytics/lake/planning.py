"""Which files are read: listed before anything is opened, hours computed rather than discovered."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from dueng_analytics.errors import EmptyLake, UnknownName
from dueng_analytics.lake.paths import (
    EventPath,
    hive_key,
    hive_prefixes,
    hour_of,
    is_year,
    plain_prefix,
)
from dueng_analytics.lake.storage import Storage, Store, StoredFile
from dueng_analytics.lake.window import Window, spans_of
from dueng_analytics.model.definitions import Source

_DEEPEST = 4
"""Levels of folders above the years that are looked through."""
_BESIDE = (".csv", ".md")
"""Endings of what people put beside event files: lists of names and descriptions."""
_COMPUTABLE = ("year", "date", "day", "dt", "datehour", "hour", "ingest_timestamp", "ingest_date")


@dataclass(frozen=True, slots=True)
class LakeFile:
    """A file to read: where it is, the UTC hour of its path, the family it was said to be of."""

    store: Store
    path: str
    bytes: int
    hour: datetime | None
    family: str | None

    @property
    def address(self) -> str:
        return self.store.address(self.path)


@dataclass(frozen=True, slots=True)
class LakePlan:
    """Everything that will be read, in order of address."""

    files: tuple[LakeFile, ...]
    window: Window | None = None
    left_out: tuple[str, ...] = ()
    """Addresses of descriptions and lists that lie beside the hours and hold no events."""

    @property
    def bytes(self) -> int:
        return sum(file.bytes for file in self.files)


def plan_lake(
    event_paths: Sequence[EventPath],
    sources: Sequence[Source],
    *,
    window: Window | None = None,
    storage: Storage | None = None,
) -> LakePlan:
    """The files under some paths, all of them or those of a window's hours.

    With a window the folders of its hours are asked for by name, so the number of requests
    depends on the window and not on the age of the lake. Files that lie under no hour are always
    read: their records tell their hours. ``errors/`` folders are read for the same hours. A
    description (``.md``) or a list (``.csv``) that lies under no hour is left out, unless it is
    named itself, and listed as such.

    Raises:
        EmptyLake: no file, at all or in the window.
        UnreadableLake: a path that does not exist or may not be read.
        UnknownName: a family that no source declares.
    """
    families = sorted({source.family for source in sources})
    files: dict[str, LakeFile] = {}
    left_out: set[str] = set()
    for event_path in event_paths:
        if event_path.family is not None and event_path.family not in families:
            raise UnknownName("family", event_path.family, families)
        store = (storage or Storage()).open(event_path)
        zone = _path_zone(event_path.family, sources)
        found = _all(store) if window is None else _in_window(store, "", window, _DEEPEST)
        for file in found:
            hour = _utc(hour_of(file.path), zone)
            if window is not None and hour is not None and hour not in window:
                continue
            if hour is None and _is_beside(file.path, event_path):
                left_out.add(store.address(file.path))
                continue
            lake_file = LakeFile(store, file.path, file.bytes, hour, event_path.family)
            files[lake_file.address] = lake_file
    if not files:
        where = ", ".join(event_path.location for event_path in event_paths)
        if window is None:
            raise EmptyLake(
                "there is no event file",
                where=where,
                hint="Give the folder or prefix that holds the year folders.",
            )
        raise EmptyLake(
            f"there is no event file from {window.first_hour:%Y-%m-%d %H}:00 up to"
            f" {window.end_hour:%Y-%m-%d %H}:00 UTC",
            where=where,
            hint="Choose other days, or check that the path holds the year folders.",
        )
    ordered = tuple(files[address] for address in sorted(files))
    return LakePlan(ordered, window, tuple(sorted(left_out)))


def _is_beside(path: str, event_path: EventPath) -> bool:
    return path.endswith(_BESIDE) and not event_path.location.endswith(_BESIDE)


def _path_zone(family: str | None, sources: Iterable[Source]) -> ZoneInfo:
    """The zone of the hours in paths: that of the family's clocks, UTC where they differ."""
    zones = {
        source.clocks.path_time_zone
        for source in sources
        if source.clocks is not None and family in (None, source.family)
    }
    return ZoneInfo(zones.pop()) if len(zones) == 1 else ZoneInfo("UTC")


def _utc(hour: datetime | None, zone: ZoneInfo) -> datetime | None:
    if hour is None or zone.key == "UTC":
        return hour
    return hour.replace(tzinfo=zone).astimezone(ZoneInfo("UTC")).replace(tzinfo=None)


def _all(store: Store) -> Iterator[StoredFile]:
    return store.walk("")


def _in_window(store: Store, folder: str, window: Window, depth: int) -> Iterator[StoredFile]:
    """The files of a window's hours below a folder, whatever style its hours are written in."""
    folders, files = store.children(folder)
    yield from files
    names = [name[len(folder) :].rstrip("/") for name in folders]
    if any(is_year(name) for name in names):
        for hour, whole_day in spans_of(window):
            if f"{hour:%Y}" in names:
                yield from store.walk(folder + plain_prefix(hour, whole_day))
    keyed = [name for name in names if hive_key(name) in _COMPUTABLE]
    if keyed:
        for hour, whole_day in spans_of(window):
            for prefix in hive_prefixes(keyed[-1], hour, whole_day):
                yield from store.walk(folder + prefix)
    for name in names:
        if is_year(name) or name in keyed:
            continue
        if depth > 0:
            yield from _in_window(store, f"{folder}{name}/", window, depth - 1)
        else:
            yield from store.walk(f"{folder}{name}/")
