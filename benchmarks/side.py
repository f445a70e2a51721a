"""A process that does one side's work when it is told to: ``python -m benchmarks.side``.

It is given a task as one line of JSON and then a word a line: ``run``, ``end``. Each is answered
with a line of JSON.
"""

from __future__ import annotations

import json
import sys
import time
from dataclasses import asdict
from pathlib import Path
from typing import Any

from .whole_lake import peak_bytes
from .work import Task, Work, prepared


def main() -> None:
    """Answer until the end, or until nobody asks any more."""
    answers = sys.stdout
    sys.stdout = sys.stderr  # what the work prints itself is no answer

    def answer(found: dict[str, Any]) -> None:
        print(json.dumps(found), file=answers, flush=True)

    work = prepared(Task(**json.loads(sys.stdin.readline())))
    answer({})
    for line in sys.stdin:
        if line.strip() == "end":
            # The peak is that of what was measured: what comes after it proves, and is not.
            peak = peak_bytes()
            answer({"peak_bytes": peak, "proof": work.proof(), "told": work.told()})
            break
        answer(_run(work))
    work.close()


def _run(work: Work) -> dict[str, Any]:
    read_before = _bytes_read()
    cpu_before, started_at = time.process_time(), time.perf_counter()
    outcome = work.run()
    seconds, cpu_s = time.perf_counter() - started_at, time.process_time() - cpu_before
    read = None if read_before is None else (_bytes_read() or 0) - read_before
    return {**asdict(outcome), "seconds": seconds, "cpu_s": cpu_s, "bytes_read": read}


def _bytes_read() -> int | None:
    """What this process has read so far from files and sockets; None where nothing tells it."""
    counters = Path("/proc/self/io")
    if not counters.exists():
        return None
    return int(counters.read_text().split()[1])  # rchar, also what the system had in memory


if __name__ == "__main__":
    main()
