"""What the default run leaves out: more of a matrix that it holds a part of."""

from __future__ import annotations

import os

import pytest

EXHAUSTIVE = os.environ.get("DUENG_EXHAUSTIVE") == "1"


def exhaustive(file: str) -> pytest.MarkDecorator:
    """The mark of cases that run only where everything is asked for."""
    return pytest.mark.skipif(
        not EXHAUSTIVE,
        reason=f"takes long; DUENG_EXHAUSTIVE=1 python -m pytest tests/{file}",
    )
