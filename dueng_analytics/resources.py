"""Where the packaged ``sql/``, ``reports/`` and ``fixtures/`` are on this machine.

In a checkout and in an editable install they lie beside the package; in a wheel they were put
under ``dueng_analytics/_data``. Nothing else in the package may guess at paths.
"""

from __future__ import annotations

from pathlib import Path

from dueng_analytics.errors import DuengError

_PACKAGE = Path(__file__).resolve().parent
_KINDS = ("sql", "reports", "fixtures")


def packaged(kind: str) -> Path:
    """The folder that holds the packaged ``sql``, ``reports`` or ``fixtures``.

    Raises:
        ValueError: ``kind`` is none of the three.
        DuengError: the installation is incomplete.
    """
    if kind not in _KINDS:
        raise ValueError(f"{kind!r} is not one of {', '.join(_KINDS)}")
    for root in (_PACKAGE / "_data", _PACKAGE.parent):
        folder = root / kind
        if folder.is_dir():
            return folder
    raise DuengError(
        f"the packaged folder {kind}/ is missing from this installation",
        where=str(_PACKAGE),
        hint="Install the package again; a wheel carries it under dueng_analytics/_data.",
    )
