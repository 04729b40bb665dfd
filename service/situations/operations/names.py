"""How situations are called by those who may know that they exist: a reference, a neutral word."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from service.situations.models import Situation


@dataclass(frozen=True, slots=True, kw_only=True)
class SituationName:
    """The reference and the alias; `alias` is "" before one is given."""

    situation_id: UUID
    reference: str
    alias: str
    opened_at: datetime


_NAMES = select(Situation.situation_id, Situation.reference, Situation.alias, Situation.opened_at)


async def situation_names(
    connection: AsyncConnection, clsm_id: UUID, situation_ids: Collection[UUID]
) -> dict[UUID, SituationName]:
    """Return what situations of a CLSM are called; the caller has decided who may know."""
    if not situation_ids:
        return {}
    rows = await connection.execute(
        _NAMES.where(Situation.clsm_id == clsm_id, Situation.situation_id.in_(situation_ids))
    )
    return {row.situation_id: SituationName(**row._mapping) for row in rows}  # noqa: SLF001


async def situation_called(
    connection: AsyncConnection, clsm_id: UUID, reference: str
) -> SituationName | None:
    """Return the situation of a CLSM that has a reference; the caller decides what to say."""
    row = (
        await connection.execute(
            _NAMES.where(Situation.clsm_id == clsm_id, Situation.reference == reference)
        )
    ).one_or_none()
    return SituationName(**row._mapping) if row else None  # noqa: SLF001
