"""The rows of emergency accesses, and where their texts are sealed."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import func, insert, select, update

from policies.vocabulary import Section
from service.access.facts import SituationFacts
from service.emergencies.models import EmergencyRequest, EmergencyReview
from service.emergencies.rules import COUNTED_FOR
from service.emergencies.schemas import NewEmergency
from service.encryption.context import BoxContext
from service.unit import Unit

BOX: Final = "emergency"
"""Pseudo-section whose key seals reasons and reviews: of no section of the situation."""

Row = Any
"""A row of `emergency_request`."""


def reason_place(clsm_id: UUID, situation_id: UUID, access_id: UUID) -> BoxContext:
    """Return where the reason of an access belongs."""
    return BoxContext(clsm_id, situation_id, BOX, f"{access_id}/reason")


def review_place(clsm_id: UUID, situation_id: UUID, access_id: UUID) -> BoxContext:
    """Return where what a review says belongs."""
    return BoxContext(clsm_id, situation_id, BOX, f"{access_id}/review")


def sections_of(row: Row) -> tuple[Section, ...]:
    """Return the sections that an access names."""
    return tuple(Section(code) for code in row.sections.split(","))


async def find(unit: Unit, access_id: UUID) -> Row | None:
    """Return the paper of an access, or None; the caller decides."""
    return (
        await unit.transaction.execute(
            select(*EmergencyRequest.__table__.columns).where(
                EmergencyRequest.clsm_id == unit.clsm_id, EmergencyRequest.access_id == access_id
            )
        )
    ).first()


async def write(
    unit: Unit, facts: SituationFacts, wanted: NewEmergency, *, second_person: bool
) -> None:
    """Write down what is asked, the reason sealed. Its key exists."""
    place = reason_place(unit.clsm_id, facts.situation_id, wanted.access_id)
    await unit.transaction.execute(
        insert(EmergencyRequest).values(
            clsm_id=unit.clsm_id,
            access_id=wanted.access_id,
            situation_id=facts.situation_id,
            employment_id=unit.actor.employment_id,
            sections=",".join(str(section) for section in wanted.sections),
            hours=wanted.hours,
            reason_code=wanted.reason_code,
            basis=wanted.basis,
            second_person=second_person,
            asked_at=unit.now(),
            content=unit.keyring.seal(place, wanted.reason),
        )
    )


async def change(unit: Unit, access_id: UUID, **values: object) -> None:
    """Write what happened next."""
    await unit.transaction.execute(
        update(EmergencyRequest)
        .where(EmergencyRequest.clsm_id == unit.clsm_id, EmergencyRequest.access_id == access_id)
        .values(**values)
    )


async def opened_lately(unit: Unit, employment_id: UUID) -> int:
    """Return how many accesses a seat opened in the last thirty days."""
    return int(
        (
            await unit.transaction.execute(
                select(func.count()).where(
                    EmergencyRequest.clsm_id == unit.clsm_id,
                    EmergencyRequest.employment_id == employment_id,
                    EmergencyRequest.opened_at > unit.now() - COUNTED_FOR,
                )
            )
        ).scalar_one()
    )


async def reviews(unit: Unit, access_ids: Iterable[UUID]) -> dict[UUID, Any]:
    """Return the reviews of these accesses, still sealed."""
    ids = list(access_ids)
    if not ids:
        return {}
    rows = await unit.transaction.execute(
        select(*EmergencyReview.__table__.columns).where(
            EmergencyReview.clsm_id == unit.clsm_id, EmergencyReview.access_id.in_(ids)
        )
    )
    return {row.access_id: row for row in rows}


async def newest(unit: Unit, most: int) -> list[Row]:
    """Return the accesses of the CLSM, those that wait for a review first, then the newest."""
    request = EmergencyRequest
    reviewed = (
        select(EmergencyReview.access_id)
        .where(
            EmergencyReview.clsm_id == request.clsm_id,
            EmergencyReview.access_id == request.access_id,
        )
        .exists()
    )
    rows = await unit.transaction.execute(
        select(*request.__table__.columns)
        .where(request.clsm_id == unit.clsm_id)
        .order_by(reviewed, request.asked_at.desc(), request.access_id.desc())
        .limit(most)
    )
    return list(rows.all())


def ends_or_ended(row: Row, ends: dict[UUID, datetime]) -> datetime | None:
    """Return when an access ends; one closed the instant that it opened left no fact."""
    opened_at: datetime | None = row.opened_at
    return ends.get(row.access_id, opened_at)
