"""The byte fuzzer at full size: `make drill`. The same findings as in CI, many more of them."""

import os

import pytest

from tests.security.conftest import spoilt as spoilt  # noqa: PLC0414 — the fixture, here too
from tests.security.fuzz import failures
from tests.security.planted import Planted

COUNT = 10_000

pytestmark = pytest.mark.skipif(
    os.environ.get("CELLULE_TEST_DRILL") != "1", reason="a drill: make drill"
)


@pytest.mark.parametrize("spoilt", ["sqlite"], indirect=True)
@pytest.mark.parametrize("name", ["worker", "coordinator"])
def test_twenty_thousand_hurt_requests_are_never_a_defect(spoilt: Planted, name: str) -> None:
    """On SQLite; the few hundred of CI run on both databases."""
    found = failures(spoilt, name, seed=f"drill/{name}", count=COUNT)
    assert not found, "\n".join(found[:40])
