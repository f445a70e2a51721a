"""Which files are read: listed before anything is opened, hours computed rather than discovered."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from dueng_analytics.errors import EmptyLake, UnknownName, UsageError
from dueng_analytics.lake.copies import HOURS, CopiedFile, Manifest
from dueng_analytics.lake.copy_reading import read_manifests
from dueng_analytics.lake.paths import EventPath, day_prefix, hour_of, is_day_or_hour, span_of
from dueng_analytics.lake.storage import Listing, Storage, Store, StoredFile
from dueng_analytics.lake.window import Span, Window
from dueng_analytics.model.definitions import Source

_DEEPEST = 4
"""Levels of folders without a time in their names that are looked through one by one."""
_BESIDE = (".csv", ".md")
"""Endings of what people put beside event files: lists of names and descriptions."""
_LISTINGS = 8
"""Requests for lists that are under way side by side."""


@dataclass(frozen=True, slots=True)
class LakeFile:
    """A file to read: where it is, the UTC hour of its path, the family it was said to be of."""

    store: Store
    file: StoredFile
    hour: datetime | None
    family: str | None
    copied: CopiedFile | None = None
    """What a copy says of its own file."""

    @property
    def bytes(self) -> int:
        return self.file.bytes

    @property
    def address(self) -> str:
        return self.store.address(self.file.path)


@dataclass(frozen=True, slots=True)
class LakePlan:
    """Everything that will be read, in order of address."""

    files: tuple[LakeFile, ...]
    window: Window | None = None
    without_files: tuple[str, ...] = ()
    """Event paths that were given and under which there is nothing to read."""
    left_out: tuple[str, ...] = ()
    """Addresses of descriptions and lists that lie beside the hours and hold no events."""
    manifests: tuple[Manifest, ...] = ()
    """Of the hours that are read from a copy."""

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

    With a window only folders of its own years, months and days are asked for, so the number of
    requests depends on the window and not on the age of the lake. Files that lie under no hour
    are always read: their records tell their hours. ``errors/`` folders are read likewise. A
    description (``.md``) or a list (``.csv``) that lies under no hour is left out, unless it is
    named itself, and listed as such.

    Raises:
        EmptyLake: no file, at all or in the window.
        UnreadableLake: a path that does not exist or may not be read.
        UnknownName: a family that no source declares.
        UsageError: one file is said to be of two families.
    """
    families = sorted({source.family for source in sources})
    storage = storage or Storage()
    files: dict[str, LakeFile] = {}
    empty: list[str] = []
    left_out: set[str] = set()
    manifests: dict[str, Manifest] = {}
    for event_path in event_paths:
        if event_path.family is not None and event_path.family not in families:
            raise UnknownName("family", event_path.family, families)
        store = storage.open(event_path)
        zone = _path_zone(event_path.family, sources)
        top = store.children("") if window is not None else None
        if top.is_copy if top is not None else store.is_copy():
            copied = _copied_hours(store, event_path, window)
            manifests |= copied
            files |= {
                store.identity(file.file.path): file
                for manifest in copied.values()
                for file in copied_files(store, manifest, window)
            }
            if not copied:
                empty.append(event_path.location)
            continue
        found = _found(store, zone, window, top)
        count = 0
        for file in found:
            hour = _utc_hour(hour_of(file.path) or hour_of(store.address(file.path)), zone, window)
            if window is not None and hour is not None and hour not in window:
                continue
            if hour is None and _is_beside(file.path, event_path):
                left_out.add(store.address(file.path))
                continue
            count += 1
            lake_file = LakeFile(store, file, hour, event_path.family)
            identity = store.identity(file.path)
            files[identity] = _of_one_family(files.get(identity), lake_file)
        if not count:
            empty.append(event_path.location)
    if not files and not manifests:
        raise _nothing(event_paths, window)
    return LakePlan(
        tuple(sorted(files.values(), key=lambda file: file.address)),
        window,
        tuple(empty),
        tuple(sorted(left_out)),
        tuple(manifests.values()),
    )


def copied_files(store: Store, manifest: Manifest, window: Window | None) -> Iterator[LakeFile]:
    """The files of one hour of a copy; of those without an hour the ones that lie in a window."""
    for file in manifest.files:
        if window is None or file.hour is None or file.hour in window:
            stored = StoredFile(file.path, file.bytes, file.version)
            yield LakeFile(store, stored, file.hour, None, file)


def _copied_hours(
    store: Store, event_path: EventPath, window: Window | None
) -> dict[str, Manifest]:
    """The hours of a copy by what is the same for one however it was named."""
    if event_path.family is not None:
        raise UsageError(
            f"{event_path.location} is a copy, and says itself which family its records are of",
            hint=f"Give it without a family: --events {event_path.location}.",
        )
    found = list_manifests(store, window)
    manifests = zip(found, read_manifests(store, found), strict=True)
    return {store.identity(file.path): manifest for file, manifest in manifests}


def list_manifests(store: Store, window: Window | None) -> list[StoredFile]:
    """The manifests of a copy, in a window those of its hours and that of no hour."""
    hours = store.below(HOURS)
    top = hours.children("") if window is not None else None
    return [
        replace(file, path=f"{HOURS}/{file.path}")
        for file in _found(hours, ZoneInfo("UTC"), window, top)
        if window is None or (hour := hour_of(file.path)) is None or hour in window
    ]


def _found(
    store: Store, zone: ZoneInfo, window: Window | None, top: Listing | None
) -> Iterator[StoredFile]:
    """Every file below a root, or those of the folders that a window needs."""
    if window is None or top is None:
        return store.walk("")
    return _in_window(store, top, window.in_zone(zone))


def _is_beside(path: str, event_path: EventPath) -> bool:
    return path.endswith(_BESIDE) and not event_path.location.endswith(_BESIDE)


def _nothing(event_paths: Sequence[EventPath], window: Window | None) -> EmptyLake:
    where = ", ".join(event_path.location for event_path in event_paths)
    if window is None:
        return EmptyLake(
            "there is no event file",
            where=where,
            hint="Give the folder or prefix that holds the year folders.",
        )
    return EmptyLake(
        f"there is no event file from {window.first_hour:%Y-%m-%d %H}:00 up to"
        f" {window.end_hour:%Y-%m-%d %H}:00 UTC",
        where=where,
        hint="Choose other days, or check that the path holds the year folders.",
    )


def _of_one_family(known: LakeFile | None, again: LakeFile) -> LakeFile:
    """A file that two paths name, with the family that either of them gave."""
    if known is None or known.family is None:
        return again
    if again.family is not None and again.family != known.family:
        raise UsageError(
            f"{again.address} is given as {known.family} and as {again.family}",
            hint="Give each file once, or without a family: then the records' shape decides.",
        )
    return known


def _path_zone(family: str | None, sources: Iterable[Source]) -> ZoneInfo:
    """The zone of the hours in paths: that of the family's clocks, UTC where they differ."""
    zones = {
        source.clocks.path_time_zone
        for source in sources
        if source.clocks is not None and family in (None, source.family)
    }
    return ZoneInfo(zones.pop()) if len(zones) == 1 else ZoneInfo("UTC")


def _utc_hour(hour: datetime | None, zone: ZoneInfo, window: Window | None) -> datetime | None:
    """The hour of a path in UTC; of two hours with one name that of the window."""
    if hour is None or zone.key == "UTC":
        return hour
    first, second = (
        hour.replace(tzinfo=zone, fold=fold).astimezone(UTC).replace(tzinfo=None) for fold in (0, 1)
    )
    return second if window is not None and first not in window and second in window else first


def _in_window(store: Store, top: Listing, span: Span) -> Iterator[StoredFile]:
    """The files of a span below a root, whatever style its hours are written in."""
    prefixes: list[str] = []
    yield from _down(store, "", top, span, _DEEPEST, prefixes)
    with ThreadPoolExecutor(_LISTINGS) as pool:
        for files in pool.map(lambda prefix: list(store.walk(prefix)), prefixes):
            yield from files


def _down(
    store: Store, folder: str, listing: Listing, span: Span, depth: int, prefixes: list[str]
) -> Iterator[StoredFile]:
    """Files outside the folders of days; what days' folders begin with is put into ``prefixes``."""
    yield from listing.files
    for example in listing.stamped:
        prefixes += [folder + day_prefix(example[len(folder) :], day) for day in span.days]
    for name in listing.folders:
        meant = span_of(name)
        if meant is None and depth > 0:
            yield from _down(store, name, store.children(name), span, depth - 1, prefixes)
        elif meant is None or (is_day_or_hour(meant) and meant.overlaps(span)):
            prefixes.append(name)
        elif meant.overlaps(span):
            yield from _down(store, name, store.children(name), span, depth, prefixes)
