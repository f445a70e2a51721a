"""YAML read as nodes that know their line, so that every complaint names file and line.

PyYAML parses; this module only keeps the marks that its plain loader throws away, and refuses
duplicate keys, which it accepts silently.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import yaml

from dueng_analytics.errors import DefinitionError, Location, near_names

try:
    from yaml import CSafeLoader as _Loader
except ImportError:  # a PyYAML built without libyaml: slower, same result
    from yaml import SafeLoader as _Loader  # type: ignore[assignment]


class _TextLoader(_Loader):
    """Timestamps stay text: a wire record holds text, and a row's times are cast by column type."""


_TextLoader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if not tag.endswith(":timestamp")]
    for first, resolvers in _Loader.yaml_implicit_resolvers.items()
}


@dataclass(frozen=True, slots=True)
class Node:
    """A YAML value with its place."""

    raw: yaml.Node
    path: Path
    label: str

    @property
    def where(self) -> Location:
        mark = self.raw.start_mark
        return Location(self.path, mark.line + 1, mark.column + 1)

    def error(self, what: str, hint: str | None = None) -> DefinitionError:
        return DefinitionError(f"{self.label} {what}", where=self.where, hint=hint)

    @property
    def value(self) -> Any:
        """The plain Python value, timestamps as text.

        Raises:
            DefinitionError: a tag or a key that no plain value has.
        """
        constructor = _TextLoader("")
        try:
            return constructor.construct_document(self.raw)
        except yaml.MarkedYAMLError as error:
            raise _invalid(error, self.path) from None
        finally:
            constructor.dispose()

    @property
    def is_mapping(self) -> bool:
        return isinstance(self.raw, yaml.MappingNode)

    @property
    def is_sequence(self) -> bool:
        return isinstance(self.raw, yaml.SequenceNode)

    def mapping(self, required: Collection[str], optional: Collection[str] = ()) -> dict[str, Node]:
        """The entries of a mapping that has all required keys and none but the named ones."""
        entries = dict(self.items())
        known = [*required, *optional]
        for key, node in entries.items():
            if key not in known:
                near = near_names(key, known)
                raise node.error(
                    f"is not a known key of {self.label}",
                    hint=f"Did you mean {' or '.join(near)}?"
                    if near
                    else f"Known keys: {', '.join(known)}.",
                )
        missing = [key for key in required if key not in entries]
        if missing:
            raise self.error(f"lacks {', '.join(missing)}")
        return entries

    def items(self) -> Iterator[tuple[str, Node]]:
        """The entries of a mapping in their order."""
        if not self.is_mapping:
            raise self.error("must be a mapping")
        seen: set[str] = set()
        for key, value in self.raw.value:
            name = str(key.value)
            if name in seen:
                raise Node(key, self.path, name).error("stands twice in one mapping")
            seen.add(name)
            yield name, Node(value, self.path, name)

    def sequence(self) -> list[Node]:
        if not self.is_sequence:
            raise self.error("must be a list")
        return [
            Node(item, self.path, f"{self.label}[{index}]")
            for index, item in enumerate(self.raw.value)
        ]

    def text(self) -> str:
        if not isinstance(self.raw, yaml.ScalarNode) or self.raw.tag.endswith(":null"):
            raise self.error("must be a text")
        return str(self.raw.value).strip()

    def integer(self) -> int:
        value = self.value
        if not isinstance(value, int) or isinstance(value, bool):
            raise self.error("must be a whole number")
        return value

    def boolean(self) -> bool:
        value = self.value
        if not isinstance(value, bool):
            raise self.error("must be true or false")
        return value

    def day(self) -> date:
        text = self.text()
        try:
            return date.fromisoformat(text)
        except ValueError:
            raise self.error(f"is {text!r}, not a date such as 2026-10-30") from None

    def choice(self, *choices: str) -> str:
        text = self.text()
        if text not in choices:
            raise self.error(f"is {text!r}, not one of {', '.join(choices)}")
        return text


def read_yaml(path: Path) -> Node:
    """The one document of a YAML file.

    Raises:
        DefinitionError: the file is missing, empty, not UTF-8 or not YAML.
    """
    try:
        text = path.read_text("utf-8")
    except FileNotFoundError:
        raise DefinitionError("the file is missing", where=Location(path)) from None
    except UnicodeDecodeError as error:
        raise DefinitionError(f"the file is not UTF-8: {error}", where=Location(path)) from None
    try:
        raw = yaml.compose(text, Loader=_TextLoader)
    except yaml.MarkedYAMLError as error:
        raise _invalid(error, path) from None
    if raw is None:
        raise DefinitionError("the file is empty", where=Location(path))
    return Node(raw, path, path.name)


def _invalid(error: yaml.MarkedYAMLError, path: Path) -> DefinitionError:
    mark = error.problem_mark
    line = mark.line + 1 if mark else 0
    return DefinitionError(f"not valid YAML: {error.problem}", where=Location(path, line))
