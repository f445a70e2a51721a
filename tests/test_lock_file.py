"""The lock file follows what pyproject.toml asks for."""

import re
import tomllib
from itertools import chain
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
_NAME = re.compile(r"[A-Za-z0-9._-]+")


def normal(requirement: str) -> str:
    """The name of the package that a requirement asks for, as PEP 503 compares names."""
    found = _NAME.match(requirement)
    assert found, requirement
    return re.sub(r"[-_.]+", "-", found[0]).lower()


def test_every_dependency_of_the_package_and_of_its_extras_is_pinned():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    asked = [*project["dependencies"], *chain(*project["optional-dependencies"].values())]
    lock = (ROOT / "requirements.lock").read_text("utf-8")
    pinned = {normal(line) for line in lock.splitlines() if "==" in line}
    missing = sorted({normal(name) for name in asked} - pinned)
    assert not missing, f"not in requirements.lock: {missing}; docs/testing.md says how to write it"
