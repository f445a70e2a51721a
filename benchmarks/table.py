"""Results as lines of text: the table that the command prints, and the pieces of its page."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product

from dueng_analytics.cli.output import size

from .measured import Figure, Measurement, Results, Side, growth
from .rows import ROWS, Ratio, Row, row

MEGABYTE = 1_000_000


def measurement_lines(measured: Measurement) -> Iterator[str]:
    """What a row found at one size."""
    about = row(measured.row)
    yield f"({about.letter}) {about.name}, {measured.engine}, {measured.events:,} records"
    for side in measured.sides:
        yield "    " + "  ".join(
            text.rjust(width) for text, width in zip(side_cells(side), _WIDTHS, strict=True)
        )
    for ratio in about.ratios:
        yield f"    {ratio_text(ratio, measured)}"
    yield f"    {agreement(about, measured)}"


_WIDTHS = (24, 10, 10, 9, 10, 8, 6, 12)
SIDE_HEADINGS = ("side", "median", "processor", "peak", "read", "files", "rows", "hash")


def side_cells(side: Side) -> tuple[str, ...]:
    """A side in the columns of :data:`SIDE_HEADINGS`."""
    return (
        side.name,
        seconds(side.median_s),
        seconds(side.median_cpu_s),
        f"{side.peak_bytes / MEGABYTE:,.0f} MB",
        "–" if side.bytes_read is None else size(side.bytes_read),
        f"{side.files_read:,}" + (f" ({side.requests:,} requests)" if side.requests else ""),
        f"{side.rows:,}",
        side.hash,
    )


def ratio_text(ratio: Ratio, measured: Measurement) -> str:
    """A ratio with its limit, and whether that held."""
    text = f"{ratio.slower} ÷ {ratio.faster}, {ratio.of}: {ratio.value(measured):,.2f}"
    held = ratio.held(measured)
    if held is None and (ratio.limit is None or measured.engine == "Trino"):
        return text
    if held is None:
        return f"{text} ({limit_text(ratio)} from {ratio.from_events:,} records on)"
    return f"{text}, {limit_text(ratio)}: {verdict(held)}"


def limit_text(ratio: Ratio) -> str:
    return f"at {'least' if ratio.is_at_least else 'most'} {ratio.limit:g}"


def verdict(held: bool) -> str:
    return "held" if held else "NOT HELD"


def agreement(about: Row, measured: Measurement) -> str:
    """Whether the results are what they should be to each other."""
    equal = about.equal(measured)
    if about.difference is None:
        return "results equal" if equal else "RESULTS DIFFER"
    if equal is None:
        return "results differ, as they have to"
    proven = f"asked in full the first side gives {measured.proof}"
    return f"results differ, as they have to; {proven}: {'equal' if equal else 'NOT EQUAL'}"


def growth_lines(results: Results) -> Iterator[str]:
    """How each side's time grows over the sizes, for rows that have several."""
    for about in ROWS:
        for engine in ("DuckDB", "Trino"):
            measured = results.of(about.name, engine)
            for cells in growth_cells(about, measured):
                yield f"({about.letter}) {engine}  " + "  ".join(cells)


GROWTH_HEADINGS = ("side", "for each million", "and", "R²", "sizes")


def growth_cells(about: Row, measured: tuple[Measurement, ...]) -> Iterator[tuple[str, ...]]:
    """The line of each side on one machine in the columns of :data:`GROWTH_HEADINGS`."""
    found = []
    for machine, name in product(sorted({one.machine for one in measured}), about.sides):
        line = growth([one for one in measured if one.machine == machine], name)
        if line is not None:
            found.append((machine, name, line))
    several = len({machine for machine, _, _ in found}) > 1
    for machine, name, line in found:
        yield (
            f"{name}, machine {machine}" if several else name,
            seconds(line.seconds_per_million),
            seconds(line.intercept_s),
            f"{line.r_squared:.4f}" if line.sizes > 2 else "–",  # of two points it is always 1
            str(line.sizes),
        )


def figure_line(figure: Figure) -> str:
    return f"{figure.name}: {figure.measured}, {figure.limit}: {verdict(figure.held)}"


def across_engines(results: Results) -> Iterator[tuple[str, bool]]:
    """For each side on Trino of a lake that DuckDB read too: what it is, and whether both agree."""
    for measured in results.measurements:
        twins = results.of(measured.row, "DuckDB") if measured.engine == "Trino" else ()
        for twin in twins:
            if twin.events == measured.events:
                for side in measured.sides:
                    is_equal = twin.side(side.name).hash == side.hash
                    told = "equal" if is_equal else "NOT EQUAL"
                    letter = row(measured.row).letter
                    yield (
                        f"({letter}) {measured.events:,} records, {side.name}:"
                        f" results of Trino and DuckDB {told}",
                        is_equal,
                    )


def missed(results: Results) -> list[str]:
    """Every limit that did not hold, and every result that is not what it should be."""
    found = [figure_line(figure) for figure in results.figures if not figure.held]
    found += [told for told, is_equal in across_engines(results) if not is_equal]
    for measured in results.measurements:
        about = row(measured.row)
        where = f"({about.letter}) {measured.engine}, {measured.events:,} records"
        if about.equal(measured) is False:
            found.append(f"{where}: {agreement(about, measured)}")
        found += [
            f"{where}: {ratio_text(ratio, measured)}"
            for ratio in about.ratios
            if ratio.held(measured) is False
        ]
    return found


def seconds(value: float) -> str:
    return f"{value:,.1f} s" if abs(value) >= 10 else f"{value:.3f} s"
