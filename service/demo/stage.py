"""The stage of the demo: the ordinary operations, each at its date, by its own seat.

The clock is set by hand from act to act, so that the record of the demo is dated as its story
is told. A bare date is 12:00 in Paris, an act without an hour is at 09:00 that day.
"""

import asyncio
from collections.abc import AsyncGenerator, Awaitable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from uuid import UUID

from service import unit as units
from service.clock import SetClock, paris
from service.unit import Actor, Unit, Workplace


def day(text: str, hour: int = 9, minute: int = 0) -> datetime:
    """Return an instant from « 24/03/2026 », at an hour in Paris."""
    number, month, year = (int(part) for part in text.split("/"))
    return paris(date(year, month, number), hour, minute)


PRESENT = day("24/11/2026", 10)
"""The demo's present: the loaded demo is read as of this instant."""


@dataclass(slots=True)
class Stage:
    """Who plays, and when it is."""

    workplace: Workplace
    hands: SetClock
    clsm_id: UUID
    seats: dict[str, Actor] = field(default_factory=dict)
    cells: dict[str, UUID] = field(default_factory=dict)
    situations: dict[str, UUID] = field(default_factory=dict)
    """By alias, once each has been referred."""
    _playing: int = 0
    _waiting: list[tuple[datetime, int, asyncio.Future[None]]] = field(default_factory=list)

    async def play(self, *stories: Awaitable[None]) -> None:
        """Play several stories as they happened: whose act comes first in time acts first."""
        self._playing = len(stories)
        async with asyncio.TaskGroup() as group:
            for story in stories:
                group.create_task(self._to_the_end(story))

    async def _to_the_end(self, story: Awaitable[None]) -> None:
        await story
        self._playing -= 1
        self._next()

    async def _turn(self, when: datetime) -> None:
        """Wait until no other story has an earlier act to play."""
        if not self._playing:
            return
        called: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append((when, len(self._waiting), called))
        self._next()
        await called

    def _next(self) -> None:
        if self._waiting and len(self._waiting) == self._playing:
            self._waiting.sort(key=lambda turn: turn[:2])
            self._waiting.pop(0)[2].set_result(None)

    @asynccontextmanager
    async def at(self, when: datetime, who: str) -> AsyncGenerator[Unit, None]:
        """Let one seat act at one instant, in one transaction.

        Time never goes back: an act asked for an earlier minute of the same day follows the
        one before by a second.
        """
        await self._turn(when)
        self.hands.at = max(when, self.hands.at + timedelta(seconds=1))
        async with units.act(self.workplace, write=True, actor=self.seats[who]) as unit:
            yield unit
