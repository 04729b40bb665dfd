"""The demo, loaded once for each database of a test run."""

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest

from service import demo
from service.settings import Settings
from tests import databases
from tests.conftest import DIALECTS, absent


@pytest.fixture(scope="session", params=DIALECTS)
def demo_settings(
    request: pytest.FixtureRequest,
    templates: dict[str, databases.Template],
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Settings]:
    """Load the demo as `make run` does; PostgreSQL too, as its application role."""
    if request.param not in templates:
        absent("postgres", "no PostgreSQL answers on 127.0.0.1:5432 (CELLULE_TEST_POSTGRES)")
    folder: Path = tmp_path_factory.mktemp(f"demo-{request.param}")
    with databases.copy_of(templates[request.param], folder) as settings:
        asyncio.run(demo.load(settings, lambda _step: None))
        yield settings
