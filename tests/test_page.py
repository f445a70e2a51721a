"""Pages in headless Chromium: the demo's own and the extremes, wide and narrow, light and dark."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest
from documents import run
from page import SCHEMES, WIDTHS, Browser, Look, browser
from report_rows import START, email, made, many, sms, story

from dueng_analytics.reporting.html import render_html

READABLE = 4.5
"""The contrast that WCAG 2 asks of small text at level AA."""

pytestmark = pytest.mark.skipif(
    os.environ.get("DUENG_REQUIRE_CHROMIUM") != "1",
    reason="takes long; DUENG_REQUIRE_CHROMIUM=1 python -m pytest tests/test_page.py",
)


@pytest.fixture(scope="module")
def running() -> Iterator[Browser]:
    with browser() as started:
        yield started


@pytest.fixture(scope="module")
def demo(running: Browser, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The page of `dueng demo` over the packaged events."""
    folder = tmp_path_factory.mktemp("demo")
    code, _, err = run(["demo", "--out", str(folder)])
    assert code == 0, err
    return folder / "campaign_performance.html"


@pytest.fixture(scope="module")
def pages(running: Browser, tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, Path]:
    """Pages that hold much, little or nothing."""
    folder = tmp_path_factory.mktemp("pages")
    for title, page in {
        "full": made(story()),
        "empty": made([]),
        "sms only": made(many(3, sms, START)),
        "one message": made([email(START)], last="2026-10-19"),
    }.items():
        (folder / f"{title}.html").write_text(render_html(page), "utf-8")
    return {path.stem: path for path in folder.glob("*.html")}


def assert_reads_well(look: Look) -> None:
    """The page fits its width, loads nothing, complains of nothing, and every text can be read."""
    assert look.inner_width == look.width
    assert look.scroll_width <= look.width
    assert look.spilling == ()
    assert look.requests == ()
    assert look.complaints == ()
    contrast, text = look.least_contrast
    assert contrast >= READABLE, f"{text!r} has a contrast of {contrast:.1f}"


@pytest.mark.parametrize("scheme", SCHEMES)
@pytest.mark.parametrize("width", WIDTHS)
def test_the_page_of_the_demo_reads_well(running: Browser, demo: Path, width: int, scheme: str):
    assert_reads_well(running.look(demo, width, scheme))


@pytest.mark.parametrize(("width", "scheme"), list(zip(WIDTHS, SCHEMES, strict=True)))
@pytest.mark.parametrize("title", ["full", "empty", "sms only", "one message"])
def test_a_page_reads_well_whatever_it_holds(
    running: Browser, pages: Mapping[str, Path], title: str, width: int, scheme: str
):
    assert_reads_well(running.look(pages[title], width, scheme))


def test_dark_and_light_are_two_pictures(running: Browser, pages: Mapping[str, Path]):
    looks = [running.look(pages["full"], 1280, scheme) for scheme in SCHEMES]
    assert len({look.picture for look in looks}) == 2


def test_the_notice_of_a_page_without_messages_is_read_aloud(
    running: Browser, pages: Mapping[str, Path]
):
    text = running.look(pages["empty"], 390, "light").text
    assert "No message was sent in this period" in text
    assert "No e-mail was sent in this period." in text


def test_the_browser_sees_a_page_that_does_not_fit_or_loads(running: Browser, tmp_path: Path):
    """The checks above can fail."""
    path = tmp_path / "bad.html"
    path.write_text(
        "<!doctype html><link rel=icon href=data:,><p style='width:2000px;color:#aaa'>wide</p>"
        "<div style='width:40px'>unbreakable</div>"
        "<img src='http://127.0.0.1:9/missing.png'><script>console.error('oh')</script>",
        "utf-8",
    )
    look = running.look(path, 1280, "light")
    assert look.scroll_width > 1280
    assert look.spilling == ("unbreakable",)
    assert look.requests == ("http://127.0.0.1:9/missing.png",)
    assert "error" in look.complaints
    assert look.least_contrast[0] < READABLE
