"""The byte fuzzer at full size: `make drill`, half an hour; the same findings as in CI, more of them."""

import os

import pytest

from tests.security.conftest import planted as planted  # noqa: PLC0414 — the fixture, here too
from tests.security.fuzz import failures
from tests.security.planted import Planted

COUNT = 10_000

pytestmark = pytest.mark.skipif(
    os.environ.get("CELLULE_TEST_DRILL") != "1", reason="a drill: make drill"
)


@pytest.mark.parametrize("name", ["worker", "coordinator"])
def test_twenty_thousand_hurt_requests_are_never_a_defect(planted: Planted, name: str) -> None:
    if planted.house.dialect == "postgresql":
        pytest.skip("the drill runs on SQLite; CI runs its few hundred on both")
    found = failures(planted, name, seed=f"drill/{name}", count=COUNT)
    assert not found, "\n".join(found[:40])
