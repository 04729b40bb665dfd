"""The circle of a situation: who belongs to it, why, from when to when."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select

from audit.event import Act
from policies.vocabulary import Action, Column, Fact, Section
from service.access import gate
from service.access.facts import SituationFacts
from service.database import FOREVER
from service.errors import Conflict, Invalid
from service.partners import operations as partners
from service.sharing.models import (
    CircleMembership,
    InformingDesignation,
    LeadDesignation,
    Mission,
)
from service.sharing.operations.dated import current, end_facts, write_fact
from service.sharing.operations.facts import CLOSED, facts_about
from service.sharing.operations.places import grants, may_take_a_place, own_act, seat_facts_in
from service.sharing.operations.seating import access_map
from service.sharing.rules import checked_reason, circle_ends
from service.sharing.schemas import CircleView, Member, SeatAccess, SeatChoice
from service.unit import Unit


async def join_circle(
    unit: Unit,
    situation_id: UUID,
    employment_id: UUID,
    reason: str,
    *,
    until: datetime | None = None,
) -> datetime:
    """Give a seat its place in the circle until six months from now, or earlier; return the end.

    The coordinator of the cell grants it. Raises Refused or NotFound; Invalid when the seat
    does not exist in this CLSM or may belong to no circle, or when the end is not after now;
    Conflict when it is already a member or the situation is over.
    """
    why = checked_reason(reason)
    facts = await grants(unit, situation_id, Act.CIRCLE_JOINED, employment_id)
    _still_open(facts)
    now = unit.now()
    ends = circle_ends(now) if until is None else until
    if not now < ends <= circle_ends(now):
        raise Invalid({"until": "Choisissez une fin à venir, à six mois au plus."})
    may_take_a_place(await seat_facts_in(unit, situation_id, employment_id))
    if await current(unit, CircleMembership, situation_id, employment_id=employment_id):
        raise Conflict("Ce poste est déjà membre du cercle : prolongez sa place.")
    await write_fact(
        unit,
        CircleMembership,
        situation_id,
        valid_to=ends,
        employment_id=employment_id,
        reason=why,
        suspended=False,
    )
    return ends


async def renew_circle(unit: Unit, situation_id: UUID, employment_id: UUID) -> datetime:
    """Prolong a place by six months from now, or restore one suspended; return the new end.

    Raises Refused or NotFound, Invalid for a seat that was never a member, Conflict when the
    situation is over.
    """
    facts = await grants(unit, situation_id, Act.CIRCLE_RENEWED, employment_id)
    _still_open(facts)
    may_take_a_place(await seat_facts_in(unit, situation_id, employment_id))
    reason = await _last_reason(unit, situation_id, employment_id)
    await end_facts(unit, CircleMembership, situation_id, employment_id=employment_id)
    ends = circle_ends(unit.now())
    await write_fact(
        unit,
        CircleMembership,
        situation_id,
        valid_to=ends,
        employment_id=employment_id,
        reason=reason,
        suspended=False,
    )
    return ends


def _still_open(facts: SituationFacts) -> None:
    if facts.state in CLOSED:
        raise Conflict("La situation n'est plus suivie : son cercle a pris fin.")


async def _last_reason(unit: Unit, situation_id: UUID, employment_id: UUID) -> str:
    reason = (
        await unit.transaction.execute(
            select(CircleMembership.reason)
            .where(
                CircleMembership.clsm_id == unit.clsm_id,
                CircleMembership.situation_id == situation_id,
                CircleMembership.employment_id == employment_id,
                CircleMembership.superseded_at == FOREVER,
            )
            .order_by(CircleMembership.valid_to.desc())
            .limit(1)
        )
    ).scalar_one_or_none()
    if reason is None:
        raise Invalid({"employment_id": "Ce poste n'a jamais été membre de ce cercle."})
    return str(reason)


async def leave_circle(unit: Unit, situation_id: UUID, employment_id: UUID) -> None:
    """End a place now: by the coordinator, or by the member for their own seat.

    Leading and being charged to inform end with it. Raises Refused or NotFound.
    """
    if employment_id == unit.actor.employment_id:
        await own_act(unit, situation_id, Act.CIRCLE_LEFT)
    else:
        await grants(unit, situation_id, Act.CIRCLE_LEFT, employment_id)
    for model in (CircleMembership, LeadDesignation, InformingDesignation):
        await end_facts(unit, model, situation_id, employment_id=employment_id)


async def suspend_circle(unit: Unit, situation_id: UUID) -> None:
    """Suspend every member but the lead: the general agreement was withdrawn (settled.md 5).

    The coordinator belongs by office and is not suspended. The caller has decided.
    """
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
        )


async def end_circle(unit: Unit, situation_id: UUID) -> None:
    """End every place, lead and charge at once: the situation closes. The caller has decided."""
    for model in (CircleMembership, LeadDesignation, InformingDesignation, Mission):
        await end_facts(unit, model, situation_id)


async def read_circle(unit: Unit, situation_id: UUID) -> CircleView:
    """Return the circle as it stands and what this seat may do with it; recorded.

    Conflicts and pledges are told to the coordinator, and to each for their own seat. Raises
    Refused or NotFound.
    """
    facts = await facts_about(unit, situation_id)
    await gate.permit(
        unit,
        facts,
        Action.SEE,
        Section.SITUATION,
        act=Act.CIRCLE_READ,
        obj={"k": "circle"},
    )
    grantor = gate.allows(facts, Section.SITUATION, Action.GRANT)
    around = await access_map(unit, situation_id)
    rows = await _places(unit, situation_id)
    now = unit.now()
    live = [row for row in rows if row.valid_from <= now < row.valid_to]
    over = [row for row in rows if row.valid_to <= now]
    told = {one.employment_id: one for one in around}
    seats = {row.employment_id for row in rows} - set(told)
    names = {key: one.name for key, one in told.items()}
    names |= await partners.names_of(unit, seats)
    here = {row.employment_id for row in live}
    ended = {row.employment_id: row for row in over if row.employment_id not in here}
    described = _Described(rows=rows, names=names, told=told, full=grantor, own=facts)
    return CircleView(
        members=described.members(live),
        former=described.members(ended.values()),
        coordinators=tuple(one.name.in_full for one in around if one.facts.column is Column.COORD),
        informing=await _informing(unit, situation_id, names),
        missions=tuple(
            (one.employment_id, one.name.in_full)
            for one in around
            if one.facts.common & Fact.MISSION
        ),
        mode=facts.mode,
        state=facts.state,
        may_grant=grantor and facts.state not in CLOSED,
        may_leave=unit.actor.employment_id in here,
        own_conflict=bool(facts.common & Fact.CONFLICT),
        may_see_agreement=gate.allows(facts, Section.CONSENT_STATUS, Action.SEE_STATUS)
        or gate.allows(facts, Section.CONSENT_STATUS, Action.READ_OWN),
    )


async def candidates(
    unit: Unit, situation_id: UUID, organisation_id: UUID | None
) -> tuple[dict[UUID, str], tuple[SeatChoice, ...]]:
    """Return the organisations that have seats here and, of one of them, the seats to choose.

    Those already in the circle are marked. By the coordinator: raises Refused or NotFound.
    """
    facts = await facts_about(unit, situation_id)
    await gate.permit(
        unit, facts, Action.GRANT, Section.SITUATION, act=Act.CIRCLE_READ, obj={"k": "circle"}
    )
    rows = [row for row in await partners.seat_rows(unit) if partners.holds_now(row, unit.now())]
    organisations = {row.organisation_id: str(row.organisation) for row in rows}
    here = {row.employment_id for row in await current(unit, CircleMembership, situation_id)}
    return organisations, tuple(
        SeatChoice(
            employment_id=row.employment_id,
            name=row.name,
            title=row.title,
            organisation=row.organisation,
            member=row.employment_id in here,
        )
        for row in rows
        if row.organisation_id == organisation_id
    )


async def _places(unit: Unit, situation_id: UUID) -> Sequence[Any]:
    """Return every place as known now, past ones too, in the order of time."""
    table = CircleMembership.__table__
    statement = (
        select(table)
        .where(
            table.c.clsm_id == unit.clsm_id,
            table.c.situation_id == situation_id,
            table.c.superseded_at == FOREVER,
        )
        .order_by(table.c.valid_from)
    )
    return (await unit.transaction.execute(statement)).all()


async def _informing(
    unit: Unit, situation_id: UUID, names: Mapping[UUID, partners.SeatName]
) -> tuple[str, datetime] | None:
    rows = await current(unit, InformingDesignation, situation_id)
    if not rows:
        return None
    row = rows[0]
    known = names.get(row.employment_id)
    if known is None:
        known = (await partners.names_of(unit, [row.employment_id]))[row.employment_id]
    return known.in_full, row.valid_to


class _Described:
    """Turn places into what the page shows, no more than its reader may know."""

    def __init__(
        self,
        *,
        rows: Sequence[Any],
        names: Mapping[UUID, partners.SeatName],
        told: Mapping[UUID, SeatAccess],
        full: bool,
        own: SituationFacts,
    ) -> None:
        self._rows = rows
        self._names = names
        self._told = told
        self._full = full
        self._own = own

    def members(self, rows: Iterable[Any]) -> tuple[Member, ...]:
        """Return these places by organisation and name."""
        found = [self._member(row) for row in rows]
        return tuple(sorted(found, key=lambda one: (one.organisation, one.name)))

    def _member(self, row: Any) -> Member:
        name = self._names[row.employment_id]
        access = self._told.get(row.employment_id)
        facts = access.facts.common if access else Fact(0)
        own = self._own.employment_id == row.employment_id
        told = self._full or own
        return Member(
            employment_id=row.employment_id,
            name=name.name,
            title=name.title,
            organisation=name.organisation,
            reason=row.reason,
            valid_from=self._since(row),
            valid_to=row.valid_to,
            suspended=row.suspended,
            lead=bool(facts & Fact.LEAD),
            informing=bool(facts & Fact.INFORMING),
            column=str(access.facts.column) if access else "",
            own=own,
            unpledged=told and access is not None and not facts & Fact.PLEDGE,
            conflict=told and bool(facts & Fact.CONFLICT),
        )

    def _since(self, row: Any) -> datetime:
        """Return when the seat came, renewals apart: places that touch are one stay."""
        since: datetime = row.valid_from
        mine = [one for one in self._rows if one.employment_id == row.employment_id]
        for one in sorted(mine, key=lambda one: one.valid_from, reverse=True):
            if one.valid_to == since:
                since = one.valid_from
        return since
