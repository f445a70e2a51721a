"""The page as HTML and as text."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import datetime
from html.parser import HTMLParser
from itertools import pairwise

import pytest
from exhaustive import exhaustive
from report_rows import ID, START, email, made, many, name, story

from dueng_analytics.reporting.blocks import ReportPage
from dueng_analytics.reporting.html import render_html
from dueng_analytics.reporting.text import render_text


@pytest.fixture(scope="module")
def page() -> ReportPage:
    names = [
        name("campaign", ID, "Old name", None, datetime(2026, 10, 1)),
        name("campaign", ID, "Oktober-Angebot mit <b>Rabatt</b> & 🍂", datetime(2026, 10, 1)),
    ]
    return made(story(), names)


@pytest.fixture(scope="module")
def html(page: ReportPage) -> str:
    return render_html(page)


class _Outline(HTMLParser):
    """The tags of a document with their attributes, and its headings."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))


def test_the_same_page_is_the_same_bytes(page: ReportPage, html: str):
    assert render_html(page) == html


def test_the_page_holds_everything_it_needs(html: str):
    loading = {"src", "srcset", "poster", "action", "background"}
    for tag, attributes in _Outline(html).tags:
        assert tag not in {"script", "iframe", "object", "embed", "form"}
        assert not loading & set(attributes)
        assert tag != "link" or attributes["href"] == "data:,"
    assert "url(" not in html
    assert "@import" not in html


def test_the_page_forbids_itself_to_load_anything(html: str):
    policy = next(
        attributes["content"]
        for tag, attributes in _Outline(html).tags
        if tag == "meta" and attributes.get("http-equiv") == "Content-Security-Policy"
    )
    assert policy is not None
    assert policy.startswith("default-src 'none';")


def test_a_name_cannot_become_markup(html: str):
    assert "<b>Rabatt</b>" not in html
    assert "&lt;b&gt;Rabatt&lt;/b&gt; &amp; 🍂" in html


def test_headings_step_down_one_level_at_a_time(html: str):
    levels = [int(tag[1]) for tag, _ in _Outline(html).tags if re.fullmatch("h[1-6]", tag)]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(after - before <= 1 for before, after in pairwise(levels))


def test_every_id_is_unique_and_every_reference_to_one_is_met(html: str):
    tags = _Outline(html).tags
    ids = [attributes["id"] for _, attributes in tags if "id" in attributes]
    assert len(ids) == len(set(ids))
    for _, attributes in tags:
        if "aria-labelledby" in attributes:
            assert attributes["aria-labelledby"] in ids


def test_every_chart_is_described_and_has_its_table(page: ReportPage, html: str):
    drawings = [
        attributes for _, attributes in _Outline(html).tags if attributes.get("role") == "img"
    ]
    assert len(drawings) == 4  # e-mail and SMS, each wide and narrow
    assert all("in total" in (each["aria-label"] or "") for each in drawings)
    assert html.count("Day by day, as a table") == 2


def test_charts_take_their_colours_from_the_page(html: str):
    drawn = "".join(re.findall(r"<svg.*?</svg>", html, re.DOTALL))
    assert 'fill="var(--chart-series-1)"' in drawn
    assert not re.findall(r'"#[0-9a-f]{3,8}"', drawn)


def test_rates_carry_their_counts_and_definitions(html: str):
    assert "1,650 of 2,871" in html  # opened by people, of 11 days × (270 − 9) delivered
    assert "Delivered ÷ sent. A message that bounced after it was delivered" in html


def test_addresses_are_not_on_the_page(html: str):
    assert "ana@" not in html
    assert "…@example.com" in html


def test_ids_are_shortened_and_whole_only_on_asking(html: str):
    assert "01234567…" in html
    assert f'title="{ID}"' in html
    assert ID not in html.replace(f'title="{ID}"', "")


def test_the_text_tells_the_same_figures(page: ReportPage):
    text = " ".join(render_text(page).split())
    assert "Delivered 96.67% 2,871 of 2,970" in text
    assert "Oct 19 – 29, 2026, both days included (UTC)" in text
    assert "2 records could not be read" in text


@pytest.mark.parametrize("width", [60, 80, 100, 140])
def test_no_line_of_the_text_is_wider_than_asked(page: ReportPage, width: int):
    assert max(map(len, render_text(page, width).splitlines())) <= width


def test_the_text_has_no_control_characters(page: ReportPage):
    evil = name("campaign", ID, "before\x1b[2Jafter\x07\r\nend", None)
    text = render_text(made(story(), [evil]))
    assert "before [2Jafter end" in " ".join(text.split())
    assert not set(re.findall(r"[\x00-\x09\x0b-\x1f\x7f-\x9f]", text))


def test_a_period_of_one_day_is_a_page():
    assert "Mon, Oct 19, 2026, the whole day" in render_html(
        made(many(3, email, START), last="2026-10-19")
    )


@exhaustive("test_report_page.py")
def test_a_year_is_a_page_whose_axis_is_not_crowded():
    shown = render_html(made(story(), last="2027-10-18"))
    narrow = re.findall(r"<svg.*?</svg>", shown, re.DOTALL)[1]
    labels = re.findall(r"<text[^>]*>([A-Z][a-z]{2} \d+)</text>", narrow)
    assert 3 <= len(labels) <= 8


def test_a_page_in_another_locale_writes_its_numbers_so(page: ReportPage):
    german = render_html(replace(page, locale="de_DE"))
    assert "2.970" in german
