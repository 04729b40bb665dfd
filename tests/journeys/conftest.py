"""The demo's town, for stories told from one end to the other."""

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest

from service import demo
from tests import databases
from tests.conftest import absent
from tests.house import House


@pytest.fixture
def town(
    dialect: str, templates: dict[str, databases.Template], tmp_path: Path
) -> Iterator[House]:
    """Open the service on a loaded demo, at the demo's present."""
    if dialect not in templates:
        absent("postgres", "no PostgreSQL answers on 127.0.0.1:5432 (CELLULE_TEST_POSTGRES)")
    with databases.copy_of(templates[dialect], tmp_path) as settings:
        asyncio.run(demo.load(settings, lambda _step: None))
        with House.open(settings) as house:
            house.hands.at = demo.PRESENT
            yield house
