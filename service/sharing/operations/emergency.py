"""The fact that an emergency access is, and nothing of its reasons: see `service.emergencies`."""

from collections.abc import Collection, Iterable
from datetime import datetime
from uuid import UUID

from sqlalchemy import select

from policies.vocabulary import Section
from service.database import FOREVER
from service.sharing.models import EmergencyAccess
from service.sharing.operations.dated import end_facts, write_fact
from service.unit import Unit


async def write_emergency(  # noqa: PLR0913 — whose, where, what, until when
    unit: Unit,
    situation_id: UUID,
    employment_id: UUID,
    access_id: UUID,
    sections: Iterable[Section],
    until: datetime,
) -> None:
    """Open sections to a seat from now on. The caller has decided, and written its paper."""
    await write_fact(
        unit,
        EmergencyAccess,
        situation_id,
        valid_to=until,
        employment_id=employment_id,
        access_id=access_id,
        sections=",".join(str(section) for section in sections),
    )


async def end_emergency(unit: Unit, situation_id: UUID, **which: UUID) -> tuple[UUID, ...]:
    """Close now the live accesses of a situation that match; return them. The caller has decided.

    `which` is `employment_id` or `access_id`.
    """
    ended = await end_facts(unit, EmergencyAccess, situation_id, **which)
    return tuple(row.access_id for row in ended)


async def emergency_ends(unit: Unit, access_ids: Collection[UUID]) -> dict[UUID, datetime]:
    """Return when each access ended or will end, as known now."""
    if not access_ids:
        return {}
    rows = await unit.transaction.execute(
        select(EmergencyAccess.access_id, EmergencyAccess.valid_to).where(
            EmergencyAccess.clsm_id == unit.clsm_id,
            EmergencyAccess.access_id.in_(list(access_ids)),
            EmergencyAccess.superseded_at == FOREVER,
        )
    )
    return {row.access_id: row.valid_to for row in rows}
