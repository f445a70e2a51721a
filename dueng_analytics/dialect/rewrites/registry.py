"""What a rewrite is, and by what it is found."""

from __future__ import annotations

from collections.abc import Callable

from sqlglot import exp

Rewrite = Callable[[exp.Expr], exp.Expr]
"""From a node of the typed Athena tree, its parts rewritten, to the node to use on DuckDB."""

Key = type[exp.Expr] | str
"""sqlglot's class of a node, or the name of a function that has no class."""
