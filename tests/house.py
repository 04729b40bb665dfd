"""The service opened for a test: its workplace on an event loop of its own, a clock to move.

`house.run(coroutine)` runs on that loop; `house.act(seat, write=True)` opens a unit for a
seat; `house.client()` speaks HTTP to the real application in this process.
"""

import asyncio
import threading
from collections.abc import AsyncIterator, Coroutine, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, TypeVar

from litestar.testing import TestClient

from audit import sequencer
from service import unit as units
from service.clock import Clock, SetClock
from service.database import open_engine
from service.encryption.context import DEPLOYMENT
from service.process import open_workplace
from service.settings import Settings
from service.unit import Actor, Unit, Workplace
from tests import databases

T = TypeVar("T")
START = datetime(2026, 3, 24, 9, 0, tzinfo=UTC)


@dataclass
class House:
    """One service, open."""

    settings: Settings
    workplace: Workplace
    hands: SetClock
    loop: asyncio.AbstractEventLoop
    clients: list[TestClient[Any]] = field(default_factory=list)

    @classmethod
    @contextmanager
    def open(cls, settings: Settings) -> Iterator["House"]:
        """Open the service on its own loop, in a thread; close it in order."""
        loop = asyncio.new_event_loop()
        thread = threading.Thread(target=loop.run_forever, daemon=True)
        thread.start()
        hands = SetClock(START)
        stack = open_workplace(settings, Clock(hands))

        async def enter() -> Workplace:
            workplace = await stack.__aenter__()
            await workplace.keyring.admit(DEPLOYMENT)
            return workplace

        async def leave() -> None:
            await stack.__aexit__(None, None, None)

        try:
            workplace = asyncio.run_coroutine_threadsafe(enter(), loop).result(30)
            house = cls(settings, workplace, hands, loop)
            yield house
            for client in house.clients:
                client.__exit__(None, None, None)
            asyncio.run_coroutine_threadsafe(leave(), loop).result(30)
        finally:
            loop.call_soon_threadsafe(loop.stop)
            thread.join(10)
            loop.close()

    @property
    def dialect(self) -> str:
        """Return sqlite or postgresql."""
        return self.workplace.engine.dialect.name

    def run(self, coroutine: Coroutine[Any, Any, T]) -> T:
        """Run on the house's loop and return what it returns, or raise what it raises."""
        return asyncio.run_coroutine_threadsafe(coroutine, self.loop).result(120)

    @asynccontextmanager
    async def act(self, actor: Actor | None, *, write: bool = True) -> AsyncIterator[Unit]:
        """Open a unit for a seat (None before sign-in)."""
        async with units.act(self.workplace, write=write, actor=actor) as unit:
            yield unit

    def sequence(self) -> int:
        """Give waiting entries their index (PostgreSQL); return how many. SQLite has none."""
        if self.dialect == "sqlite":
            return 0

        async def work() -> int:
            url = databases.as_role(self.settings.database_url, "cellule_sequencer_test")
            engine = open_engine(url)
            try:
                done = 0
                while more := await sequencer.sequence_once(engine):
                    done += more
                return done
            finally:
                await engine.dispose()

        return self.run(work())

    def client(self, **options: Any) -> TestClient[Any]:
        """Return an HTTP client of the real application over this house's stores.

        Its clock is this house's; its origin headers are those of a browser on our own page.
        """
        from service.app import create_app

        app = create_app(self.settings, Clock(self.hands))
        client = TestClient(
            app,
            base_url=self.settings.origin,
            raise_server_exceptions=False,
            **options,
        )
        client.headers.update({"Origin": self.settings.origin, "Sec-Fetch-Site": "same-origin"})
        client.__enter__()
        self.clients.append(client)
        return client
