"""Fixtures of every test: a house on each database, and what a run without one must say."""

import os
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, settings

from tests import databases
from tests.house import House

settings.register_profile(
    "cellule",
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
    derandomize=True,
    # Shrinking a failure of the whole service takes minutes: done on a desk, not in CI.
    phases=tuple(
        phase
        for phase in Phase
        if "CI" not in os.environ or phase not in {Phase.shrink, Phase.explain}
    ),
)
settings.load_profile("cellule")

_ABSENT: dict[str, str] = {}
DIALECTS = ("sqlite", "postgresql")


@pytest.fixture(scope="session")
def templates(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, databases.Template]]:
    """Migrate once a pair of stores for each database."""
    found = {"sqlite": databases.sqlite_template(tmp_path_factory.mktemp("template"))}
    server = databases.postgres_server()
    if server:
        found["postgresql"] = databases.postgres_template(server, uuid.uuid4().hex[:12])
        databases.make_roles(server)
    yield found
    if "postgresql" in found:
        databases.drop(found["postgresql"])


@pytest.fixture(params=DIALECTS)
def dialect(request: pytest.FixtureRequest) -> str:
    """Name each database in turn."""
    return str(request.param)


@pytest.fixture
def house(
    dialect: str, templates: dict[str, databases.Template], tmp_path: Path
) -> Iterator[House]:
    """Open the whole service on a database of its own."""
    if dialect not in templates:
        absent("postgres", "no PostgreSQL answers on 127.0.0.1:5432 (CELLULE_TEST_POSTGRES)")
    with databases.copy_of(templates[dialect], tmp_path) as chosen, House.open(chosen) as opened:
        yield opened


@pytest.fixture
def browser_path() -> str:
    """Return where Chromium is."""
    import shutil

    found = shutil.which("chromium") or shutil.which("chromium-browser") or ""
    if not found:
        absent("browser", "Chromium is not installed: browser journeys did not run")
    return found


def absent(what: str, sentence: str) -> None:
    """Skip and say so in the last lines; fail where the run requires it."""
    _ABSENT[what] = sentence
    if what in databases.REQUIRED:
        pytest.fail(f"required by CELLULE_TEST_REQUIRE: {sentence}")
    pytest.skip(sentence)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say in the last lines what this run did not try."""
    if not databases.postgres_server():
        terminalreporter.write_line("NOT TRIED: PostgreSQL (127.0.0.1:5432 does not answer)")
    import shutil

    if not shutil.which("go"):
        terminalreporter.write_line("NOT TRIED: the independent verifier (Go is not installed)")
    if not (shutil.which("chromium") or shutil.which("chromium-browser")):
        terminalreporter.write_line("NOT TRIED: the browser journeys (Chromium is not installed)")
