"""One day out of two years in a bucket of a local S3 server: requests, bytes, time."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from tests.local_s3 import LocalS3, Request

from .json_lake import FIRST_HOUR, record
from .measured import Measurement
from .options import Options
from .rows import ALL, DAY
from .turns import Runner, in_turns, side_process
from .work import Task

_EVENTS_AN_HOUR = 5


@dataclass
class _Counted:
    """A side whose requests the server counts, with the bytes of the objects that they got."""

    side: Runner
    server: LocalS3
    name: str = field(init=False)

    def __post_init__(self) -> None:
        self.name = self.side.name

    def run(self) -> dict[str, Any]:
        self.server.requests.clear()
        found = self.side.run()
        gets = self.server.gets
        return {
            **found,
            "bytes_read": sum(self._bytes(request) for request in gets),
            "files_read": len({request.key for request in gets}),
            "requests": len(self.server.requests),
        }

    def end(self) -> dict[str, Any]:
        return self.side.end()

    def _bytes(self, request: Request) -> int:
        stored = self.server.backend.get_bucket(request.bucket).keys.get(request.key)
        return int(stored.size) if stored is not None else 0


def measure_one_day(options: Options) -> Measurement:
    """The mails of a day in the middle, out of every hour of so many days."""
    hours = list(_hours(options.bucket_days))
    lines = [record(number, FIRST_HOUR) for number in range(_EVENTS_AN_HOUR)]
    day = str(date.fromordinal(FIRST_HOUR.toordinal() + options.bucket_days // 2))
    server = LocalS3()
    try:
        server.put_many(
            (f"events/{hour:%Y/%m/%d/%H}/stream-1-{hour:%Y-%m-%d-%H}" for hour in hours),
            "".join(f"{line}\n" for line in lines).encode("utf-8"),
        )
        environment = {
            "AWS_ENDPOINT_URL": server.endpoint,
            "AWS_ACCESS_KEY_ID": "key",
            "AWS_SECRET_ACCESS_KEY": "secret",
            "AWS_DEFAULT_REGION": "us-east-1",
            "AWS_EC2_METADATA_DISABLED": "true",
        }
        events = server.address("events/")
        with ExitStack() as stack:
            sides = [
                _Counted(
                    stack.enter_context(
                        side_process(
                            name,
                            Task(kind, events, options.scratch, options.threads, day, day),
                            environment,
                        )
                    ),
                    server,
                )
                for name, kind in ((ALL, "all hours"), (DAY, "one day"))
            ]
            taken = in_turns(sides, options.rounds)
    finally:
        server.stop()
    return Measurement(
        "one-day", "DuckDB", len(hours) * _EVENTS_AN_HOUR, tuple(one.side for one in taken)
    )


def _hours(days: int) -> Iterator[datetime]:
    return (FIRST_HOUR + timedelta(hours=number) for number in range(days * 24))
