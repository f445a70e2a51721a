"""Tiles, charts and tables computed from the facts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date

from dueng_analytics.reporting.blocks import (
    Cell,
    ChartBlock,
    Column,
    Label,
    Row,
    Series,
    TableBlock,
    TilesBlock,
    TileValue,
)
from dueng_analytics.reporting.definition import (
    ChartDefinition,
    Format,
    Metric,
    TableDefinition,
    TilesDefinition,
)
from dueng_analytics.reporting.facts import Facts, Key, Totals
from dueng_analytics.reporting.figures import columns_of, figure
from dueng_analytics.reporting.scope import Scope
from dueng_analytics.reporting.writing import Writer


def tiles_block(definition: TilesDefinition, scope: Scope) -> TilesBlock:
    """The key figures over everything that the block selects."""
    facts = scope.selected(definition.where)
    tiles = []
    for tile in definition.tiles:
        metrics = scope.chosen(tile.metrics)
        tiles.append(
            TileValue(tile.label, scope.figures(metrics, facts.totals(columns_of(metrics))))
        )
    return TilesBlock(definition.title, tuple(tiles))


def chart_block(definition: ChartDefinition, scope: Scope) -> ChartBlock:
    """The metrics of every day of the period; a day without messages is 0."""
    metrics = scope.chosen(definition.series)
    days = scope.settlement.period.days
    groups = scope.selected(definition.where).grouped([definition.over], columns_of(metrics))
    by_day: dict[object, Totals] = {key[0]: totals for key, totals in groups}
    nothing = dict.fromkeys(columns_of(metrics))
    rows = [scope.figures(metrics, by_day.get(day, nothing)) for day in days]
    channels = [
        channel
        for channel in {**scope.where, **definition.where}.get("channel", ())
        if isinstance(channel, str)
    ]
    marked = frozenset(day for channel in channels for day in scope.settlement.marked_days(channel))
    rule = scope.settlement.marking_rule(channels[0]) if channels and marked else None
    series = tuple(
        Series(metric, tuple(figures[index].value for figures in rows))
        for index, metric in enumerate(metrics)
    )
    return ChartBlock(
        title=definition.title,
        description=_in_words(days, series, scope.write),
        days=days,
        series=series,
        unsettled=tuple(day in marked for day in days),
        unsettled_note=scope.settlement.sentence(rule, scope.write) if rule else "",
        table=TableBlock(
            title=f"{definition.title}, as a table",
            columns=(Column("Day", Format.DATE), *(_column(metric) for metric in metrics)),
            rows=tuple(
                Row((Label(Format.DATE, day), *figures), is_unsettled=day in marked)
                for day, figures in zip(days, rows, strict=True)
            ),
            note="",
            empty="",
        ),
        note=definition.note,
    )


def table_block(definition: TableDefinition, scope: Scope) -> TableBlock:
    """The rows that reach the table's minimum, in its order, with the rest in the note."""
    metrics = scope.chosen(definition.metrics)
    order, needed = scope.chosen([definition.order_by, definition.needs])
    columns = columns_of([*metrics, order, needed])
    facts = scope.selected(definition.where)
    keys = [column for dimension in definition.rows for column in dimension.columns]
    examples = facts.examples(keys, definition.example.columns[0]) if definition.example else {}

    def first(group: tuple[Key, Totals]) -> float:
        value = figure(order, group[1]).value
        return -value if value is not None else 0.0

    def reaches(totals: Totals) -> bool:
        return (figure(needed, totals).value or 0) >= definition.minimum

    groups = facts.grouped(keys, columns)
    enough = sorted((group for group in groups if reaches(group[1])), key=first)
    shown = enough if definition.limit is None else enough[: definition.limit]
    details = _details(definition, facts, keys, metrics, scope)
    rows: list[Row] = []
    for key, totals in shown:
        labels = _labels(definition, key, scope)
        if definition.example:
            labels = (*labels, scope.label(definition.example, [examples.get(key)]))
        rows.append(Row((*labels, *scope.figures(metrics, totals))))
        rows.extend(details.get(key, ()))
    heads = [Column(dimension.label, dimension.format) for dimension in definition.rows]
    if definition.example:
        heads.append(Column(definition.example.label, definition.example.format))
    few = [group for group in groups if figure(needed, group[1]).value]
    return TableBlock(
        title=definition.title,
        columns=(*heads, *(_column(metric) for metric in metrics)),
        rows=tuple(rows),
        note=_note(definition, len(shown), len(enough), len(few), scope.write, needed),
        empty=definition.empty,
    )


def _labels(definition: TableDefinition, key: Key, scope: Scope) -> tuple[Label, ...]:
    labels = []
    start = 0
    for dimension in definition.rows:
        end = start + len(dimension.columns)
        labels.append(scope.label(dimension, key[start:end]))
        start = end
    return tuple(labels)


def _details(
    definition: TableDefinition,
    facts: Facts,
    keys: Sequence[str],
    metrics: Sequence[Metric],
    scope: Scope,
) -> Mapping[Key, list[Row]]:
    """The rows by the detail column under each key that has at least two values in it."""
    detail = definition.detail
    if detail is None:
        return {}
    padding = len(definition.rows) - 1 + (definition.example is not None)
    found: dict[Key, list[Row]] = {}
    for key, totals in facts.grouped([*keys, detail.column], columns_of(metrics)):
        if key[-1] is None:
            continue
        head = Label(Format.TEXT, detail.label.format(value=scope.shown(str(key[-1]))))
        blanks = (Label(Format.TEXT, None, ""),) * padding
        cells: tuple[Cell, ...] = (head, *blanks, *scope.figures(metrics, totals))
        found.setdefault(key[:-1], []).append(Row(cells, is_detail=True))
    return {key: rows for key, rows in found.items() if len(rows) > 1}


def _column(metric: Metric) -> Column:
    return Column(metric.heading, metric.format, metric.definition)


def _note(
    definition: TableDefinition,
    shown: int,
    enough: int,
    any_number: int,
    write: Writer,
    needed: Metric,
) -> str:
    """The table's own note, then what its limits leave out."""
    parts = [definition.note] if definition.note else []
    if enough > shown:
        parts.append(f"The first {write.count(shown)} of {write.count(enough)} rows.")
    if any_number > enough:
        rest = write.counted(any_number - enough, "row")
        parts.append(
            f"{rest} with fewer than {write.count(definition.minimum)}"
            f" ({needed.label.lower()}) left out."
        )
    return " ".join(parts)


def _in_words(days: Sequence[date], series: Sequence[Series], write: Writer) -> str:
    """What a reader sees in the chart, for one who does not see it."""
    parts = [f"Bars for each day, {write.days(days[0], days[-1])}."]
    for line in series:
        values = [value or 0 for value in line.values]
        top = max(range(len(values)), key=lambda index: (values[index], -index))
        text = f"{line.metric.label}: {write.number(line.metric.format, sum(values))} in total"
        if len(days) > 1 and values[top]:
            text += (
                f", most on {write.day(days[top])}"
                f" ({write.number(line.metric.format, values[top])})"
            )
        parts.append(f"{text}.")
    return " ".join(parts)
