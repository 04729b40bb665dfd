"""A right is taken away while someone writes: no write lands after the revocation is committed."""

from tests.house import House
from tests.sharing.revoking import bouts

COUNT = 50


def test_no_write_lands_after_the_revocation_is_committed(house: House) -> None:
    outcome = bouts(house, "revoking", COUNT)
    print(outcome)
    assert outcome.landed_after == []
    assert outcome.lost == []
    assert outcome.wrote.total() > COUNT / 10
    assert outcome.refused.total() > COUNT / 10
