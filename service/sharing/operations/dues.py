"""What ends soon around the actor: their own places; for the coordinator, those of the cells."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, and_, select

from audit.event import Act
from service.access import record
from service.database import FOREVER
from service.partners import operations as partners
from service.sharing.models import (
    CircleInvitation,
    CircleMembership,
    Dated,
    InformingDesignation,
    RenewalRequest,
    Standing,
)
from service.sharing.operations.facts import CLOSED
from service.sharing.operations.visible import cells_of_office, visible_now
from service.sharing.rules import Mode
from service.sharing.rules.invitations import RENEWAL_DUE, InvitationState
from service.sharing.schemas.invitations import DueLine
from service.unit import Unit


async def dues(unit: Unit) -> tuple[DueLine, ...]:
    """Return what ends within thirty days, soonest first; recorded when there is any.

    `place`: a place of a circle. For the coordinator also `exception`, `informing`, and
    `declined` or `expired` for an invitation that was not taken. A seat without a valid pledge
    knows no situation, and is told nothing.
    """
    cells = (await cells_of_office(unit)).coordinated
    found = await (_of_cells(unit, cells) if cells else _own(unit))
    lines = sorted(found, key=lambda line: line.until)
    if lines:
        await record.note(
            unit,
            Act.CIRCLE_RENEWALS_LISTED,
            situations=list(dict.fromkeys(line.situation_id for line in lines))[:100],
            obj={"k": "circle"},
        )
    return tuple(lines)


async def _own(unit: Unit) -> list[DueLine]:
    rows = await _ending(
        unit,
        CircleMembership,
        CircleMembership.employment_id == unit.actor.employment_id,
        CircleMembership.suspended.is_(False),
        CircleMembership.situation_id.in_(visible_now(unit)),
    )
    asked = await _asked(unit, [row.situation_id for row in rows])
    return [
        DueLine(
            kind="substitution" if row.substitutes_for else "place",
            situation_id=row.situation_id,
            until=row.valid_to,
            employment_id=unit.actor.employment_id,
            asked=(row.situation_id, unit.actor.employment_id) in asked,
        )
        for row in rows
    ]


async def _of_cells(unit: Unit, cells: frozenset[UUID | None]) -> list[DueLine]:
    inside = () if None in cells else (Standing.cell_id.in_([one for one in cells if one]),)
    places = await _ending(
        unit, CircleMembership, CircleMembership.substitutes_for.is_(None), *inside
    )
    informing = await _ending(unit, InformingDesignation, *inside)
    untaken = await _untaken(unit, *inside)
    exceptions = await _exceptions(unit, *inside)
    asked = await _asked(unit, [row.situation_id for row in places])
    names = await partners.names_of(
        unit, {row.employment_id for row in (*places, *informing, *untaken)}
    )

    def line(kind: str, row: Any) -> DueLine:
        return DueLine(
            kind=kind,
            situation_id=row.situation_id,
            until=row.valid_from if kind == InvitationState.DECLINED else row.valid_to,
            employment_id=row.employment_id,
            who=names[row.employment_id].name,
            asked=(row.situation_id, row.employment_id) in asked,
        )

    now = unit.now()
    return [
        *(line("place", row) for row in places),
        *(line("informing", row) for row in informing),
        *(line(_refusal(row, now), row) for row in untaken),
        *(
            DueLine(kind="exception", situation_id=row.situation_id, until=row.valid_to)
            for row in exceptions
        ),
    ]


def _refusal(row: Any, now: datetime) -> str:
    if row.state == InvitationState.PENDING and row.valid_to <= now:
        return InvitationState.EXPIRED
    return InvitationState.DECLINED


async def _ending(unit: Unit, model: type[Any], *where: ColumnElement[bool]) -> list[Any]:
    """Return the facts of live situations that hold now and end within thirty days."""
    now = unit.now()
    rows = await unit.transaction.execute(
        select(*model.__table__.columns)
        .join(Standing, _of_situation(model))
        .where(
            model.clsm_id == unit.clsm_id,
            _live(model, now),
            _live(Standing, now),
            model.valid_to <= now + RENEWAL_DUE,
            Standing.state.not_in(sorted(CLOSED)),
            *where,
        )
    )
    return list(rows.all())


async def _exceptions(unit: Unit, *where: ColumnElement[bool]) -> list[Any]:
    rows = await unit.transaction.execute(
        select(Standing.situation_id, Standing.valid_to).where(
            Standing.clsm_id == unit.clsm_id,
            _live(Standing, unit.now()),
            Standing.mode == Mode.NAMED_BY_EXCEPTION,
            Standing.state.not_in(sorted(CLOSED)),
            *where,
        )
    )
    return list(rows.all())


async def _untaken(unit: Unit, *where: ColumnElement[bool]) -> list[Any]:
    """Return the last invitation of seats that declined, or let it expire, within thirty days."""
    now = unit.now()
    rows = await unit.transaction.execute(
        select(*CircleInvitation.__table__.columns)
        .join(Standing, _of_situation(CircleInvitation))
        .where(
            CircleInvitation.clsm_id == unit.clsm_id,
            CircleInvitation.superseded_at == FOREVER,
            CircleInvitation.valid_from > now - 2 * RENEWAL_DUE,
            _live(Standing, now),
            Standing.state.not_in(sorted(CLOSED)),
            *where,
        )
        .order_by(CircleInvitation.valid_from)
    )
    latest = {(row.situation_id, row.employment_id): row for row in rows}
    return [
        row
        for row in latest.values()
        if (row.state == InvitationState.DECLINED and row.valid_from > now - RENEWAL_DUE)
        or (row.state == InvitationState.PENDING and now - RENEWAL_DUE < row.valid_to <= now)
    ]


async def _asked(unit: Unit, situation_ids: list[UUID]) -> set[tuple[UUID, UUID]]:
    """Return (situation, seat) of those who asked to stay."""
    if not situation_ids:
        return set()
    rows = await unit.transaction.execute(
        select(RenewalRequest.situation_id, RenewalRequest.employment_id).where(
            RenewalRequest.clsm_id == unit.clsm_id,
            RenewalRequest.situation_id.in_(situation_ids),
            _live(RenewalRequest, unit.now()),
        )
    )
    return {(row.situation_id, row.employment_id) for row in rows}


def _of_situation(model: type[Any]) -> ColumnElement[bool]:
    return and_(Standing.clsm_id == model.clsm_id, Standing.situation_id == model.situation_id)


def _live(model: type[Dated], now: datetime) -> ColumnElement[bool]:
    return and_(model.superseded_at == FOREVER, model.valid_from <= now, model.valid_to > now)
