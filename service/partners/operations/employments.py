"""Seats that begin, are confirmed each year, and end."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import insert, select

from audit.event import Act
from service.access import record
from service.database import new_id, revise
from service.errors import Conflict, Invalid, NotFound
from service.partners.models import Employment, Office
from service.partners.operations.authority import permit_directory
from service.partners.operations.dated import close_rows
from service.partners.operations.organisations import kind_of
from service.partners.operations.seats import holds_now
from service.partners.rules import employment_problems
from service.unit import Unit


@dataclass(frozen=True, slots=True, kw_only=True)
class NewSeat:
    """A seat to open: whom, where, under which legal category."""

    account_id: UUID
    name: str
    organisation_id: UUID
    category: str
    function: str
    title: str
    secrecy_basis: str = ""
    designated_relative: bool = False


async def create_employment(unit: Unit, seat: NewSeat) -> UUID:
    """Open a seat for someone who has an account; people are otherwise invited.

    The CLSM's administrator, or the organisation's own. Raises Refused, NotFound for an
    organisation that takes no part here, Invalid when the category cannot be there.
    """
    kind = await kind_of(unit, seat.organisation_id)
    _check(seat, kind)
    await permit_directory(
        unit,
        Act.EMPLOYMENT_CREATED,
        {"k": "employment", "cat": seat.category, "fn": seat.function},
        organisation_id=seat.organisation_id,
        about={"account": str(seat.account_id), "organisation": str(seat.organisation_id)},
    )
    return await _open(unit, unit.clsm_id, seat)


async def open_seat(unit: Unit, clsm_id: UUID, seat: NewSeat, kind: str) -> UUID:
    """Open a seat that an invitation or an installation has promised, and record it.

    `kind` is the organisation's. Raises Invalid when the category cannot be there, Conflict
    when the person holds the same seat already.
    """
    _check(seat, kind)
    employment_id = await _open(unit, clsm_id, seat)
    await record.note(
        unit,
        Act.EMPLOYMENT_CREATED,
        obj={"k": "employment", "cat": seat.category, "fn": seat.function},
        subject=employment_id,
        tenant=clsm_id,
        about={"account": str(seat.account_id), "organisation": str(seat.organisation_id)},
    )
    return employment_id


def _check(seat: NewSeat, kind: str) -> None:
    problems = employment_problems(kind, seat.category, seat.secrecy_basis, seat.function)
    if problems:
        raise Invalid(problems)


async def _open(unit: Unit, clsm_id: UUID, seat: NewSeat) -> UUID:
    same = await unit.transaction.execute(
        select(Employment.employment_id).where(
            Employment.account_id == seat.account_id,
            Employment.clsm_id == clsm_id,
            Employment.organisation_id == seat.organisation_id,
            Employment.category == seat.category,
            Employment.function == seat.function,
            Employment.ended_at.is_(None),
        )
    )
    if same.first() is not None:
        raise Conflict("Cette personne occupe déjà ce poste.")
    employment_id = new_id()
    await unit.transaction.execute(
        insert(Employment).values(
            employment_id=employment_id,
            account_id=seat.account_id,
            name=seat.name,
            organisation_id=seat.organisation_id,
            clsm_id=clsm_id,
            category=seat.category,
            function=seat.function,
            title=seat.title,
            secrecy_basis=seat.secrecy_basis,
            designated_relative=seat.designated_relative,
            started_at=unit.now(),
        )
    )
    return employment_id


async def live_seat(unit: Unit, employment_id: UUID) -> Any:
    """Return the row of a live seat of this CLSM. Raises NotFound."""
    row = (
        await unit.transaction.execute(
            select(*Employment.__table__.columns).where(
                Employment.employment_id == employment_id, Employment.clsm_id == unit.clsm_id
            )
        )
    ).first()
    if row is None or not holds_now(row, unit.now()):
        raise NotFound
    return row


async def confirm_category(unit: Unit, employment_id: UUID, version: int) -> None:
    """Say again, for a year, that the seat's category is still that of the employment.

    The organisation's administrator or the CLSM's. Raises Refused, NotFound, Conflict.
    """
    row = await live_seat(unit, employment_id)
    await permit_directory(
        unit,
        Act.EMPLOYMENT_CHANGED,
        {"k": "employment", "cat": row.category, "field": "confirmed"},
        organisation_id=row.organisation_id,
        about={"seat": str(employment_id)},
    )
    await revise(
        unit.transaction,
        Employment,
        {"employment_id": employment_id},
        version=version,
        confirmed_at=unit.now(),
    )


async def end_employment(unit: Unit, employment_id: UUID, version: int) -> None:
    """End a seat now: its offices end with it, its sessions no longer open anything.

    The organisation's administrator or the CLSM's, never for their own seat. Raises Refused,
    NotFound, Conflict, Invalid.
    """
    row = await live_seat(unit, employment_id)
    await permit_directory(
        unit,
        Act.EMPLOYMENT_ENDED,
        {"k": "employment", "cat": row.category},
        organisation_id=row.organisation_id,
        about={"seat": str(employment_id)},
    )
    if employment_id == unit.actor.employment_id:
        raise Invalid({"employment_id": "Un autre administrateur doit mettre fin à votre poste."})
    now: datetime = unit.now()
    await revise(
        unit.transaction,
        Employment,
        {"employment_id": employment_id},
        version=version,
        ended_at=now,
    )
    for ended in await close_rows(unit, Office, Office.employment_id == employment_id):
        await record.note(
            unit, Act.OFFICE_ENDED, obj={"k": "office", "kind": ended.kind, "to": "seat ended"}
        )
