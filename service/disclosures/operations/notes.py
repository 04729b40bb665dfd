"""The note of CASF L.121-6-2: five fixed fields, nothing typed.

Only that it was made is kept: the identity is opened anew each time it is printed, by the gate
and for who may read section 1 then.
"""

from typing import Any
from uuid import UUID

from sqlalchemy import insert, select

from audit.event import Act, Outcome
from policies.vocabulary import Action, Column, Fact, Section
from service.access import gate, record
from service.access.facts import SituationFacts
from service.disclosures.models import MayorNote
from service.disclosures.operations.telling import tell_overseers
from service.disclosures.rules.notes import NEED, NOTE_LABELS, NoteTo, may_note
from service.disclosures.schemas.notes import MayorNoteView, NewNote, NoteForm
from service.errors import Conflict, Invalid, NotFound, Refused
from service.partners import operations as partners
from service.sharing import operations as sharing
from service.situations import operations as situations
from service.situations.operations.identity import LABEL
from service.situations.operations.names import situation_names
from service.unit import Unit

TO_DESIGNATE = "à désigner par le maire"
RESERVED = (
    "La note au maire est faite par un professionnel de l'action sociale qui intervient, ou par "
    "le coordonnateur désigné (L.121-6-2 CASF)."
)


async def prepare_note(unit: Unit, situation_id: UUID) -> NoteForm:
    """Return who may coordinate, and whether this seat may make the note or record the mayor's
    act; opens no content. Raises Refused or NotFound.
    """
    facts = await sharing.facts_about(unit, situation_id)
    grants = gate.allows(facts, Section.SITUATION, Action.GRANT)
    if not grants:
        await _may_note(unit, facts, Act.REPORT_PREPARED)
    await gate.permit(
        unit,
        facts,
        Action.REPORT,
        Section.SITUATION,
        act=Act.REPORT_PREPARED,
        obj={"k": "mayor_note"},
    )
    designated = await sharing.social_coordinator(unit, situation_id)
    return NoteForm(
        coordinators=await _eligible(unit, situation_id),
        designated=designated,
        may_designate=grants,
        may_note=may_note(
            facts, designated=await sharing.is_social_coordinator(unit, situation_id)
        ),
    )


async def make_note(unit: Unit, situation_id: UUID, said: NewNote) -> UUID:
    """Record a note to the mayor or to the president of the département; sent twice, once.

    By a social-action professional of the situation or the coordinator designated under
    L.121-6-2, who may read section 1. The coordinator of the cell and the DPO are told. Raises
    Refused or NotFound, Invalid.
    """
    facts = await sharing.facts_about(unit, situation_id)
    await _may_note(unit, facts, Act.MAYOR_NOTE_MADE)
    if said.recipient not in set(NoteTo):
        raise Invalid({"recipient": "Choisissez le maire ou la présidence du département."})
    known = {one for one, _ in await _eligible(unit, situation_id)}
    if said.coordinator_id is not None and said.coordinator_id not in known:
        raise Invalid({"coordinator_id": "Choisissez un professionnel du cercle."})
    before = await _row(unit, said.note_id)
    if before is not None:
        if (before.situation_id, before.employment_id) != (
            situation_id,
            unit.actor.employment_id,
        ):
            raise Conflict
        return said.note_id
    await unit.transaction.execute(
        insert(MayorNote).values(
            clsm_id=unit.clsm_id,
            note_id=said.note_id,
            situation_id=situation_id,
            employment_id=unit.actor.employment_id,
            recipient=said.recipient,
            coordinator_id=said.coordinator_id,
            made_at=unit.now(),
        )
    )
    await gate.permit(
        unit,
        facts,
        Action.READ,
        Section.IDENTITY_CONTACT,
        act=Act.MAYOR_NOTE_MADE,
        obj={"k": "mayor_note", "id": str(said.note_id), "to": said.recipient},
    )
    await tell_overseers(unit, facts)
    return said.note_id


async def read_note(unit: Unit, situation_id: UUID, note_id: UUID) -> MayorNoteView:
    """Return the five fields of one's own note, to print; recorded.

    Raises NotFound for anyone else's; Refused once this seat may no longer read section 1.
    """
    row = await _row(unit, note_id)
    own = row is not None and (row.situation_id, row.employment_id) == (
        situation_id,
        unit.actor.employment_id,
    )
    if not own:
        await record.note(unit, Act.REPORT_READ, out=Outcome.DENY, obj={"k": "mayor_note"})
        raise NotFound
    facts = await sharing.facts_about(unit, situation_id)
    permit = await gate.permit(
        unit,
        facts,
        Action.READ,
        Section.IDENTITY_CONTACT,
        act=Act.REPORT_READ,
        boxes=(LABEL,),
        obj={"k": "mayor_note", "id": str(note_id)},
    )
    card = await situations.open_card(unit, situation_id, permit)
    names = await situation_names(unit.transaction, unit.clsm_id, [situation_id])
    named = await partners.names_of(unit, [row.coordinator_id] if row.coordinator_id else [])
    chosen = named.get(row.coordinator_id)
    return MayorNoteView(
        note_id=note_id,
        situation_id=situation_id,
        reference=names[situation_id].reference,
        recipient_label=NOTE_LABELS[row.recipient],
        identity=card.name if card else "",
        address=card.address if card else "",
        need=NEED,
        coordinator=chosen.in_full if chosen else TO_DESIGNATE,
        made_on=row.made_at,
    )


async def _may_note(unit: Unit, facts: SituationFacts, act: Act) -> None:
    """Raise Refused or NotFound unless L.121-6-2 names this seat and section 1 is open to it."""
    if not facts.exists or not gate.allows(facts, Section.SITUATION, Action.REPORT):
        await gate.permit(unit, facts, Action.REPORT, Section.SITUATION, act=act)
    designated = await sharing.is_social_coordinator(unit, facts.situation_id)
    if not may_note(facts, designated=designated):
        await record.note(
            unit,
            act,
            situations=(facts.situation_id,),
            out=Outcome.DENY,
            obj={"k": "mayor_note"},
            role=str(facts.column),
        )
        raise Refused(
            (RESERVED,),
            "Parlez-en à la coordination de la cellule.",
        )
    if not gate.allows(facts, Section.IDENTITY_CONTACT, Action.READ):
        await gate.permit(unit, facts, Action.READ, Section.IDENTITY_CONTACT, act=act)


async def _eligible(unit: Unit, situation_id: UUID) -> tuple[tuple[UUID, str], ...]:
    """Return the professionals who intervene and are bound to secrecy, coordination apart."""
    around = await sharing.access_map(unit, situation_id)
    bound = Fact.CIRCLE | Fact.PROFESSIONAL_SECRECY
    return tuple(
        (one.employment_id, one.name.in_full)
        for one in around
        if one.facts.common & bound == bound and one.facts.column is not Column.COORD
    )


async def _row(unit: Unit, note_id: UUID) -> Any:
    statement = select(MayorNote.__table__).where(
        MayorNote.clsm_id == unit.clsm_id, MayorNote.note_id == note_id
    )
    return (await unit.transaction.execute(statement)).first()
