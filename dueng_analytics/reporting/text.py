"""A page as plain text for a terminal: the same blocks, no colour, no control characters."""

from __future__ import annotations

import io

from rich.box import SIMPLE_HEAD
from rich.cells import cell_len
from rich.console import Console
from rich.table import Table
from rich.text import Text

from dueng_analytics.reporting import blocks
from dueng_analytics.reporting.definition import Format
from dueng_analytics.reporting.figures import Figure
from dueng_analytics.reporting.writing import Writer

WIDTH = 100
_MOST_COLUMNS_WITH_SHARES = 7
_FIRST_COLUMN_WIDTH = 28
_MARK_WIDTH = 2
"""Of the star behind an unsettled day, or the space before a detail."""
_GAP = 3
"""Between two columns."""
_MARKS = {
    blocks.Level.CRITICAL: "!!",
    blocks.Level.WARNING: " !",
    blocks.Level.GOOD: "ok",
    blocks.Level.UNKNOWN: " ?",
    blocks.Level.NOTE: "  ",
}
_LEFT = (Format.TEXT, Format.QUOTE, Format.CODE, Format.DATE, Format.TERRITORY, Format.NAME)


def render_text(page: blocks.ReportPage, width: int = WIDTH) -> str:
    """The page as lines of at most ``width`` characters, the same for the same page.

    Definitions, long quotes, and the counts behind the rates of wide tables are left to the HTML
    page.
    """
    write = Writer(page.locale)
    out = Console(
        file=io.StringIO(),
        width=width,
        color_system=None,
        force_terminal=False,
        legacy_windows=False,
        highlight=False,
        markup=False,
        emoji=False,
    )
    out.print(Text(page.title.upper()))
    period = write.whole_days(page.period.first_day, page.period.last_day)
    out.print(Text(f"{period} ({page.period.zone})"))
    for notice in page.notices:
        _sentence(out, notice)
    for section in page.sections:
        out.print()
        out.print(Text(section.title.upper()))
        for line in filter(None, (section.empty, section.lead)):
            out.print(Text(line))
        for block in section.blocks:
            _block(out, block, write)
    out.print()
    table = Table.grid(padding=(0, 2))
    for label, text in page.provenance:
        table.add_row(Text(label), Text(text, overflow="fold"))
    out.print(table)
    assert isinstance(out.file, io.StringIO)
    lines = (line.rstrip() for line in out.file.getvalue().splitlines())
    return "\n".join(lines) + "\n"


def _block(out: Console, block: blocks.Block, write: Writer) -> None:
    if isinstance(block, blocks.TilesBlock):
        _tiles(out, block, write)
    elif isinstance(block, blocks.ChartBlock):
        _table(out, block.table, write, block.title)
    elif isinstance(block, blocks.TableBlock):
        _table(out, block, write, block.title)
    elif isinstance(block, blocks.FindingsBlock):
        for finding in block.findings:
            _sentence(out, finding)
    else:
        out.print(Text(block.text))


def _sentence(out: Console, finding: blocks.Finding) -> None:
    grid = Table.grid(padding=(0, 1))
    grid.add_row(Text(_MARKS[finding.level]), Text(f"{finding.text} {finding.consequence}".strip()))
    out.print(grid)


def _tiles(out: Console, block: blocks.TilesBlock, write: Writer) -> None:
    grid = Table.grid(padding=(0, 2))
    grid.add_column()
    grid.add_column(justify="right")
    for tile in block.tiles:
        for figure in tile.figures:
            alone = len(tile.figures) == 1
            label = tile.label if alone else figure.metric.label
            behind = write.share(figure)
            if figure.interval:
                behind += f"; 95% interval {write.interval(figure)}"
            grid.add_row(Text(label), Text(write.figure(figure)), Text(behind))
    out.print(grid)


def _table(out: Console, block: blocks.TableBlock, write: Writer, title: str) -> None:
    out.print()
    out.print(Text(title))
    if not block.rows:
        out.print(Text(block.empty))
        return
    with_shares = len(block.columns) <= _MOST_COLUMNS_WITH_SHARES
    cells = [[_cell(cell, write, with_shares) for cell in row.cells] for row in block.rows]
    widths, left_out = _fitting(block, cells, out.width)
    table = Table(box=SIMPLE_HEAD, pad_edge=False, show_edge=False)
    for index, width in widths.items():
        column = block.columns[index]
        is_left = column.format in _LEFT
        table.add_column(
            Text(column.label),
            justify="left" if is_left else "right",
            overflow="fold",
            width=width,
        )
    for row, texts in zip(block.rows, cells, strict=True):
        line = [Text(texts[index]) for index in widths]
        if row.is_detail:
            line[0] = Text(f"  {texts[0]}")
        if row.is_unsettled:
            line[0] = Text(f"{texts[0]} *")
        table.add_row(*line)
    out.print(table)
    if any(row.is_unsettled for row in block.rows):
        out.print(Text("* not settled yet"))
    if left_out:
        out.print(Text(f"No room here for: {'; '.join(left_out)}."))
    if block.note:
        out.print(Text(block.note))


def _fitting(
    block: blocks.TableBlock, cells: list[list[str]], room: int
) -> tuple[dict[int, int], list[str]]:
    """The width of each column that there is room for, and the labels of the others; no quotes."""
    widths: dict[int, int] = {}
    left_out: list[str] = []
    for index, column in enumerate(block.columns):
        if column.format is Format.QUOTE:
            continue
        lines = [line for row in cells for line in row[index].splitlines()]
        words = max(map(len, column.label.split()), default=0)
        width = max([words, *map(cell_len, lines)])
        if index == 0:
            width = min(width + _MARK_WIDTH, _FIRST_COLUMN_WIDTH, room)
        elif width + _GAP > room:
            left_out.append(column.label)
            continue
        widths[index] = width
        room -= width + (_GAP if index else 0)
    whole = {
        index: max(width, cell_len(block.columns[index].label)) for index, width in widths.items()
    }
    # every heading in one line, where there is room for that
    return whole if sum(whole.values()) - sum(widths.values()) <= room else widths, left_out


def _cell(cell: blocks.Cell, write: Writer, with_shares: bool) -> str:
    if with_shares and isinstance(cell, Figure) and cell.metric.is_proportion:
        return f"{write.figure(cell)}\n{write.share(cell)}"
    return write.cell(cell)
