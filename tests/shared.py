"""One house a database for a whole module: each test opens a CLSM of its own in it.

@pytest.fixture(scope="module", params=DIALECTS)
def shared_house(request, templates, tmp_path_factory):
    yield from a_house(request.param, templates, tmp_path_factory)
"""

from collections.abc import Iterator

import pytest

from tests import databases
from tests.conftest import absent
from tests.house import House


def a_house(
    dialect: str,
    templates: dict[str, databases.Template],
    folders: pytest.TempPathFactory,
) -> Iterator[House]:
    """Open one house on a database, until the module ends."""
    if dialect not in templates:
        absent("postgres", "no PostgreSQL answers on 127.0.0.1:5432 (CELLULE_TEST_POSTGRES)")
    folder = folders.mktemp("shared")
    with databases.copy_of(templates[dialect], folder) as chosen, House.open(chosen) as house:
        yield house
