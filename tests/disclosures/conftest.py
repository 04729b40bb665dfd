"""One house a database for the whole module: each test opens a CLSM of its own in it."""

from collections.abc import Iterator
from itertools import count
from typing import Any

import pytest

from tests import databases
from tests.conftest import DIALECTS
from tests.disclosures.town import Town
from tests.house import START, House
from tests.shared import a_house

_numbers = count(1)


@pytest.fixture(scope="module", params=DIALECTS)
def shared_house(
    request: pytest.FixtureRequest,
    templates: dict[str, databases.Template],
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[House]:
    """Open one house a database."""
    yield from a_house(request.param, templates, tmp_path_factory)


@pytest.fixture
def town(shared_house: House) -> Town:
    """Open a CLSM with one named situation, at the usual instant."""
    shared_house.hands.at = START
    return Town.on(shared_house, f"SIT-2026-{next(_numbers):05}")


@pytest.fixture(scope="module")
def client(shared_house: House) -> Any:
    """Speak HTTP to the real application over that house."""
    return shared_house.client()
