"""What a reader finds on a rendered page: figures, tables and footer, taken out of its HTML."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from html.parser import HTMLParser
from pathlib import Path

_VOID = {"meta", "link", "br", "img", "hr", "input"}


@dataclass
class Node:
    """An element with what is in it, in order."""

    tag: str
    classes: tuple[str, ...] = ()
    inside: list[Node | str] = field(default_factory=list)

    @property
    def text(self) -> str:
        parts = (part if isinstance(part, str) else part.text for part in self.inside)
        return " ".join(" ".join(parts).split())

    def all(self, selector: str) -> Iterator[Node]:
        """Every element below with a tag, or with a class after a dot, in order."""
        tag, _, named = selector.partition(".")
        for part in self.inside:
            if isinstance(part, str):
                continue
            if tag in ("", part.tag) and (not named or named in part.classes):
                yield part
            yield from part.all(selector)

    def one(self, selector: str) -> str:
        """The text of the first such element; empty where there is none."""
        return next((node.text for node in self.all(selector)), "")


class _Tree(HTMLParser):
    def __init__(self, text: str) -> None:
        super().__init__()
        self.root = Node("")
        self._open = [self.root]
        self.feed(text)
        assert self._open == [self.root], f"<{self._open[-1].tag}> is not closed"

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        node = Node(tag, tuple((dict(attrs).get("class") or "").split()))
        self._open[-1].inside.append(node)
        if tag not in _VOID:
            self._open.append(node)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._open[-1].inside.append(Node(tag))

    def handle_endtag(self, tag: str) -> None:
        assert self._open.pop().tag == tag

    def handle_data(self, data: str) -> None:
        self._open[-1].inside.append(data)


@dataclass(frozen=True)
class Shown:
    """A figure as it is written: the value and, of a rate, ``3 of 4``."""

    value: str
    share: str = ""

    @property
    def counts(self) -> tuple[int, int]:
        """Numerator and denominator of a rate."""
        numerator, denominator = self.share.replace(",", "").split(" of ")
        return int(numerator), int(denominator)

    @property
    def count(self) -> int:
        """The value of a count."""
        return int(self.value.replace(",", ""))


@dataclass(frozen=True)
class RenderedPage:
    """A page by what stands on it; sections, tiles, tables and columns go by their titles."""

    root: Node

    @cached_property
    def sections(self) -> dict[str, Node]:
        return {section.one("h2"): section for section in self.root.all("section")}

    @property
    def notices(self) -> list[str]:
        return [each.text for part in self.root.all("section.notices") for each in part.all("li")]

    @property
    def footer(self) -> dict[str, str]:
        entries = next(self.root.all("footer")).all("div")
        return {each.one("dt"): each.one("dd") for each in entries if each.one("dt")}

    def tile(self, section: str, label: str) -> tuple[Shown, ...]:
        tiles = self.sections[section].all("li.tile")
        tile = next(each for each in tiles if each.one("h4") == label)
        return tuple(Shown(each.one(".big"), each.one(".share")) for each in tile.all(".figure"))

    def table(self, section: str, title: str) -> dict[str, dict[str, Shown]]:
        """Rows by what their first cell says, cells by their column; empty where there are none."""
        return {row["name"].value: row for row in self.rows(section, title)}

    def rows(self, section: str, title: str) -> list[dict[str, Shown]]:
        """The rows in order; the first cell is also called ``name``."""
        blocks = (
            block
            for kind in (".table-block", ".chart-block")
            for block in self.sections[section].all(kind)
        )
        block = next(each for each in blocks if each.one("h3") == title)
        found = []
        for part in block.all("tbody"):
            columns = [each.text for each in next(block.all("thead")).all("th")]
            for row in part.all("tr"):
                head = next(row.all("th"))
                cells = [Shown(head.one(".name") or head.text), *map(_shown, row.all("td"))]
                found.append({**dict(zip(columns, cells, strict=True)), "name": cells[0]})
        return found


def _shown(cell: Node) -> Shown:
    return Shown(cell.one(".value") or cell.text, cell.one(".share"))


def read_page(path: Path) -> RenderedPage:
    """The page in a file."""
    return RenderedPage(_Tree(path.read_text("utf-8")).root)
