"""A planted CLSM on each database: one for all the tests, and one that the fuzzer may spoil."""

from collections.abc import Iterator

import pytest

from tests import databases
from tests.conftest import DIALECTS, absent
from tests.house import House
from tests.security.planted import Planted, plant

Templates = dict[str, databases.Template]


def _plant(
    dialect: str, templates: Templates, folders: pytest.TempPathFactory
) -> Iterator[Planted]:
    if dialect not in templates:
        absent("postgres", "no PostgreSQL answers on 127.0.0.1:5432 (CELLULE_TEST_POSTGRES)")
    folder = folders.mktemp("planted")
    with databases.copy_of(templates[dialect], folder) as chosen, House.open(chosen) as house:
        yield plant(house)


@pytest.fixture(scope="session", params=DIALECTS)
def planted(
    request: pytest.FixtureRequest, templates: Templates, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Planted]:
    """Plant the markers once a database; tests only read, add, or write what must be refused."""
    yield from _plant(request.param, templates, tmp_path_factory)


@pytest.fixture(params=DIALECTS)
def spoilt(
    request: pytest.FixtureRequest, templates: Templates, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Planted]:
    """Plant another one, for requests that may well be accepted."""
    yield from _plant(request.param, templates, tmp_path_factory)


@pytest.fixture(autouse=True)
def listening(request: pytest.FixtureRequest) -> Iterator[None]:
    """Catch what the process logs during a test of the planted CLSM, and nothing of others."""
    if "planted" not in request.fixturenames:
        yield
        return
    streams = request.getfixturevalue("planted").streams
    streams.open()
    yield
    streams.close()
