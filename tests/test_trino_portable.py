# ruff: noqa: E402 - what takes long to import is imported where the module is run
"""What is told of Trino in ``tests/portable_cases``, held against a real one."""

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.on_trino import trino_module

trino_module("test_trino_portable.py")

from tests.portable_cases import cases, same
from tests.portable_on_trino import Refused, answer_to, connected

SESSIONS = 4


@pytest.fixture(scope="module")
def answers(local_aws):
    """What Trino gives for each case: types and rows, or the name of its error."""
    own = threading.local()

    def given(case):
        if not hasattr(own, "connection"):
            own.connection = connected(local_aws.trino_port)
        try:
            return answer_to(own.connection, case)
        except Refused as refused:
            return str(refused)

    with ThreadPoolExecutor(SESSIONS) as pool:
        return list(zip(cases(), pool.map(given, cases()), strict=True))


def _difference(case, found):
    """How a case tells something else than Trino gives; None where it does not."""
    if isinstance(found, str):
        return None if found == case.because else f"Trino says {found}"
    if case.fails:
        return f"Trino gives {found[1]}"
    kinds, rows = found
    if kinds != list(case.types):
        return f"on Trino it is {kinds}"
    if len(rows) != len(case.rows):
        return f"Trino gives {len(rows)} rows"
    for place, (row, told) in enumerate(zip(rows, case.rows, strict=True)):
        if not same(row, told):
            return f"{case.places[place] if case.places else place}: {told}, Trino gives {row}"
    return None


def test_every_case_tells_what_trino_gives(answers):
    differences = {
        case.sql: difference
        for case, found in answers
        if (difference := _difference(case, found)) is not None
    }
    assert differences == {}
