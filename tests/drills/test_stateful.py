"""The long walks: `make drill`. The same comparisons as in CI, ten times the acts, Casbin asked of everyone."""

import os

import pytest

from tests.house import House
from tests.sharing.steps import STEPS
from tests.sharing.walk import Walk

LENGTH = 350
SEEDS = ("drill/1", "drill/2")

pytestmark = pytest.mark.skipif(
    os.environ.get("CELLULE_TEST_DRILL") != "1", reason="a drill: make drill"
)


@pytest.mark.parametrize("seed", SEEDS)
def test_hundreds_of_acts_leave_lists_decisions_and_explanations_agreed(
    house: House, seed: str
) -> None:
    walk = Walk.on(house, seed, whole=True)
    walk.goes(LENGTH)
    print("\n".join(walk.told()))
    assert not [name for name in STEPS if not walk.applied[name]]
    assert not [name for name, met in walk.oracle.met.items() if not met]
