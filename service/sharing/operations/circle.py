"""The places of a circle: taken, renewed, left, suspended, ended.

Nobody is put into a circle: a place opens when the invited seat accepts (`invitations`).
"""

from datetime import datetime
from typing import Any
from uuid import UUID

from audit.event import Act
from service.access.facts import SituationFacts
from service.errors import Conflict, Invalid
from service.sharing.models import (
    CircleInvitation,
    CircleMembership,
    GuestGrant,
    InformingDesignation,
    LeadDesignation,
    Mission,
    RenewalRequest,
)
from service.sharing.operations.dated import current, end_facts, write_fact
from service.sharing.operations.facts import CLOSED
from service.sharing.operations.places import grants, may_take_a_place, own_act, seat_facts_in
from service.sharing.rules import CircleReason, circle_ends
from service.sharing.rules.invitations import RENEWAL_DUE, InvitationState
from service.unit import Unit


async def take_place(  # noqa: PLR0913 — a place has these parts
    unit: Unit,
    situation_id: UUID,
    employment_id: UUID,
    reason: CircleReason,
    *,
    until: datetime | None = None,
    substitutes_for: UUID | None = None,
) -> datetime:
    """Open a place in the circle from now, six months at most; return its end.

    The caller has decided, recorded, and read the facts for itself alone: this only writes.
    Raises Invalid on `until` for an end that is not to come, Conflict for a seat that is
    already a member.
    """
    now = unit.now()
    ends = checked_end(now, until)
    if await current(unit, CircleMembership, situation_id, employment_id=employment_id):
        raise Conflict("Ce poste est déjà membre du cercle : prolongez sa place.")
    # A member has no need of a guest access.
    await end_facts(unit, GuestGrant, situation_id, employment_id=employment_id)
    await write_fact(
        unit,
        CircleMembership,
        situation_id,
        valid_to=ends,
        employment_id=employment_id,
        reason=reason,
        suspended=False,
        substitutes_for=substitutes_for,
    )
    return ends


def checked_end(now: datetime, until: datetime | None) -> datetime:
    """Return the end of a place that would begin now. Raises Invalid on `until`."""
    latest = circle_ends(now)
    if until is not None and not now < until <= latest:
        raise Invalid({"until": "Choisissez une fin à venir, à six mois au plus."})
    return until or latest


def still_open(facts: SituationFacts) -> None:
    """Raise Conflict when the situation is over: its circle has ended with it."""
    if facts.state in CLOSED:
        raise Conflict("La situation n'est plus suivie : son cercle a pris fin.")


async def renew_circle(unit: Unit, situation_id: UUID, employment_id: UUID) -> datetime:
    """Prolong a place by six months from now, or restore one suspended; return the new end.

    By the coordinator. Raises Refused or NotFound, Invalid for a seat without a place now (it is
    invited again), Conflict for a substitute's place or when the situation is over.
    """
    facts = await grants(unit, situation_id, Act.CIRCLE_RENEWED, employment_id)
    still_open(facts)
    may_take_a_place(await seat_facts_in(unit, situation_id, employment_id))
    place = await _place_of(unit, situation_id, employment_id)
    if place.substitutes_for is not None and not place.suspended:
        raise Conflict("Une suppléance finit d'elle-même : invitez de nouveau ce poste au besoin.")
    ends = circle_ends(unit.now())
    if place.substitutes_for is not None:
        ends = min(ends, place.valid_to)
    for model in (CircleMembership, RenewalRequest):
        await end_facts(unit, model, situation_id, employment_id=employment_id)
    await write_fact(
        unit,
        CircleMembership,
        situation_id,
        valid_to=ends,
        employment_id=employment_id,
        reason=place.reason,
        suspended=False,
        substitutes_for=place.substitutes_for,
    )
    return ends


async def ask_renewal(unit: Unit, situation_id: UUID) -> None:
    """Ask for one's own place to be renewed, thirty days before its end at the earliest.

    Asked twice, it is written once. Raises Refused or NotFound; Invalid without a place,
    Conflict too early or for a substitute's place.
    """
    await own_act(unit, situation_id, Act.CIRCLE_RENEWAL_ASKED)
    mine = unit.actor.employment_id
    place = await _place_of(unit, situation_id, mine)
    if place.substitutes_for is not None:
        raise Conflict("Une suppléance finit d'elle-même : elle ne se prolonge pas.")
    if place.valid_to - unit.now() > RENEWAL_DUE:
        raise Conflict("Votre place se prolonge dans les trente jours qui précèdent sa fin.")
    if not await current(unit, RenewalRequest, situation_id, employment_id=mine):
        await write_fact(
            unit, RenewalRequest, situation_id, valid_to=place.valid_to, employment_id=mine
        )


async def _place_of(unit: Unit, situation_id: UUID, employment_id: UUID) -> Any:
    places = await current(unit, CircleMembership, situation_id, employment_id=employment_id)
    if not places:
        raise Invalid(
            {"employment_id": "Ce poste n'a pas de place dans ce cercle : invitez-le d'abord."}
        )
    return places[0]


async def leave_circle(unit: Unit, situation_id: UUID, employment_id: UUID) -> None:
    """End a place now: by the coordinator, or by the member for their own seat.

    Leading and being charged to inform end with it, and so does the place of whoever stood in
    for this seat. Raises Refused or NotFound.
    """
    if employment_id == unit.actor.employment_id:
        await own_act(unit, situation_id, Act.CIRCLE_LEFT)
    else:
        await grants(unit, situation_id, Act.CIRCLE_LEFT, employment_id)
    for model in (CircleMembership, LeadDesignation, InformingDesignation, RenewalRequest):
        await end_facts(unit, model, situation_id, employment_id=employment_id)
    await end_facts(unit, CircleMembership, situation_id, substitutes_for=employment_id)
    await end_invitations(unit, situation_id, substitutes_for=employment_id)


async def suspend_circle(unit: Unit, situation_id: UUID) -> None:
    """Suspend every member but the lead: the general agreement was withdrawn (settled.md 5).

    The coordinator belongs by office and is not suspended; invitations that wait are withdrawn;
    guests, who have no place to restore, are no longer. The caller has decided.
    """
    await end_facts(unit, GuestGrant, situation_id)
    leads = {row.employment_id for row in await current(unit, LeadDesignation, situation_id)}
    for row in await current(unit, CircleMembership, situation_id):
        if row.employment_id in leads or row.suspended:
            continue
        await end_facts(unit, CircleMembership, situation_id, employment_id=row.employment_id)
        await write_fact(
            unit,
            CircleMembership,
            situation_id,
            valid_to=row.valid_to,
            employment_id=row.employment_id,
            reason=row.reason,
            suspended=True,
            substitutes_for=row.substitutes_for,
        )
    await end_invitations(unit, situation_id)


async def end_circle(unit: Unit, situation_id: UUID) -> None:
    """End every place, lead, charge, guest access and invitation: the situation closes.

    The caller has decided.
    """
    for model in (
        CircleMembership,
        LeadDesignation,
        InformingDesignation,
        Mission,
        GuestGrant,
        RenewalRequest,
    ):
        await end_facts(unit, model, situation_id)
    await end_invitations(unit, situation_id)


async def end_invitations(
    unit: Unit,
    situation_id: UUID,
    state: InvitationState = InvitationState.WITHDRAWN,
    *,
    answer: str = "",
    **where: object,
) -> int:
    """Give the invitations that wait for an answer their last state; return how many waited."""
    waiting = await end_facts(
        unit, CircleInvitation, situation_id, state=InvitationState.PENDING, **where
    )
    for row in waiting:
        await write_fact(
            unit,
            CircleInvitation,
            situation_id,
            employment_id=row.employment_id,
            invitation_id=row.invitation_id,
            invited_by=row.invited_by,
            reason=row.reason,
            until=row.until,
            substitutes_for=row.substitutes_for,
            state=state,
            answer=answer,
        )
    return len(waiting)
