"""The wheel carries everything that runs need, and works where there is no source tree."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
from exhaustive import exhaustive

from dueng_analytics import __version__

ROOT = Path(__file__).resolve().parent.parent

pytestmark = pytest.mark.skipif(
    not (ROOT / "dueng_analytics").is_dir(),
    reason="there is no source tree: the tests run over the installed wheel itself",
)


@pytest.fixture(scope="module")
def wheel(tmp_path_factory) -> zipfile.ZipFile:
    folder = tmp_path_factory.mktemp("wheel")
    built = subprocess.run(
        [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", folder, ROOT],
        capture_output=True,
        text=True,
        check=False,
    )
    assert built.returncode == 0, built.stdout + built.stderr
    (path,) = folder.glob("*.whl")
    with zipfile.ZipFile(path) as archive:
        yield archive


@exhaustive("test_wheel.py")
def test_the_wheel_carries_every_file_of_the_packaged_folders_and_nothing_of_the_tests(wheel):
    names = set(wheel.namelist())
    for kind in ("sql", "reports", "fixtures"):
        files = [path for path in (ROOT / kind).rglob("*") if path.is_file()]
        assert files
        assert {f"dueng_analytics/_data/{path.relative_to(ROOT)}" for path in files} <= names
    assert {name.partition("/")[0] for name in names} == {
        "dueng_analytics",
        f"dueng_analytics-{__version__}.dist-info",
    }


def test_the_wheel_carries_the_licence_the_command_and_the_mark_of_a_typed_package(wheel):
    info = f"dueng_analytics-{__version__}.dist-info"
    assert "Apache License" in wheel.read(f"{info}/licenses/LICENSE").decode()
    assert "dueng = dueng_analytics.cli:main" in wheel.read(f"{info}/entry_points.txt").decode()
    assert "dueng_analytics/py.typed" in wheel.namelist()


@exhaustive("test_wheel.py")
def test_the_package_works_from_the_wheel_with_the_source_tree_away(wheel, tmp_path):
    wheel.extractall(tmp_path / "installed")
    (tmp_path / "elsewhere").mkdir()

    def python(*arguments: str) -> str:
        done = subprocess.run(
            [sys.executable, *arguments],
            capture_output=True,
            text=True,
            check=False,
            cwd=tmp_path / "elsewhere",
            env={**os.environ, "PYTHONPATH": str(tmp_path / "installed")},
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    show = "from dueng_analytics.resources import packaged; print(packaged('sql'))"
    assert Path(python("-c", show).strip()) == (
        tmp_path / "installed" / "dueng_analytics" / "_data" / "sql"
    )
    relations = json.loads(python("-m", "dueng_analytics", "list", "--json"))
    assert {"email_send", "messages"} <= {relation["name"] for relation in relations}
