"""Where the figures of a page come from, and what to know about that."""

from __future__ import annotations

from dataclasses import dataclass

from dueng_analytics.reporting.blocks import (
    Column,
    Finding,
    Label,
    LakeFacts,
    Level,
    Name,
    Row,
    Section,
    TableBlock,
    TextBlock,
)
from dueng_analytics.reporting.definition import Format, Metric, Names, ReportDefinition
from dueng_analytics.reporting.figures import Figure, figure
from dueng_analytics.reporting.scope import Scope
from dueng_analytics.reporting.writing import NOTHING, Writer, one_line

_MOST_IDS = 20


def provenance(
    lake: LakeFacts, names: Names | None, channels: frozenset[str], scope: Scope
) -> tuple[tuple[str, str], ...]:
    """Label and text of everything that tells how the page was made, in reading order."""
    write, period = scope.write, scope.settlement.period
    entries = [
        ("Read from", ", ".join(lake.origins) or NOTHING),
        ("Engine", lake.engine),
        ("Period", write.whole_days(period.first_day, period.last_day)),
        ("Time zone", period.zone),
        ("Hours of events read", _hours(lake, write)),
        ("Last event", write.instant(lake.last_event_at) if lake.last_event_at else NOTHING),
        ("Days not settled yet", scope.settlement.in_words(channels, write)),
    ]
    if names is not None:
        share = _coverage(names, scope).share
        told = f"{write.figure(share)} ({write.share(share)})" if share.denominator else NOTHING
        entries.append((share.metric.label, told))
    entries += [
        ("Files", write.count(lake.files) if lake.files is not None else NOTHING),
        ("Bytes", write.bytes(lake.bytes) if lake.bytes is not None else NOTHING),
        ("Records", write.count(lake.records) if lake.records is not None else NOTHING),
        (
            "Quarantined records",
            write.count(lake.quarantined) if lake.quarantined is not None else NOTHING,
        ),
    ]
    if lake.unknown_shapes:
        entries.append(("Of them of unknown shape", write.count(lake.unknown_shapes)))
    if lake.values_lost:
        entries.append(("Values that could not be read", write.count(lake.values_lost)))
    if lake.records_without_hour:
        entries.append(("Records outside hour folders", write.count(lake.records_without_hour)))
    if lake.empty_families:
        entries.append(("Families without data", ", ".join(lake.empty_families)))
    entries.append(("dueng-analytics", lake.version))
    return tuple(entries)


def _hours(lake: LakeFacts, write: Writer) -> str:
    if lake.first_hour is None or lake.end_hour is None:
        return NOTHING
    span = f"{write.instant(lake.first_hour)} – {write.instant(lake.end_hour)}"
    if lake.hours is None:
        return span
    return f"{span}, {write.counted(lake.hours, 'hour')} with files"


def lake_notices(lake: LakeFacts, write: Writer) -> tuple[Finding, ...]:
    """What was not read, where something was not."""
    found = []
    if lake.quarantined:
        text = f"{write.counted(lake.quarantined, 'record')} could not be read and"
        text += f" {'is' if lake.quarantined == 1 else 'are'} in no figure"
        if lake.unknown_shapes:
            text += f", {write.count(lake.unknown_shapes)} for a shape that no source declares"
        hint = "The command dueng quarantine lists file, position and reason."
        found.append(Finding(Level.WARNING, f"{text}.", hint))
    if lake.values_lost:
        text = f"{write.counted(lake.values_lost, 'value')} in otherwise readable records did not"
        text += " fit the declared type and"
        text += f" {'counts' if lake.values_lost == 1 else 'count'} as missing."
        found.append(Finding(Level.WARNING, text))
    return tuple(found)


def exclusion_notices(definition: ReportDefinition, scope: Scope) -> tuple[Finding, ...]:
    """One sentence for each exclusion that leaves something out."""
    found = []
    for exclusion in definition.exclusions:
        metric = scope.metrics[exclusion.metric]
        count = figure(metric, scope.totals([metric], exclusion.where)).value
        if count:
            found.append(
                Finding(
                    Level.NOTE, f"{scope.write.counted(int(count), 'message')} {exclusion.text}"
                )
            )
    return tuple(found)


@dataclass(frozen=True)
class _Coverage:
    """How many messages belong to an id that has no name, and which ids those are."""

    share: Figure
    ids: int
    unnamed: tuple[tuple[Name, int], ...]
    """With the number of their messages, the most first."""


def _coverage(names: Names, scope: Scope) -> _Coverage:
    facts = scope.selected(names.where)
    groups = [
        (key, int(totals[names.count] or 0))
        for key, totals in facts.grouped([names.kind, names.id, names.name], [names.count])
        if key[1] is not None and totals[names.count]
    ]
    unnamed = sorted(
        (
            (Name(names.labels.get(str(kind), str(kind)), one_line(str(identity)), None), count)
            for (kind, identity, name), count in groups
            if name is None
        ),
        key=lambda group: -group[1],
    )
    share = Metric(
        name="unnamed",
        label="Messages without a name",
        definition="Messages whose campaign or journey id no name is stored for.",
        format=Format.PERCENT,
        numerator=("missing",),
        denominator=("all",),
    )
    totals = {
        "missing": sum(count for _, count in unnamed),
        "all": sum(count for _, count in groups),
    }
    return _Coverage(figure(share, totals), len(groups), tuple(unnamed))


def names_section(names: Names, scope: Scope) -> Section | None:
    """The ids without a name and the share of messages under them; None without any id."""
    found = _coverage(names, scope)
    write = scope.write
    if not found.ids:
        return None
    if not found.unnamed:
        text = f"Every campaign and journey has a name ({write.counted(found.ids, 'id')})."
        return Section("Names", "", (TextBlock("", text),))
    text = (
        f"{write.figure(found.share)} of the messages of campaigns and journeys"
        f" ({write.share(found.share)}) belong to an id that no name is stored for."
    )
    messages = Metric(names.count, "Messages", "", Format.COUNT, (names.count,))
    is_cut = len(found.unnamed) > _MOST_IDS
    table = TableBlock(
        title="Ids without a name",
        columns=(Column("Id", Format.NAME), Column("Messages", Format.COUNT)),
        rows=tuple(
            Row((Label(Format.NAME, name), Figure(messages, count, count)))
            for name, count in found.unnamed[:_MOST_IDS]
        ),
        note=f"The first {_MOST_IDS} of {write.count(len(found.unnamed))} ids."
        if is_cut
        else "Names come from --names; an id keeps its first characters here.",
        empty="",
    )
    return Section("Names", text, (table,))
