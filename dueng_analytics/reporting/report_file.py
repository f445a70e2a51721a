"""The reader of reports: a folder with ``report.yaml`` and the SQL of its facts."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TypeVar

from dueng_analytics.errors import DefinitionError, Location, UnknownName, near_names
from dueng_analytics.model.source_file import duration
from dueng_analytics.model.yaml_node import Node, read_yaml
from dueng_analytics.reporting.definition import (
    BlockDefinition,
    ChartDefinition,
    Detail,
    Dimension,
    Exclusion,
    FindingsDefinition,
    Format,
    Limit,
    Metric,
    Names,
    ReportDefinition,
    Rule,
    SectionDefinition,
    Selection,
    Settling,
    TableDefinition,
    TextDefinition,
    Tile,
    TilesDefinition,
)

_T = TypeVar("_T")

_LATENESS = "lateness"
_METRIC_FORMATS = ("count", "percent", "usd", "unit_usd", "decimal")
_DIMENSION_FORMATS = ("text", "quote", "code", "date", "territory", "name")
_NAME_COLUMNS = 4


def find_report(name: str, folders: Sequence[Path]) -> Path:
    """The folder of a report, looked for in the given ``reports/`` folders, the last one first.

    Raises:
        UnknownName: no folder has such a report; the message offers the nearest names.
    """
    known = report_names(folders)
    for root in reversed(folders):
        if name in known and (root / name / "report.yaml").is_file():
            return root / name
    raise UnknownName("report", name, known, hint=f"There are: {', '.join(known) or 'none'}.")


def report_names(folders: Sequence[Path]) -> tuple[str, ...]:
    """The names of all reports in the given ``reports/`` folders, sorted."""
    return tuple(
        sorted({path.parent.name for root in folders for path in root.glob("*/report.yaml")})
    )


def read_report(folder: Path) -> ReportDefinition:
    """The report that a folder defines; its name is the folder's.

    Raises:
        DefinitionError: with file and line, whatever is wrong first.
    """
    document = read_yaml(folder / "report.yaml")
    entries = document.mapping(
        required=("title", "description", "owner", "cohort", "facts", "metrics", "sections"),
        optional=("settling", "names", "interval_below"),
    )
    facts = entries["facts"].mapping(required=("sql",), optional=("where", "exclusions"))
    sql_path = folder / facts["sql"].text()
    if not sql_path.is_file():
        raise facts["sql"].error("names a file that does not exist", hint=f"Expected {sql_path}.")
    metrics = {name: _metric(name, node) for name, node in entries["metrics"].items()}
    reader = _Reader(metrics)
    return ReportDefinition(
        name=folder.name,
        title=entries["title"].text(),
        description=entries["description"].text(),
        owner=entries["owner"].text(),
        cohort=_prose(entries["cohort"]),
        sql=_read_sql(sql_path),
        sql_path=sql_path,
        where=_selection(facts.get("where")),
        exclusions=_each(facts.get("exclusions"), reader.exclusion),
        metrics=metrics,
        sections=_each(entries["sections"], reader.section),
        settling=_each(entries.get("settling"), _settling),
        names=_names(entries["names"]) if "names" in entries else None,
        interval_below=entries["interval_below"].integer() if "interval_below" in entries else 0,
        defined_at=document.where,
    )


class _Reader:
    """The readers of everything that refers to metrics by name."""

    def __init__(self, metrics: Mapping[str, Metric]) -> None:
        self._metrics = metrics

    def metric(self, node: Node) -> str:
        name = node.text()
        if name not in self._metrics:
            near = near_names(name, self._metrics)
            raise DefinitionError(
                f"there is no metric named {name!r} in this report",
                where=node.where,
                hint=f"Did you mean {' or '.join(near)}?" if near else None,
            )
        return name

    def exclusion(self, node: Node) -> Exclusion:
        entries = node.mapping(required=("where", "metric", "text"))
        return Exclusion(
            where=_selection(entries["where"]),
            metric=self.metric(entries["metric"]),
            text=_prose(entries["text"]),
        )

    def section(self, node: Node) -> SectionDefinition:
        entries = node.mapping(
            required=("title", "blocks"), optional=("where", "needs", "empty", "lead")
        )
        if "needs" in entries and "empty" not in entries:
            raise node.error("needs a metric but has no sentence (empty) for its absence")
        return SectionDefinition(
            title=entries["title"].text(),
            where=_selection(entries.get("where")),
            needs=self.metric(entries["needs"]) if "needs" in entries else None,
            empty=_text(entries.get("empty")),
            lead=_text(entries.get("lead")),
            blocks=_each(entries["blocks"], self.block),
        )

    def block(self, node: Node) -> BlockDefinition:
        entries = dict(node.items())
        if "kind" not in entries:
            raise node.error("lacks kind")
        kinds: Mapping[str, Callable[[Node], BlockDefinition]] = {
            "tiles": self.tiles,
            "chart": self.chart,
            "table": self.table,
            "text": self.text,
            "findings": self.findings,
        }
        return kinds[entries["kind"].choice(*kinds)](node)

    def tiles(self, node: Node) -> TilesDefinition:
        entries = node.mapping(required=("kind", "title", "tiles"), optional=("where",))
        return TilesDefinition(
            title=entries["title"].text(),
            where=_selection(entries.get("where")),
            tiles=_each(entries["tiles"], self.tile),
        )

    def tile(self, node: Node) -> Tile:
        entries = node.mapping(required=("label", "metrics"))
        return Tile(entries["label"].text(), _each(entries["metrics"], self.metric))

    def chart(self, node: Node) -> ChartDefinition:
        entries = node.mapping(
            required=("kind", "title", "over", "series"), optional=("where", "note")
        )
        return ChartDefinition(
            title=entries["title"].text(),
            where=_selection(entries.get("where")),
            over=entries["over"].text(),
            series=_each(entries["series"], self.metric),
            note=_text(entries.get("note")),
        )

    def table(self, node: Node) -> TableDefinition:
        entries = node.mapping(
            required=("kind", "title", "rows", "metrics", "order_by", "needs", "empty"),
            optional=("where", "limit", "minimum", "detail", "note", "example"),
        )
        return TableDefinition(
            title=entries["title"].text(),
            where=_selection(entries.get("where")),
            rows=_each(entries["rows"], _dimension),
            metrics=_each(entries["metrics"], self.metric),
            order_by=self.metric(entries["order_by"]),
            needs=self.metric(entries["needs"]),
            minimum=entries["minimum"].integer() if "minimum" in entries else 1,
            limit=entries["limit"].integer() if "limit" in entries else None,
            detail=_detail(entries["detail"]) if "detail" in entries else None,
            example=_dimension(entries["example"]) if "example" in entries else None,
            note=_text(entries.get("note")),
            empty=entries["empty"].text(),
        )

    def text(self, node: Node) -> TextDefinition:
        entries = node.mapping(required=("kind", "title", "text"))
        return TextDefinition(entries["title"].text(), entries["text"].text())

    def findings(self, node: Node) -> FindingsDefinition:
        entries = node.mapping(required=("kind", "title", "rules"))
        return FindingsDefinition(entries["title"].text(), _each(entries["rules"], self.rule))

    def rule(self, node: Node) -> Rule:
        entries = node.mapping(
            required=("metric", "limits", "good"), optional=("where", "per", "per_where")
        )
        name = self.metric(entries["metric"])
        if not self._metrics[name].is_proportion:
            raise entries["metric"].error(f"names {name!r}, which is no share of a count")
        if ("per" in entries) != ("per_where" in entries):
            raise node.error("needs per and per_where together, or neither")
        limits = _each(entries["limits"], _limit)
        if not limits:
            raise entries["limits"].error("is empty: a rule without a limit judges nothing")
        return Rule(
            metric=name,
            where=_selection(entries.get("where")),
            limits=tuple(sorted(limits, key=lambda limit: -limit.at)),
            good=entries["good"].text(),
            per=_dimension(entries["per"]) if "per" in entries else None,
            per_where=_selection(entries.get("per_where")),
        )


def _each(node: Node | None, read: Callable[[Node], _T]) -> tuple[_T, ...]:
    return tuple(read(item) for item in node.sequence()) if node is not None else ()


def _prose(node: Node) -> str:
    """A text in one line, however its lines are broken in the file."""
    return " ".join(node.text().split())


def _text(node: Node | None) -> str:
    return node.text() if node is not None else ""


def _metric(name: str, node: Node) -> Metric:
    entries = node.mapping(
        required=("label", "definition", "numerator"),
        optional=("denominator", "format", "formula", "short_label"),
    )
    written = Format(entries["format"].choice(*_METRIC_FORMATS)) if "format" in entries else None
    denominator = _columns(entries["denominator"]) if "denominator" in entries else ()
    return Metric(
        name=name,
        label=entries["label"].text(),
        definition=_prose(entries["definition"]),
        format=written or (Format.PERCENT if denominator else Format.COUNT),
        numerator=_columns(entries["numerator"]),
        denominator=denominator,
        formula=_text(entries.get("formula")) or None,
        short_label=_text(entries.get("short_label")) or None,
    )


def _columns(node: Node) -> tuple[str, ...]:
    """One column, or several that are added up."""
    if isinstance(node.value, list):
        return tuple(item.text() for item in node.sequence())
    return (node.text(),)


def _selection(node: Node | None) -> Selection:
    if node is None:
        return {}
    return {column: _allowed(value) for column, value in node.items()}


def _allowed(node: Node) -> tuple[str | bool, ...]:
    values = node.value if isinstance(node.value, list) else [node.value]
    if not all(isinstance(value, str | bool) for value in values):
        raise node.error("must be a text, true, false, or a list of those")
    return tuple(values)


def _dimension(node: Node) -> Dimension:
    entries = node.mapping(required=("label", "columns"), optional=("format", "labels", "missing"))
    written = entries["format"].choice(*_DIMENSION_FORMATS) if "format" in entries else "text"
    columns = _columns(entries["columns"])
    wanted = _NAME_COLUMNS if written == "name" else 1
    if len(columns) != wanted:
        raise entries["columns"].error(
            f"has {len(columns)} columns where {written} takes {wanted}",
            hint="A name is four columns: kind, id, name, previous name."
            if written == "name"
            else None,
        )
    return Dimension(
        label=entries["label"].text(),
        columns=columns,
        format=Format(written),
        labels=_labels(entries.get("labels")),
        missing=_text(entries.get("missing")) or "–",
    )


def _labels(node: Node | None) -> Mapping[str, str]:
    return {key: value.text() for key, value in node.items()} if node is not None else {}


def _detail(node: Node) -> Detail:
    entries = node.mapping(required=("column", "label"))
    if "{value}" not in entries["label"].text():
        raise entries["label"].error("has no place {value} for the value")
    return Detail(entries["column"].text(), entries["label"].text())


def _limit(node: Node) -> Limit:
    entries = node.mapping(required=("at", "text"))
    at = entries["at"].value
    if not isinstance(at, float) or not 0 < at < 1:
        raise entries["at"].error("must be a share between 0 and 1, like 0.05")
    return Limit(
        at=at,
        text=entries["text"].text(),
    )


def _settling(node: Node) -> Settling:
    entries = node.mapping(required=("channel", "outcome", "after"), optional=("marks_days",))
    after = entries["after"]
    return Settling(
        channel=entries["channel"].text(),
        outcome=entries["outcome"].text(),
        after=None if after.value == _LATENESS else duration(after),
        marks_days=entries["marks_days"].boolean() if "marks_days" in entries else False,
    )


def _names(node: Node) -> Names:
    entries = node.mapping(required=("where", "columns", "count", "labels"))
    columns = _columns(entries["columns"])
    if len(columns) != _NAME_COLUMNS - 1:
        raise entries["columns"].error("must be three columns: kind, id, name")
    return Names(
        where=_selection(entries["where"]),
        kind=columns[0],
        id=columns[1],
        name=columns[2],
        count=entries["count"].text(),
        labels=_labels(entries["labels"]),
    )


def _read_sql(path: Path) -> str:
    try:
        return path.read_text("utf-8")
    except UnicodeDecodeError as error:
        raise DefinitionError(f"the file is not UTF-8: {error}", where=Location(path)) from None
