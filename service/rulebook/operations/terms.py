"""When each version decides: terms are closed and written again, never edited.

While a widening waits, two terms stand: that in force until then, and the next one from then on.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import insert, select, update

from service.database import FOREVER, new_id
from service.rulebook.models import PolicyTerm, PolicyVersion
from service.unit import Unit

SHIPPED_NUMBER = 0
"""Stands for the rules that the service ships, where a CLSM adopted none."""


@dataclass(frozen=True, slots=True)
class Terms:
    """Which version decides now, and which one is to."""

    number: int
    digest: str
    since: datetime | None
    waiting: int | None = None
    """Number of the version adopted that does not decide yet."""
    waiting_from: datetime | None = None


async def lock(unit: Unit, clsm_id: UUID) -> None:
    """Let one change of the policy of a CLSM go at a time (SQLite has one writer anyway)."""
    if unit.transaction.dialect.name == "postgresql":
        await unit.transaction.execute(
            select(PolicyVersion.number)
            .where(PolicyVersion.clsm_id == clsm_id)
            .order_by(PolicyVersion.number)
            .with_for_update()
        )


async def terms_of(unit: Unit, clsm_id: UUID) -> Terms:
    """Return what decides now in a CLSM and what waits, as known now."""
    now = unit.now()
    current: Any = None
    waiting: Any = None
    for row in await _rows(unit, clsm_id, after=now):
        if row.valid_from <= now:
            current = row
        else:
            waiting = row
    return Terms(
        number=current.number if current else SHIPPED_NUMBER,
        digest=current.digest if current else "",
        since=current.valid_from if current else None,
        waiting=waiting.number if waiting else None,
        waiting_from=waiting.valid_from if waiting else None,
    )


async def known_terms(unit: Unit, clsm_id: UUID) -> dict[int, tuple[datetime, datetime]]:
    """Return from when to when each adopted version holds, as known now."""
    return {
        row.number: (row.valid_from, row.valid_to) for row in await _rows(unit, clsm_id, after=None)
    }


async def begin_term(
    unit: Unit, clsm_id: UUID, number: int, digest: str, *, valid_from: datetime
) -> None:
    """Let a version decide from an instant on: the one in force ends then, one that waited never
    begins.
    """
    now = unit.now()
    for row in await _rows(unit, clsm_id, after=now):
        await _supersede(unit, row)
        if row.valid_from <= now and row.valid_from < valid_from:
            await _write(unit, row.clsm_id, row.number, row.digest, row.valid_from, valid_from)
    await _write(unit, clsm_id, number, digest, valid_from, FOREVER)


async def cancel_waiting(unit: Unit, clsm_id: UUID) -> None:
    """Let the version in force go on: the one that waited never begins."""
    now = unit.now()
    for row in await _rows(unit, clsm_id, after=now):
        await _supersede(unit, row)
        if row.valid_from <= now:
            await _write(unit, clsm_id, row.number, row.digest, row.valid_from, FOREVER)


async def _rows(unit: Unit, clsm_id: UUID, *, after: datetime | None) -> list[Any]:
    """Return the terms known now, those only that end after an instant if one is given."""
    statement = (
        select(*PolicyTerm.__table__.columns)
        .where(PolicyTerm.clsm_id == clsm_id, PolicyTerm.superseded_at == FOREVER)
        .order_by(PolicyTerm.valid_from)
    )
    if after is not None:
        statement = statement.where(PolicyTerm.valid_to > after)
    return list((await unit.transaction.execute(statement)).all())


async def _supersede(unit: Unit, row: Any) -> None:
    await unit.transaction.execute(
        update(PolicyTerm)
        .where(PolicyTerm.clsm_id == row.clsm_id, PolicyTerm.term_id == row.term_id)
        .values(superseded_at=unit.now())
    )


async def _write(  # noqa: PLR0913 — a term has these parts
    unit: Unit,
    clsm_id: UUID,
    number: int,
    digest: str,
    valid_from: datetime,
    valid_to: datetime,
) -> None:
    await unit.transaction.execute(
        insert(PolicyTerm).values(
            clsm_id=clsm_id,
            term_id=new_id(),
            number=number,
            digest=digest,
            valid_from=valid_from,
            valid_to=valid_to,
            recorded_at=unit.now(),
            superseded_at=FOREVER,
        )
    )
