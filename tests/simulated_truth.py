"""A simulated lake's ledger, and what follows from it alone.

The rules are those of the views' descriptions and of docs/families, written over the ledger's
events: no SQL of the package has a part in it.
"""

from __future__ import annotations

import json
from functools import cached_property
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow.dataset as ds

ANNOUNCEMENTS = ("_campaign.send", "_journey.send")
OPENS = ("_email.open", "Open", "read")
CLICKS = ("_email.click", "Click")
UNSUBSCRIBES = ("_email.unsubscribe", "Subscription")
# What a scanner, a library or a browser without a window calls itself.
SCANNERS = "bot|crawl|spider|scanner|barracuda|proofpoint|mimecast|safelinks|headless"
PROGRAMS = r"phantomjs|curl|wget|python-requests|go-http-client|java/|\+https?://"
BROWSERS = r"^ *(?:(?:mozilla|opera)/|$)"
KEY = ["message_id", "recipient"]
MINUTE = pd.Timedelta(minutes=1)
OPEN_S, CLICK_S = pd.Timedelta(seconds=2), pd.Timedelta(seconds=5)
_BEGUN = r"-1-(\d{4}-\d\d-\d\d-\d\d-\d\d-\d\d)-[^/]+$"


def table(folder: Path, name: str) -> pd.DataFrame:
    """A table of the ledger; texts of few values as plain texts."""
    found = ds.dataset(folder / "truth" / name).to_table()
    frame = found.to_pandas()
    for column in frame.columns:
        if isinstance(frame[column].dtype, pd.CategoricalDtype):
            frame[column] = frame[column].astype(object)
    return frame


class Ledger:
    """The ledger of a lake, and what follows from it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.messages = table(folder, "messages")
        self.events = table(folder, "events")
        self.faults = table(folder, "faults")
        self.stored = table(folder, "stored.parquet")
        self.daily = table(folder, "daily.parquet")

    @cached_property
    def judged(self) -> pd.DataFrame:
        """Every event with its message's sending, and what the rules guess of opens and clicks."""
        events = self.events.merge(
            self.messages[self.messages["place"] == 0][["message", "sent_at", "channel"]],
            on="message",
        )
        after = events["occurred_at"] - events["sent_at"]
        told = events["verdict"].notna()
        likely = events["verdict"] == "Likely"
        bare = (events["agent"] == "Mozilla/5.0") & (after <= MINUTE)
        agent = events["agent"].fillna("").str.lower()
        named = agent.str.replace("cubot", "").str.contains(SCANNERS) | agent.str.contains(PROGRAMS)
        fetched = bare | named | (after < OPEN_S)
        scanned = named | ~agent.str.contains(BROWSERS) | (after < CLICK_S)
        clicks = events["event_type"].isin([*CLICKS, "_email.unsubscribe"])
        opens = events["event_type"].isin(["_email.open", "Open"])
        events["is_machine_open"] = opens & np.where(told, likely, fetched)
        events["is_bot_click"] = clicks & np.where(told, likely, scanned)
        return events

    @cached_property
    def told(self) -> pd.DataFrame:
        """A row for each event and recipient that a readable record tells of."""
        events = self.judged[self.judged["told"] > 0]
        push = events["channel"] == "push"
        announced = ~push & events["event_type"].isin(ANNOUNCEMENTS)
        events = events[~announced & ~(push & (events["status"] == "HOLDOUT"))]
        people = self.messages.drop(columns=["sent_at", "channel"])
        joined = events.rename(columns={"place": "told_place"}).merge(people, on="message")
        everybody = joined["told_place"].isna()
        joined = joined[everybody | (joined["told_place"] == joined["place"])]
        return joined[~(is_shared(joined) & joined["is_multi_recipient"])].copy()

    @cached_property
    def objects(self) -> pd.DataFrame:
        """Every object of the lake: its source, path, hour of the folder and begin, in order."""
        root = self.folder / "events"
        paths = pd.Series([str(path.relative_to(root)) for path in root.rglob("*.*")], name="path")
        parts = paths.str.split("/", expand=True)
        found = pd.DataFrame({"source": parts[0], "object": paths})
        found["hour"] = pd.to_datetime(
            parts[[1, 2, 3, 4]].agg("-".join, axis=1), format="%Y-%m-%d-%H"
        )
        begun = paths.str.extract(_BEGUN)[0]
        found["begun_at"] = pd.to_datetime(begun, format="%Y-%m-%d-%H-%M-%S")
        return found.sort_values(["source", "begun_at"], ignore_index=True)

    @cached_property
    def filed(self) -> pd.DataFrame:
        """A row for each event and object that holds records of it, with the event's own columns.

        ``readable`` records are stored and no malformed ones; of these ``lost`` have a text where
        the object with their message belongs. The others are ``malformed``.
        """
        first = self.events[self.events["is_published"]][["event", "source", "received_at"]]
        again = self.events[["event", "source", "repeats_received_at"]].explode(
            "repeats_received_at"
        )
        again = again.rename(columns={"repeats_received_at": "received_at"}).dropna()
        records = pd.concat([first, again.astype({"received_at": first["received_at"].dtype})])
        parts = [
            part.assign(object=self._objects_of(source, part["received_at"]))
            for source, part in records.groupby("source")
        ]
        filed = pd.concat(parts).groupby(["event", "object"]).size().rename("records").to_frame()
        for name, fault in (("malformed", "malformed"), ("lost", "wrong shape: the message")):
            faulty = self.faults[self.faults["fault"].str.startswith(fault)]
            found = faulty.groupby(["event", "object"]).size()
            assert found.index.isin(filed.index).all()
            filed[name] = found.reindex(filed.index, fill_value=0)
        filed["readable"] = filed["records"] - filed["malformed"]
        filed = filed.reset_index().merge(self.objects[["object", "hour"]], on="object")
        people = self.messages[self.messages["place"] == 0]
        people = people[
            ["message", "message_id", "channel", "recipient_count", "is_multi_recipient"]
        ]
        events = self.events.drop(columns=["malformed", "repeats_received_at"])
        return filed.merge(events, on="event").merge(people, on="message")

    def _objects_of(self, source: str, received: pd.Series) -> pd.Series:
        """The object that each record of a source lies in, by its receipt."""
        objects = self.objects[self.objects["source"] == source]
        manifest = json.loads((self.folder / "truth" / "manifest.json").read_text("utf-8"))
        buffer = np.timedelta64(manifest["parameters"]["buffer_s"], "s")
        moments = np.sort(received.to_numpy())
        starts: list[np.datetime64] = []
        for begun in objects["begun_at"].to_numpy():
            # A name has whole seconds; in the one in which an object is closed by its age, records
            # of the next one and of this one may come.
            full = starts[-1] + buffer if starts else begun
            closes = begun <= full < begun + np.timedelta64(1, "s")
            starts.append(moments[np.searchsorted(moments, full if closes else begun)])
        at = np.searchsorted(np.array(starts), received.to_numpy(), side="right") - 1
        return pd.Series(objects["object"].to_numpy()[at], index=received.index)


def is_shared(events: pd.DataFrame) -> pd.Series:
    """What is done with a mail to several, so that nobody can be told from."""
    return events["event_type"].isin([*OPENS, *CLICKS, *UNSUBSCRIBES])
