"""Offices: given and ended by the CLSM's administrators, never to oneself."""

from typing import Any
from uuid import UUID

from sqlalchemy import select

from audit.event import Act
from policies.vocabulary import Office as OfficeKind
from service.database import FOREVER
from service.errors import Conflict, Invalid, NotFound
from service.partners.models import Cell, Employment, Office
from service.partners.operations.authority import permit_directory
from service.partners.operations.dated import close_rows, write_row
from service.partners.operations.employments import live_seat
from service.partners.operations.seats import hold_seat
from service.partners.rules import office_problem
from service.unit import Unit


async def grant_office(
    unit: Unit, employment_id: UUID, kind: str, cell_id: UUID | None = None
) -> UUID:
    """Give an office to a seat of this CLSM, in one cell or in every cell.

    Raises Refused to others than administrators, NotFound for the seat, Invalid when the
    office does not fit it, Conflict when it holds it already.
    """
    if kind not in set(OfficeKind):
        raise Invalid({"kind": "Choisissez une des charges proposées."})
    await hold_seat(unit, employment_id)
    seat = await live_seat(unit, employment_id)
    await permit_directory(
        unit,
        Act.OFFICE_GRANTED,
        {"k": "office", "kind": kind, "cell": str(cell_id or "")},
        about={"seat": str(employment_id)},
    )
    if cell_id is not None:
        await _cell_of_here(unit, cell_id)
    held = list(
        (
            await unit.transaction.execute(
                select(Office.kind, Office.employment_id, Office.cell_id)
                .join(Employment, Employment.employment_id == Office.employment_id)
                .where(
                    Office.clsm_id == unit.clsm_id,
                    Employment.account_id == seat.account_id,
                    Office.superseded_at == FOREVER,
                    Office.valid_to > unit.now(),
                )
            )
        ).all()
    )
    if any(
        (row.kind, row.employment_id, row.cell_id) == (kind, employment_id, cell_id) for row in held
    ):
        raise Conflict("Ce poste a déjà cette charge.")
    problem = office_problem(
        OfficeKind(kind),
        seat.category,
        frozenset(row.kind for row in held),
        own=seat.account_id == unit.actor.account_id,
    )
    if problem:
        raise Invalid({"kind": problem})
    return await write_row(
        unit, Office, unit.clsm_id, employment_id=employment_id, kind=kind, cell_id=cell_id
    )


async def holder_of(unit: Unit, office_id: UUID) -> UUID:
    """Return the seat that holds an office now. Raises NotFound."""
    holder: UUID = (await _live_office(unit, office_id)).employment_id
    return holder


async def end_office(unit: Unit, office_id: UUID) -> None:
    """End an office now.

    Raises Refused to others than administrators, NotFound, Invalid for the last
    administrator: a CLSM without one could not name another.
    """
    await hold_seat(unit, (await _live_office(unit, office_id)).employment_id)
    row = await _live_office(unit, office_id)
    await permit_directory(
        unit,
        Act.OFFICE_ENDED,
        {"k": "office", "kind": row.kind},
        about={"seat": str(row.employment_id)},
    )
    if row.kind == OfficeKind.ADMINISTRATOR and await _last_administrator(unit):
        raise Invalid({"office_id": "Nommez d'abord un autre administrateur."})
    await close_rows(unit, Office, Office.office_id == office_id)


async def _live_office(unit: Unit, office_id: UUID) -> Any:
    row = (
        await unit.transaction.execute(
            select(Office.kind, Office.employment_id).where(
                Office.clsm_id == unit.clsm_id,
                Office.office_id == office_id,
                Office.superseded_at == FOREVER,
                Office.valid_to > unit.now(),
            )
        )
    ).first()
    if row is None:
        raise NotFound
    return row


async def _cell_of_here(unit: Unit, cell_id: UUID) -> None:
    found = await unit.transaction.execute(
        select(Cell.cell_id).where(Cell.clsm_id == unit.clsm_id, Cell.cell_id == cell_id)
    )
    if found.first() is None:
        raise Invalid({"cell_id": "Cette cellule n'existe pas sur ce territoire."})


async def _last_administrator(unit: Unit) -> bool:
    found = await unit.transaction.execute(
        select(Office.employment_id)
        .distinct()
        .where(
            Office.clsm_id == unit.clsm_id,
            Office.kind == OfficeKind.ADMINISTRATOR,
            Office.superseded_at == FOREVER,
            Office.valid_to > unit.now(),
        )
        .limit(2)
    )
    return len(found.all()) < 2
