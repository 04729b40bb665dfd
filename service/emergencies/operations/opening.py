"""Opening an emergency access, and closing one's own.

One transaction writes the paper, decides, records, does what it owes and opens: what cannot be
recorded does not open. From the situation's page for those who know it; by its reference for a
seat on call outside the circle.
"""

from datetime import timedelta
from uuid import UUID

from audit.event import Act, Outcome
from policies.vocabulary import Action, Fact, Obligation, Office, Section
from service import jobs
from service.access import emergency, gate, record
from service.access.facts import SituationFacts
from service.database import new_id
from service.emergencies.operations import attempts, paper
from service.emergencies.rules import (
    REVIEWED_WITHIN,
    SECTIONS,
    needs_second_person,
    request_problems,
)
from service.emergencies.schemas import NewEmergency, NewEmergencyByReference, Offer, Opened
from service.errors import Conflict, Invalid, Refused
from service.partners import operations as partners
from service.sharing import operations as sharing
from service.situations.operations.names import situation_called
from service.unit import Unit


async def offer(unit: Unit, situation_id: UUID) -> Offer:
    """Return what the actor may open on a situation that they know; recorded.

    Raises Refused or NotFound.
    """
    facts = await sharing.facts_about(unit, situation_id)
    await gate.permit(
        unit, facts, Action.SEE, Section.SITUATION, act=Act.EMERGENCY_READ, obj={"k": "emergency"}
    )
    offered = _offered(facts)
    if not offered:
        await emergency.permit_emergency(unit, facts, SECTIONS, act=Act.EMERGENCY_READ)
    return await _offer(unit, facts, offered)


async def offer_on_call(unit: Unit) -> Offer:
    """Return what a seat on call may open before it names a situation; recorded. Raises Refused."""
    facts = await _on_call(unit)
    await record.note(unit, Act.EMERGENCY_READ, obj={"k": "emergency"}, role=gate.role_of(facts))
    return await _offer(unit, facts, _offered(facts))


async def open_emergency(unit: Unit, situation_id: UUID, wanted: NewEmergency) -> Opened:
    """Open sections of a situation that the actor knows, for the hours asked.

    The third access of a seat in thirty days opens nothing until a second person grants it. Sent
    twice, it is one. Raises Invalid, Refused or NotFound, Conflict.
    """
    _check(wanted)
    await partners.hold_seat(unit, unit.actor.employment_id)
    facts = await sharing.facts_about(unit, situation_id, exclusive=True)
    known = gate.sees(facts)
    if not known.allowed:
        await gate.refuse(unit, facts, Act.EMERGENCY_OPENED, Section.SITUATION, known)
    return await _ask(unit, facts, wanted)


async def open_by_reference(unit: Unit, wanted: NewEmergencyByReference) -> Opened | None:
    """Open a situation that a seat on call knows only by its reference; None when it does not.

    A reference that is nobody's, a situation that is frozen or archived, a conflict of interest:
    the same None, counted and recorded by this very transaction, which must be committed. Raises
    Invalid, Refused to a seat that is not on call, TooMany after five in an hour.
    """
    _check(wanted)
    await partners.hold_seat(unit, unit.actor.employment_id)
    await _on_call(unit)
    await attempts.check(unit)
    reference = "".join(wanted.reference.split()).upper()
    named = await situation_called(unit.transaction, unit.clsm_id, reference)
    situation_id = named.situation_id if named else new_id()
    facts = await sharing.facts_about(unit, situation_id, exclusive=True)
    if not _opens(facts, wanted):
        await attempts.note(unit)
        await record.note(
            unit,
            Act.EMERGENCY_ASKED,
            out=Outcome.ERR,
            situations=(facts.situation_id,) if facts.exists else (),
            obj={"k": "emergency"},
            role=gate.role_of(facts),
            emergency=True,
        )
        return None
    return await _ask(unit, facts, wanted)


async def close_own(unit: Unit, situation_id: UUID) -> bool:
    """Close the actor's live accesses to a situation; return whether they still know of it.

    Raises Refused or NotFound, Conflict when none is open.
    """
    facts = await sharing.facts_about(unit, situation_id, exclusive=True)
    await gate.permit(
        unit, facts, Action.SEE, Section.SITUATION, act=Act.EMERGENCY_CLOSED, obj={"k": "emergency"}
    )
    seat = unit.actor.employment_id
    if not await sharing.end_emergency(unit, situation_id, employment_id=seat):
        raise Conflict("Aucun accès d'urgence n'est ouvert : il a pris fin de lui-même.")
    unit.emergency = None
    return not gate.rests_on_emergency(facts, Section.SITUATION, Action.SEE)


async def execute(
    unit: Unit, facts: SituationFacts, row: paper.Row, *, act: Act = Act.EMERGENCY_OPENED
) -> Opened:
    """Open what a paper asks for its seat: decide, record, do what it owes, write the fact."""
    sections = paper.sections_of(row)
    now = unit.now()
    until = now + timedelta(hours=row.hours)
    told = await overseers(unit, facts) - {row.employment_id}

    async def tell_coordinator() -> None:
        await jobs.notify(unit, sorted(told), jobs.Kind.EMERGENCY_OPENED)

    async def ask_review() -> None:
        await paper.change(unit, row.access_id, review_by=now + REVIEWED_WITHIN)

    async def tell_person() -> None:
        await paper.change(unit, row.access_id, tell_by=now + REVIEWED_WITHIN)

    await emergency.permit_emergency(
        unit,
        facts,
        sections,
        act=act,
        duties={
            Obligation.TELL_COORDINATOR: tell_coordinator,
            Obligation.ASK_REVIEW: ask_review,
            Obligation.TELL_PERSON_7_DAYS: tell_person,
        },
        about={"seat": str(row.employment_id), "access": str(row.access_id)},
    )
    await paper.change(unit, row.access_id, opened_at=now)
    await sharing.write_emergency(
        unit, row.situation_id, row.employment_id, row.access_id, sections, until
    )
    return Opened(access_id=row.access_id, situation_id=row.situation_id, until=until)


async def overseers(unit: Unit, facts: SituationFacts) -> frozenset[UUID]:
    """Return who is told at once: the coordinators of the cell, the DPO."""
    coordinators = await partners.holders(unit, Office.COORDINATOR, facts.cell_id)
    return coordinators | await partners.holders(unit, Office.DPO)


async def _ask(unit: Unit, facts: SituationFacts, wanted: NewEmergency) -> Opened:
    before = await paper.find(unit, wanted.access_id)
    if before is not None:
        return await _again(unit, facts, before)
    if not _opens(facts, wanted):
        await emergency.permit_emergency(unit, facts, wanted.sections, act=Act.EMERGENCY_OPENED)
    lately = await paper.opened_lately(unit, unit.actor.employment_id)
    second = needs_second_person(lately)
    await record.keys_made(unit, facts.situation_id, (paper.BOX,))
    await paper.write(unit, facts, wanted, second_person=second)
    row = await paper.find(unit, wanted.access_id)
    if not second:
        return await execute(unit, facts, row)
    await emergency.permit_emergency(unit, facts, wanted.sections, act=Act.EMERGENCY_ASKED)
    await jobs.notify(
        unit, sorted(await _second_people(unit, facts, wanted)), jobs.Kind.EMERGENCY_TO_APPROVE
    )
    return Opened(access_id=wanted.access_id, situation_id=facts.situation_id, until=None)


async def _again(unit: Unit, facts: SituationFacts, row: paper.Row) -> Opened:
    """Answer the same demand sent twice as the first time; it is nobody else's."""
    if (row.employment_id, row.situation_id) != (unit.actor.employment_id, facts.situation_id):
        raise Conflict("Cette demande a déjà servi : rechargez la page.")
    ends = await sharing.emergency_ends(unit, [row.access_id])
    until = paper.ends_or_ended(row, ends) if row.opened_at else None
    return Opened(access_id=row.access_id, situation_id=row.situation_id, until=until)


async def _second_people(
    unit: Unit, facts: SituationFacts, wanted: NewEmergency
) -> frozenset[UUID]:
    """Return who may grant it: those who could open the same, the coordinators, the DPO."""
    around = await sharing.access_map(unit, facts.situation_id)
    could = {one.employment_id for one in around if _opens(one.facts, wanted)}
    people = could | await partners.seats_on_call(unit) | await overseers(unit, facts)
    return frozenset(people - {unit.actor.employment_id})


async def _on_call(unit: Unit) -> SituationFacts:
    """Return the facts of a seat on call about no situation. Raises Refused, recorded."""
    facts = await sharing.facts_about(unit, new_id())
    if not facts.common & Fact.ON_CALL or not _offered(facts):
        await record.note(
            unit,
            Act.EMERGENCY_ASKED,
            out=Outcome.DENY,
            obj={"k": "emergency"},
            role=gate.role_of(facts),
        )
        told = gate.tell(facts, Section.IDENTITY_CONTACT, Action.OPEN_EMERGENCY)
        raise Refused(told.reasons or ("Votre poste n'est pas d'astreinte en ce moment.",))
    return facts


async def _offer(unit: Unit, facts: SituationFacts, offered: tuple[Section, ...]) -> Offer:
    opened = emergency.would_read(facts, offered)
    lately = await paper.opened_lately(unit, unit.actor.employment_id)
    return Offer(
        levels=tuple((section, opened[section].level) for section in offered),
        opened_lately=lately,
        second_person=needs_second_person(lately),
        open_until=facts.emergency_until,
    )


def _offered(facts: SituationFacts) -> tuple[Section, ...]:
    return tuple(one for one in SECTIONS if emergency.may_open(facts, one).allowed)


def _opens(facts: SituationFacts, wanted: NewEmergency) -> bool:
    return facts.exists and set(wanted.sections) <= set(_offered(facts))


def _check(wanted: NewEmergency) -> None:
    problems = request_problems(wanted.reason_code, wanted.basis, wanted.hours, wanted.reason)
    if not wanted.sections or not set(wanted.sections) <= set(SECTIONS):
        problems["sections"] = "Choisissez au moins une des rubriques proposées."
    if len(set(wanted.sections)) != len(wanted.sections):
        problems["sections"] = "Nommez chaque rubrique une seule fois."
    if problems:
        raise Invalid(problems)
