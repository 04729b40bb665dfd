"""Whatever people do, in whatever order: lists, decisions and explanations say one thing.

A random walk through the ordinary operations. After each act everyone is asked about every
situation; refused acts changed nothing; what was answered then is answered again, the same.
"""

import pytest

from tests.house import House
from tests.sharing.steps import STEPS
from tests.sharing.walk import Walk

SEED, LENGTH = "2026-11-28", 65
_digests: dict[str, str] = {}


@pytest.mark.xdist_group("stateful")  # the second database finds the decisions already made
def test_lists_decisions_and_explanations_agree_after_each_act(house: House) -> None:
    walk = Walk.on(house, SEED)
    walk.goes(LENGTH)
    print("\n".join(walk.told()))
    assert walk.answered["seen"] > walk.answered["hidden"] / 10
    assert walk.answered["hidden"] > walk.answered["seen"] / 10
    assert walk.answered["opened"] > 1_000
    assert walk.answered["past"] > 10_000
    assert sum(walk.applied.values()) > LENGTH / 2
    assert not [name for name in STEPS if not walk.applied[name]]
    _digests[house.dialect] = walk.digest.hexdigest()
    assert len(set(_digests.values())) == 1, "the two databases do not answer alike"
