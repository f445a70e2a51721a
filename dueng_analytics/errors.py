"""Every exception that this package raises on purpose.

The first level says who has to act::

    DuengError
    ├── UsageError            the person at the keyboard: a name, a flag, a date range
    │   ├── UnknownRelation   no view, source or table of that name
    │   └── UnknownName       no report, target, column … of that name
    ├── DefinitionError       the author of a file under sql/ or reports/, or of dueng.toml
    │   ├── SqlError          a statement that does not parse, resolve or fit the portable set
    │   └── ContractError     a view whose columns are not the declared ones
    ├── LakeError             the owner of the event files
    │   ├── EmptyLake         no event file where one was expected
    │   ├── UnreadableLake    a path, object or permission that stops the reading
    │   ├── BudgetExceeded    more bytes than the reader was allowed to read
    │   └── QuarantineError   records that cannot be read, under ``--strict``
    ├── EngineError           the engine, or the query that was sent to it
    └── DeploymentError       the owner of the catalogue that views are put into

A message says what happened, where, and the way out; ``where`` and ``hint`` hold the last two
so that a caller can show them apart.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path


@dataclass(frozen=True, slots=True)
class Location:
    """A place in a text file; ``line`` and ``column`` count from one, zero means unknown."""

    path: Path
    line: int = 0
    column: int = 0

    def __str__(self) -> str:
        text = str(self.path)
        if self.line:
            text += f":{self.line}"
            if self.column:
                text += f":{self.column}"
        return text


class DuengError(Exception):
    """The root of every error that this package raises on purpose."""

    def __init__(
        self, what: str, *, where: Location | str | None = None, hint: str | None = None
    ) -> None:
        self.what = what
        self.where = str(where) if where is not None else None
        self.hint = hint
        super().__init__(self.message)

    @property
    def message(self) -> str:
        """The whole message on up to two lines: place and fact, then the way out."""
        text = f"{self.where}: {self.what}" if self.where else self.what
        return f"{text}\n  {self.hint}" if self.hint else text


class UsageError(DuengError):
    """The command or call cannot be carried out as it was given."""


class UnknownName(UsageError):
    """A name that is not defined anywhere, with the nearest ones that are."""

    def __init__(
        self,
        kind: str,
        name: str,
        known: Iterable[str],
        *,
        where: Location | str | None = None,
        hint: str | None = None,
    ) -> None:
        self.kind = kind
        self.name = name
        self.near: Sequence[str] = near_names(name, known)
        if self.near:
            hint = f"Did you mean {' or '.join(self.near)}?" + (f" {hint}" if hint else "")
        super().__init__(f"there is no {kind} named {name!r}", where=where, hint=hint)


class UnknownRelation(UnknownName):
    """No view, source or table of that name in any family."""


class DefinitionError(DuengError):
    """A file under sql/ or reports/, or dueng.toml, says something that cannot be."""


class SqlError(DefinitionError):
    """A statement that does not parse, does not resolve, or is not portable."""


class ContractError(DefinitionError):
    """A view whose columns are not the declared ones."""


class LakeError(DuengError):
    """The event files cannot be read as asked."""


class EmptyLake(LakeError):
    """No event file where at least one was expected."""


class UnreadableLake(LakeError):
    """A path, object or permission that stops the reading."""


class BudgetExceeded(LakeError):
    """More bytes would be read than allowed."""


class QuarantineError(LakeError):
    """Records that cannot be read, and the caller asked for none."""


class EngineError(DuengError):
    """The engine refused or failed."""


class DeploymentError(DuengError):
    """The catalogue holds something that cannot be understood or changed."""


class DefinitionErrors(DefinitionError):
    """Several definition errors found in one pass, all of them listed."""

    def __init__(self, errors: Sequence[DefinitionError]) -> None:
        self.errors = tuple(errors)
        lines = "\n".join(error.message for error in self.errors)
        count = len(self.errors)
        super().__init__(f"{count} definition{'s' if count != 1 else ''} cannot be used\n{lines}")


def near_names(name: str, known: Iterable[str]) -> tuple[str, ...]:
    """Up to three known names that look like ``name``, nearest first."""
    from difflib import get_close_matches  # slow to import, and only mistakes need it

    folded = {candidate.lower(): candidate for candidate in known}
    return tuple(folded[match] for match in get_close_matches(name.lower(), list(folded), n=3))
