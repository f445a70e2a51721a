"""The original of a copy as it is listed: its files by hour, and those under no hour as one."""

from __future__ import annotations

import os
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from dueng_analytics.errors import EmptyLake, UnreadableLake, UsageError
from dueng_analytics.lake.copies import Manifest
from dueng_analytics.lake.copy_hour import copied_objects
from dueng_analytics.lake.paths import EventPath
from dueng_analytics.lake.planning import LakeFile, plan_lake
from dueng_analytics.lake.storage import Storage
from dueng_analytics.lake.window import Window
from dueng_analytics.model.definitions import Source

Files = tuple[LakeFile, ...]
Known = Manifest | UnreadableLake
"""What a copy has of an hour: its manifest, or why that cannot be read."""
_HOUR = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Original:
    """The event files of which a copy is made.

    Attributes:
        window: the hours looked at; all if None.
    """

    event_paths: tuple[EventPath, ...]
    sources: tuple[Source, ...]
    storage: Storage
    window: Window | None

    def by_hour(self) -> Mapping[datetime | None, Files]:
        """The files that are looked at.

        Raises:
            EmptyLake: there are none.
            UnreadableLake: a path does not exist or may not be read.
            UsageError: they are a copy themselves.
        """
        return self._in(self.window)

    def of_hour(self, hour: datetime) -> Files:
        """The files of an hour as they are now."""
        try:
            return self._in(Window(hour, hour + _HOUR)).get(hour, ())
        except EmptyLake:
            return ()

    def of_no_hour(self, known: Known | None) -> Files:
        """The files under no hour that belong into a copy, as they are now."""
        return self.with_others(self._without_hour(self.window), known)

    def with_others(self, looked_at: Files, known: Known | None) -> Files:
        """Files under no hour that are looked at, and all that the copy has of others.

        A window leaves out the folders of other days, and what it leaves out is not gone. Where it
        cannot be told what the copy has, it may be any. Nothing is listed again where nothing was
        left out.
        """
        if self.window is None or known is None:
            return looked_at
        if isinstance(known, UnreadableLake):
            return self._without_hour(None)
        objects = copied_objects(looked_at)
        if objects == known.objects:
            return looked_at
        wanted = {entry.identity for entry in (*objects, *known.objects)}
        every = self._without_hour(None)
        return tuple(file for file in every if file.store.identity(file.file.path) in wanted)

    def _without_hour(self, window: Window | None) -> Files:
        try:
            return self._in(window).get(None, ())
        except EmptyLake:
            return ()

    def _in(self, window: Window | None) -> Mapping[datetime | None, Files]:
        plan = plan_lake(self.event_paths, self.sources, window=window, storage=self.storage)
        if plan.manifests:
            raise UsageError(
                "the events are a copy themselves",
                hint="Sync from the original, or copy it as it is.",
            )
        found: dict[datetime | None, list[LakeFile]] = defaultdict(list)
        for file in plan.files:
            found[file.hour].append(file)
        return {hour: tuple(files) for hour, files in found.items()}

    def places(self, copy: str) -> tuple[str, ...]:
        """What the copy is of: the same for the same paths however they were written.

        Raises:
            UsageError: the copy would lie inside of the original, or around it.
        """
        around = _location(copy)
        places = set()
        for path in self.event_paths:
            place = _location(path.location)
            if _is_within(place, around) or _is_within(around, place):
                raise UsageError(
                    f"{copy} and {path.location} lie inside of one another",
                    hint="Give a folder beside the events: --to-dir.",
                )
            places.add(f"{path.family}={place}" if path.family is not None else place)
        return tuple(sorted(places))

    def has(self, manifest: Manifest) -> bool:
        """Whether all that an hour of a copy was made of lies under these paths."""
        places = [_location(path.location) for path in self.event_paths]
        return all(
            any(_is_within(entry.identity, place) for place in places) for entry in manifest.objects
        )


def _is_within(inner: str, outer: str) -> bool:
    return f"{inner}/".startswith(f"{outer}/")


def _location(text: str) -> str:
    if text.startswith("s3://"):
        return text.rstrip("/")
    return os.path.realpath(Path(text).expanduser())
