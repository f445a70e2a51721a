"""The packaged folders are found wherever the package was installed."""

import pytest

from dueng_analytics import resources
from dueng_analytics.errors import DuengError
from dueng_analytics.resources import packaged


@pytest.mark.parametrize("kind", ["sql", "reports", "fixtures"])
def test_each_packaged_folder_exists_and_holds_files(kind):
    assert any(path.is_file() for path in packaged(kind).rglob("*"))


def test_an_unknown_kind_of_folder_is_refused():
    with pytest.raises(ValueError, match="not one of"):
        packaged("secrets")


def test_an_installation_without_a_folder_says_what_to_do(tmp_path, monkeypatch):
    monkeypatch.setattr(resources, "_PACKAGE", tmp_path / "dueng_analytics")
    with pytest.raises(DuengError, match="sql/ is missing") as caught:
        packaged("sql")
    assert "Install the package again" in (caught.value.hint or "")
