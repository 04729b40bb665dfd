"""Called into a circle: invited by the coordinator, answered by the professional alone.

An invitation opens nothing but itself. Accepting it opens the place, from that instant.
"""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any, NoReturn
from uuid import UUID

from sqlalchemy import select

from audit.event import Act, Outcome
from policies.vocabulary import Action, Column, Fact, Section
from service.access import gate, record
from service.access.facts import SituationFacts
from service.access.objection import Objected, objected
from service.database import FOREVER, new_id
from service.errors import Conflict, Invalid, NotFound
from service.jobs import Kind, notify
from service.partners import operations as partners
from service.sharing.models import CircleInvitation, CircleMembership, Standing
from service.sharing.operations.circle import (
    checked_end,
    end_invitations,
    still_open,
    take_place,
)
from service.sharing.operations.dated import current, write_fact
from service.sharing.operations.facts import CLOSED, facts_about
from service.sharing.operations.places import grants, may_take_a_place, seat_facts_in
from service.sharing.rules import (
    CATEGORY_LABELS,
    GROUP_LABELS,
    CircleReason,
    checked_reason,
    circle_ends,
    group_of,
)
from service.sharing.rules.invitations import InvitationState, answer_by, checked_decline
from service.sharing.schemas.invitations import InvitationLine
from service.unit import Unit

_CLOSED_TO_YOU = (
    "Cette invitation ne peut pas être acceptée pour l'instant.",
    "Voyez avec la personne qui vous a invité·e, ou avec la coordination de la cellule.",
)
"""Said alike whatever the reason: an invited seat knows nothing of the situation yet."""

_OVER = {
    InvitationState.ACCEPTED: "Vous avez déjà accepté cette invitation.",
    InvitationState.DECLINED: "Vous avez déjà décliné cette invitation.",
    InvitationState.WITHDRAWN: "Cette invitation a été retirée.",
    InvitationState.EXPIRED: "Le délai pour répondre est passé : demandez une nouvelle invitation.",
}


async def invite_to_circle(  # noqa: PLR0913 — an invitation has these parts
    unit: Unit,
    situation_id: UUID,
    employment_id: UUID,
    reason: str,
    *,
    until: datetime | None = None,
    answer_on: date | None = None,
    substitutes_for: UUID | None = None,
) -> UUID:
    """Invite a seat into the circle until six months after it accepts, or earlier.

    By the coordinator of the cell; it waits ten days for an answer, or until the end of
    `answer_on`. `substitutes_for` names the member that it would stand in for, until `until`.
    Raises Refused when the person's objection stands against what this seat would do there (see
    `service.access.objection`) or, with NotFound, to others than the coordinator; Invalid naming
    the field; Conflict for a member, a seat already invited, or a situation that is over.
    """
    why = checked_reason(reason)
    facts = await grants(unit, situation_id, Act.CIRCLE_INVITED, employment_id)
    return await invite(
        unit,
        facts,
        employment_id,
        why,
        until=until,
        answer_on=answer_on,
        substitutes_for=substitutes_for,
    )


async def invite(  # noqa: PLR0913 — an invitation has these parts
    unit: Unit,
    facts: SituationFacts,
    employment_id: UUID,
    why: CircleReason,
    *,
    until: datetime | None = None,
    answer_on: date | None = None,
    substitutes_for: UUID | None = None,
) -> UUID:
    """Invite a seat once the caller has decided, and recorded, that it may; raises as above."""
    situation_id = facts.situation_id
    still_open(facts)
    now = unit.now()
    checked_end(now, until)
    deadline = answer_by(now, answer_on)
    invited = await seat_facts_in(unit, situation_id, employment_id)
    may_take_a_place(invited)
    await _substitutes(unit, situation_id, employment_id, why, substitutes_for, until)
    if await current(unit, CircleMembership, situation_id, employment_id=employment_id):
        raise Conflict("Ce poste est déjà membre du cercle : prolongez sa place.")
    if await current(
        unit,
        CircleInvitation,
        situation_id,
        employment_id=employment_id,
        state=InvitationState.PENDING,
    ):
        raise Conflict("Ce poste est déjà invité : attendez sa réponse, ou retirez l'invitation.")
    closed = objected(invited)
    if closed is not None:
        await _refuse(unit, facts, invited, closed)
    invitation_id = new_id()
    await write_fact(
        unit,
        CircleInvitation,
        situation_id,
        valid_to=deadline,
        employment_id=employment_id,
        invitation_id=invitation_id,
        invited_by=unit.actor.employment_id,
        reason=why,
        until=until,
        substitutes_for=substitutes_for,
        state=InvitationState.PENDING,
    )
    await notify(unit, [employment_id], Kind.CIRCLE)
    return invitation_id


async def _substitutes(  # noqa: PLR0913 — what a substitution is made of
    unit: Unit,
    situation_id: UUID,
    employment_id: UUID,
    reason: CircleReason,
    substitutes_for: UUID | None,
    until: datetime | None,
) -> None:
    """Raise Invalid unless a substitution names a live member, and an end within their place."""
    if (reason is CircleReason.SUBSTITUTE) is not (substitutes_for is not None):
        raise Invalid(
            {"substitutes_for": "Pour une suppléance, choisissez « Remplace un membre » et qui."}
        )
    if substitutes_for is None:
        return
    places = await current(unit, CircleMembership, situation_id, employment_id=substitutes_for)
    if (
        substitutes_for == employment_id
        or not places
        or places[0].suspended
        or places[0].substitutes_for is not None
    ):
        raise Invalid({"substitutes_for": "Choisissez un membre du cercle, autre que ce poste."})
    if until is None or until > places[0].valid_to:
        raise Invalid(
            {"until": "Indiquez la fin de la suppléance, au plus tard celle de la place remplacée."}
        )


async def _refuse(
    unit: Unit, facts: SituationFacts, invited: SituationFacts, closed: Objected
) -> NoReturn:
    """Record that the person's objection blocked an invitation, and tell the coordinator."""
    group = group_of(invited.column)
    cells = [f"{category}→{group}" for category in closed.categories]
    named = [CATEGORY_LABELS[category].lower() for category in closed.categories]
    why = "Ce poste ne peut pas être invité aujourd'hui : voyez avec la coordination."
    if facts.column is Column.COORD:  # the lead answers requests, and hears less
        why = (
            f"La personne s'oppose à ce que ses informations ({', '.join(named)}) soient partagées "
            f"avec ce groupe : {GROUP_LABELS[group].lower()} (opposition {', '.join(cells)}). Ce "
            "poste ne peut pas être invité tant qu'elle n'a pas changé d'avis."
        )
    await gate.refuse_for(
        unit,
        facts,
        Act.CIRCLE_INVITED,
        closed.decision,
        reasons=(why,),
        remedy="Vous pouvez inviter un autre professionnel, ou demander à qui est chargé de "
        "l'informer d'en reparler avec la personne.",
        obj={
            "k": "circle",
            "s": str(closed.sections[0]),
            "cells": [cell.replace("→", ">") for cell in cells],
        },
        about={"seat": str(invited.employment_id)},
    )


async def withdraw_invitation(unit: Unit, situation_id: UUID, invitation_id: UUID) -> None:
    """Take back an invitation that waits for an answer, by the coordinator.

    Raises Refused or NotFound; Conflict when it waits no more.
    """
    row = await _in_situation(unit, situation_id, invitation_id, Act.CIRCLE_INVITATION_WITHDRAWN)
    if not await end_invitations(unit, situation_id, invitation_id=invitation_id):
        raise Conflict(_said_over(row, unit.now()))


async def resend_invitation(unit: Unit, situation_id: UUID, invitation_id: UUID) -> UUID:
    """Send an invitation again, with a new deadline; the one before waits no more.

    Everything is checked again, the person's objection first. Raises as `invite_to_circle`.
    """
    row = await _in_situation(unit, situation_id, invitation_id, Act.CIRCLE_INVITATION_READ)
    await end_invitations(unit, situation_id, invitation_id=invitation_id)
    return await invite_to_circle(
        unit,
        situation_id,
        row.employment_id,
        row.reason,
        until=row.until,
        substitutes_for=row.substitutes_for,
    )


async def _in_situation(unit: Unit, situation_id: UUID, invitation_id: UUID, act: Act) -> Any:
    """Return the last row of an invitation of this situation, to its coordinator only."""
    row = await _last(unit, invitation_id)
    facts = await grants(unit, situation_id, act, row.employment_id if row else None)
    if row is None or row.situation_id != facts.situation_id:
        raise NotFound
    return row


async def my_invitations(unit: Unit) -> tuple[InvitationLine, ...]:
    """Return the invitations that wait for the actor's seat; recorded when there are any."""
    now = unit.now()
    table = CircleInvitation.__table__
    rows = (
        await unit.transaction.execute(
            select(table)
            .where(
                table.c.clsm_id == unit.clsm_id,
                table.c.employment_id == unit.actor.employment_id,
                table.c.state == InvitationState.PENDING,
                table.c.superseded_at == FOREVER,
                table.c.valid_from <= now,
                table.c.valid_to > now,
            )
            .order_by(table.c.valid_to)
        )
    ).all()
    lines = await _lines(unit, rows)
    if lines:
        await record.note(
            unit,
            Act.CIRCLE_INVITATION_READ,
            situations=[line.situation_id for line in lines][:100],
            obj={"k": "circle"},
        )
    return lines


async def read_invitation(unit: Unit, invitation_id: UUID) -> InvitationLine:
    """Return one of the actor's own invitations, in whatever state; recorded. Raises NotFound."""
    row = await _own(unit, invitation_id, Act.CIRCLE_INVITATION_READ)
    lines = await _lines(unit, [row])
    if not lines:
        raise NotFound
    await _permit_own(unit, Act.CIRCLE_INVITATION_READ, row)
    return lines[0]


async def accept_invitation(unit: Unit, invitation_id: UUID) -> datetime:
    """Accept, and take one's place in the circle from now; return its end.

    The rules are asked as for any member, once the place is written: no pledge, no place. Raises
    NotFound for an invitation that is not this seat's; Conflict when it waits no more, or without
    a valid pledge; Refused, without saying why, when the situation may not be joined any more.
    """
    row = await _own(unit, invitation_id, Act.CIRCLE_ACCEPTED)
    facts = await facts_about(unit, row.situation_id, exclusive=True)
    row = await _own(unit, invitation_id, Act.CIRCLE_ACCEPTED)
    if _state(row, unit.now()) is not InvitationState.PENDING:
        raise Conflict(_said_over(row, unit.now()))
    if not facts.common & Fact.PLEDGE:
        raise Conflict("Signez d'abord votre engagement de confidentialité, puis acceptez.")
    await _still_possible(unit, facts, row)
    may_take_a_place(facts)
    ends = await take_place(
        unit,
        row.situation_id,
        row.employment_id,
        CircleReason(row.reason),
        until=min(row.until, circle_ends(unit.now())) if row.until else None,
        substitutes_for=row.substitutes_for,
    )
    await end_invitations(
        unit, row.situation_id, InvitationState.ACCEPTED, invitation_id=invitation_id
    )
    act = Act.CIRCLE_SUBSTITUTED if row.substitutes_for else Act.CIRCLE_ACCEPTED
    await gate.permit(
        unit,
        await facts_about(unit, row.situation_id),
        Action.SEE,
        Section.SITUATION,
        act=act,
        obj={"k": "circle"},
        about={"seat": str(row.employment_id)},
    )
    await notify(unit, [row.invited_by], Kind.CIRCLE)
    return ends


async def _still_possible(unit: Unit, facts: SituationFacts, row: Any) -> None:
    """Refuse, recorded, when the situation closed, froze, or the person objected meanwhile."""
    closed = objected(facts)
    replaced = row.substitutes_for
    gone = replaced is not None and not await current(
        unit, CircleMembership, row.situation_id, employment_id=replaced, suspended=False
    )
    if (
        closed is None
        and not gone
        and facts.state not in CLOSED
        and not facts.common & (Fact.FROZEN | Fact.CONFLICT)
    ):
        return
    decision = closed.decision if closed else gate.sees(facts)
    await gate.refuse_for(
        unit,
        facts,
        Act.CIRCLE_ACCEPTED,
        decision,
        reasons=_CLOSED_TO_YOU[:1],
        remedy=_CLOSED_TO_YOU[1],
        obj={"k": "circle"},
        about={"seat": str(row.employment_id)},
    )


async def decline_invitation(unit: Unit, invitation_id: UUID, answer: str) -> None:
    """Decline, for a reason of the closed list, which the coordinator is shown.

    Raises NotFound for an invitation that is not this seat's, Invalid on `answer`, Conflict when
    it waits no more.
    """
    why = checked_decline(answer)
    row = await _own(unit, invitation_id, Act.CIRCLE_DECLINED)
    await _permit_own(unit, Act.CIRCLE_DECLINED, row)
    await facts_about(unit, row.situation_id, exclusive=True)
    row = await _own(unit, invitation_id, Act.CIRCLE_DECLINED)
    if _state(row, unit.now()) is not InvitationState.PENDING:
        raise Conflict(_said_over(row, unit.now()))
    await end_invitations(
        unit,
        row.situation_id,
        InvitationState.DECLINED,
        answer=why,
        invitation_id=invitation_id,
    )
    await notify(unit, [row.invited_by], Kind.CIRCLE)


async def invitations_of(unit: Unit, situation_id: UUID) -> tuple[InvitationLine, ...]:
    """Return the last invitation of each seat that has no place; the caller has decided."""
    table = CircleInvitation.__table__
    rows = (
        await unit.transaction.execute(
            select(table)
            .where(
                table.c.clsm_id == unit.clsm_id,
                table.c.situation_id == situation_id,
                table.c.superseded_at == FOREVER,
            )
            .order_by(table.c.valid_from, table.c.recorded_at)
        )
    ).all()
    latest = {row.employment_id: row for row in rows}
    shown = [row for row in latest.values() if row.state != InvitationState.ACCEPTED]
    return await _lines(unit, sorted(shown, key=lambda row: row.valid_from, reverse=True))


async def _own(unit: Unit, invitation_id: UUID, act: Act) -> Any:
    """Return the last row of one of the actor's invitations. Raises NotFound, recorded."""
    row = await _last(unit, invitation_id)
    if row is None or row.employment_id != unit.actor.employment_id:
        await record.note(unit, act, out=Outcome.DENY, obj={"k": "circle"})
        raise NotFound
    return row


async def _last(unit: Unit, invitation_id: UUID) -> Any:
    table = CircleInvitation.__table__
    return (
        await unit.transaction.execute(
            select(table)
            .where(
                table.c.clsm_id == unit.clsm_id,
                table.c.invitation_id == invitation_id,
                table.c.superseded_at == FOREVER,
            )
            .order_by(table.c.valid_from.desc(), table.c.recorded_at.desc())
            .limit(1)
        )
    ).first()


async def _permit_own(unit: Unit, act: Act, row: Any) -> None:
    await gate.permit_own(
        unit, act=act, situation_id=row.situation_id, boxes=(), obj={"k": "circle"}
    )


async def _lines(unit: Unit, rows: Sequence[Any]) -> tuple[InvitationLine, ...]:
    """Return invitations as they are shown: codes, dates, and professionals' names."""
    if not rows:
        return ()
    now = unit.now()
    seats = {row.employment_id for row in rows} | {row.invited_by for row in rows}
    seats |= {row.substitutes_for for row in rows if row.substitutes_for}
    names = await partners.names_of(unit, seats)
    cells = {cell_id: name for cell_id, _, name in await partners.cells_of(unit)}
    where = await _standings(unit, {row.situation_id for row in rows})
    return tuple(
        InvitationLine(
            invitation_id=row.invitation_id,
            situation_id=row.situation_id,
            employment_id=row.employment_id,
            invited=names[row.employment_id].in_full,
            cell=cells.get(where[row.situation_id].cell_id, ""),
            invited_by=names[row.invited_by].in_full,
            reason=row.reason,
            until=row.until,
            substitutes_for=names[row.substitutes_for].in_full if row.substitutes_for else "",
            state=_state(row, now),
            answer=row.answer,
            at=row.valid_from,
            answer_by=row.valid_to if row.state == InvitationState.PENDING else None,
        )
        for row in rows
        if row.situation_id in where
    )


async def _standings(unit: Unit, situation_ids: set[UUID]) -> dict[UUID, Any]:
    now = unit.now()
    table = Standing.__table__
    rows = await unit.transaction.execute(
        select(table.c.situation_id, table.c.cell_id, table.c.state).where(
            table.c.clsm_id == unit.clsm_id,
            table.c.situation_id.in_(situation_ids),
            table.c.superseded_at == FOREVER,
            table.c.valid_from <= now,
            table.c.valid_to > now,
        )
    )
    return {row.situation_id: row for row in rows if row.state not in CLOSED}


def _state(row: Any, now: datetime) -> InvitationState:
    if row.state == InvitationState.PENDING and row.valid_to <= now:
        return InvitationState.EXPIRED
    return InvitationState(row.state)


def _said_over(row: Any, now: datetime) -> str:
    return _OVER.get(_state(row, now), "Cette invitation attend une réponse.")
