"""The circle as its page shows it, and the seats that may be called into it."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select

from audit.event import Act, Outcome
from policies.vocabulary import Action, Column, Fact, Section
from service.access import gate, record
from service.access.facts import SituationFacts
from service.database import FOREVER
from service.errors import Refused
from service.partners import operations as partners
from service.sharing.models import (
    CircleMembership,
    ConflictOfInterest,
    InformingDesignation,
    RenewalRequest,
)
from service.sharing.operations.course import exception_of
from service.sharing.operations.dated import current
from service.sharing.operations.facts import CLOSED, facts_about
from service.sharing.operations.guests import is_only_a_guest
from service.sharing.operations.invitations import invitations_of
from service.sharing.operations.places import AROUND
from service.sharing.operations.seating import access_map
from service.sharing.rules.invitations import RENEWAL_DUE
from service.sharing.schemas import CircleView, Member, SeatAccess, SeatChoice
from service.unit import Unit


async def _is_around(unit: Unit, facts: SituationFacts) -> None:
    """Raise Refused, recorded, for a seat that knows of the situation from outside its circle."""
    if facts.common & AROUND:
        return
    await record.note(
        unit,
        Act.CIRCLE_READ,
        situations=(facts.situation_id,),
        out=Outcome.DENY,
        obj={"k": "circle"},
        role=gate.role_of(facts),
    )
    raise Refused(("Le cercle est montré à ceux qui en font partie.",))


async def read_circle(unit: Unit, situation_id: UUID) -> CircleView:
    """Return the circle as it stands and what this seat may do with it; recorded.

    Conflicts and pledges are told to the coordinator, and to each for their own seat. Raises
    Refused or NotFound.
    """
    facts = await facts_about(unit, situation_id)
    await gate.permit(
        unit,
        facts,
        # A guest stays a stranger to the circle: only who grants could read it from there.
        Action.GRANT if is_only_a_guest(facts) else Action.SEE,
        Section.SITUATION,
        act=Act.CIRCLE_READ,
        obj={"k": "circle"},
    )
    await _is_around(unit, facts)
    grantor = gate.allows(facts, Section.SITUATION, Action.GRANT)
    conflicts = await current(unit, ConflictOfInterest, situation_id)
    around = await access_map(unit, situation_id)
    rows = await _places(unit, situation_id)
    now = unit.now()
    live = [row for row in rows if row.valid_from <= now < row.valid_to]
    over = [row for row in rows if row.valid_to <= now]
    told = {one.employment_id: one for one in around}
    seats = {row.employment_id for row in (*rows, *conflicts)}
    seats |= {row.substitutes_for for row in rows if row.substitutes_for}
    seats -= set(told)
    names = {key: one.name for key, one in told.items()}
    names |= await partners.names_of(unit, seats)
    here = {row.employment_id for row in live}
    ended = {row.employment_id: row for row in over if row.employment_id not in here}
    described = _Described(
        rows=rows,
        names=names,
        told=told,
        full=grantor,
        own=facts,
        now=now,
        pledges=await partners.pledges_until(unit, here),
        asked={row.employment_id for row in await current(unit, RenewalRequest, situation_id)},
        conflicts={row.employment_id: row.valid_from for row in conflicts},
    )
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
        exception=await exception_of(unit, situation_id),
        invitations=await invitations_of(unit, situation_id) if grantor else (),
        conflicts=tuple(
            (row.employment_id, names[row.employment_id].in_full, row.valid_from)
            for row in conflicts
            if grantor and row.employment_id not in here
        ),
    )


async def candidates(
    unit: Unit, situation_id: UUID, organisation_id: UUID | None
) -> tuple[dict[UUID, str], tuple[SeatChoice, ...], dict[UUID, str]]:
    """Return the organisations that have seats here and, of one of them, the seats to choose.

    Those already in the circle are marked; then the members that someone may stand in for. By
    the coordinator: raises Refused or NotFound.
    """
    facts = await facts_about(unit, situation_id)
    await gate.permit(
        unit, facts, Action.GRANT, Section.SITUATION, act=Act.CIRCLE_READ, obj={"k": "circle"}
    )
    rows = [row for row in await partners.seat_rows(unit) if partners.holds_now(row, unit.now())]
    organisations = {row.organisation_id: str(row.organisation) for row in rows}
    places = await current(unit, CircleMembership, situation_id)
    here = {row.employment_id for row in places}
    replaceable = {
        row.employment_id for row in places if not row.suspended and row.substitutes_for is None
    }
    choices = tuple(
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
    names = await partners.names_of(unit, replaceable)
    members = {key: name.in_full for key, name in names.items()}
    return organisations, choices, members


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

    def __init__(  # noqa: PLR0913 — what a place is described by
        self,
        *,
        rows: Sequence[Any],
        names: Mapping[UUID, partners.SeatName],
        told: Mapping[UUID, SeatAccess],
        full: bool,
        own: SituationFacts,
        now: datetime,
        pledges: Mapping[UUID, datetime],
        asked: Collection[UUID],
        conflicts: Mapping[UUID, datetime],
    ) -> None:
        self._rows = rows
        self._names = names
        self._told = told
        self._full = full
        self._own = own
        self._now = now
        self._pledges = pledges
        self._asked = asked
        self._conflicts = conflicts

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
            substitutes_for=self._names[row.substitutes_for].name if row.substitutes_for else "",
            own=own,
            unpledged=told and access is not None and not facts & Fact.PLEDGE,
            pledge_until=self._pledges.get(row.employment_id) if told else None,
            seat_over=told and access is not None and not facts & Fact.TERRITORY,
            ends_soon=told and row.valid_to - self._now <= RENEWAL_DUE,
            asked=told and row.employment_id in self._asked,
            conflict=told and row.employment_id in self._conflicts,
            conflict_since=self._conflicts.get(row.employment_id) if told else None,
        )

    def _since(self, row: Any) -> datetime:
        """Return when the seat came, renewals apart: places that touch are one stay."""
        since: datetime = row.valid_from
        mine = [one for one in self._rows if one.employment_id == row.employment_id]
        for one in sorted(mine, key=lambda one: one.valid_from, reverse=True):
            if one.valid_to == since:
                since = one.valid_from
        return since
