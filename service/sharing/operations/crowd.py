"""The facts of every situation of a CLSM, in batches: the seats, then ranges of situations.

`at` is also `known_at`, so that batches read one after the other, each in a transaction of its
own, all speak of the same instant: what is written meanwhile is not in it.
"""

from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any, Final
from uuid import UUID

from sqlalchemy import CompoundSelect, Select, bindparam, func, select, union_all
from sqlalchemy.ext.asyncio import AsyncConnection

from service.database import Identifier
from service.partners import operations as partners
from service.sharing.models import Standing
from service.sharing.operations.facts import ARCHIVED, live, ranged_statement
from service.sharing.operations.seating import info_of
from service.sharing.schemas import SeatInfo

BATCH: Final = 2_000
"""Situations of one statement: a few tens of thousands of rows in memory at once."""

SEATS_AT_ONCE: Final = 5_000
BEFORE_ALL: Final = UUID(int=0)

Said = tuple[str, str, str, str]
"""A row of the statement of facts, less whom and which situation it is of: kind, code, more, place.
"""

Source = Callable[[], AbstractAsyncContextManager[AsyncConnection]]
"""Opens a short transaction of the CLSM that reads."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where and when is asked: a CLSM, all of its cells (None) or some, an instant."""

    clsm_id: UUID
    cells: frozenset[UUID] | None
    at: datetime


@dataclass(frozen=True, slots=True)
class Batch:
    """Some situations, in order, and every row of the statement of facts about them."""

    situations: tuple[UUID, ...]
    rows: Sequence[Any]


async def count_situations(source: Source, place: Place) -> int:
    """Return how many situations live there: all but the archives."""
    async with source() as connection:
        found = await connection.execute(
            _within(select(func.count()).select_from(Standing), place), _asked(place)
        )
        return int(found.scalar_one())


async def read_seats(
    source: Source, place: Place
) -> tuple[dict[UUID, SeatInfo], dict[UUID, tuple[Said, ...]]]:
    """Return every seat of the CLSM, and what holds for each by itself (pledge, offices)."""
    async with source() as connection:
        seats = partners.seats().subquery()
        rows = await connection.execute(select(seats).where(seats.c.clsm_id == place.clsm_id))
        infos = {row.employment_id: info_of(row) for row in rows}
        held: dict[UUID, tuple[Said, ...]] = {}
        ids = list(infos)
        for start in range(0, len(ids), SEATS_AT_ONCE):
            asked = {"employments": ids[start : start + SEATS_AT_ONCE], **_asked(place)}
            for row in await connection.execute(_of_seats(), asked):
                said = (row.kind, row.code, row.more, row.place)
                held[row.employment_id] = (*held.get(row.employment_id, ()), said)
    return infos, held


async def read_batches(source: Source, place: Place) -> AsyncGenerator[Batch, None]:
    """Yield the facts of every situation, batch after batch; each is read when it is asked."""
    after = BEFORE_ALL
    while True:
        async with source() as connection:
            found = await connection.execute(
                _within(select(Standing.situation_id), place)
                .where(Standing.situation_id > bindparam("after", type_=Identifier))
                .order_by(Standing.situation_id)
                .limit(BATCH),
                {"after": after, **_asked(place)},
            )
            ids = list(found.scalars())
            if not ids:
                return
            rows = await connection.execute(
                ranged_statement(), {"after": after, "last": ids[-1], **_asked(place)}
            )
            batch = Batch(tuple(ids), rows.all())
        yield batch
        after = ids[-1]


def _within(statement: Select[Any], place: Place) -> Select[Any]:
    living = statement.where(live(Standing), Standing.state.not_in(sorted(ARCHIVED)))
    if place.cells is None:
        return living
    return living.where(Standing.cell_id.in_(sorted(place.cells)))


def _asked(place: Place) -> dict[str, Any]:
    return {"clsm_id": place.clsm_id, "at": place.at, "horizon": place.at, "known_at": place.at}


@cache
def _of_seats() -> CompoundSelect[Any]:
    return union_all(*partners.dated_facts())
