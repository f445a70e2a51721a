"""What stands after FROM: the rows of arrays and maps."""

from __future__ import annotations

from collections.abc import Mapping

from dueng_analytics.dialect.rewrites.registry import Key, Rewrite

REWRITES: Mapping[Key, Rewrite] = {}
