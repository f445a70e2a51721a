"""The machine and the versions with which something was measured."""

from __future__ import annotations

import os
import platform
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

from dueng_analytics import __version__


def machine(with_trino: bool) -> dict[str, str]:
    """What a reader needs to judge the figures, as texts by what they tell.

    Raises:
        ImportError: what the tests need of Trino is not there, and it is asked for.
    """
    kernel = platform.release().partition("-")[0]
    found = {
        "date": f"{datetime.now(UTC):%Y-%m-%d}",
        "processor": _processor(),
        "cores": str(os.cpu_count()),
        "memory": f"{memory_bytes() / 1e9:.1f} GB",
        "system": f"{platform.system()} {kernel}",
        "dueng-analytics": __version__,
        "Python": platform.python_version(),
        "DuckDB": version("duckdb"),
        "pyarrow": version("pyarrow"),
    }
    if with_trino:
        from tests.stack.artifacts import VERSION

        found["Trino"] = VERSION
    return found


def memory_bytes() -> int:
    """The memory of the machine."""
    return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")


def _processor() -> str:
    listed = Path("/proc/cpuinfo")
    if listed.exists():
        for line in listed.read_text("utf-8").splitlines():
            name, _, value = line.partition(":")
            if name.strip() == "model name":
                return value.strip()
    return platform.processor() or platform.machine()
