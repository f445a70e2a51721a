"""What the reader counts while files become rows."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass, field

from dueng_analytics.lake.copies import Manifest


@dataclass(slots=True)
class Counts:
    """What was found in the files."""

    records: Counter[str] = field(default_factory=Counter)
    """By source, qualified."""
    quarantined: int = 0
    unknown_shapes: int = 0
    without_hour: int = 0
    """Records whose hour is their own, because no folder names one."""
    outside_window: int = 0
    """Records of files without an hour that lie in other hours than those asked for."""
    values_lost: int = 0
    unknown_fields: defaultdict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    """By source, qualified: fields of its records that it does not declare."""
    first_rejected: str | None = None

    def add(self, manifest: Manifest) -> None:
        """Count what was found when an hour was copied, but for its rows."""
        self.quarantined += manifest.quarantined
        self.unknown_shapes += manifest.unknown_shapes
        self.values_lost += manifest.values_lost
        for name, fields in manifest.unknown_fields.items():
            self.unknown_fields[name] |= set(fields)
        if self.first_rejected is None:
            self.first_rejected = manifest.first_rejected
