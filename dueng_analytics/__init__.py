"""Views, tests and reports over SES, End User Messaging and Pinpoint events."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

__version__ = "0.1.0"
__all__ = [
    "QueryResult",
    "RemoteWorkspace",
    "Target",
    "Workspace",
    "__version__",
    "open_lake",
    "open_target",
]
_PLACES = {
    "QueryResult": "query_result",
    "Workspace": "workspace",
    "open_lake": "workspace",
    "RemoteWorkspace": "remote",
    "open_target": "remote",
    "Target": "target_settings",
}

if TYPE_CHECKING:
    from dueng_analytics.query_result import QueryResult
    from dueng_analytics.remote import RemoteWorkspace, open_target
    from dueng_analytics.target_settings import Target
    from dueng_analytics.workspace import Workspace, open_lake


def __getattr__(name: str) -> Any:
    """The public names, imported when they are first used: ``dueng --help`` needs none of them."""
    if name in _PLACES:
        return getattr(import_module(f"dueng_analytics.{_PLACES[name]}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
