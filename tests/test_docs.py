"""Documents cannot rot: their code blocks are carried out, their lists are those of the package."""

import os
import re
import shutil
from dataclasses import fields
from datetime import timedelta
from pathlib import Path

import pytest
from command_reference import commands, reference
from documents import blocks, carry_out
from exhaustive import EXHAUSTIVE, exhaustive

from dueng_analytics.catalog import load_catalog
from dueng_analytics.cli.overview import COMMANDS
from dueng_analytics.config import ONLY_IN_THE_FILE, Config, load_config, option_name, setting_names
from dueng_analytics.resources import packaged
from dueng_analytics.target_settings import Target

ROOT = Path(__file__).resolve().parent.parent
DOCUMENTS = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
LONG = (
    ROOT / "README.md",
    *(ROOT / "docs" / f"{name}.md" for name in ("questions", "simulate", "testing")),
)
COMMANDS_PAGE = ROOT / "docs" / "commands.md"
SETTINGS_PAGE = ROOT / "docs" / "settings.md"
_LINK = re.compile(r"\[[^\]]*\]\((?!https?://|#)([^)#\s]+)")
_ROW = re.compile(r"^\| `?([^|`]+)`? \|(.+)\|$", re.M)


def rows_of(text: str) -> dict[str, list[str]]:
    """The rows of a page's tables: further cells by the first one."""
    return {
        first.strip(): [cell.strip() for cell in re.split(r"(?<!\\)\|", rest)]
        for first, rest in _ROW.findall(text)
    }


def place_fixtures(folder: Path, document: Path) -> None:
    """The packaged events; one day of them is enough where a document shows no figure of them."""
    packed = packaged("fixtures")
    if EXHAUSTIVE:
        (folder / "fixtures").symlink_to(packed)
        return
    day = Path("pinpoint", "2026", "10", "20")
    shutil.copytree(packed / day, folder / "fixtures" / day)
    shutil.copy(packed / "names.csv", folder / "fixtures")


@pytest.mark.parametrize(
    "document",
    [
        pytest.param(path, marks=exhaustive("test_docs.py") if path in LONG else ())
        for path in DOCUMENTS
    ],
    ids=lambda path: path.name,
)
def test_the_code_blocks_of_a_document_work_as_printed(document, tmp_path, monkeypatch):
    place_fixtures(tmp_path, document)
    (tmp_path / "dueng.toml").touch()
    monkeypatch.chdir(tmp_path)
    # `dueng test --mutate` has a process for each, which takes longer to start than its work.
    monkeypatch.setattr(os, "cpu_count", lambda: 1)
    for block in blocks(document):
        carry_out(block, tmp_path)


def test_every_command_is_shown_in_some_document():
    text = "\n".join(path.read_text("utf-8") for path in DOCUMENTS if path != COMMANDS_PAGE)
    assert [name for name in COMMANDS if f"dueng {name}" not in text] == []


def test_the_reference_of_commands_is_what_the_commands_say():
    text = reference()
    if os.environ.get("DUENG_WRITE_DOCS"):
        COMMANDS_PAGE.write_text(text, "utf-8")
    assert COMMANDS_PAGE.read_text("utf-8") == text, "write it anew with DUENG_WRITE_DOCS=1"


def test_every_setting_is_described_with_its_option_variable_and_default():
    rows = rows_of(SETTINGS_PAGE.read_text("utf-8").partition("## Targets")[0])
    described = {
        name: [cell.strip("`") for cell in rows[name][:2]]
        for name in setting_names()
        if name in rows
    }
    assert described == {
        name: ["only in the file", "–"]
        if name in ONLY_IN_THE_FILE
        else [option_name(name), f"DUENG_{name.upper()}"]
        for name in setting_names()
    }
    defaults = {
        "time_zone": "UTC",
        "locale": "en_US",
        "memory_limit": "1.1GB",
        "max_bytes": "10 GB",
    }
    assert {name: rows[name][2].strip("`") for name in defaults} == defaults
    config = Config()
    assert (config.time_zone, config.locale, config.memory_limit) == ("UTC", "en_US", "1.1GB")
    assert config.max_bytes == 10 * 1000**3
    assert {name for name in setting_names() if getattr(config, name)} == set(defaults)


def test_every_key_of_a_target_is_described_with_its_option():
    rows = rows_of(SETTINGS_PAGE.read_text("utf-8").partition("## Targets")[2])
    described = {key: option.strip("`") for key, (option, *_) in rows.items()}
    query = dict(commands())["dueng query"]
    options = {option.name: option.opts[0] for option in query.params}
    expected = {key.name: options[key.name] for key in fields(Target)[1:]}
    assert {key: option for key, option in described.items() if key in expected} == expected


def test_the_settings_file_of_the_page_gives_every_setting(tmp_path):
    (block,) = (block for block in blocks(SETTINGS_PAGE) if block.file == "dueng.toml")
    (tmp_path / "dueng.toml").write_text(block.body, "utf-8")
    config = load_config({}, {}, tmp_path)
    assert [name for name in setting_names() if config.origin(name) == "default"] == []
    assert config.lateness == timedelta(days=30)


@pytest.mark.parametrize(
    "document", [*DOCUMENTS, ROOT / "CHANGELOG.md"], ids=lambda path: path.name
)
def test_the_links_of_a_document_lead_somewhere(document):
    if not (ROOT / "dueng_analytics").is_dir():
        pytest.skip("only a checkout has everything that documents link to")
    links = _LINK.findall(document.read_text("utf-8"))
    assert [link for link in links if not (document.parent / link).exists()] == []


def test_the_index_names_every_document():
    index = _LINK.findall((ROOT / "docs" / "README.md").read_text("utf-8"))
    pages = {path.name for path in (ROOT / "docs").glob("*.md")} - {"README.md"}
    assert pages <= set(index)


def test_the_readme_names_every_family():
    rows = rows_of((ROOT / "README.md").read_text("utf-8"))
    assert set(load_catalog().definitions.families) == set(rows) - {"family", "---"}


def test_the_changelog_names_every_relation_that_was_added():
    rows = rows_of((ROOT / "CHANGELOG.md").read_text("utf-8"))
    relations = set(load_catalog().relations)
    assert {name for name in rows if "." in name} == relations
    assert {rows[name][0] for name in relations} == {"added"}
