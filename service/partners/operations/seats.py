"""Seats: who they are for the rules, what they are called on screen, which offices they hold."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    Select,
    String,
    Uuid,
    and_,
    bindparam,
    cast,
    exists,
    func,
    literal_column,
    null,
    or_,
    select,
)

from audit.event import Act
from policies.vocabulary import Office as OfficeKind
from service.access import gate
from service.database import Instant
from service.encryption.permit import Permit
from service.errors import Invalid, SeatRequired
from service.partners.models import Clsm, Employment, Office, OnCallDuty, Organisation, Pledge
from service.unit import Unit


@dataclass(frozen=True, slots=True)
class SeatName:
    """How a seat is called on screen: the person, their function, their organisation."""

    name: str
    title: str
    organisation: str

    @property
    def in_full(self) -> str:
        """Return « Prénom Nom, fonction, organisation »."""
        return f"{self.name}, {self.title}, {self.organisation}"


def dated_facts() -> tuple[Select[*tuple[Any, ...]], ...]:
    """Return pledge, offices and duties on call as branches of the one statement of facts.

    Their columns are those of `service.sharing.operations.facts`; no situation is named,
    since a pledge and an office hold for all of them.
    """
    return (
        _branch("pledge", Pledge, literal_column("''", String), literal_column("''", String)),
        _branch("on_call", OnCallDuty, literal_column("''", String), literal_column("''", String)),
        _branch(
            "office",
            Office,
            cast(Office.kind, String),
            func.coalesce(cast(Office.cell_id, String(36)), literal_column("''", String)),
        ),
    )


def _branch(
    kind: str,
    model: type[Pledge] | type[Office] | type[OnCallDuty],
    code: ColumnElement[str],
    place: ColumnElement[str],
) -> Select[*tuple[Any, ...]]:
    return select(
        literal_column(f"'{kind}'", String).label("kind"),
        cast(null(), Uuid).label("situation_id"),
        model.employment_id.label("employment_id"),
        code.label("code"),
        literal_column("''", String).label("more"),
        place.label("place"),
        model.valid_from.label("valid_from"),
        model.valid_to.label("valid_to"),
    ).where(
        model.clsm_id == bindparam("clsm_id"),
        model.employment_id.in_(bindparam("employments", expanding=True)),
        model.valid_from <= bindparam("horizon", type_=Instant),
        model.valid_to > bindparam("at", type_=Instant),
        model.recorded_at <= bindparam("known_at", type_=Instant),
        model.superseded_at > bindparam("known_at", type_=Instant),
    )


def _live(model: type[Pledge] | type[Office] | type[OnCallDuty]) -> ColumnElement[bool]:
    return and_(
        model.valid_from <= bindparam("at", type_=Instant),
        model.valid_to > bindparam("at", type_=Instant),
        model.recorded_at <= bindparam("known_at", type_=Instant),
        model.superseded_at > bindparam("known_at", type_=Instant),
    )


async def keep_seat(unit: Unit) -> None:
    """Keep the actor's seat from ending before this act does; raise SeatRequired if it has.

    Whoever closes the seat waits for this act, or this act does not happen. On SQLite a writer
    is alone: only the second half is needed.
    """
    if unit.seat_kept:
        return
    statement = select(Employment.employment_id).where(
        Employment.employment_id == unit.actor.employment_id,
        or_(Employment.ended_at.is_(None), Employment.ended_at > unit.now()),
    )
    if unit.transaction.dialect.name == "postgresql":
        statement = statement.with_for_update(read=True)
    if (await unit.transaction.execute(statement)).first() is None:
        raise SeatRequired
    unit.seat_kept = True


async def offices_of(unit: Unit, employment_id: UUID | None = None) -> dict[str, set[UUID | None]]:
    """Return the offices that a seat holds now: kind → cells (None for every cell).

    In a unit that writes, the actor's own seat is held first: raises SeatRequired.
    """
    if unit.write and employment_id is None:
        await keep_seat(unit)
    rows = await unit.transaction.execute(
        select(Office.kind, Office.cell_id).where(
            Office.clsm_id == unit.clsm_id,
            Office.employment_id == (employment_id or unit.actor.employment_id),
            _live(Office),
        ),
        {"at": unit.now(), "known_at": unit.now()},
    )
    held: dict[str, set[UUID | None]] = {}
    for kind, cell_id in rows:
        held.setdefault(kind, set()).add(cell_id)
    return held


def coordinators() -> Select[*tuple[Any, ...]]:
    """Return the SELECT of coordinators' seats and cells (no cell: every cell of the CLSM).

    Of :clsm_id, at :at as known at :known_at.
    """
    return select(Office.employment_id, Office.cell_id).where(
        Office.clsm_id == bindparam("clsm_id"),
        Office.kind == OfficeKind.COORDINATOR,
        _live(Office),
    )


def pledged(clsm_id: Any, employment_id: Any, now: Any) -> ColumnElement[bool]:
    """Return « this seat's pledge is in force », for the WHERE of a list; values or parameters."""
    return exists(
        select(Pledge.pledge_id).where(
            Pledge.clsm_id == clsm_id,
            Pledge.employment_id == employment_id,
            Pledge.valid_from <= now,
            Pledge.valid_to > now,
            Pledge.recorded_at <= now,
            Pledge.superseded_at > now,
        )
    )


def governs(clsm_id: Any, employment_id: Any, now: Any, cell_id: Any) -> ColumnElement[bool]:
    """Return « this seat oversees or administers that cell »: no circle there is its own."""
    return exists(
        select(Office.office_id).where(
            Office.clsm_id == clsm_id,
            Office.employment_id == employment_id,
            Office.kind.in_(_GOVERNANCE),
            or_(Office.cell_id.is_(None), Office.cell_id == cell_id),
            Office.valid_from <= now,
            Office.valid_to > now,
            Office.recorded_at <= now,
            Office.superseded_at > now,
        )
    )


_GOVERNANCE = (
    OfficeKind.AUDITOR,
    OfficeKind.DPO,
    OfficeKind.COPIL_READER,
    OfficeKind.ADMINISTRATOR,
    OfficeKind.ORGANISATION_ADMINISTRATOR,
)


async def permit_dpo(unit: Unit, act: Act, situation_id: UUID) -> Permit:
    """Allow an act to the DPO only, and record it. Raises Refused."""
    return await gate.permit_office(
        unit,
        await offices_of(unit),
        frozenset({OfficeKind.DPO}),
        act=act,
        situations=(situation_id,),
    )


async def holders(unit: Unit, kind: OfficeKind, cell_id: UUID | None = None) -> frozenset[UUID]:
    """Return the seats that hold an office now: for that cell, those of every cell too."""
    rows = await unit.transaction.execute(
        select(Office.employment_id, Office.cell_id).where(
            Office.clsm_id == unit.clsm_id, Office.kind == kind, _live(Office)
        ),
        {"at": unit.now(), "known_at": unit.now()},
    )
    return frozenset(
        row.employment_id for row in rows if row.cell_id is None or row.cell_id == cell_id
    )


async def hold_seat(unit: Unit, employment_id: UUID) -> None:
    """Let the acts of one seat that count its own past ones pass one by one (PostgreSQL).

    SQLite has one writer at a time. What only names the seat does not wait.
    """
    await unit.transaction.execute(
        select(Employment.employment_id)
        .where(Employment.employment_id == employment_id)
        .with_for_update(key_share=True)
    )


async def seat_info(unit: Unit, employment_id: UUID) -> Any:
    """Return the row of a seat of this CLSM. Raises Invalid on the field `employment_id`."""
    found = await seat_rows(unit, [employment_id])
    if not found:
        raise Invalid({"employment_id": "Ce poste n'existe pas sur ce territoire."})
    return found[0]


def seats() -> Select[*tuple[Any, ...]]:
    """Return the SELECT of seats with their organisation; others join it as a subquery."""
    return (
        select(
            Employment.employment_id,
            Employment.account_id,
            Employment.clsm_id,
            Employment.name,
            Employment.category,
            Employment.function,
            Employment.title,
            Employment.secrecy_basis,
            Employment.designated_relative,
            Employment.started_at,
            Employment.ended_at,
            Organisation.organisation_id,
            Organisation.key.label("organisation_key"),
            Organisation.kind.label("organisation_kind"),
            Organisation.name.label("organisation"),
            Clsm.name.label("clsm_name"),
        )
        .join_from(
            Employment, Organisation, Organisation.organisation_id == Employment.organisation_id
        )
        .join(Clsm, Clsm.clsm_id == Employment.clsm_id)
    )


async def seat_rows(unit: Unit, employment_ids: Iterable[UUID] | None = None) -> list[Any]:
    """Return the rows of seats of this CLSM, all of them by default."""
    statement = (
        seats()
        .where(Employment.clsm_id == unit.clsm_id)
        .order_by(Organisation.name, Employment.name)
    )
    if employment_ids is not None:
        statement = statement.where(Employment.employment_id.in_(list(employment_ids)))
    return list((await unit.transaction.execute(statement)).all())


async def names_of(unit: Unit, employment_ids: Iterable[UUID]) -> dict[UUID, SeatName]:
    """Return how seats are called on screen; professionals' names are not secret."""
    ids = list(employment_ids)
    if not ids:
        return {}
    return {
        row.employment_id: SeatName(row.name, row.title, row.organisation)
        for row in await seat_rows(unit, ids)
    }


def holds_now(row: Any, now: datetime) -> bool:
    """Return whether a seat is held at an instant."""
    return row.started_at <= now and (row.ended_at is None or now < row.ended_at)
