"""Seats that begin, are confirmed each year, and end."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import func, insert, select, update

from audit.event import Act
from policies.vocabulary import Office as OfficeKind
from service.access import record
from service.database import FOREVER, new_id, revise
from service.errors import Conflict, Invalid, NotFound
from service.partners.models import Employment, Office, OnCallDuty
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


@dataclass(frozen=True, slots=True)
class EndedSeats:
    """What closing seats ended in the directory."""

    seats: int
    offices: int
    duties: int


async def close_seats(unit: Unit, employment_ids: Collection[UUID], *, at: datetime) -> EndedSeats:
    """End these live seats at one instant, with their offices and their duties on call.

    Whoever acts in one of them is waited for (PostgreSQL). The caller has decided; it is the
    departure's first write, before any situation is locked. Raises Invalid when nobody would
    administer the CLSM any more.
    """
    ids = sorted(employment_ids)
    await _keep_an_administrator(unit, ids)
    # One order whoever asks, or two departures would wait for each other; `key_share` lets a
    # coordinator who holds a situation write one more fact about these seats.
    held = select(Employment.employment_id).where(
        Employment.employment_id.in_(ids), Employment.clsm_id == unit.clsm_id
    )
    await unit.transaction.execute(
        held.order_by(Employment.employment_id).with_for_update(key_share=True)
    )
    done = await unit.transaction.execute(
        update(Employment)
        .where(
            Employment.employment_id.in_(ids),
            Employment.clsm_id == unit.clsm_id,
            Employment.ended_at.is_(None),
        )
        .values(ended_at=at, version=Employment.version + 1)
    )
    offices = await close_rows(unit, Office, Office.employment_id.in_(ids), at=at)
    for ended in offices:
        await record.note(
            unit, Act.OFFICE_ENDED, obj={"k": "office", "kind": ended.kind, "to": "departure"}
        )
    duties = await close_rows(unit, OnCallDuty, OnCallDuty.employment_id.in_(ids), at=at)
    return EndedSeats(done.rowcount, len(offices), len(duties))


async def standing_of_seats(unit: Unit, employment_ids: Collection[UUID]) -> EndedSeats:
    """Return what closing these seats would end in the directory; for the page that asks."""
    now = unit.now()

    async def count(model: type[Office] | type[OnCallDuty]) -> int:
        found = await unit.transaction.execute(
            select(func.count()).where(
                model.clsm_id == unit.clsm_id,
                model.employment_id.in_(sorted(employment_ids)),
                model.superseded_at == FOREVER,
                model.valid_to > now,
            )
        )
        return int(found.scalar_one())

    return EndedSeats(len(employment_ids), await count(Office), await count(OnCallDuty))


async def _keep_an_administrator(unit: Unit, leaving: list[UUID]) -> None:
    rows = await unit.transaction.execute(
        select(Office.employment_id).where(
            Office.clsm_id == unit.clsm_id,
            Office.kind == OfficeKind.ADMINISTRATOR,
            Office.superseded_at == FOREVER,
            Office.valid_to > unit.now(),
        )
    )
    administrators = set(rows.scalars())
    if administrators and administrators <= set(leaving):
        raise Invalid({"employment_id": "Nommez d'abord un autre administrateur du CLSM."})
