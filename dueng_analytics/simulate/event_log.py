"""What happens to messages is written down here, one line a happening, in no order."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from dueng_analytics.simulate import kinds
from dueng_analytics.simulate.nested_arrays import within
from dueng_analytics.simulate.text_arrays import Numbers

Column = Numbers | int
_FIELDS = ("type", "row", "occurred_ms", "place", "detail", "agent", "actor", "verdict")
_TYPES = ("u1", "u4", "i8", "u1", "u1", "u1", "u1", "u1")
# moments of one message differ in their last six bits, so that no two happenings are one
_MOMENTS = 64


@dataclass(slots=True)
class EventLog:
    """The happenings of a unit's messages."""

    _pieces: list[tuple[Numbers, ...]] = field(default_factory=list)

    def add(
        self,
        types: Column,
        rows: Numbers,
        occurred_ms: Numbers,
        *,
        place: Column = 0,
        detail: Column = 0,
        agent: Column = 0,
        actor: int = kinds.NOBODY,
        verdict: Column = kinds.UNJUDGED,
    ) -> None:
        """Write down one happening for each row."""
        values = (types, rows, occurred_ms, place, detail, agent, actor, verdict)
        self._pieces.append(
            tuple(
                np.broadcast_to(np.asarray(value).astype(kind, copy=False), rows.shape)
                for value, kind in zip(values, _TYPES, strict=True)
            )
        )

    def settled(self) -> dict[str, Numbers]:
        """Each field as one column, in the order of messages and moments, no two moments alike."""
        columns = {
            name: np.concatenate([piece[at] for piece in self._pieces])
            if self._pieces
            else np.empty(0, dtype=kind)
            for at, (name, kind) in enumerate(zip(_FIELDS, _TYPES, strict=True))
        }
        # One sort by a number of both: rows below 2**20, times within four months below 2**40.
        moments = columns["occurred_ms"]
        start = int(moments.min()) if len(moments) else 0
        order = np.argsort(
            (columns["row"].astype(np.int64) << 41) + (moments - start), kind="stable"
        )
        columns = {name: column[order] for name, column in columns.items()}
        rows = columns["row"]
        firsts = np.flatnonzero(np.diff(rows, prepend=np.uint32(2**32 - 1)) != 0)
        places = within(np.diff(np.append(firsts, len(rows))))
        columns["occurred_ms"] = _distinct(columns["occurred_ms"], places, columns["type"])
        kept = places < _MOMENTS
        return {name: column[kept] for name, column in columns.items()}


_EXACT = np.zeros(256, dtype=bool)
# these tell the moment of sending itself, and each comes once
_EXACT[
    [
        kinds.TYPE[name]
        for name in ("Send", "Reject", "Rendering Failure", "_SMS.BUFFERED", "_campaign.send")
    ]
] = True
_SECONDS = np.zeros(256, dtype=bool)
_SECONDS[[kinds.TYPE[name] for name in ("sent", "delivered", "read", "failed")]] = True


def _distinct(moments: Numbers, places: Numbers, types: Numbers) -> Numbers:
    distinct = (moments >> 6 << 6) + places
    distinct = np.where(_EXACT[types], moments, distinct)
    return np.where(_SECONDS[types], moments // 1000 * 1000, distinct)
