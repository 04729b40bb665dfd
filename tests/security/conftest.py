"""One planted CLSM for each database, shared by the tests of this folder."""

from collections.abc import Iterator

import pytest

from tests import databases
from tests.conftest import DIALECTS, absent
from tests.house import House
from tests.security.planted import Planted, plant


@pytest.fixture(scope="module", params=DIALECTS)
def planted(
    request: pytest.FixtureRequest,
    templates: dict[str, databases.Template],
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Planted]:
    """Plant the markers once a database; tests here only read, or write what must be refused."""
    if request.param not in templates:
        absent("postgres", "no PostgreSQL answers on 127.0.0.1:5432 (CELLULE_TEST_POSTGRES)")
    folder = tmp_path_factory.mktemp("planted")
    with databases.copy_of(templates[request.param], folder) as chosen, House.open(chosen) as house:
        found = plant(house)
        try:
            yield found
        finally:
            found.streams.close()
