"""A page as one self-contained HTML file: no script, nothing loaded, readable without colour."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from dueng_analytics.reporting import blocks, charts
from dueng_analytics.reporting.definition import Format
from dueng_analytics.reporting.figures import Figure
from dueng_analytics.reporting.writing import Writer, short_id

_TEMPLATES = Path(__file__).parent / "templates"
_RIGHT = (Format.COUNT, Format.PERCENT, Format.USD, Format.UNIT_USD, Format.DECIMAL)


def render_html(page: blocks.ReportPage) -> str:
    """The page as HTML, the same text for the same page.

    Light and dark follow the reader's setting; print is always light. Charts are drawn twice, for
    a wide and for a narrow screen, and have their table behind them.
    """
    write = Writer(page.locale)
    template = _environment().get_template("page.html.j2")
    return template.render(
        page=page,
        write=write,
        kind=_kind,
        is_figure=lambda cell: isinstance(cell, Figure),
        is_name=lambda cell: isinstance(cell.value, blocks.Name),
        is_number=lambda form: form in _RIGHT,
        has_interval=_has_interval,
        short_id=short_id,
        drawing=lambda chart, frame: _drawing(chart, write, frame),
        style=Markup(_style()),  # our own file, no input in it
        light=charts.LIGHT.roles,
        dark=charts.DARK.roles,
    )


def _drawing(chart: blocks.ChartBlock, write: Writer, frame: str) -> Markup:
    """The chart as SVG whose colours are variables of the page."""
    size = charts.WIDE if frame == "wide" else charts.NARROW
    svg = charts.draw(charts.bars_over_days(chart, write, charts.LIGHT, size))
    for role, colour in charts.LIGHT.roles.items():
        svg = svg.replace(f'"{colour}"', f'"var(--chart-{role})"')
    return Markup(svg)  # made by the chart library, which escapes its texts


def _has_interval(table: blocks.TableBlock) -> bool:
    return any(
        isinstance(cell, Figure) and cell.interval is not None
        for row in table.rows
        for cell in row.cells
    )


def _kind(block: blocks.Block) -> str:
    return {
        blocks.TilesBlock: "tiles",
        blocks.ChartBlock: "chart",
        blocks.TableBlock: "table",
        blocks.TextBlock: "text",
        blocks.FindingsBlock: "findings",
    }[type(block)]


def _style() -> str:
    return (_TEMPLATES / "page.css").read_text("utf-8")


@cache
def _environment() -> Environment:
    return Environment(
        loader=FileSystemLoader(_TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
