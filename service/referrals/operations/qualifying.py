"""Qualification by the coordinator of the cell: queue, examination, duplicates, decision.

The coordinator reads the original but block I, of which they learn only that it was filled in;
the health co-facilitator reads block I alone (settled.md 4). On acceptance each block becomes
an entry of its author, resealed under its section's key without anyone reading it on the way.
"""

from collections.abc import Iterable, Mapping
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, or_, select

from audit.event import Act
from policies.vocabulary import Action, Office, Section
from service.access import gate, record
from service.access.facts import SituationFacts
from service.clock import PARIS
from service.database import revise
from service.encryption.blind_index import normalise
from service.encryption.permit import Permit
from service.errors import Conflict, Invalid
from service.partners import operations as partners
from service.referrals.form import Variant, blocks_of
from service.referrals.models import Referral
from service.referrals.operations import boxes
from service.referrals.operations.boxes import CHECKLIST, FORM, HEALTH, Row
from service.referrals.operations.sending import author_of, card_of, original_of, words_of
from service.referrals.rules import (
    ACCEPTING,
    HEALTH_BLOCK,
    QUEUED,
    Form,
    Outcome,
    State,
    check_decision,
    checked_checklist,
    clocks,
    content_of,
    entries_of,
    in_words,
    state_after,
    state_in_words,
    told,
    unanswered,
)
from service.referrals.schemas import (
    Candidate,
    Comparison,
    Decided,
    DecisionIn,
    Note,
    Original,
    Qualification,
    Queue,
    QueueLine,
    Told,
)
from service.sharing import operations as sharing
from service.sharing.rules import Mode
from service.situations import operations as situations
from service.situations.rules import State as SituationState
from service.situations.rules import Urgency
from service.situations.schemas import Card
from service.unit import Unit

MOST_IN_QUEUE = 100
QUALIFIERS = frozenset({Office.COORDINATOR, Office.HEALTH_COFACILITATOR})


async def read_queue(unit: Unit) -> Queue:
    """Return what waits for a decision in the actor's cells: codes and dates, no name.

    The most urgent first, then the oldest; a hundred at most. Offices are read now. Raises
    Refused to whoever neither coordinates a cell nor checks its health blocks.
    """
    offices = await partners.offices_of(unit)
    rows = (
        await unit.transaction.execute(
            select(*_QUEUE_COLUMNS)
            .where(
                Referral.clsm_id == unit.clsm_id,
                Referral.state.in_([str(state) for state in QUEUED]),
                _in_cells(offices),
            )
            .order_by(Referral.urgency.desc(), Referral.sent_at, Referral.referral_id)
            .limit(MOST_IN_QUEUE + 1)
        )
    ).all()
    shown = rows[:MOST_IN_QUEUE]
    ids = [row.situation_id for row in shown]
    facts = await sharing.facts_about_many(unit, ids) if ids else {}
    seen = [row for row in shown if gate.sees(facts[row.situation_id]).allowed]
    await gate.permit_office(
        unit,
        offices,
        QUALIFIERS,
        act=Act.REFERRAL_LISTED,
        situations=[row.situation_id for row in seen][:100],
        obj={"k": "queue"},
    )
    names = await partners.names_of(unit, {row.employment_id for row in seen})
    coordinates = Office.COORDINATOR in offices
    return Queue(
        lines=tuple(
            _queue_line(unit, row, names[row.employment_id].organisation, coordinates=coordinates)
            for row in seen
            if coordinates or row.health_given
        ),
        coordinates=coordinates,
        more=len(rows) > MOST_IN_QUEUE,
    )


_QUEUE_COLUMNS = (
    Referral.referral_id,
    Referral.situation_id,
    Referral.reference,
    Referral.state,
    Referral.urgency,
    Referral.sent_at,
    Referral.received_at,
    Referral.qualified_at,
    Referral.employment_id,
    Referral.health.is_not(None).label("health_given"),
)


def _in_cells(offices: Mapping[str, Iterable[UUID | None]]) -> ColumnElement[bool]:
    cells = {cell for office in QUALIFIERS for cell in offices.get(office, ())}
    if None in cells:
        return Referral.cell_id.is_not(None)
    return or_(Referral.cell_id.in_([cell for cell in cells if cell is not None]))


def _queue_line(unit: Unit, row: Row, organisation: str, *, coordinates: bool) -> QueueLine:
    return QueueLine(
        referral_id=row.referral_id,
        situation_id=row.situation_id,
        reference=row.reference,
        state=row.state,
        words=state_in_words(row.state),
        urgency=row.urgency,
        sent_at=row.sent_at,
        clocks=_clocks(unit, row),
        organisation=organisation,
        health_to_check=bool(row.health_given) and not coordinates,
    )


def _clocks(unit: Unit, row: Row) -> Any:
    def day(at: Any) -> Any:
        return at.astimezone(PARIS).date() if at else None

    return clocks(
        row.state,
        day(row.sent_at),
        day(row.received_at),
        day(row.qualified_at),
        day(unit.now()),
    )


async def open_referral(unit: Unit, referral_id: UUID) -> Qualification:
    """Return one referral as the coordinator of its cell examines it, block I as existence.

    Raises NotFound or Refused to everyone else, recorded.
    """
    row, facts, permit = await _examined(unit, referral_id, Act.REFERRAL_READ)
    original = await original_of(unit, row, facts, permit, health=False)
    form = boxes.sheet_of(unit, row, permit).blocks
    return Qualification(
        original=original,
        situation_id=row.situation_id,
        version=row.version,
        urgency=row.urgency,
        clocks=_clocks(unit, row),
        checklist=boxes.checklist_of(unit, row, permit),
        checklist_version=row.checklist_version,
        mode=facts.mode,
        outcome=row.outcome,
        reason=row.reason,
        declared=_declared(form),
    )


def _declared(form: Form) -> tuple[tuple[str, str], ...]:
    block = next(b for b in blocks_of(Variant.FULL) if b.slug == "information")
    answers = form.get(block.slug, {})
    return tuple(
        (question.label, in_words(question, answers[question.code]))
        for question in block.questions
        if question.code in {"person_informed", "agreement_status"} and question.code in answers
    )


async def _examined(
    unit: Unit, referral_id: UUID, act: Act, **said: object
) -> tuple[Row, SituationFacts, Permit]:
    """Allow an act of qualification to the coordinator of the referral's cell.

    `contribute` on section 17 is theirs alone, in every mode and state (settled.md 2 and 4).
    """
    row = await boxes.sent_row(unit, referral_id, act)
    facts = await sharing.facts_about(unit, row.situation_id, exclusive=True)
    permit = await gate.permit(
        unit,
        facts,
        Action.CONTRIBUTE,
        Section.REFERRAL,
        act=act,
        boxes=(FORM, CHECKLIST),
        obj={"k": "referral", **said},
    )
    await boxes.load(unit, [row], FORM, CHECKLIST)
    return row, facts, permit


async def read_health_block(unit: Unit, referral_id: UUID) -> Original:
    """Return block I alone, to the health co-facilitator who checks that nothing is in excess.

    Before the decision only. It belongs to the health sections, whose rights also apply
    (settled.md 5): a second factor. Raises NotFound or Refused, recorded.
    """
    row = await boxes.sent_row(unit, referral_id, Act.REFERRAL_READ)
    facts = await sharing.facts_about(unit, row.situation_id)
    for section in (Section.SOMATIC_HEALTH, Section.MENTAL_HEALTH):
        await gate.permit(unit, facts, Action.READ, section, act=Act.REFERRAL_READ)
    permit = await gate.permit(
        unit,
        facts,
        Action.READ_MASKED,
        Section.REFERRAL,
        act=Act.REFERRAL_READ,
        boxes=(HEALTH,),
        obj={"k": "referral", "s": [HEALTH]},
    )
    await boxes.load(unit, [row], HEALTH)
    block = next(b for b in blocks_of(Variant.FULL) if b.slug == HEALTH_BLOCK)
    health = boxes.health_of(unit, row, permit)
    return Original(
        referral_id=row.referral_id,
        situation_id=row.situation_id,
        reference=row.reference,
        state=row.state,
        words=words_of(row.state, facts),
        variant=Variant(row.form),
        author=await author_of(unit, row),
        sent_at=row.sent_at,
        blocks=(Told(block.letter, block.slug, block.title, told(block, health.answers)),),
        health="shown" if row.health is not None else "none",
    )


async def receive_referral(unit: Unit, referral_id: UUID, *, version: int) -> int:
    """Acknowledge a referral. Returns its new version; raises Refused, NotFound, Conflict."""
    return await _advance(
        unit,
        referral_id,
        version,
        (State.SUBMITTED,),
        State.RECEIVED,
        received_at=unit.now(),
    )


async def begin_qualification(unit: Unit, referral_id: UUID, *, version: int) -> int:
    """Begin the examination: the clock of the decision runs. Raises like `receive_referral`."""
    return await _advance(
        unit,
        referral_id,
        version,
        (State.RECEIVED,),
        State.IN_QUALIFICATION,
        qualified_at=unit.now(),
    )


async def _advance(
    unit: Unit,
    referral_id: UUID,
    version: int,
    sources: tuple[State, ...],
    state: State,
    **values: object,
) -> int:
    row = await boxes.sent_row(unit, referral_id, Act.SITUATION_CHANGED)
    facts = await sharing.facts_about(unit, row.situation_id, exclusive=True)
    if row.state not in sources:
        await gate.permit(unit, facts, Action.CONTRIBUTE, Section.REFERRAL, act=Act.REFERRAL_READ)
        if row.state == state:  # sent twice: done once
            return int(row.version)
        raise Conflict
    await situations.move_state(unit, facts, row.situation_id, SituationState(state))
    return await _revise(unit, row, version, state=state, **values)


async def _revise(unit: Unit, row: Row, version: int, **values: object) -> int:
    return await revise(
        unit.transaction,
        Referral,
        {"clsm_id": unit.clsm_id, "referral_id": row.referral_id},
        version=version,
        **values,
    )


async def save_checklist(
    unit: Unit,
    referral_id: UUID,
    points: Mapping[str, str],
    notes: Mapping[str, str],
    *,
    version: int,
) -> int:
    """Keep the twelve points, sealed under a key that the author never has.

    Returns the referral's new version. Raises Invalid, Conflict for a stale version or once
    decided, Refused, NotFound.
    """
    kept = checked_checklist(points, notes)
    row, _, _ = await _examined(unit, referral_id, Act.SECTION_WRITTEN, part="checklist")
    if row.state not in QUEUED:
        raise Conflict("Cette saisine a déjà reçu sa réponse.")
    await record.keys_made(unit, row.situation_id, (CHECKLIST,))
    number = row.checklist_version + 1
    sealed = unit.keyring.seal(boxes.place(row, CHECKLIST, "checklist", number), kept)
    return await _revise(unit, row, version, checklist=sealed, checklist_version=number)


async def compare(unit: Unit, referral_id: UUID) -> Comparison:
    """Return the person of a referral beside those who may be the same one.

    Candidates are found by keyed digests; their identity is opened from their own referral,
    for situations that this coordinator may qualify, and the comparison is recorded.
    """
    row, _, permit = await _examined(unit, referral_id, Act.REFERRAL_READ)
    card = card_of(boxes.sheet_of(unit, row, permit))
    found = await situations.find_duplicates(unit, card, apart_from=row.situation_id)
    facts = await sharing.facts_about_many(unit, found) if found else {}
    mine = [
        situation_id
        for situation_id in found
        if gate.allows(facts[situation_id], Section.REFERRAL, Action.CONTRIBUTE)
    ]
    permit = await gate.permit_list(
        unit,
        [(situation_id, (FORM,)) for situation_id in mine],
        act=Act.DUPLICATES_SEARCHED,
    )
    rows = await _referrals_of(unit, mine)
    await boxes.load(unit, rows, FORM)
    candidates = [_candidate(unit, one, facts, permit, card) for one in rows]
    return Comparison(
        referral_id=row.referral_id,
        reference=row.reference,
        card=card,
        candidates=tuple(candidates),
    )


async def _referrals_of(unit: Unit, situation_ids: list[UUID]) -> list[Row]:
    if not situation_ids:
        return []
    return list(
        (
            await unit.transaction.execute(
                select(Referral.__table__)
                .where(
                    Referral.clsm_id == unit.clsm_id,
                    Referral.situation_id.in_(situation_ids),
                    Referral.sent_at.is_not(None),
                    Referral.forgotten_at.is_(None),
                )
                .order_by(Referral.sent_at.desc())
            )
        ).all()
    )


def _candidate(
    unit: Unit,
    row: Row,
    facts: Mapping[UUID, SituationFacts],
    permit: Permit,
    card: Card,
) -> Candidate:
    other = card_of(boxes.sheet_of(unit, row, permit))
    return Candidate(
        situation_id=row.situation_id,
        reference=row.reference,
        state=facts[row.situation_id].state,
        card=other,
        alike=_alike(card, other),
    )


def _alike(one: Card, two: Card) -> tuple[str, ...]:
    """Name what two identities share, as the digests compared it."""
    found = []
    if normalise(one.last_name + " " + one.first_name) == normalise(
        two.last_name + " " + two.first_name
    ):
        found.append("nom et prénom")
    if one.born_on and one.born_on == two.born_on:
        found.append("date de naissance")
    elif _year(one) and _year(one) == _year(two):
        found.append("année de naissance")
    if one.address and normalise(one.address) == normalise(two.address):
        found.append("adresse")
    return tuple(found)


def _year(card: Card) -> int | None:
    return card.born_on.year if card.born_on else card.birth_year


async def return_referral(unit: Unit, referral_id: UUID, message: str, *, version: int) -> int:
    """Give a referral back to its author with what is missing; the clocks stand still.

    Raises Invalid without a message, Conflict once decided, Refused, NotFound.
    """
    if not message.strip():
        raise Invalid({"message": "Écrivez à l'auteur ce qu'il faut compléter."})
    row, facts, _ = await _examined(unit, referral_id, Act.REFERRAL_RETURNED)
    await situations.move_state(
        unit, facts, row.situation_id, SituationState.RETURNED_FOR_COMPLETION
    )
    return await _revise(unit, row, version, state=State.RETURNED, **_answered(unit, row, message))


def _answered(unit: Unit, row: Row, message: str) -> dict[str, object]:
    number = row.answer_version + 1
    sealed = unit.keyring.seal(
        boxes.place(row, FORM, "answer", number), Note(message=message.strip())
    )
    return {"answer": sealed, "answer_version": number}


async def decide(unit: Unit, referral_id: UUID, decision: DecisionIn) -> Decided:
    """Answer a referral: accept it, orient it, give an advice, or refuse it with a reason.

    Named review needs the general agreement, or an exception, recorded beforehand: what the
    form declares is not one. The same decision twice is one decision. Raises Invalid, Conflict
    for a stale version or another decision, Refused, NotFound.
    """
    outcome = _outcome(decision)
    row, facts, permit = await _examined(
        unit, referral_id, Act.REFERRAL_ANSWERED, outcome=str(outcome), why=decision.reason
    )
    state = state_after(outcome, decision.reason)
    if row.state not in QUEUED:
        if row.outcome == outcome:
            return Decided(situation_id=row.situation_id, reference=row.reference, state=row.state)
        raise Conflict("Cette saisine a déjà reçu une autre réponse.")
    alias = ""
    if outcome in ACCEPTING:
        _check_acceptance(facts, outcome, boxes.checklist_of(unit, row, permit))
    await situations.move_state(
        unit, facts, row.situation_id, SituationState(state), reason=decision.reason
    )
    if outcome in ACCEPTING:
        alias = await _accept(unit, row, facts, decision, permit)
    await _revise(
        unit,
        row,
        decision.version,
        state=state,
        outcome=outcome,
        reason=decision.reason if outcome is Outcome.REFUSED else decision.target,
        answered_at=unit.now(),
        **(_answered(unit, row, decision.explanation) if decision.explanation.strip() else {}),
    )
    return Decided(situation_id=row.situation_id, reference=row.reference, state=state, alias=alias)


def _outcome(decision: DecisionIn) -> Outcome:
    if decision.outcome not in set(Outcome):
        raise Invalid({"outcome": "Choisissez la réponse donnée à cette saisine."})
    outcome = Outcome(decision.outcome)
    check_decision(outcome, decision.reason, decision.target, decision.explanation)
    if outcome in ACCEPTING and decision.urgency not in {"U0", "U1", "U2"}:
        raise Invalid({"urgency": "Choisissez le niveau d'urgence retenu."})
    return outcome


def _check_acceptance(
    facts: SituationFacts, outcome: Outcome, checklist: Mapping[str, str]
) -> None:
    if unanswered(checklist):
        raise Invalid(
            {"outcome": "Répondez d'abord aux douze points de l'examen, puis retenez la saisine."}
        )
    if outcome is Outcome.ACCEPTED_NAMED and facts.mode not in {
        Mode.NAMED,
        Mode.NAMED_BY_EXCEPTION,
    }:
        raise Invalid(
            {
                "outcome": "L'accord général de la personne n'est pas enregistré : retenez la "
                "saisine en anonymisé, ou faites d'abord enregistrer l'accord."
            }
        )


async def _accept(
    unit: Unit, row: Row, facts: SituationFacts, decision: DecisionIn, permit: Permit
) -> str:
    sheet = boxes.sheet_of(unit, row, permit)
    if decision.outcome == Outcome.ACCEPTED_ANONYMISED and facts.mode != Mode.ANONYMISED:
        await situations.set_mode(unit, facts, row.situation_id, Mode.ANONYMISED)
    await situations.set_urgency(unit, facts, row.situation_id, Urgency(decision.urgency))
    await situations.write_identity(unit, row.situation_id, card_of(sheet))
    await _file(unit, row, facts, sheet.blocks)
    if row.health is not None:
        await _file(unit, row, facts, await _health_to_transfer(unit, row, facts))
    return await situations.give_alias(unit, row.situation_id, decision.alias.strip() or None)


async def _health_to_transfer(unit: Unit, row: Row, facts: SituationFacts) -> Form:
    """Open block I to reseal it under its sections' keys: it never leaves this act.

    The coordinator does not read it; the record says that it was moved, not read.
    """
    permit = await gate.permit(
        unit,
        facts,
        Action.CONTRIBUTE,
        Section.REFERRAL,
        act=Act.REFERRAL_ANSWERED,
        boxes=(HEALTH,),
        obj={"k": "referral", "part": "transfer"},
    )
    await boxes.load(unit, [row], HEALTH)
    return {HEALTH_BLOCK: boxes.health_of(unit, row, permit).answers}


async def _file(unit: Unit, row: Row, facts: SituationFacts, form: Form) -> None:
    """File each block as an entry of its author (settled.md 8); the original stays in 17."""
    for becomes, text in entries_of(form):
        await situations.file_entry(
            unit,
            facts,
            row.situation_id,
            becomes.section,
            content_of(becomes, text, form),
            belongs_to=becomes.belongs_to,
            author=row.employment_id,
        )
