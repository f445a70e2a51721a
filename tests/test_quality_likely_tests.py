"""Which test is asked first about a change."""

from dataclasses import dataclass

import pytest

from dueng_analytics.errors import Location
from dueng_analytics.model.definitions import Given, UnitTest
from dueng_analytics.quality.likely_tests import LikelyTests
from dueng_analytics.quality.stage import StagedTest


@dataclass
class Asked:
    """Three staged tests, named by what they hold."""

    tests: LikelyTests

    def order(self, line=1, sql=(), output=None):
        return [item.test.name for item in self.tests.in_order(line, sql, output)]

    def notice(self, name, line):
        (item,) = (item for item in self.tests.tests if item.test.name == name)
        self.tests.noticed(item, line)


@pytest.fixture
def tests(tmp_path):
    def staged(name, given, expect):
        rows = (Given("orders", (given,)),)
        return StagedTest(UnitTest(name, rows, (expect,), Location(tmp_path)), name)

    return Asked(
        LikelyTests(
            [
                staged("plain", {"kind": "sale"}, {"id": "a"}),
                staged("gift", {"kind": "gift"}, {"id": "a"}),
                staged("priced", {"kind": "sale"}, {"id": "a", "price": 3}),
            ]
        )
    )


def test_without_a_hint_tests_are_asked_in_their_order(tests):
    assert tests.order() == ["plain", "gift", "priced"]


def test_a_test_that_names_the_changed_text_is_asked_first(tests):
    assert tests.order(sql=("orders.kind = 'gift'", "orders.kind = 'giftx'"))[0] == "gift"


def test_a_test_that_expects_the_changed_column_is_asked_first(tests):
    assert tests.order(output="price")[0] == "priced"


def test_a_test_that_noticed_a_change_close_by_is_asked_first(tests):
    tests.notice("priced", line=40)
    tests.notice("gift", line=3)
    assert tests.order(line=38)[0] == "priced"
    assert tests.order(line=5)[0] == "gift"


def test_every_test_is_asked_in_the_end(tests):
    tests.notice("gift", line=3)
    assert sorted(tests.order(sql=("'sale'",), output="price")) == ["gift", "plain", "priced"]
