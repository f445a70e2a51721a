"""The packaged folders are found wherever the package was installed."""

import pytest

from dueng_analytics.resources import packaged


@pytest.mark.parametrize("kind", ["sql", "reports", "fixtures"])
def test_each_packaged_folder_exists_and_holds_files(kind):
    assert any(path.is_file() for path in packaged(kind).rglob("*"))


def test_an_unknown_kind_of_folder_is_refused():
    with pytest.raises(ValueError, match="not one of"):
        packaged("secrets")
