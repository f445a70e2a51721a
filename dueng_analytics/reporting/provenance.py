"""Where the figures of a page come from, and what to know about that."""

from __future__ import annotations

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
from dueng_analytics.reporting.period import Period
from dueng_analytics.reporting.scope import Scope
from dueng_analytics.reporting.writing import NOTHING, Writer

_MOST_IDS = 20


def provenance(lake: LakeFacts, period: Period, write: Writer) -> tuple[tuple[str, str], ...]:
    """Label and text of everything that tells how the page was made, in reading order."""
    hours = NOTHING
    if lake.first_hour is not None and lake.last_hour is not None:
        hours = f"{write.instant(lake.first_hour)} – {write.instant(lake.last_hour)}"
        if lake.hours is not None:
            hours += f" ({write.counted(lake.hours, 'hour')} with files)"
    entries = [
        ("Read from", ", ".join(lake.origins) or NOTHING),
        ("Engine", lake.engine),
        ("Period", f"{write.days(period.first_day, period.last_day)}, both days included"),
        ("Time zone", period.zone),
        ("Hours of events read", hours),
        ("Last event", write.instant(lake.last_event_at) if lake.last_event_at else NOTHING),
        ("Files", write.count(lake.files) if lake.files is not None else NOTHING),
        ("Bytes", write.bytes(lake.bytes) if lake.bytes is not None else NOTHING),
        ("Records", write.count(lake.records) if lake.records is not None else NOTHING),
        ("Quarantined records", write.count(lake.quarantined)),
        ("Records of unknown shape", write.count(lake.unknown_shapes)),
    ]
    if lake.records_without_hour:
        entries.append(("Records outside hour folders", write.count(lake.records_without_hour)))
    if lake.empty_families:
        entries.append(("Families without data", ", ".join(lake.empty_families)))
    entries.append(("dueng-analytics", lake.version))
    return tuple(entries)


def lake_notices(lake: LakeFacts, write: Writer) -> tuple[Finding, ...]:
    """What was not read, where something was not."""
    found = []
    if lake.quarantined:
        text = f"{write.counted(lake.quarantined, 'record')} could not be read and"
        text += f" {'is' if lake.quarantined == 1 else 'are'} in no figure."
        hint = "The relation lake.quarantine holds them with file, position and reason."
        found.append(Finding(Level.WARNING, text, hint))
    if lake.unknown_shapes:
        text = f"{write.counted(lake.unknown_shapes, 'record')} had a shape that no source claims"
        text += f" and {'is' if lake.unknown_shapes == 1 else 'are'} in no figure."
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


def names_section(names: Names, scope: Scope) -> Section | None:
    """The ids without a name and the share of messages under them; None without any id."""
    facts = scope.selected(names.where)
    groups = [
        (key, int(totals[names.count] or 0))
        for key, totals in facts.grouped([names.kind, names.id, names.name], [names.count])
        if key[1] is not None and totals[names.count]
    ]
    if not groups:
        return None
    messages = sum(count for _, count in groups)
    unnamed = sorted(
        ((key, count) for key, count in groups if key[2] is None), key=lambda group: -group[1]
    )
    missing = sum(count for _, count in unnamed)
    share = Metric(
        name="unnamed",
        label="Messages without a name",
        definition="Messages whose campaign or journey id no name is stored for.",
        format=Format.PERCENT,
        numerator=(names.count,),
        denominator=(names.count,),
    )
    shown = Figure(share, missing / messages, missing, messages)
    write = scope.write
    text = (
        f"{write.figure(shown)} of the messages of campaigns and journeys ({write.share(shown)})"
        f" belong to an id that no name is stored for."
    )
    if not unnamed:
        text = f"Every campaign and journey has a name ({write.counted(len(groups), 'id')})."
        return Section("Names", "", (TextBlock("", text),))
    counted = Metric(names.count, "Messages", "", Format.COUNT, (names.count,))
    table = TableBlock(
        title="Ids without a name",
        columns=(Column("Id", Format.NAME), Column("Messages", Format.COUNT)),
        rows=tuple(
            Row(
                (
                    Label(
                        Format.NAME,
                        Name(names.labels.get(str(key[0]), str(key[0])), str(key[1]), None),
                    ),
                    Figure(counted, count, count),
                )
            )
            for key, count in unnamed[:_MOST_IDS]
        ),
        note=f"The first {_MOST_IDS} of {write.count(len(unnamed))} ids."
        if len(unnamed) > _MOST_IDS
        else "Names come from --names; an id keeps its first characters here.",
        empty="",
    )
    return Section("Names", text, (table,))
