"""Who sits around a situation, and how far each section opens to each of them."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from functools import cache
from typing import Any
from uuid import UUID

from sqlalchemy import Select, bindparam, or_, select, union
from sqlalchemy.ext.asyncio import AsyncConnection

from policies.vocabulary import Level, OrganisationKind, ProfessionalCategory, Section
from service.access.facts import SituationFacts
from service.partners import operations as partners
from service.partners.operations import SeatName
from service.sharing.models import (
    Assignment,
    CircleMembership,
    EmergencyAccess,
    GuestGrant,
    InformingDesignation,
    Mission,
    Referrer,
    Standing,
)
from service.sharing.operations.facts import facts_of, live
from service.sharing.rules import profession
from service.sharing.schemas import Readers, SeatAccess, SeatInfo
from service.unit import Unit

_SEATED = (
    CircleMembership,
    InformingDesignation,
    Mission,
    Referrer,
    GuestGrant,
    EmergencyAccess,
    Assignment,
)


async def readers(
    unit: Unit, situation_id: UUID, sections: Iterable[Section]
) -> dict[Section, Readers]:
    """Return which professions read each section now, in full or by its extract.

    Everyone around the situation is counted: circle, coordinator of the cell, informing
    professional, missions, referrer, guests, emergency accesses, running actions. A second
    factor is taken for granted: it is a door that each opens when signing in, not a right. Two
    statements; the caller has decided.
    """
    around = await access_map(unit, situation_id)
    return {section: readers_among(around, section) for section in sections}


def readers_among(around: Sequence[SeatAccess], section: Section) -> Readers:
    """Return which professions of these seats read a section, in full or by its extract."""
    full: dict[str, None] = {}
    extract: dict[str, None] = {}
    for one in around:
        level = one.level(section)
        if level is Level.READ:
            full[one.profession] = None
        elif level in {Level.READ_EXTRACT, Level.READ_ASSIGNED}:
            extract[one.profession] = None
    return Readers(full=tuple(sorted(full)), extract=tuple(sorted(set(extract) - set(full))))


async def access_map(
    unit: Unit, situation_id: UUID, read: SituationFacts | None = None
) -> tuple[SeatAccess, ...]:
    """Return everyone around a situation, each with the facts that decide its levels.

    By organisation and name. Nothing is opened or recorded: the caller has decided. `read`
    spares what the same act has already read of this situation.
    """
    now = unit.now()
    return await access_at(
        unit.transaction, unit.clsm_id, situation_id, at=now, known_at=now, read=read
    )


async def access_at(  # noqa: PLR0913 — two instants, and what was read already
    connection: AsyncConnection,
    clsm_id: UUID,
    situation_id: UUID,
    *,
    at: datetime,
    known_at: datetime,
    read: SituationFacts | None = None,
    ahead: bool = False,
) -> tuple[SeatAccess, ...]:
    """Return the access of everyone around a situation at `at`, as known at `known_at`.

    `ahead` makes `holds_until` exact, as in `facts_of`.
    """
    asked = {"clsm_id": clsm_id, "situation_id": situation_id, "at": at, "known_at": known_at}
    rows = (await connection.execute(_seats_around(), asked)).all()
    seats = {row.employment_id: info_of(row) for row in rows}
    found = await facts_of(
        connection,
        clsm_id,
        [situation_id],
        list(seats.values()),
        at=at,
        known_at=known_at,
        read=read,
        ahead=ahead,
    )
    around = []
    for row in rows:
        facts = found[situation_id, row.employment_id]
        around.append(
            SeatAccess(
                employment_id=row.employment_id,
                name=SeatName(row.name, row.title, row.organisation),
                profession=profession(facts.column),
                facts=facts,
            )
        )
    return tuple(around)


def info_of(row: Any, *, strong_auth: bool = True) -> SeatInfo:
    """Return what the rules need of a row of the directory."""
    return SeatInfo(
        employment_id=row.employment_id,
        clsm_id=row.clsm_id,
        organisation_kind=OrganisationKind(row.organisation_kind),
        category=ProfessionalCategory(row.category),
        function=row.function,
        secrecy_basis=row.secrecy_basis,
        designated_relative=row.designated_relative,
        strong_auth=strong_auth,
        started_at=row.started_at,
        ended_at=row.ended_at,
    )


@cache
def _seats_around() -> Select[Any]:
    """Return the seats around :situation_id; built once, since building costs more than asking."""
    seats = partners.seats().subquery("seats")
    offices = partners.coordinators().subquery("offices")
    coordinators = (
        select(offices.c.employment_id)
        .join(
            Standing,
            or_(offices.c.cell_id.is_(None), offices.c.cell_id == Standing.cell_id),
        )
        .where(live(Standing), Standing.situation_id == bindparam("situation_id"))
    )
    ids = union(
        *(
            select(model.employment_id).where(
                live(model), model.situation_id == bindparam("situation_id")
            )
            for model in _SEATED
        ),
        coordinators,
    ).subquery("around")
    return (
        select(seats)
        .join(ids, ids.c.employment_id == seats.c.employment_id)
        .where(seats.c.clsm_id == bindparam("clsm_id"))
        .order_by(seats.c.organisation, seats.c.name)
    )
