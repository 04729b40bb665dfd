"""Two acts at once, on two connections, one statement at a time in an order that a seed decides.

Before each statement, and before each commit, an act waits to be let go. One that waits for a
lock of the other is seen to be blocked, and the other goes on: nothing is simulated, the
database decides.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import event
from sqlalchemy.ext.asyncio import AsyncEngine
from sqlalchemy.util.concurrency import await_

from tests.chance import Chance

BLOCKED = 0.012
"""Seconds without reaching its next statement after which an act is taken to wait for a lock."""

_side: ContextVar["Side | None"] = ContextVar("side", default=None)


@dataclass
class Side:
    """One of the two acts: where it stands, and what came of it."""

    act: Callable[[], Awaitable[Any]]
    arrived: asyncio.Event = field(default_factory=asyncio.Event)
    go: asyncio.Event = field(default_factory=asyncio.Event)
    failure: Exception | None = None
    statements: int = 0

    async def run(self) -> None:
        """Do the act; keep what it raises."""
        _side.set(self)
        try:
            await self.act()
        except Exception as problem:  # noqa: BLE001 — the test tells refusals from defects
            self.failure = problem

    async def turn(self) -> None:
        """Wait to be let go."""
        self.statements += 1
        self.arrived.set()
        await self.go.wait()
        self.go.clear()


@contextmanager
def one_by_one(engine: AsyncEngine) -> Iterator[None]:
    """Hold every statement and every commit of an act that has a side, on this engine."""

    def hold(*_: object) -> None:
        side = _side.get()
        if side is not None:
            await_(side.turn())

    for name in ("before_cursor_execute", "commit"):
        event.listen(engine.sync_engine, name, hold)
    try:
        yield
    finally:
        for name in ("before_cursor_execute", "commit"):
            event.remove(engine.sync_engine, name, hold)


async def interleave(
    chance: Chance, writer: Side, revoker: Side, *, revoked: Callable[[], Awaitable[None]]
) -> None:
    """Run both to their end; call `revoked` once, as soon as the revocation is committed.

    Nothing of the writer can have been committed between that commit and the call: its own
    commit is a statement like another, which waits to be let go.
    """
    bias = chance.one_of((25, 50, 75))
    tasks = {id(side): asyncio.create_task(side.run()) for side in (writer, revoker)}
    told = False
    while True:
        alive = [side for side in (writer, revoker) if not tasks[id(side)].done()]
        if revoker not in alive and not told:
            told = True
            await revoked()
        if not alive:
            return
        ready = [side for side in alive if side.arrived.is_set()]
        if not ready:
            await _moves(tasks, alive, longest=5)
            continue
        side = ready[0]
        if len(ready) == 2:
            side = writer if chance.often(bias) else revoker
        side.arrived.clear()
        side.go.set()
        await _moves(tasks, [side], longest=BLOCKED)


async def _moves(tasks: dict[int, Any], sides: list[Side], *, longest: float) -> None:
    """Wait until one of these acts has come to its next statement or to its end."""
    waits = [asyncio.create_task(side.arrived.wait()) for side in sides]
    try:
        await asyncio.wait(
            [*waits, *(tasks[id(side)] for side in sides)],
            timeout=longest,
            return_when=asyncio.FIRST_COMPLETED,
        )
    finally:
        for wait in waits:
            wait.cancel()
