"""Unit tests as pytest collects them in a user's project."""

import subprocess
import sys
from pathlib import Path

import pytest
from documents import blocks
from exhaustive import exhaustive
from quality_project import TESTS, write_user_project

from dueng_analytics.quality.cases import unit_test_cases

PAGE = Path(__file__).resolve().parent.parent / "docs" / "testing.md"


@exhaustive("test_quality_cases.py")
def test_the_file_on_the_page_makes_pytest_collect_every_test_of_the_project(tmp_path):
    for block in blocks(PAGE):
        if block.file is not None:
            path = tmp_path / block.file
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(block.body, "utf-8")
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-v", "-p", "no:cacheprovider", "."],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout
    assert done.stdout.count("test_view[small_bounces: ") == 3
    assert "3 passed" in done.stdout


def test_only_the_tests_of_the_given_folders_are_cases(tmp_path):
    project = write_user_project(tmp_path)
    cases = unit_test_cases(project / "sql")
    assert [str(case) for case in cases] == ["paid_orders: only paid orders are shown"]
    cases[0].check()


def test_a_failing_case_tells_its_place_and_the_difference_of_its_rows(tmp_path):
    project = write_user_project(tmp_path, tests=TESTS.replace("{id: a}, {id: null}", "{id: b}"))
    (case,) = unit_test_cases(project / "sql")
    with pytest.raises(AssertionError, match=r"tests\.yaml:2:5\nexpected 1 rows, got 2"):
        case.check()
