"""Actions given to a seat, as far as rights go: the window in which it reads their extract.

The rest of an action plan (details, status, proof) is not here: whoever keeps it calls these.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select

from audit.event import Act
from policies.vocabulary import Action, Column, Section
from service.access import gate
from service.access.facts import SituationFacts
from service.database import FOREVER
from service.errors import Conflict, Invalid
from service.partners import operations as partners
from service.sharing.models import Assignment, CircleMembership
from service.sharing.operations.dated import current, end_at, write_fact
from service.sharing.operations.facts import CLOSED, facts_about
from service.sharing.operations.places import AROUND, may_take_a_place, seat_facts_in
from service.sharing.rules.assigning import (
    READ_AFTER_CLOSING,
    ActionLabel,
    checked_due,
    checked_label,
    reading_ends,
)
from service.sharing.schemas import SeatChoice
from service.sharing.schemas.assigning import AssignmentLine, AssignmentsView
from service.unit import Unit

GIVES = Action.SHARE
"""Giving an action belongs to the coordinator and the lead: `share` of the pseudo-section
`situation` says that of them (settled.md 3)."""


async def assign(  # noqa: PLR0913 — an action, whose, for when
    unit: Unit,
    situation_id: UUID,
    employment_id: UUID,
    action_id: UUID,
    due_at: datetime,
    *,
    label: str = ActionLabel.OTHER,
) -> datetime:
    """Give an action to a seat; return until when it reads the extracts that the action needs.

    `due_at` is the first due date: postponing the action later does not prolong the reading. By
    the coordinator or the lead. Raises Refused or NotFound; Invalid for a seat that no circle
    may hold, an unknown label, a date that is past; Conflict for a situation that is over, or
    an action that this seat has already.
    """
    facts = await _gives(unit, situation_id, Act.ASSIGNMENT_OPENED, employment_id, action_id)
    if facts.state in CLOSED:
        raise Conflict("La situation n'est plus suivie : aucune action ne peut y être confiée.")
    what, due = checked_label(label), checked_due(due_at, unit.now())
    _may_be_given(await seat_facts_in(unit, situation_id, employment_id))
    if await _rows(unit, situation_id, action_id=action_id, employment_id=employment_id):
        raise Conflict("Cette action est déjà confiée à ce poste : sa première échéance compte.")
    ends = reading_ends(due)
    await write_fact(
        unit,
        Assignment,
        situation_id,
        valid_to=ends,
        employment_id=employment_id,
        action_id=action_id,
        label=what,
        due_at=due,
        closed_at=None,
    )
    return ends


async def close_assignment(unit: Unit, situation_id: UUID, action_id: UUID) -> datetime:
    """Close an action: those who had it read its extract for seven days more; return the end.

    A window that is over is not opened again. By the coordinator or the lead. Raises Refused or
    NotFound; Conflict when nobody has this action now, or it is closed already.
    """
    await _gives(unit, situation_id, Act.ASSIGNMENT_CLOSED, None, action_id)
    running = [
        row
        for row in await current(unit, Assignment, situation_id, action_id=action_id)
        if row.closed_at is None
    ]
    if not running:
        raise Conflict("Cette action n'est plus en cours : il n'y a rien à clore.")
    ends = unit.now() + READ_AFTER_CLOSING
    for row in running:
        await end_at(unit, Assignment, row, ends, closed_at=unit.now())
    return ends


async def read_assignments(unit: Unit, situation_id: UUID) -> AssignmentsView:
    """Return the actions given in a situation: all to those who give them, else one's own.

    Whoever sees the situation and has no action finds none. Raises NotFound.
    """
    facts = await facts_about(unit, situation_id)
    gives = gate.allows(facts, Section.SITUATION, GIVES)
    await gate.permit(
        unit,
        facts,
        GIVES if gives else Action.SEE,
        Section.SITUATION,
        act=Act.ACTION_READ,
        obj={"k": "assignments", "own": int(not gives)},
    )
    only = {} if gives else {"employment_id": unit.actor.employment_id}
    rows = await _rows(unit, situation_id, **only)
    names = await partners.names_of(unit, {row.employment_id for row in rows})
    return AssignmentsView(
        lines=tuple(_line(row, names[row.employment_id], unit.now()) for row in rows),
        may_give=gives and facts.state not in CLOSED,
        inside=bool(facts.common & AROUND),
    )


async def assignable(
    unit: Unit, situation_id: UUID, organisation_id: UUID | None
) -> tuple[dict[UUID, str], tuple[SeatChoice, ...]]:
    """Return the organisations that have seats here and, of one of them, the seats to choose.

    By the coordinator or the lead: raises Refused or NotFound.
    """
    facts = await facts_about(unit, situation_id)
    await gate.permit(
        unit, facts, GIVES, Section.SITUATION, act=Act.ACTION_READ, obj={"k": "assignments"}
    )
    rows = [row for row in await partners.seat_rows(unit) if partners.holds_now(row, unit.now())]
    around = {row.employment_id for row in await current(unit, CircleMembership, situation_id)}
    return {row.organisation_id: str(row.organisation) for row in rows}, tuple(
        SeatChoice(
            employment_id=row.employment_id,
            name=row.name,
            title=row.title,
            organisation=row.organisation,
            member=row.employment_id in around,
        )
        for row in rows
        if row.organisation_id == organisation_id
    )


async def _gives(
    unit: Unit, situation_id: UUID, act: Act, employment_id: UUID | None, action_id: UUID
) -> SituationFacts:
    facts = await facts_about(unit, situation_id, exclusive=True)
    about = {"action": str(action_id)} | ({"seat": str(employment_id)} if employment_id else {})
    await gate.permit(
        unit, facts, GIVES, Section.SITUATION, act=act, obj={"k": "assignment"}, about=about
    )
    return facts


def _may_be_given(facts: SituationFacts) -> None:
    """Raise Invalid for a seat that no circle may hold, and for a relative: no rule gives X."""
    may_take_a_place(facts)
    if facts.column is Column.AID:
        raise Invalid(
            {"employment_id": "Une action se confie à un professionnel ou à un pair, pas à un "
             "proche."}
        )  # fmt: skip


async def _rows(unit: Unit, situation_id: UUID, **where: object) -> Sequence[Any]:
    """Return every window as known now, past ones too, the next due first."""
    table = Assignment.__table__
    statement = select(table).where(
        table.c.clsm_id == unit.clsm_id,
        table.c.situation_id == situation_id,
        table.c.superseded_at == FOREVER,
        *(table.c[name] == value for name, value in where.items()),
    )
    return (await unit.transaction.execute(statement.order_by(table.c.due_at))).all()


def _line(row: Any, name: partners.SeatName, now: datetime) -> AssignmentLine:
    return AssignmentLine(
        action_id=row.action_id,
        employment_id=row.employment_id,
        name=name.name,
        title=name.title,
        organisation=name.organisation,
        label=row.label,
        given_at=row.valid_from,
        due_at=row.due_at,
        readable_until=row.valid_to,
        closed_at=row.closed_at,
        running=row.valid_from <= now < row.valid_to,
    )
