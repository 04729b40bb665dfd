"""Emergency accesses as each seat may see them: its own, its cells', those of the CLSM."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any, Final, NoReturn
from uuid import UUID

from audit.event import Act, Outcome
from policies.vocabulary import Action, Column, Section
from service.access import emergency, gate, record
from service.emergencies.operations import paper
from service.emergencies.operations.relation import (
    OVERSEES,
    READS_REVIEWS,
    READS_TEXTS,
    Related,
    Tie,
    tie,
)
from service.emergencies.rules import Standing, standing
from service.emergencies.schemas import AccessPage, EmergencyLine, ReviewView, Said, Tally
from service.encryption.permit import Permit
from service.errors import NotFound
from service.partners import operations as partners
from service.partners.operations import SeatName
from service.sharing import operations as sharing
from service.situations.operations.names import SituationName, situation_names
from service.unit import Unit

MOST_LINES: Final = 200
"""Lines of a list: those that wait first. A cell sees a few a year."""


async def list_emergencies(unit: Unit) -> tuple[EmergencyLine, ...]:
    """Return the accesses that this seat may know of, recorded: its own; those of its cells, for
    the coordinator; all, for the DPO and, without names nor references, for the auditor; those
    that it may grant.
    """
    lines = await _lines(unit)
    known = tuple(dict.fromkeys(line.situation_id for line in lines if line.situation_id))
    await gate.permit_list(unit, [(one, ()) for one in known], act=Act.EMERGENCY_READ)
    return lines


async def tally(unit: Unit) -> Tally:
    """Return what a first page says: counts, and the actor's own live accesses."""
    lines = await _lines(unit)
    overseen = [line for line in lines if not line.own]
    return Tally(
        open=_count(overseen, Standing.OPEN),
        to_review=_count(overseen, Standing.TO_REVIEW, Standing.LATE),
        late=_count(overseen, Standing.LATE),
        to_answer=_count(overseen, Standing.ASKED),
        own_open=tuple(
            line for line in lines if line.own and line.ends_at and unit.now() < line.ends_at
        ),
    )


async def read_emergency(unit: Unit, access_id: UUID) -> AccessPage:
    """Return one access with its reason and its review, as far as this seat may; recorded.

    Raises NotFound to whoever it is nothing to.
    """
    found = await related(unit, access_id, Act.EMERGENCY_READ)
    if found.tie not in READS_TEXTS:
        await absent(unit, found, Act.EMERGENCY_READ)
    permit = await _permit_texts(unit, found)
    row = found.row
    ends = await sharing.emergency_ends(unit, [access_id])
    reviewed = (await paper.reviews(unit, [access_id])).get(access_id)
    around = await sharing.access_map(unit, row.situation_id)
    seats = {row.employment_id, row.answered_by}
    if reviewed is not None:
        seats |= {reviewed.employment_id, reviewed.told_by}
    names = await partners.names_of(unit, [one for one in seats if one])
    called = await situation_names(unit.transaction, unit.clsm_id, [row.situation_id])
    line = _line(unit, row, found.tie, ends, reviewed, names, called)
    await unit.keyring.load(unit.clsm_id, [(row.situation_id, paper.BOX)])
    place = paper.reason_place(unit.clsm_id, row.situation_id, access_id)
    oversees = found.tie in OVERSEES
    opener = (row.employment_id, names[row.employment_id].in_full)
    return AccessPage(
        line=line,
        reason=unit.keyring.open(row.content, place, permit, str),
        answered_by=_name(names, row.answered_by, found.tie),
        answered_at=row.answered_at,
        review=_review(unit, found, reviewed, names, permit) if reviewed is not None else None,
        may_answer=line.standing is Standing.ASKED
        and found.tie in {Tie.SECOND, Tie.COORDINATOR, Tie.DPO},
        may_close=oversees and line.standing is Standing.OPEN,
        may_review=oversees and line.standing in {Standing.TO_REVIEW, Standing.LATE},
        tellers=tuple(
            dict([opener, *((one.employment_id, one.name.in_full) for one in around)]).items()
        )
        if oversees
        else (),
    )


async def related(unit: Unit, access_id: UUID, act: Act) -> Related:
    """Return an access and what ties the actor to it; locked when the act writes.

    Raises NotFound, recorded, when there is none.
    """
    row = await paper.find(unit, access_id)
    if row is None:
        await record.note(unit, act, out=Outcome.DENY, obj={"k": "emergency"})
        raise NotFound
    facts = await sharing.facts_about(unit, row.situation_id, exclusive=True)
    row = await paper.find(unit, access_id)
    where = _standing(row, {}, None, unit.now())
    return Related(row, facts, tie(unit, row, facts, where))


async def _lines(unit: Unit) -> tuple[EmergencyLine, ...]:
    rows = await paper.newest(unit, MOST_LINES)
    if not rows:
        return ()
    ids = [row.access_id for row in rows]
    situations = list(dict.fromkeys(row.situation_id for row in rows))
    facts = await sharing.facts_about_many(unit, situations)
    ends = await sharing.emergency_ends(unit, ids)
    reviewed = await paper.reviews(unit, ids)
    now = unit.now()
    ties = {
        row.access_id: tie(
            unit,
            row,
            facts[row.situation_id],
            _standing(row, ends, reviewed.get(row.access_id), now),
        )
        for row in rows
    }
    mine = [row for row in rows if ties[row.access_id] is not Tie.NONE]
    names = await partners.names_of(unit, {row.employment_id for row in mine})
    called = await situation_names(
        unit.transaction, unit.clsm_id, {row.situation_id for row in mine}
    )
    return tuple(
        _line(unit, row, ties[row.access_id], ends, reviewed.get(row.access_id), names, called)
        for row in mine
    )


def _line(  # noqa: PLR0913 — what a line is made of
    unit: Unit,
    row: paper.Row,
    tied: Tie,
    ends: dict[UUID, datetime],
    reviewed: Any,
    names: Mapping[UUID, SeatName],
    called: Mapping[UUID, SituationName],
) -> EmergencyLine:
    named = called[row.situation_id]
    audits = tied is Tie.AUDITOR
    return EmergencyLine(
        access_id=row.access_id,
        situation_id=None if audits else row.situation_id,
        reference="" if audits else named.reference,
        alias=named.alias if tied in OVERSEES else "",
        who=_name(names, row.employment_id, tied),
        sections=paper.sections_of(row),
        reason_code=row.reason_code,
        basis=row.basis,
        hours=row.hours,
        standing=_standing(row, ends, reviewed, unit.now()),
        own=tied is Tie.OWN,
        asked_at=row.asked_at,
        opened_at=row.opened_at,
        ends_at=paper.ends_or_ended(row, ends) if row.opened_at else None,
        review_by=row.review_by,
        second_person=row.second_person,
    )


def _standing(row: paper.Row, ends: dict[UUID, datetime], reviewed: Any, now: datetime) -> Standing:
    return standing(
        asked_at=row.asked_at,
        granted=row.granted,
        opened_at=row.opened_at,
        ends_at=paper.ends_or_ended(row, ends),
        review_by=row.review_by,
        reviewed=reviewed is not None,
        now=now,
    )


def _name(names: Mapping[UUID, SeatName], employment_id: UUID | None, tied: Tie) -> str:
    """Return how a seat is called; to the auditor, a function and an organisation."""
    if employment_id is None:
        return ""
    name = names[employment_id]
    return f"{name.title}, {name.organisation}" if tied is Tie.AUDITOR else name.in_full


def _review(
    unit: Unit, found: Related, reviewed: Any, names: Mapping[UUID, SeatName], permit: Permit
) -> ReviewView:
    row = found.row
    said = Said()
    if found.tie in READS_REVIEWS:
        place = paper.review_place(unit.clsm_id, row.situation_id, row.access_id)
        said = unit.keyring.open(reviewed.content, place, permit, Said)
    return ReviewView(
        outcome=reviewed.outcome,
        reviewed_at=reviewed.reviewed_at,
        by=_name(names, reviewed.employment_id, found.tie),
        told_on=reviewed.told_on,
        told_by=_name(names, reviewed.told_by, found.tie),
        means=reviewed.means,
        remarks=said.remarks,
        not_told=said.not_told,
        late=row.review_by is not None and reviewed.reviewed_at >= row.review_by,
    )


async def _permit_texts(unit: Unit, found: Related) -> Permit:
    facts, act, boxes = found.facts, Act.EMERGENCY_READ, (paper.BOX,)
    said = {"k": "emergency", "a": "read"}
    if found.tie is Tie.OWN:
        return await gate.permit_own(
            unit, act=act, situation_id=facts.situation_id, boxes=boxes, obj=said
        )
    if found.tie is Tie.SECOND:
        sections = paper.sections_of(found.row)
        return await emergency.permit_emergency(unit, facts, sections, act=act, boxes=boxes)
    coordinates = facts.column is Column.COORD
    return await gate.permit(
        unit,
        facts,
        Action.GRANT if coordinates else Action.READ_REGISTER,
        Section.SITUATION if coordinates else Section.ACCESS_REGISTER,
        act=act,
        boxes=boxes,
        obj=said,
    )


async def absent(unit: Unit, found: Related, act: Act) -> NoReturn:
    """Record a refusal, and answer as if there were no such access."""
    await record.note(
        unit,
        act,
        situations=(found.facts.situation_id,),
        out=Outcome.DENY,
        obj={"k": "emergency"},
        role=gate.role_of(found.facts),
    )
    raise NotFound


def _count(lines: Iterable[EmergencyLine], *standings: Standing) -> int:
    return sum(line.standing in standings for line in lines)
