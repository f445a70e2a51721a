"""The page on style: every rule is shown breaking and kept, and its lists are the data's."""

import os
import re
from pathlib import Path

import pytest
import yaml
from documents import blocks
from lint_examples import broken_rules

from dueng_analytics.dialect.portable_list import portable_list
from dueng_analytics.quality.lint import RULES

PAGE = Path(__file__).resolve().parent.parent / "docs" / "sql-style.md"
EXAMPLES = {block.file: block.body for block in blocks(PAGE) if block.file is not None}
# What a bad example cannot help breaking besides.
BESIDES = {"unnest-rows": ["columns"], "zoned-output": ["columns"]}
GENERATED = re.compile(r"(?<=compares and writes it -->\n).*(?=<!-- end -->)", re.DOTALL)


def broken(tmp_path, kind, rule):
    declared = EXAMPLES.get(f"{kind}/{rule}.yaml")
    return broken_rules(
        tmp_path, EXAMPLES[f"{kind}/{rule}.sql"], yaml.safe_load(declared) if declared else None
    )


@pytest.mark.parametrize("rule", RULES)
def test_a_bad_example_breaks_its_rule_and_no_other(tmp_path, rule):
    assert broken(tmp_path, "bad", rule) == sorted([rule, *BESIDES.get(rule, [])])


@pytest.mark.parametrize("rule", RULES)
def test_a_good_example_breaks_no_rule(tmp_path, rule):
    assert broken(tmp_path, "good", rule) == []


def test_the_page_has_a_section_for_every_rule_in_order():
    assert re.findall(r"^### `(.+)`$", PAGE.read_text("utf-8"), re.M) == list(RULES)


def test_every_rule_is_explained_where_it_is_written():
    assert [name for name, words in RULES.items() if len(words.split()) < 6] == []


def test_the_portable_list_on_the_page_is_the_generated_one():
    text = PAGE.read_text("utf-8")
    wanted = GENERATED.sub(lambda _: portable_list() + "\n", text)
    if os.environ.get("DUENG_WRITE_DOCS"):
        PAGE.write_text(wanted, "utf-8")
    assert PAGE.read_text("utf-8") == wanted, (
        "docs/sql-style.md is out of date: run this test with DUENG_WRITE_DOCS=1"
    )
