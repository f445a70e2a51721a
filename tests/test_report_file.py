"""A report's definition: what is read, and how each mistake in it is told."""

from __future__ import annotations

from pathlib import Path

import pytest

from dueng_analytics.errors import DefinitionError, UnknownName
from dueng_analytics.reporting.report_file import find_report, read_report, report_names
from dueng_analytics.resources import packaged

GOOD = """\
title: Small
description: A small report.
owner: somebody
cohort: All of it.
facts: {sql: facts.sql}
metrics:
  sent: {label: Sent, definition: Messages sent., numerator: sent}
  rate: {label: Rate, definition: Delivered ÷ sent., numerator: delivered, denominator: sent}
sections:
  - title: All
    blocks:
      - kind: tiles
        title: Figures
        tiles:
          - {label: Sent, metrics: [sent]}
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "facts.sql").write_text("select 1 as sent")
    return tmp_path


def write(folder: Path, text: str) -> Path:
    (folder / "report.yaml").write_text(text, "utf-8")
    return folder


def test_a_report_is_named_by_its_folder(folder: Path):
    report = read_report(write(folder, GOOD))
    assert report.name == folder.name
    assert report.sql == "select 1 as sent"


def test_a_metric_with_a_denominator_is_a_share(folder: Path):
    metrics = read_report(write(folder, GOOD)).metrics
    assert metrics["rate"].is_proportion
    assert not metrics["sent"].is_ratio


@pytest.mark.parametrize(
    ("find", "replace", "line", "message"),
    [
        ("metrics: [sent]", "metrics: [snt]", 15, "there is no metric named 'snt'"),
        ("metrics: [sent]", "metrics: [snt]", 15, "Did you mean sent?"),
        ("kind: tiles", "kind: tilez", 12, "not one of tiles, chart, table, text, findings"),
        ("kind: tiles\n        ", "", 12, "lacks kind"),
        ("title: Small", "titel: Small", 1, "not a known key"),
        ("cohort: All of it.\n", "", 1, "lacks cohort"),
        ("sql: facts.sql", "sql: fact.sql", 5, "a file that does not exist"),
        ("title: All", "title: All\n    needs: sent", 10, "no sentence"),
        ("numerator: delivered,", "numerator: delivered, format: euro,", 8, "not one of count"),
    ],
)
def test_a_mistake_is_told_with_its_file_and_line(
    folder: Path, find: str, replace: str, line: int, message: str
):
    assert find in GOOD
    with pytest.raises(DefinitionError) as caught:
        read_report(write(folder, GOOD.replace(find, replace)))
    assert message in caught.value.message
    assert str(caught.value.where).startswith(f"{folder / 'report.yaml'}:{line}:")


TABLE = """\
      - kind: table
        title: By name
        rows:
          - {label: Name, columns: [kind, id, name, previous], format: name}
        metrics: [sent]
        order_by: sent
        needs: sent
        empty: None.
"""


def test_a_name_takes_four_columns(folder: Path):
    text = GOOD + TABLE.replace("[kind, id, name, previous]", "[id, name]")
    with pytest.raises(DefinitionError, match="A name is four columns"):
        read_report(write(folder, text))


def test_a_detail_row_has_a_place_for_its_value(folder: Path):
    text = GOOD + TABLE + "        detail: {column: treatment, label: Treatment}\n"
    with pytest.raises(DefinitionError, match=r"no place \{value\}"):
        read_report(write(folder, text))


FINDINGS = """\
      - kind: findings
        title: Findings
        rules:
          - metric: rate
            good: Fine.
            limits: [{at: 0.05, text: Low.}, {at: 0.1, text: High.}]
"""


def test_limits_are_held_from_the_highest_down(folder: Path):
    report = read_report(write(folder, GOOD + FINDINGS))
    rule = report.sections[0].blocks[1].rules[0]
    assert [limit.at for limit in rule.limits] == [0.1, 0.05]


def test_a_rule_is_about_a_share(folder: Path):
    with pytest.raises(DefinitionError, match="no share of a count"):
        read_report(write(folder, GOOD + FINDINGS.replace("metric: rate", "metric: sent")))


@pytest.mark.parametrize("at", ["5", "0.0", "1.5", "five"])
def test_a_limit_is_a_share_between_0_and_1(folder: Path, at: str):
    with pytest.raises(DefinitionError, match="between 0 and 1"):
        read_report(write(folder, GOOD + FINDINGS.replace("at: 0.05", f"at: {at}")))


def test_a_rule_needs_a_limit(folder: Path):
    text = FINDINGS.replace("[{at: 0.05, text: Low.}, {at: 0.1, text: High.}]", "[]")
    with pytest.raises(DefinitionError, match="limits"):
        read_report(write(folder, GOOD + text))


def test_every_packaged_report_loads():
    names = report_names([packaged("reports")])
    assert "campaign_performance" in names
    for name in names:
        assert read_report(find_report(name, [packaged("reports")])).sections


def test_an_unknown_report_offers_the_nearest_name():
    with pytest.raises(UnknownName, match="Did you mean campaign_performance"):
        find_report("campaign_performence", [packaged("reports")])


def test_a_project_folder_takes_the_place_of_a_packaged_report(folder: Path):
    own = folder / "reports" / "campaign_performance"
    own.mkdir(parents=True)
    write(own, GOOD)
    assert find_report("campaign_performance", [packaged("reports"), folder / "reports"]) == own
