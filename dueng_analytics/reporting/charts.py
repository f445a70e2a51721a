"""Charts as Vega-Lite specifications, and those as SVG.

A chart is drawn with the colours of a theme by name, so that a renderer may put its own in their
place: the page uses CSS variables and one drawing serves light and dark.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from dueng_analytics.reporting.blocks import ChartBlock
from dueng_analytics.reporting.definition import Format
from dueng_analytics.reporting.writing import Writer

Spec = dict[str, Any]
FONT = "Liberation Sans, Arial, Helvetica, sans-serif"
VEGA_LITE = "5.20"

_GAP, _MARGIN = 0.3, 0.25
"""Between two bars and before the first one, in shares of a day's place."""


@dataclass(frozen=True, slots=True)
class Theme:
    """The colours of a chart; ``series`` from the outermost bar to the innermost."""

    series: tuple[str, ...]
    ink: str
    grid: str
    band: str

    @property
    def roles(self) -> Mapping[str, str]:
        """Every colour by the name of its role."""
        roles = {f"series-{index}": colour for index, colour in enumerate(self.series, 1)}
        return {**roles, "ink": self.ink, "grid": self.grid, "band": self.band}


LIGHT = Theme(
    series=("#a9bcdc", "#4f7cc4", "#173f7d"), ink="#566070", grid="#e4e8ee", band="#fbf0d6"
)
DARK = Theme(
    series=("#66758f", "#4f8be0", "#cfe2ff"), ink="#a3adbc", grid="#2a323e", band="#373226"
)


@dataclass(frozen=True, slots=True)
class Frame:
    """The size of the plot in pixels, and how many labels its axis bears."""

    width: int
    height: int
    font_size: int
    label_width: int


WIDE = Frame(width=960, height=230, font_size=12, label_width=58)
NARROW = Frame(width=310, height=190, font_size=11, label_width=52)


def bars_over_days(chart: ChartBlock, write: Writer, theme: Theme, frame: Frame) -> Spec:
    """The specification of a chart: a bar for each day and series, each before the one it is in.

    Unsettled days have a band behind them. The drawing has no legend and no title: both are text,
    and every renderer sets text better than a picture does.
    """
    days = [day.isoformat() for day in chart.days]
    labels = {day.isoformat(): write.day(day) for day in chart.days}
    ticks = _every(days, max(1, frame.width // frame.label_width))
    rows = [
        {
            "day": day,
            "series": line.metric.label,
            "value": line.values[index] or 0,
            "text": f"{labels[day]}, {line.metric.label}: "
            + write.number(line.metric.format, line.values[index] or 0),
        }
        for line in chart.series
        for index, day in enumerate(days)
    ]
    x = {
        "field": "day",
        "type": "ordinal",
        "scale": {"domain": days, "paddingInner": _GAP, "paddingOuter": _MARGIN},
        "axis": {
            "title": None,
            "values": ticks,
            "labelAngle": 0,
            "labelExpr": f"{json.dumps(labels, ensure_ascii=False)}[datum.value]",
            "labelOverlap": False,
        },
    }
    names = [line.metric.label for line in chart.series]
    top = max((value or 0 for line in chart.series for value in line.values), default=0)
    bars: Spec = {
        "data": {"values": rows},
        "mark": {"type": "bar", "cornerRadiusEnd": 2},
        "encoding": {
            "x": x,
            "y": {
                "field": "value",
                "type": "quantitative",
                "stack": None,
                "scale": {"zero": True, "nice": True} if top else {"domain": [0, 1]},
                "axis": {
                    "title": None,
                    "tickCount": 4,
                    "tickMinStep": 1 if _is_whole(chart) else 0,
                    "format": "~s" if top >= 10_000 else "d",
                    "minExtent": 30,
                },
            },
            "color": {
                "field": "series",
                "type": "nominal",
                "scale": {"domain": names, "range": list(theme.series[: len(names)])},
                "legend": None,
            },
            "description": {"field": "text"},
        },
    }
    band: Spec = {
        "data": {
            "values": [
                {"day": day}
                for day, unsettled in zip(days, chart.unsettled, strict=True)
                if unsettled
            ]
        },
        "mark": {"type": "rect", "color": theme.band, "aria": False},
        # As wide as a bar with its gap, so that the band shows on both sides of the bar.
        "encoding": {
            "x": {
                "field": "day",
                "type": "ordinal",
                "scale": {
                    "domain": days,
                    "paddingInner": 0,
                    "paddingOuter": _MARGIN - _GAP / 2,
                },
                "axis": None,
            }
        },
    }
    return {
        "$schema": f"https://vega.github.io/schema/vega-lite/v{VEGA_LITE}.json",
        "width": frame.width,
        "height": frame.height,
        "padding": {"left": 2, "right": 2, "top": 6, "bottom": 2},
        "background": None,
        "layer": [band, bars] if any(chart.unsettled) else [bars],
        "resolve": {"scale": {"x": "independent"}},
        "config": {
            "font": FONT,
            "view": {"stroke": None},
            "axis": {
                "labelColor": theme.ink,
                "labelFontSize": frame.font_size,
                "labelFont": FONT,
                "gridColor": theme.grid,
                "domainColor": theme.grid,
                "ticks": False,
                "labelPadding": 8,
            },
            "axisY": {"domain": False},
            "axisX": {"grid": False},
        },
    }


def draw(spec: Spec) -> str:
    """The SVG of a specification; the same text for the same specification."""
    import vl_convert  # takes a while to load, and only pages with a chart need it

    svg: str = vl_convert.vegalite_to_svg(spec, vl_version=VEGA_LITE)
    return svg


def _every(days: list[str], most: int) -> list[str]:
    """Days at one distance, the first among them, no more than ``most``."""
    step = -(-len(days) // most)
    return days[::step]


def _is_whole(chart: ChartBlock) -> bool:
    return all(line.metric.format is Format.COUNT for line in chart.series)
