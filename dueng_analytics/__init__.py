"""Views, tests and reports over SES, End User Messaging and Pinpoint events."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

__version__ = "0.1.0"
__all__ = ["QueryResult", "Workspace", "__version__", "open_lake"]

if TYPE_CHECKING:
    from dueng_analytics.workspace import QueryResult, Workspace, open_lake


def __getattr__(name: str) -> Any:
    """The public names, imported when they are first used: ``dueng --help`` needs none of them."""
    if name in __all__:
        from dueng_analytics import workspace

        return getattr(workspace, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
