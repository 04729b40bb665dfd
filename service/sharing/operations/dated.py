"""How a fact is written: rows are added and closed, never edited.

Ending a fact early closes the row that said otherwise and writes the shorter one, so that a
question about the past still finds what was known then.
"""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import insert, select, update

from service.database import FOREVER, new_id
from service.sharing.models import Dated, Standing
from service.unit import Unit

LOCK_TRIES = 3
"""A standing that was replaced while one waited is looked for again, this many times in all."""


async def lock(unit: Unit, situation_id: UUID, *, shared: bool = False) -> None:
    """Wait for every act under way on this situation before changing who may act on it.

    `shared` waits only for those who change it. SQLite has one writer at a time: nothing to do.
    """
    if unit.transaction.dialect.name != "postgresql":
        return
    standing = (
        select(Standing.fact_id)
        .where(
            Standing.clsm_id == unit.clsm_id,
            Standing.situation_id == situation_id,
            Standing.superseded_at == FOREVER,
        )
        .order_by(Standing.fact_id)
        .with_for_update(read=shared)
    )
    for _ in range(LOCK_TRIES):
        if (await unit.transaction.execute(standing)).first() is not None:
            return


async def lock_all(unit: Unit, situation_ids: Collection[UUID]) -> None:
    """Wait for every act under way on these situations, in one order whoever asks."""
    if unit.transaction.dialect.name != "postgresql":
        return
    waiting = set(situation_ids)
    for _ in range(LOCK_TRIES):
        if not waiting:
            return
        held = await unit.transaction.execute(
            select(Standing.situation_id)
            .where(
                Standing.clsm_id == unit.clsm_id,
                Standing.situation_id.in_(sorted(waiting)),
                Standing.superseded_at == FOREVER,
            )
            .order_by(Standing.situation_id, Standing.fact_id)
            .with_for_update()
        )
        waiting -= set(held.scalars())


async def current_of_seats(
    unit: Unit, model: type[Dated], employment_ids: Collection[UUID], column: str = "employment_id"
) -> Sequence[Any]:
    """Return the rows of these seats that hold or will hold, in every situation, as known now."""
    table = model.__table__  # type: ignore[attr-defined]
    statement = select(table).where(
        table.c.clsm_id == unit.clsm_id,
        table.c[column].in_(sorted(employment_ids)),
        table.c.superseded_at == FOREVER,
        table.c.valid_to > unit.now(),
    )
    return (await unit.transaction.execute(statement)).all()


async def end_rows(unit: Unit, model: type[Dated], rows: Sequence[Any], *, at: datetime) -> None:
    """End at one instant these current rows; what they said until then is written again."""
    if not rows:
        return
    table = model.__table__  # type: ignore[attr-defined]
    now = unit.now()
    await unit.transaction.execute(
        update(table)
        .where(
            table.c.clsm_id == unit.clsm_id,
            table.c.fact_id.in_([row.fact_id for row in rows]),
            table.c.superseded_at == FOREVER,
        )
        .values(superseded_at=now)
    )
    shorter = [
        row._asdict()
        | {
            "fact_id": new_id(),
            "valid_to": at,
            "recorded_at": now,
            "recorded_by": unit.actor.employment_id,
        }
        for row in rows
        if row.valid_from < at
    ]
    if shorter:
        await unit.transaction.execute(table.insert(), shorter)


async def write_fact(
    unit: Unit,
    model: type[Dated],
    situation_id: UUID,
    *,
    valid_from: datetime | None = None,
    valid_to: datetime = FOREVER,
    **values: object,
) -> UUID:
    """Add one fact, known from now on; return its identifier."""
    now = unit.now()
    fact_id = new_id()
    await unit.transaction.execute(
        insert(model).values(
            clsm_id=unit.clsm_id,
            fact_id=fact_id,
            situation_id=situation_id,
            valid_from=valid_from or now,
            valid_to=valid_to,
            recorded_at=now,
            superseded_at=FOREVER,
            recorded_by=unit.actor.employment_id,
            **values,
        )
    )
    return fact_id


async def current(
    unit: Unit, model: type[Dated], situation_id: UUID, **where: object
) -> Sequence[Any]:
    """Return the rows that hold or will hold, as known now."""
    table = model.__table__  # type: ignore[attr-defined]
    statement = select(table).where(
        table.c.clsm_id == unit.clsm_id,
        table.c.situation_id == situation_id,
        table.c.superseded_at == FOREVER,
        table.c.valid_to > unit.now(),
    )
    for name, value in where.items():
        statement = statement.where(table.c[name] == value)
    return (await unit.transaction.execute(statement)).all()


async def end_facts(
    unit: Unit, model: type[Dated], situation_id: UUID, **where: object
) -> Sequence[Any]:
    """End now every matching fact that holds or would hold later; return what was ended."""
    ended = await current(unit, model, situation_id, **where)
    for row in ended:
        await end_at(unit, model, row, unit.now())
    return ended


async def end_at(
    unit: Unit, model: type[Dated], row: Any, ends: datetime, **values: object
) -> None:
    """Let one fact, as known now, end at another instant than it said, and say `values`."""
    table = model.__table__  # type: ignore[attr-defined]
    now = unit.now()
    await unit.transaction.execute(
        update(table)
        .where(table.c.clsm_id == unit.clsm_id, table.c.fact_id == row.fact_id)
        .values(superseded_at=now)
    )
    if row.valid_from < ends:
        other = row._asdict() | {
            "fact_id": new_id(),
            "valid_to": ends,
            "recorded_at": now,
            "recorded_by": unit.actor.employment_id,
        }
        await unit.transaction.execute(table.insert().values(**(other | values)))
