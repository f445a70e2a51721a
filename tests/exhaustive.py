"""What the default run leaves out: more of a matrix that it holds a part of."""

from __future__ import annotations

import os

import pytest

EXHAUSTIVE = os.environ.get("DUENG_EXHAUSTIVE") == "1"


def _reason(file: str) -> str:
    return f"takes long; DUENG_EXHAUSTIVE=1 python -m pytest tests/{file}"


def exhaustive(file: str) -> pytest.MarkDecorator:
    """The mark of cases that run only where everything is asked for."""
    return pytest.mark.skipif(not EXHAUSTIVE, reason=_reason(file))


def exhaustive_module(file: str) -> None:
    """Leave a module out, before it imports what takes long, where not everything is asked for."""
    if not EXHAUSTIVE:
        pytest.skip(_reason(file), allow_module_level=True)
