"""Sending a referral, its receipt, and what its author may see of it afterwards."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import and_, or_, select

from audit.event import Act
from policies.vocabulary import Action, Column, Fact, Section
from service.access import gate, record
from service.access.facts import SituationFacts
from service.clock import PARIS, as_microseconds, from_microseconds
from service.database import revise
from service.encryption.permit import Permit
from service.errors import Conflict, Invalid
from service.partners import operations as partners
from service.referrals.form import Variant, blocks_of
from service.referrals.models import Referral
from service.referrals.operations import boxes
from service.referrals.operations.boxes import FORM, HEALTH, Row
from service.referrals.operations.drafting import draft_view, note_danger, own_permit, store
from service.referrals.rules import (
    HEALTH_BLOCK,
    KEEP_DRAFT,
    WRITABLE,
    State,
    danger,
    state_in_words,
    told,
    tone_of,
    urgency_of,
)
from service.referrals.schemas import (
    Author,
    Mine,
    Original,
    Receipt,
    ReferralLine,
    Sent,
    Sheet,
    Told,
)
from service.sharing import operations as sharing
from service.situations import operations as situations
from service.situations.rules import Urgency
from service.situations.schemas import Card
from service.unit import Unit

PAGE_SIZE = 50


async def send_referral(unit: Unit, referral_id: UUID, *, version: int) -> Sent:
    """Send one's own referral: the situation exists from now on, known to the coordination.

    A danger that was not redirected yet stops it: the numbers come first, the draft stays and
    may be sent afterwards as U2. Sent twice, it answers the same receipt. Raises NotFound,
    Invalid for each missing answer, Conflict for a stale version.
    """
    row = await boxes.own_row(unit, referral_id, Act.REFERRAL_SENT)
    if row.state not in WRITABLE:
        return Sent(receipt=await _receipt(unit, row))
    if row.version != version:
        raise Conflict
    permit = await own_permit(unit, row, Act.REFERRAL_READ)
    draft = draft_view(unit, row, permit)
    if draft.wanting:
        raise Invalid(dict(draft.wanting))
    sheet = boxes.sheet_of(unit, row, permit)
    health = boxes.health_of(unit, row, permit)
    if await note_danger(unit, row, sheet):
        await store(unit, row, sheet, health)
    found = danger(sheet.blocks)
    if found and not sheet.rescued:
        return Sent(danger=found)
    return Sent(receipt=await _sent(unit, row, sheet))


async def _sent(unit: Unit, row: Row, sheet: Sheet) -> Receipt:
    now = unit.now()
    urgency = urgency_of(sheet.blocks, after_rescue=sheet.rescued)
    reference = row.reference
    if not reference:
        reference = await partners.next_reference(unit, now.astimezone(PARIS).year)
        await situations.create_situation(
            unit,
            row.situation_id,
            row.cell_id,
            reference=reference,
            urgency=Urgency(urgency),
            opened_at=now,
        )
        await sharing.begin(unit, row.situation_id, row.cell_id, State.SUBMITTED)
    await situations.index_person(unit, row.situation_id, card_of(sheet))
    await record.note(
        unit,
        Act.REFERRAL_SENT,
        situations=(row.situation_id,),
        obj={"k": "referral", "form": row.form},
        new=unit.keyring.digest(row.content),
    )
    await revise(
        unit.transaction,
        Referral,
        {"clsm_id": unit.clsm_id, "referral_id": row.referral_id},
        version=row.version,
        state=State.SUBMITTED,
        reference=reference,
        urgency=urgency,
        sent_at=now,
        received_at=None,
        qualified_at=None,
    )
    return await _receipt(unit, row, reference=reference, sent_at=now)


def card_of(sheet: Sheet) -> Card:
    """Return the identity that a form declares; empty before it is written."""
    person = sheet.blocks.get("person", {})

    def said(code: str) -> str:
        return str(person.get(code, ""))

    year = person.get("birth_year")
    return Card(
        last_name=said("last_name"),
        first_name=said("first_name"),
        birth_name=said("birth_name"),
        born_on=date.fromisoformat(said("birth_date")) if said("birth_date") else None,
        birth_year=year if isinstance(year, int) else None,
        address=said("address"),
    )


async def read_receipt(unit: Unit, referral_id: UUID) -> Receipt:
    """Return the acknowledgement of one's own referral: codes and dates, nothing of the form.

    Raises NotFound for another's, or before it is sent.
    """
    row = await boxes.own_row(unit, referral_id, Act.REFERRAL_LISTED)
    if row.sent_at is None:
        await boxes.absent(unit, Act.REFERRAL_LISTED)
    await record.note(unit, Act.REFERRAL_LISTED, situations=(row.situation_id,))
    return await _receipt(unit, row)


async def _receipt(
    unit: Unit, row: Row, *, reference: str = "", sent_at: datetime | None = None
) -> Receipt:
    names = {cell_id: name for cell_id, _, name in await partners.cells_of(unit)}
    return Receipt(
        referral_id=row.referral_id,
        situation_id=row.situation_id,
        reference=reference or row.reference,
        sent_at=sent_at or row.sent_at,
        cell=names[row.cell_id],
    )


async def my_referrals(unit: Unit, *, before: str = "") -> Mine:
    """Return one's own referrals, the newest first: a state in words, nothing of the content.

    `before` continues a list from its last line. Raises Invalid when it is not one of ours.
    """
    statement = (
        select(*(column for column in Referral.__table__.columns if column.name in _LISTED))
        .where(
            Referral.clsm_id == unit.clsm_id,
            Referral.employment_id == unit.actor.employment_id,
        )
        .order_by(Referral.drafted_at.desc(), Referral.referral_id.desc())
        .limit(PAGE_SIZE + 1)
    )
    if before:
        at, last = _cursor(before)
        statement = statement.where(
            or_(
                Referral.drafted_at < at,
                and_(Referral.drafted_at == at, Referral.referral_id < last),
            )
        )
    rows = (await unit.transaction.execute(statement)).all()
    shown = rows[:PAGE_SIZE]
    sent = [row.situation_id for row in shown if row.sent_at]
    facts = await sharing.facts_about_many(unit, sent) if sent else {}
    await gate.permit_list(unit, [(row.situation_id, ()) for row in shown], act=Act.REFERRAL_LISTED)
    older = None
    if len(rows) > PAGE_SIZE:
        last_row = shown[-1]
        older = f"{as_microseconds(last_row.drafted_at)}~{last_row.referral_id}"
    return Mine(lines=tuple(_line(row, facts.get(row.situation_id)) for row in shown), older=older)


_LISTED = frozenset({"referral_id", "situation_id", "reference", "state", "drafted_at", "sent_at"})


def _cursor(before: str) -> tuple[datetime, UUID]:
    at, _, last = before.partition("~")
    try:
        if not (at.isascii() and at.isdigit() and len(at) <= LONGEST_MICROSECONDS):
            raise ValueError(before)
        return from_microseconds(int(at)), UUID(last)
    except ValueError:
        raise Invalid({"before": "Reprenez la liste depuis son début."}) from None


LONGEST_MICROSECONDS = 17


def _line(row: Row, facts: SituationFacts | None) -> ReferralLine:
    words = words_of(row.state, facts)
    draft = row.state == State.DRAFT
    return ReferralLine(
        referral_id=row.referral_id,
        situation_id=row.situation_id,
        reference=row.reference,
        state=row.state,
        words=words,
        tone=tone_of(words),
        drafted_at=row.drafted_at,
        sent_at=row.sent_at,
        forgotten_on=(row.drafted_at + KEEP_DRAFT).astimezone(PARIS).date() if draft else None,
        readable=facts is not None and gate.allows(facts, Section.REFERRAL, Action.READ),
    )


def words_of(state: str, facts: SituationFacts | None) -> str:
    """Return the state of a referral as its author hears it.

    Once accepted it is the situation's own; a seat without a column hears « prise en charge »
    or not, and nothing else (domain 1.3).
    """
    if facts is None:
        return state_in_words(state)
    now = facts.state if state == State.ACCEPTED else state
    return state_in_words(now, seated=facts.column is not Column.NONE)


async def read_own_referral(unit: Unit, referral_id: UUID) -> Original:
    """Return the original of one's own referral, as it was sent.

    Block I needs a second factor, as every health text does (settled.md 4). Raises NotFound
    for another's, Refused where the policy says so.
    """
    row = await boxes.own_row(unit, referral_id, Act.REFERRAL_READ)
    if row.sent_at is None or row.forgotten_at is not None:
        await boxes.absent(unit, Act.REFERRAL_READ)
    facts = await sharing.facts_about(unit, row.situation_id)
    strong = Fact.STRONG_AUTH in facts.common
    keys = (FORM, HEALTH) if strong and row.health is not None else (FORM,)
    permit = await gate.permit(
        unit,
        facts,
        Action.READ,
        Section.REFERRAL,
        act=Act.REFERRAL_READ,
        boxes=keys,
        obj={"k": "referral", "s": list(keys)},
    )
    await boxes.load(unit, [row], *keys)
    return await original_of(unit, row, facts, permit, health=HEALTH in keys)


async def original_of(
    unit: Unit, row: Row, facts: SituationFacts, permit: Permit, *, health: bool
) -> Original:
    """Return a referral block by block, in words. Its keys were loaded; `health` opens block I."""
    sheet = boxes.sheet_of(unit, row, permit)
    form = sheet.blocks
    if health:
        form = boxes.whole_form(sheet, boxes.health_of(unit, row, permit))
    variant = Variant(row.form)
    blocks = tuple(
        Told(block.letter, block.slug, block.title, told(block, form.get(block.slug, {})))
        for block in blocks_of(variant)
        if block.slug != HEALTH_BLOCK or health
    )
    given = "given" if row.health is not None else "none"
    return Original(
        referral_id=row.referral_id,
        situation_id=row.situation_id,
        reference=row.reference,
        state=row.state,
        words=words_of(row.state, facts),
        variant=variant,
        author=await author_of(unit, row),
        sent_at=row.sent_at,
        blocks=blocks,
        health="shown" if health and row.health is not None else given,
        message=boxes.note_of(unit, row, permit).message,
    )


async def author_of(unit: Unit, row: Row) -> Author:
    """Return who referred; the legal category is that of their seat."""
    seat = (await partners.seat_rows(unit, [row.employment_id]))[0]
    return Author(
        name=seat.name, title=seat.title, organisation=seat.organisation, category=seat.category
    )
