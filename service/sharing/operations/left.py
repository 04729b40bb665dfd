"""What departures leave to the coordination: who left its situations, what is to be handed on."""

from typing import Any
from uuid import UUID

from sqlalchemy import and_, select

from audit.event import Act
from service.access import record
from service.database import FOREVER
from service.partners import operations as partners
from service.sharing.models import (
    Assignment,
    CircleMembership,
    InformingDesignation,
    LeadDesignation,
    Mission,
    SocialCoordinator,
    Standing,
)
from service.sharing.operations.facts import CLOSED
from service.sharing.operations.visible import cells_of_office
from service.sharing.rules.departures import ROLE_LABELS, SHOWN
from service.sharing.schemas.departures import LeftLine
from service.unit import Unit

_HANDED_ON = (
    LeadDesignation,
    InformingDesignation,
    SocialCoordinator,
    Mission,
    Assignment,
    CircleMembership,
)


async def left(unit: Unit) -> tuple[LeftLine, ...]:
    """Return who left the situations of the cells that the actor coordinates; recorded if any.

    For thirty days, then only where a lead has no successor yet: those are late, and come
    first. Nothing to others than the coordination.
    """
    cells = (await cells_of_office(unit)).coordinated
    if not cells:
        return ()
    rows = [row for model in _HANDED_ON for row in await _ended(unit, model)]
    here = await _followed(unit, {row.situation_id for row in rows}, cells)
    led = await _led(unit, here)
    found: dict[tuple[UUID, UUID], list[Any]] = {}
    for row in rows:
        if row.situation_id in here:
            found.setdefault((row.situation_id, row.employment_id), []).append(row)
    lines = [
        LeftLine(
            situation_id=situation_id,
            employment_id=employment_id,
            who=f"{some[0].name}, {some[0].title}, {some[0].organisation}",
            left_at=some[0].ended_at,
            roles=tuple(ROLE_LABELS[role] for role in dict.fromkeys(row.role for row in some)),
            late=situation_id not in led and any(row.role == _LEAD for row in some),
        )
        for (situation_id, employment_id), some in found.items()
    ]
    shown = [line for line in lines if line.late or line.left_at > unit.now() - SHOWN]
    if shown:
        await record.note(
            unit,
            Act.DEPARTURE_READ,
            situations=list(dict.fromkeys(line.situation_id for line in shown))[:100],
            obj={"k": "departure", "a": "list"},
        )
    return tuple(sorted(shown, key=lambda line: (not line.late, line.left_at)))


_LEAD = LeadDesignation.__tablename__


async def _ended(unit: Unit, model: Any) -> list[Any]:
    """Return what ended at the very instant when its seat did."""
    seats = partners.seats().subquery()
    rows = await unit.transaction.execute(
        select(
            model.situation_id,
            model.employment_id,
            seats.c.name,
            seats.c.title,
            seats.c.organisation,
            seats.c.ended_at,
        )
        .join(
            seats,
            and_(
                seats.c.employment_id == model.employment_id,
                seats.c.ended_at == model.valid_to,
            ),
        )
        .where(model.clsm_id == unit.clsm_id, model.superseded_at == FOREVER)
    )
    return [_Ended(*row, role=model.__tablename__) for row in rows]


class _Ended:
    """One row of a departure: whose, where, what."""

    def __init__(self, *values: Any, role: str) -> None:
        (
            self.situation_id,
            self.employment_id,
            self.name,
            self.title,
            self.organisation,
            self.ended_at,
        ) = values
        self.role = role


async def _followed(unit: Unit, situation_ids: set[UUID], cells: Any) -> set[UUID]:
    """Return, among these, the situations still followed in these cells (None: in every cell)."""
    now = unit.now()
    rows = await unit.transaction.execute(
        select(Standing.situation_id, Standing.cell_id).where(
            Standing.clsm_id == unit.clsm_id,
            Standing.situation_id.in_(sorted(situation_ids)),
            Standing.state.not_in(sorted(CLOSED)),
            Standing.valid_from <= now,
            Standing.valid_to > now,
            Standing.superseded_at == FOREVER,
        )
    )
    return {row.situation_id for row in rows if None in cells or row.cell_id in cells}


async def _led(unit: Unit, situation_ids: set[UUID]) -> set[UUID]:
    rows = await unit.transaction.execute(
        select(LeadDesignation.situation_id).where(
            LeadDesignation.clsm_id == unit.clsm_id,
            LeadDesignation.situation_id.in_(sorted(situation_ids)),
            LeadDesignation.superseded_at == FOREVER,
            LeadDesignation.valid_to > unit.now(),
        )
    )
    return set(rows.scalars())
