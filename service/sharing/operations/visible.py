"""Which situations a seat may know of: the SELECT of a list, equal to the decisions one by one."""

from dataclasses import dataclass
from functools import cache
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, bindparam, exists, or_, select, union

from policies.column import Seat, column_of
from policies.vocabulary import Column, Office
from service.database import Identifier, Instant
from service.partners import operations as partners
from service.sharing.models import (
    Assignment,
    CircleMembership,
    Dated,
    EmergencyAccess,
    GuestGrant,
    InformingDesignation,
    Mission,
    OfSeat,
    Referrer,
    Standing,
)
from service.sharing.operations.facts import ARCHIVED, seat_of
from service.unit import Unit

_CHECKS_HEALTH = frozenset({Column.PSY, Column.MED})


@cache
def visible_to() -> Select[Any]:
    """Return the SELECT of the situations that a seat may know of, its cells' offices apart.

    Of :clsm_id, for the seat :employment_id, at :now; built once. Circle, informing professional,
    own referral, mission, guest grant, emergency access, running action (settled.md 5), under a
    pledge in force; what is archived is nobody's, and a cell where this seat oversees or
    administers is not its to know. What an office shows is added by a list as a plain condition
    on `cell_id` (`cells_of_office`).
    """
    around = union(
        _ids(CircleMembership).where(CircleMembership.suspended.is_(False)),
        _ids(InformingDesignation),
        _ids(Referrer),
        _ids(Mission),
        _ids(GuestGrant),
        _ids(EmergencyAccess),
        _ids(Assignment),
    ).subquery("around")
    clsm_id, employment_id, now = _asked()
    closed = select(Standing.fact_id).where(
        _holds(Standing),
        Standing.situation_id == around.c.situation_id,
        or_(
            Standing.state.in_(sorted(ARCHIVED)),
            partners.governs(clsm_id, employment_id, now, Standing.cell_id),
        ),
    )
    return select(around.c.situation_id).where(
        partners.pledged(clsm_id, employment_id, now),
        ~exists(closed),
    )


def visible_now(unit: Unit) -> Select[Any]:
    """Return the same SELECT with its parameters: the actor's seat, now."""
    return visible_to().params(
        clsm_id=unit.clsm_id, employment_id=unit.actor.employment_id, now=unit.now()
    )


def _asked() -> tuple[Any, Any, Any]:
    return (
        bindparam("clsm_id", type_=Identifier),
        bindparam("employment_id", type_=Identifier),
        bindparam("now", type_=Instant),
    )


def _holds(model: type[Dated]) -> ColumnElement[bool]:
    clsm_id, _, now = _asked()
    return and_(
        model.clsm_id == clsm_id,
        model.valid_from <= now,
        model.valid_to > now,
        model.recorded_at <= now,
        model.superseded_at > now,
    )


def _ids(model: type[OfSeat]) -> Select[Any]:
    _, employment_id, _ = _asked()
    return select(model.situation_id).where(_holds(model), model.employment_id == employment_id)


@dataclass(frozen=True, slots=True)
class CellsOfOffice:
    """Cells whose situations an office shows to a seat; None among them is every cell."""

    coordinated: frozenset[UUID | None] = frozenset()
    received: frozenset[UUID | None] = frozenset()
    """Of these, what is not accepted yet: the health co-facilitator checks block I of the form."""


async def cells_of_office(unit: Unit) -> CellsOfOffice:
    """Return the cells that the actor's seat knows by office now, under a pledge in force."""
    asked = {
        "clsm_id": unit.clsm_id,
        "employment_id": unit.actor.employment_id,
        "now": unit.now(),
    }
    if not (await unit.transaction.execute(_pledged(), asked)).scalar():
        return CellsOfOffice()
    offices = await partners.offices_of(unit)
    coordinated = frozenset(offices.get(Office.COORDINATOR, ()))
    checked = offices.get(Office.HEALTH_COFACILITATOR, set())
    if not checked:
        return CellsOfOffice(coordinated)
    cells: set[UUID | None] = {cell_id for cell_id, _, _ in await partners.cells_of(unit)}
    return CellsOfOffice(
        coordinated,
        frozenset(
            cell_id
            for cell_id in cells
            if checked & {None, cell_id} and _column(unit, offices, cell_id) in _CHECKS_HEALTH
        ),
    )


@cache
def _pledged() -> Select[Any]:
    return select(partners.pledged(*_asked()))


def _column(
    unit: Unit, offices: dict[str, set[UUID | None]], cell_id: UUID | None
) -> Column | None:
    """Return the column of the actor's seat in one cell."""
    seat = seat_of(unit.actor)
    return column_of(
        Seat(
            organisation_kind=seat.organisation_kind,
            category=seat.category,
            offices=frozenset(
                Office(kind) for kind, cells in offices.items() if cells & {None, cell_id}
            ),
            secrecy_basis=seat.secrecy_basis,
            function=seat.function,
            designated_relative=seat.designated_relative,
        )
    )
