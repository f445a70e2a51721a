"""A process that reads a folder whole: ``python -m benchmarks.whole_lake FOLDER``.

It imports nothing of the other benchmarks, whose memory would count as that of the product.
"""

from __future__ import annotations

import json
import resource
import sys
from pathlib import Path

from dueng_analytics import open_lake


def main(events: str) -> None:
    """Read a folder whole, and print how many records it had and what that took."""
    with open_lake(events, max_bytes="100 GB") as lake:
        found = lake.read_events()
    json.dump({"records": sum(found.records.values()), "peak_bytes": peak_bytes()}, sys.stdout)


def peak_bytes() -> int:
    """The most memory that this process ever held.

    Linux hands the peak of a parent to what it starts (``getrusage``), so it is read elsewhere.
    """
    status = Path("/proc/self/status")
    if status.exists():
        line = next(line for line in status.read_text().splitlines() if line.startswith("VmHWM:"))
        return int(line.split()[1]) * 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


if __name__ == "__main__":
    main(sys.argv[1])
