"""Duties on call (astreintes): what an emergency access outside the circle rests on.

Set by whoever manages the seat's organisation or coordinates, ahead of time, never for oneself.
"""

from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from sqlalchemy import select

from audit.event import Act
from policies.vocabulary import Office, ProfessionalCategory
from service.database import FOREVER
from service.errors import Conflict, Invalid, NotFound
from service.partners.models import OnCallDuty
from service.partners.operations.authority import may, permit_directory
from service.partners.operations.dated import close_rows, write_row
from service.partners.operations.employments import live_seat
from service.partners.operations.seats import SeatName, holds_now, seat_rows
from service.partners.rules import on_call_problems
from service.partners.schemas import Duty, OnCallView
from service.unit import Unit

SETTING: Final = frozenset({Office.ADMINISTRATOR, Office.COORDINATOR})


async def read_on_call(unit: Unit) -> OnCallView:
    """Return present and coming duties of the CLSM, and the seats that may be put on call.

    For whoever may set one: raises NotFound to the others.
    """
    seats = {row.employment_id: row for row in await seat_rows(unit)}
    managed = {
        organisation_id: await may(unit, SETTING, organisation_id)
        for organisation_id in {row.organisation_id for row in seats.values()}
    }
    if not any(managed.values()):
        raise NotFound
    now = unit.now()
    return OnCallView(
        duties=tuple(
            _duty(row, seats[row.employment_id], now, managed[seat.organisation_id])
            for row in await _rows(unit)
            for seat in (seats[row.employment_id],)
        ),
        candidates=tuple(
            (row.employment_id, SeatName(row.name, row.title, row.organisation).in_full)
            for row in seats.values()
            if managed[row.organisation_id] and _may_be_on_call(unit, row)
        ),
    )


async def set_on_call(
    unit: Unit, employment_id: UUID, *, starts_at: datetime, ends_at: datetime
) -> UUID:
    """Put a health professional on call; return the duty.

    By the administrator of their organisation, the CLSM's, or a coordinator; never for oneself.
    Raises Refused, NotFound for the seat, Invalid, Conflict with another duty of the seat.
    """
    seat = await live_seat(unit, employment_id)
    await permit_directory(
        unit,
        Act.ON_CALL_SET,
        {"k": "on_call", "hours": int((ends_at - starts_at) / timedelta(hours=1))},
        allowed=SETTING,
        organisation_id=seat.organisation_id,
        about={"seat": str(employment_id)},
    )
    problems = on_call_problems(starts_at, ends_at, unit.now())
    if seat.category != ProfessionalCategory.HEALTH:
        problems["employment_id"] = (
            "Seul un professionnel de santé (R.1110-2, 1°) peut être d'astreinte."
        )
    elif seat.account_id == unit.actor.account_id:
        problems["employment_id"] = "Une autre personne doit inscrire votre propre astreinte."
    if problems:
        raise Invalid(problems)
    for row in await _rows(unit, employment_id):
        if row.valid_from < ends_at and starts_at < row.valid_to:
            raise Conflict("Ce poste est déjà d'astreinte sur cette période.")
    return await write_row(
        unit,
        OnCallDuty,
        unit.clsm_id,
        valid_from=starts_at,
        valid_to=ends_at,
        employment_id=employment_id,
    )


async def end_on_call(unit: Unit, duty_id: UUID) -> None:
    """End a duty now, or take back one that has not begun.

    Raises Refused, NotFound. What it opened meanwhile stays open until it ends by itself.
    """
    row = next((one for one in await _rows(unit) if one.duty_id == duty_id), None)
    if row is None:
        raise NotFound
    seat = (await seat_rows(unit, [row.employment_id]))[0]
    await permit_directory(
        unit,
        Act.ON_CALL_ENDED,
        {"k": "on_call"},
        allowed=SETTING,
        organisation_id=seat.organisation_id,
        about={"seat": str(row.employment_id)},
    )
    await close_rows(unit, OnCallDuty, OnCallDuty.duty_id == duty_id)


async def is_on_call(unit: Unit) -> bool:
    """Return whether the actor's seat is on call now: for what a page offers, no more."""
    now = unit.now()
    return any(row.valid_from <= now for row in await _rows(unit, unit.actor.employment_id))


async def seats_on_call(unit: Unit) -> frozenset[UUID]:
    """Return the seats on call now."""
    now = unit.now()
    return frozenset(row.employment_id for row in await _rows(unit) if row.valid_from <= now)


async def sets_on_call(unit: Unit) -> bool:
    """Return whether this seat may set a duty for someone: for what a page offers, no more."""
    return await may(unit, SETTING, unit.actor.organisation_id)


async def _rows(unit: Unit, *employment_ids: UUID) -> list[Any]:
    statement = (
        select(*OnCallDuty.__table__.columns)
        .where(
            OnCallDuty.clsm_id == unit.clsm_id,
            OnCallDuty.superseded_at == FOREVER,
            OnCallDuty.valid_to > unit.now(),
        )
        .order_by(OnCallDuty.valid_from, OnCallDuty.duty_id)
    )
    if employment_ids:
        statement = statement.where(OnCallDuty.employment_id.in_(employment_ids))
    return list((await unit.transaction.execute(statement)).all())


def _may_be_on_call(unit: Unit, row: Any) -> bool:
    return (
        holds_now(row, unit.now())
        and row.category == ProfessionalCategory.HEALTH
        and row.account_id != unit.actor.account_id
    )


def _duty(row: Any, seat: Any, now: datetime, managed: bool) -> Duty:  # noqa: FBT001
    return Duty(
        duty_id=row.duty_id,
        employment_id=row.employment_id,
        name=seat.name,
        title=seat.title,
        organisation=seat.organisation,
        starts_at=row.valid_from,
        ends_at=row.valid_to,
        now=row.valid_from <= now,
        may_end=managed,
    )
