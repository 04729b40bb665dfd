"""A thousand writes against a thousand revocations on each database: `make drill`."""

import os

import pytest

from tests.house import House
from tests.sharing.revoking import bouts

COUNT = 1_000

pytestmark = pytest.mark.skipif(
    os.environ.get("CELLULE_TEST_DRILL") != "1", reason="a drill: make drill"
)


def test_no_write_lands_after_the_revocation_is_committed(house: House) -> None:
    outcome = bouts(house, "drill", COUNT)
    print(f"{house.dialect}: {outcome}")
    assert outcome.landed_after == []
    assert outcome.lost == []
    assert outcome.wrote.total() > COUNT / 10
    assert outcome.refused.total() > COUNT / 10
