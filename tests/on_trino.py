"""Tests that need a real Trino: left out where it is not asked for, required where it is."""

from __future__ import annotations

import os

import pytest

REQUIRED = os.environ.get("DUENG_REQUIRE_TRINO") == "1"


def trino_module(file: str) -> None:
    """Leave a module out, before it imports what takes long, where Trino is not asked for."""
    if not REQUIRED:
        pytest.skip(
            "needs Trino; python -m tests.stack fetch &&"
            f" DUENG_REQUIRE_TRINO=1 python -m pytest tests/{file}",
            allow_module_level=True,
        )
