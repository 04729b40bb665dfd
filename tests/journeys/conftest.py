"""The demo's town, for stories told from one end to the other."""

import asyncio
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.request import urlopen

import pytest
from playwright.sync_api import Browser, sync_playwright

from service import demo
from service.cli.where import demo_environment
from tests import databases
from tests.conftest import absent
from tests.house import House

ROOT = Path(__file__).parents[2]
CHROMIUM_ARGUMENTS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
)
STARTS_WITHIN_SECONDS = 120


@pytest.fixture
def town(dialect: str, templates: dict[str, databases.Template], tmp_path: Path) -> Iterator[House]:
    """Open the service on a loaded demo, at the demo's present."""
    if dialect not in templates:
        absent("postgres", "no PostgreSQL answers on 127.0.0.1:5432 (CELLULE_TEST_POSTGRES)")
    with databases.copy_of(templates[dialect], tmp_path) as settings:
        asyncio.run(demo.load(settings, lambda _step: None))
        with House.open(settings) as house:
            house.hands.at = demo.PRESENT
            yield house


@dataclass(frozen=True)
class Served:
    """The demo, served by a process of its own as `make run` does."""

    address: str
    folder: Path
    port: int

    def command(self, *words: str) -> subprocess.CompletedProcess[str]:
        """Run `cellule` on the same stores."""
        return subprocess.run(
            [sys.executable, "-m", "service", *words],
            cwd=ROOT,
            env=_plain_environment() | demo_environment(self.folder, self.port),
            capture_output=True,
            text=True,
            check=False,
        )


def _plain_environment() -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if not name.startswith("CELLULE_")}


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _wait_for(address: str, process: subprocess.Popen[bytes], said: Path) -> None:
    until = time.monotonic() + STARTS_WITHIN_SECONDS
    while time.monotonic() < until:
        if process.poll() is not None:
            break
        try:
            with urlopen(f"{address}/health/live", timeout=2):  # noqa: S310 — our own address
                return
        except OSError:
            time.sleep(0.2)
    pytest.fail(f"the server did not start: {said.read_text('utf-8')[-2000:]}")


@pytest.fixture(scope="session")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """Serve a demo of its own in a real process, until the last journey is over."""
    folder = tmp_path_factory.mktemp("served")
    port = _free_port()
    address = f"http://127.0.0.1:{port}"
    said = folder / "said.txt"
    with said.open("wb") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", "service", "run", "--folder", folder, "--port", str(port)],
            cwd=ROOT,
            env=_plain_environment(),
            stdout=output,
            stderr=subprocess.STDOUT,
        )
    try:
        _wait_for(address, process, said)
        yield Served(address, folder, port)
    finally:
        process.terminate()
        process.wait(20)


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    """Start the browser for a module; without it its journeys are skipped, unless required.

    Its driver keeps a loop running in this thread: it must be gone before other tests run theirs.
    """
    import shutil

    path = shutil.which("chromium") or shutil.which("chromium-browser")
    if not path:
        absent("browser", "Chromium is not installed: browser journeys did not run")
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=path, args=list(CHROMIUM_ARGUMENTS))
        yield started
        started.close()
