"""What nobody sent, and what was not retained, is destroyed in time: keys first, then rows.

Keys go first and in their own database: if the act stops half-way, the next run finds the row
again and ends the work. Source: settled.md 8.
"""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import delete, select, update

from audit.event import Act
from service.access import record
from service.partners import operations as partners
from service.referrals.models import Referral
from service.referrals.operations.drafting import destroy_keys
from service.referrals.rules import KEEP_DRAFT, KEEP_REFUSED, State
from service.situations import operations as situations
from service.unit import Unit

BATCH = 100
NOT_RETAINED = (State.REFUSED, State.ORIENTED, State.REDIRECTED, State.MERGED)


@dataclass(frozen=True, slots=True)
class Forgotten:
    """How many drafts were deleted, how many referrals lost their keys."""

    drafts: int = 0
    referrals: int = 0


async def tenants(unit: Unit) -> tuple[UUID, ...]:
    """Return every CLSM of the deployment; the list is global."""
    return await partners.clsm_ids(unit)


async def forget_drafts(unit: Unit, clsm_id: UUID) -> int:
    """Delete drafts begun thirty days ago and never sent, with their keys; return how many.

    The unit is of this CLSM and has no actor: time decides, not a person.
    """
    rows = await _due(
        unit,
        clsm_id,
        Referral.state == State.DRAFT,
        Referral.drafted_at <= unit.now() - KEEP_DRAFT,
    )
    for row in rows:
        await destroy_keys(unit, clsm_id, row.situation_id)
        await unit.transaction.execute(
            delete(Referral).where(
                Referral.clsm_id == clsm_id, Referral.referral_id == row.referral_id
            )
        )
        await _note(unit, clsm_id, "draft")
    return len(rows)


async def forget_referrals(unit: Unit, clsm_id: UUID) -> int:
    """Destroy the keys of referrals answered six months ago without being retained.

    The row keeps its codes and dates; the search tags of the person go too. Returns how many.
    """
    rows = await _due(
        unit,
        clsm_id,
        Referral.state.in_([str(state) for state in NOT_RETAINED]),
        Referral.answered_at <= unit.now() - KEEP_REFUSED,
        Referral.forgotten_at.is_(None),
    )
    for row in rows:
        await destroy_keys(unit, clsm_id, row.situation_id)
        await situations.unindex_person(unit, clsm_id, row.situation_id)
        await unit.transaction.execute(
            update(Referral)
            .where(Referral.clsm_id == clsm_id, Referral.referral_id == row.referral_id)
            .values(forgotten_at=unit.now())
        )
        await _note(unit, clsm_id, "referral")
    return len(rows)


async def _due(unit: Unit, clsm_id: UUID, *conditions: Any) -> list[Any]:
    statement = (
        select(Referral.referral_id, Referral.situation_id)
        .where(Referral.clsm_id == clsm_id, *conditions)
        .order_by(Referral.drafted_at)
        .limit(BATCH)
    )
    return list((await unit.transaction.execute(statement)).all())


async def _note(unit: Unit, clsm_id: UUID, what: str) -> None:
    await record.note(unit, Act.ERASURE_DONE, obj={"k": "referral", "what": what}, tenant=clsm_id)
