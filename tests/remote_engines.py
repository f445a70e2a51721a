"""What the tests of both engines that are asked over HTTP have in common."""

from __future__ import annotations

import pytest

from dueng_analytics.engines.base import RemoteEngine
from dueng_analytics.errors import EngineError
from dueng_analytics.model.types import ColumnType, parse_glue_type


def types(*names: str) -> tuple[ColumnType, ...]:
    """Types by their names in Glue, as an engine takes them."""
    return tuple(parse_glue_type(name) for name in names)


def failing(engine: RemoteEngine, sql: str = "select 1 as a", *kinds: str) -> EngineError:
    """The error of a statement, which names a way out."""
    with pytest.raises(EngineError) as caught:
        engine.run(sql, types(*(kinds or ("bigint",))))
    assert caught.value.hint, "no way out is named"
    return caught.value
