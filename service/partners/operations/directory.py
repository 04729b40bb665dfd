"""The directory: organisations by field, their people, what each may be told of pledges."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, func, select

from policies.vocabulary import Office as OfficeKind
from policies.vocabulary import OrganisationKind, ProfessionalCategory
from service.database import FOREVER
from service.errors import NotFound
from service.partners.models import Cell, Employment, Office, Organisation, Participation, Pledge
from service.partners.operations.authority import ADMINISTRATORS, INVITING, OVERSEEING_PLEDGES, may
from service.partners.rules import (
    CATEGORIES,
    FUNCTIONS,
    KINDS,
    OFFICES,
    Field,
    fold,
    kinds_in,
    to_confirm,
)
from service.partners.schemas import (
    Directory,
    OfficeLine,
    OrganisationLine,
    OrganisationView,
    PersonLine,
    SeatLine,
    SeatView,
)
from service.unit import Unit

PER_PAGE: Final = 20
MOST_FOUND: Final = 50
SHORTEST_SEARCH: Final = 2


async def read_directory(unit: Unit, *, field: Field | None = None, page: int = 1) -> Directory:
    """Return one page of the organisations of this CLSM, with their people.

    Whether a pledge is valid is told to the coordinator, the administrator and the person's
    own organisation; « hidden » to everyone else.
    """
    statement = _organisations(unit)
    if field is not None:
        statement = statement.where(Organisation.kind.in_(kinds_in(field)))
    rows = (
        await unit.transaction.execute(statement.limit(PER_PAGE + 1).offset((page - 1) * PER_PAGE))
    ).all()
    return Directory(
        organisations=await _with_people(unit, rows[:PER_PAGE]),
        field=str(field or ""),
        page=page,
        more=len(rows) > PER_PAGE,
    )


async def search_directory(unit: Unit, words: str) -> tuple[OrganisationLine, ...]:
    """Return up to fifty organisations whose name, or whose people's, hold every word typed.

    Accents and case do not matter. Only the people found are shown, unless the organisation's
    own name matches. Under two letters nothing is found.
    """
    wanted = fold(words).split()
    if len("".join(wanted)) < SHORTEST_SEARCH:
        return ()
    found: list[OrganisationLine] = []
    rows = (await unit.transaction.execute(_organisations(unit))).all()
    for organisation in await _with_people(unit, rows):
        if _holds(wanted, organisation.name):
            found.append(organisation)
            continue
        people = tuple(
            person
            for person in organisation.people
            if _holds(wanted, f"{person.name} {person.title} {organisation.name}")
        )
        if people:
            found.append(_only(organisation, people))
    return tuple(found[:MOST_FOUND])


def _only(organisation: OrganisationLine, people: tuple[PersonLine, ...]) -> OrganisationLine:
    return OrganisationLine(
        organisation_id=organisation.organisation_id,
        name=organisation.name,
        kind=organisation.kind,
        kind_label=organisation.kind_label,
        field=organisation.field,
        phone=organisation.phone,
        people=people,
    )


def _holds(wanted: Sequence[str], text: str) -> bool:
    folded = fold(text)
    return all(word in folded for word in wanted)


def _organisations(unit: Unit) -> Select[*tuple[Any, ...]]:
    return (
        select(
            Organisation.organisation_id, Organisation.name, Organisation.kind, Organisation.phone
        )
        .join(Participation, Participation.organisation_id == Organisation.organisation_id)
        .where(Participation.clsm_id == unit.clsm_id, Organisation.closed_at.is_(None))
        .order_by(Organisation.name, Organisation.organisation_id)
    )


async def _with_people(unit: Unit, rows: Sequence[Any]) -> tuple[OrganisationLine, ...]:
    watches = await may(unit, OVERSEEING_PLEDGES)
    seats = await _seats(unit, [row.organisation_id for row in rows])
    return tuple(
        _organisation(
            row,
            seats.get(row.organisation_id, []),
            watches=watches or row.organisation_id == unit.actor.organisation_id,
        )
        for row in rows
    )


def _organisation(row: Any, seats: Sequence[Any], *, watches: bool) -> OrganisationLine:
    field, label = KINDS[OrganisationKind(row.kind)]
    return OrganisationLine(
        organisation_id=row.organisation_id,
        name=row.name,
        kind=row.kind,
        kind_label=label,
        field=str(field),
        phone=row.phone,
        people=tuple(_person(seat, watches=watches) for seat in seats),
    )


def _person(seat: Any, *, watches: bool) -> PersonLine:
    category = CATEGORIES[ProfessionalCategory(seat.category)]
    pledge = "hidden"
    if watches:
        pledge = "absent" if seat.pledge_until is None else "valid"
    return PersonLine(
        employment_id=seat.employment_id,
        name=seat.name,
        title=seat.title,
        function=FUNCTIONS.get(seat.function, seat.function),
        category=seat.category,
        category_label=category.label,
        category_article=category.article,
        pledge=pledge,
        pledge_until=seat.pledge_until if watches else None,
    )


async def _seats(unit: Unit, organisation_ids: Sequence[UUID]) -> Mapping[UUID, list[Any]]:
    """Return the live seats of these organisations, each with the end of its pledge."""
    now = unit.now()
    pledge = (
        select(Pledge.employment_id, func.max(Pledge.valid_to).label("pledge_until"))
        .where(Pledge.clsm_id == unit.clsm_id, _live(Pledge, now))
        .group_by(Pledge.employment_id)
        .subquery()
    )
    rows = await unit.transaction.execute(
        select(*Employment.__table__.columns, pledge.c.pledge_until)
        .outerjoin(pledge, pledge.c.employment_id == Employment.employment_id)
        .where(
            Employment.clsm_id == unit.clsm_id,
            Employment.organisation_id.in_(organisation_ids),
            Employment.started_at <= now,
            Employment.ended_at.is_(None) | (Employment.ended_at > now),
        )
        .order_by(Employment.name, Employment.employment_id)
    )
    found: dict[UUID, list[Any]] = {}
    for row in rows:
        found.setdefault(row.organisation_id, []).append(row)
    return found


def _live(model: type[Pledge] | type[Office], now: datetime) -> ColumnElement[bool]:
    return and_(model.valid_from <= now, model.valid_to > now, model.superseded_at == FOREVER)


async def read_organisation(unit: Unit, organisation_id: UUID) -> OrganisationView:
    """Return an organisation of this CLSM with its people. Raises NotFound.

    Seats with their versions, offices and confirmations are only for those who manage them.
    """
    row = (
        await unit.transaction.execute(
            _organisations(unit).where(Organisation.organisation_id == organisation_id)
        )
    ).first()
    if row is None:
        raise NotFound
    seats = (await _seats(unit, [organisation_id])).get(organisation_id, [])
    watches = organisation_id == unit.actor.organisation_id or await may(unit, OVERSEEING_PLEDGES)
    manages = await may(unit, ADMINISTRATORS, organisation_id)
    offices = await _offices(unit, [seat.employment_id for seat in seats]) if manages else {}
    return OrganisationView(
        organisation=_organisation(row, seats, watches=watches),
        seats=tuple(
            _seat_line(seat, offices.get(seat.employment_id, ()), unit.now(), watches=watches)
            for seat in seats
        )
        if manages
        else (),
        manages=manages,
        invites=await may(unit, INVITING, organisation_id),
        governs=await may(unit, ADMINISTRATORS),
    )


async def read_seat(unit: Unit, employment_id: UUID) -> SeatView:
    """Return a seat with its offices, to who manages its organisation. Raises NotFound."""
    organisation_id = (
        await unit.transaction.execute(
            select(Employment.organisation_id).where(
                Employment.employment_id == employment_id, Employment.clsm_id == unit.clsm_id
            )
        )
    ).scalar()
    if organisation_id is None:
        raise NotFound
    view = await read_organisation(unit, organisation_id)
    seat = next((line for line in view.seats if line.person.employment_id == employment_id), None)
    if seat is None:
        raise NotFound
    cells = await unit.transaction.execute(
        select(Cell.cell_id, Cell.name).where(Cell.clsm_id == unit.clsm_id).order_by(Cell.name)
    )
    return SeatView(
        organisation=view.organisation,
        seat=seat,
        governs=view.governs,
        cells=tuple((row.cell_id, row.name) for row in cells),
    )


def _seat_line(
    seat: Any,
    offices: Sequence[OfficeLine],
    now: datetime,
    *,
    watches: bool,
) -> SeatLine:
    confirmed = seat.confirmed_at or seat.started_at
    return SeatLine(
        person=_person(seat, watches=watches),
        started_at=seat.started_at,
        confirmed_at=confirmed,
        to_confirm=to_confirm(confirmed, now),
        version=seat.version,
        offices=tuple(offices),
    )


async def _offices(unit: Unit, employment_ids: Sequence[UUID]) -> dict[UUID, list[OfficeLine]]:
    rows = await unit.transaction.execute(
        select(
            Office.office_id,
            Office.employment_id,
            Office.kind,
            Office.valid_from,
            Cell.name.label("cell"),
        )
        .outerjoin(Cell, and_(Cell.clsm_id == Office.clsm_id, Cell.cell_id == Office.cell_id))
        .where(
            Office.clsm_id == unit.clsm_id,
            Office.employment_id.in_(employment_ids),
            _live(Office, unit.now()),
        )
        .order_by(Office.kind, Office.office_id)
    )
    found: dict[UUID, list[OfficeLine]] = {}
    for row in rows:
        found.setdefault(row.employment_id, []).append(
            OfficeLine(
                office_id=row.office_id,
                kind=row.kind,
                label=OFFICES[OfficeKind(row.kind)],
                cell=row.cell or "",
                since=row.valid_from,
            )
        )
    return found
