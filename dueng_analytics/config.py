"""Settings: flags before ``DUENG_*`` variables before ``dueng.toml`` before defaults.

Reading them never prompts and never touches anything but ``dueng.toml``.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields
from datetime import timedelta
from pathlib import Path
from typing import cast
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError, available_timezones

from dueng_analytics.errors import DefinitionError, Location, UsageError, near_names
from dueng_analytics.target_settings import Target, parse_targets

FILE_NAME = "dueng.toml"
DEFAULT_MAX_BYTES = 10_000_000_000
ONLY_IN_THE_FILE = ("targets",)
"""Settings that are tables of tables, which neither an option nor a variable can say."""

_LEAST_MEMORY_BYTES = 64_000_000
"""Less than this and the embedded engine does not start."""
_LONGEST_SPAN = timedelta(days=3650)

_SIZE = re.compile(r"(\d{1,15}(?:\.\d{1,15})?) ?([kmgt]?)i?b?", re.IGNORECASE)
_DURATION = re.compile(r"(\d{1,9}) ?(d|h|days?|hours?)", re.IGNORECASE)
_POWER = {"": 0, "k": 1, "m": 2, "g": 3, "t": 4}


@dataclass(frozen=True, slots=True)
class Config:
    """Every setting with its value; ``origins`` tells where each was given."""

    events: tuple[str, ...] = ()
    """Event files: ``PATH`` or ``family=PATH``, local or ``s3://``."""
    names: Path | None = None
    """CSV of campaign, journey and segment names."""
    time_zone: str = "UTC"
    """Zone of report days, as the IANA database names it."""
    locale: str = "en_US"
    """How numbers and dates are written in reports."""
    lateness: timedelta | None = None
    """How long after its send an outcome is waited for; by default what each source declares."""
    max_bytes: int = DEFAULT_MAX_BYTES
    """The most that is read from a lake without a window."""
    memory_limit: str = "1.1GB"
    """What the embedded engine may hold in memory before it spills."""
    spill_folder: Path | None = None
    """Where the embedded engine spills and stages; the system's temporary folder by default."""
    threads: int | None = None
    """Threads of the embedded engine; one per core by default."""
    profile: str | None = None
    """AWS profile."""
    region: str | None = None
    """AWS region."""
    databases: Mapping[str, str] = field(default_factory=dict)
    """Physical database by family, for what is printed and for queries that name it."""
    aliases: Mapping[str, str] = field(default_factory=dict)
    """Family by another name of its database, for queries that were written elsewhere."""
    target: str | None = None
    """Where queries and reports run; on the event files if none is named."""
    targets: Mapping[str, Target] = field(default_factory=dict)
    """Athena and Trino as this project uses them, by name."""
    project_folder: Path | None = None
    """The folder of the dueng.toml that was read."""
    origins: Mapping[str, str] = field(default_factory=dict)

    @property
    def sql_folders(self) -> tuple[Path, ...]:
        """The ``sql/`` folder of the project, if it has one."""
        if self.project_folder is None or not (self.project_folder / "sql").is_dir():
            return ()
        return (self.project_folder / "sql",)

    def origin(self, name: str) -> str:
        """Where a setting's value comes from: a flag, a variable, file and line, or default."""
        return self.origins.get(name, "default")


def option_name(setting: str) -> str:
    """The command-line option that gives a setting."""
    short = {"time_zone": "timezone", "databases": "database", "aliases": "alias"}
    name = short.get(setting, setting)
    return f"--{name.replace('_', '-')}"


def load_config(
    flags: Mapping[str, object],
    environment: Mapping[str, str],
    folder: Path,
    project: Path | None = None,
    *,
    flag_name: Callable[[str], str] = option_name,
) -> Config:
    """The settings that hold in a folder.

    Args:
        flags: value by setting name; None and the empty tuple mean not given.
        environment: variables; those named ``DUENG_<SETTING>`` count.
        folder: where to look for dueng.toml, upwards.
        project: the folder that holds it, if the caller knows.
        flag_name: what the person who gave a flag calls it, for origins and messages.

    Raises:
        UsageError: a flag or variable that means nothing.
        DefinitionError: dueng.toml is not TOML, or names an unknown setting or value; with line.
    """
    values: dict[str, object] = {}
    origins: dict[str, str] = {}

    def take(name: str, value: object, origin: str) -> None:
        if name == "databases":  # one family said here leaves the others as they were
            value = {**cast(dict[str, str], values.get(name, {})), **cast(dict[str, str], value)}
        values[name], origins[name] = value, origin

    project_folder = _project_folder(folder, project)
    if project_folder is not None:
        for name, value, where in _from_file(project_folder / FILE_NAME):
            take(name, value, str(where))
    for name in _PARSERS:
        text = environment.get(f"DUENG_{name.upper()}")
        if text and name not in ONLY_IN_THE_FILE:
            origin = f"DUENG_{name.upper()}"
            take(name, _parsed(name, text, f"{origin}: "), origin)
    for name, given in flags.items():
        if name in _PARSERS and given is not None and given != ():
            origin = flag_name(name)
            take(name, _parsed(name, given, f"{origin}: "), origin)
    return Config(**values, project_folder=project_folder, origins=origins)  # type: ignore[arg-type]


def setting_names() -> tuple[str, ...]:
    """The settings in the order in which they are shown."""
    hidden = ("project_folder", "origins")
    return tuple(entry.name for entry in fields(Config) if entry.name not in hidden)


def parse_size(text: str) -> int:
    """The bytes that a text such as ``10 GB`` or ``500000`` means; units count in thousands.

    Raises:
        ValueError: it is no size.
    """
    match = _SIZE.fullmatch(text.strip())
    if match is None:
        raise ValueError(f"{text!r} is no size such as 500 MB or 10 GB")
    return int(float(match[1]) * 1000 ** _POWER[match[2].lower()])


def parse_duration(text: str) -> timedelta:
    """The span that a text such as ``60 days`` or ``72h`` means.

    Raises:
        ValueError: it is no span, or one of more than ten years.
    """
    match = _DURATION.fullmatch(text.strip())
    if match is None:
        raise ValueError(f"{text!r} is no span such as 60 days or 72h")
    hours = int(match[1]) * (24 if match[2][0].lower() == "d" else 1)
    if hours > _LONGEST_SPAN.days * 24:
        raise ValueError(f"{text!r} is more than {_LONGEST_SPAN.days} days")
    return timedelta(hours=hours)


def _project_folder(folder: Path, project: Path | None) -> Path | None:
    if project is not None:
        if not project.is_dir():
            raise UsageError(f"there is no project folder {project}")
        if not (project / FILE_NAME).is_file():
            raise UsageError(
                f"{project} holds no {FILE_NAME}",
                hint=f"An empty {FILE_NAME} makes a folder a project.",
            )
        return project
    for candidate in (folder, *folder.parents):
        if (candidate / FILE_NAME).is_file():
            return candidate
    return None


def _from_file(path: Path) -> list[tuple[str, object, Location]]:
    try:
        text = path.read_text("utf-8")
        content = tomllib.loads(text)
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, OSError) as error:
        raise DefinitionError(f"cannot be read as TOML: {error}", where=Location(path)) from None
    found: list[tuple[str, object, Location]] = []
    for name, value in content.items():
        where = Location(path, _line_of(text, name))
        if name not in _PARSERS:
            near = near_names(name, _PARSERS)
            raise DefinitionError(
                f"there is no setting {name!r}",
                where=where,
                hint=f"Did you mean {' or '.join(near)}?" if near else "See `dueng config`.",
            )
        try:
            parsed = _PARSERS[name](value)
        except ValueError as error:
            raise DefinitionError(f"{name}: {error}", where=where) from None
        found.append((name, _below(path.parent, name, parsed), where))
    return found


def _below(folder: Path, name: str, value: object) -> object:
    """A relative path in dueng.toml is meant from the file's own folder."""
    if isinstance(value, Path):
        return folder / value
    if name == "events" and isinstance(value, tuple):
        return tuple(_event_path_below(folder, entry) for entry in value)
    return value


def _event_path_below(folder: Path, entry: str) -> str:
    family, equals, location = entry.rpartition("=")
    if "://" in location or "/" in family:
        return entry
    return f"{family}{equals}{folder / Path(location).expanduser()}"


def _line_of(text: str, name: str) -> int:
    key = re.compile(rf"\s*(\[\s*)?[\"']?{re.escape(name)}[\"']?\s*(=|\.|\])")
    for number, line in enumerate(text.splitlines(), start=1):
        if key.match(line):
            return number
    return 0


def _parsed(name: str, value: object, prefix: str) -> object:
    try:
        return _PARSERS[name](value)
    except ValueError as error:
        raise UsageError(f"{prefix}{error}") from None


def _text(value: object) -> str:
    if not isinstance(value, str) or not value.strip():
        raise ValueError(f"{value!r} is no text")
    return value


def _texts(value: object) -> tuple[str, ...]:
    if isinstance(value, str):
        value = [part for part in re.split(r"[,\n]", value) if part.strip()]
    if not isinstance(value, (list, tuple)):
        raise ValueError(f"{value!r} is no list of texts")
    return tuple(_text(part).strip() for part in value)


def _path(value: object) -> Path:
    return (value if isinstance(value, Path) else Path(_text(value))).expanduser()


def _zone(value: object) -> str:
    name = _text(value)
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        near = near_names(name, available_timezones())
        advice = f"did you mean {' or '.join(near)}?" if near else "write it like Europe/Berlin"
        raise ValueError(f"there is no time zone named {name!r}; {advice}") from None
    return name


def _count(value: object) -> int:
    try:
        count = int(str(value))
    except ValueError:
        raise ValueError(f"{value!r} is no whole number") from None
    if count < 1:
        raise ValueError(f"{count} is less than 1")
    return count


def _bytes(value: object) -> int:
    size = parse_size(str(value) if isinstance(value, int) else _text(value))
    if size < 1:
        raise ValueError(f"{value!r} is less than 1 byte")
    return size


def _memory(value: object) -> str:
    size = _bytes(value)
    if size < _LEAST_MEMORY_BYTES:
        raise ValueError(
            f"{value!r} is less than the {_LEAST_MEMORY_BYTES // 1_000_000} MB that it needs"
        )
    # the engine wants a unit
    return str(value) if not str(value).isdigit() else f"{size}B"


def _span(value: object) -> timedelta:
    return value if isinstance(value, timedelta) else parse_duration(_text(value))


def _pairs(key: str, named: str) -> Callable[[object], Mapping[str, str]]:
    """A reader of tables in the file, and of lists of pairs elsewhere."""

    def read(value: object) -> Mapping[str, str]:
        if isinstance(value, (str, list, tuple)):
            pairs = [part.partition("=") for part in _texts(value)]
            if not all(equals for _, equals, _ in pairs):
                raise ValueError(f"{value!r} is no list of {key}={named}")
            return {one: other for one, _, other in pairs}
        if not isinstance(value, Mapping):
            raise ValueError(f"is no table of {key} = {named}")
        return {str(one): _text(other) for one, other in value.items()}

    return read


_PARSERS: Mapping[str, Callable[[object], object]] = {
    "events": _texts,
    "names": _path,
    "time_zone": _zone,
    "locale": _text,
    "lateness": _span,
    "max_bytes": _bytes,
    "memory_limit": _memory,
    "spill_folder": _path,
    "threads": _count,
    "profile": _text,
    "region": _text,
    "databases": _pairs("family", "database"),
    "aliases": _pairs("name", "family"),
    "target": _text,
    "targets": parse_targets,
}
