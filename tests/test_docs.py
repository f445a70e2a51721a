"""Documents cannot rot: every code block in them is carried out."""

from pathlib import Path

import pytest
from documents import blocks, carry_out

from dueng_analytics.cli.app import COMMANDS
from dueng_analytics.resources import packaged

ROOT = Path(__file__).resolve().parent.parent
DOCUMENTS = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_the_code_blocks_of_a_document_work_as_printed(document, tmp_path, monkeypatch):
    (tmp_path / "fixtures").symlink_to(packaged("fixtures"))
    (tmp_path / "dueng.toml").touch()
    monkeypatch.chdir(tmp_path)
    for block in blocks(document):
        carry_out(block, tmp_path)


def test_every_command_is_shown_in_some_document():
    text = "\n".join(path.read_text("utf-8") for path in DOCUMENTS)
    assert [name for name in COMMANDS if f"dueng {name}" not in text] == []
