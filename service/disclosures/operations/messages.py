"""Messages as they are kept: their rows, their place, and what a seat may be told of them."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final
from uuid import UUID

from sqlalchemy import exists, or_, select

from audit.event import Act, Outcome
from policies.vocabulary import Action, Purpose, Section
from service.access import gate, record
from service.access.facts import SituationFacts
from service.disclosures.models import Exchange, ExchangeRecipient
from service.disclosures.rules.exchanges import across_categories, box_of, may_be_named
from service.disclosures.schemas.exchanges import ExchangeLine, Receipt, Recipient
from service.encryption.context import BoxContext
from service.errors import NotFound
from service.partners import operations as partners
from service.partners.operations import SeatName
from service.sharing import operations as sharing
from service.sharing.rules.targeted import AS_PURPOSE, SharedPurpose
from service.sharing.schemas import SeatAccess
from service.unit import Unit

MOST_SHOWN: Final = 200


def message_context(
    clsm_id: UUID, situation_id: UUID, section: str, exchange_id: UUID
) -> BoxContext:
    """Return the place of a message: the exchange key of its section, its own identifier."""
    return BoxContext(clsm_id, situation_id, box_of(section), field=str(exchange_id))


async def concerning(unit: Unit, facts: SituationFacts, exchange_id: UUID, act: Act) -> Any:
    """Return a message that this seat sent or is named by; raises NotFound, recorded."""
    if not gate.sees(facts).allowed:
        await gate.permit(unit, facts, Action.SEE, Section.SITUATION, act=act)
    rows = await rows_of(
        unit, Exchange.exchange_id == exchange_id, Exchange.situation_id == facts.situation_id
    )
    if not rows:
        await record.note(
            unit,
            act,
            situations=(facts.situation_id,),
            out=Outcome.DENY,
            obj={"k": "exchange"},
            role=gate.role_of(facts),
        )
        raise NotFound
    return rows[0]


def reading(unit: Unit, facts: SituationFacts, row: Any) -> tuple[Action, Section]:
    """Return what the gate is asked to let this seat read a message.

    An author keeps reading their own words when the person objects, or when the processing is
    limited (settled.md 4 and 5): they are then asked about as one's own.
    """
    section = Section(row.section)
    own = row.employment_id == unit.actor.employment_id
    if own and not gate.allows(facts, section, Action.EXCHANGE):
        return Action.READ_OWN, section
    return Action.EXCHANGE, section


def purpose_of(row: Any) -> Purpose:
    """Return why a message was sent, in the words of the rules."""
    return AS_PURPOSE[SharedPurpose(row.purpose)]


async def rows_of(unit: Unit, *where: Any) -> Sequence[Any]:
    """Return the messages that this seat sent or that name it, the newest first."""
    me = unit.actor.employment_id
    named = exists(
        select(ExchangeRecipient.exchange_id).where(
            ExchangeRecipient.clsm_id == Exchange.clsm_id,
            ExchangeRecipient.exchange_id == Exchange.exchange_id,
            ExchangeRecipient.employment_id == me,
        )
    )
    statement = (
        select(Exchange.__table__)
        .where(Exchange.clsm_id == unit.clsm_id, or_(Exchange.employment_id == me, named), *where)
        .order_by(Exchange.sent_at.desc(), Exchange.exchange_id.desc())
        .limit(MOST_SHOWN)
    )
    return (await unit.transaction.execute(statement)).all()


async def unread(unit: Unit) -> Sequence[Any]:
    """Return the place of each message that waits unread for this seat; nothing is decided."""
    statement = (
        select(Exchange.situation_id, Exchange.section)
        .join(
            ExchangeRecipient,
            (ExchangeRecipient.clsm_id == Exchange.clsm_id)
            & (ExchangeRecipient.exchange_id == Exchange.exchange_id),
        )
        .where(
            ExchangeRecipient.clsm_id == unit.clsm_id,
            ExchangeRecipient.employment_id == unit.actor.employment_id,
            ExchangeRecipient.read_at.is_(None),
        )
        .limit(MOST_SHOWN)
    )
    return (await unit.transaction.execute(statement)).all()


async def named_by(unit: Unit, ids: Sequence[UUID]) -> dict[UUID, list[Any]]:
    """Return the recipients of each message."""
    rows = (
        await unit.transaction.execute(
            select(ExchangeRecipient.__table__).where(
                ExchangeRecipient.clsm_id == unit.clsm_id,
                ExchangeRecipient.exchange_id.in_(ids),
            )
        )
    ).all()
    found: dict[UUID, list[Any]] = {}
    for row in rows:
        found.setdefault(row.exchange_id, []).append(row)
    return found


async def lines(
    unit: Unit, about: Mapping[UUID, SituationFacts], rows: Sequence[Any]
) -> tuple[ExchangeLine, ...]:
    """Return messages without their text, as far as this seat may know them."""
    named = await named_by(unit, [row.exchange_id for row in rows])
    seats = {row.employment_id for row in rows}
    seats |= {one.employment_id for found in named.values() for one in found}
    names = await partners.names_of(unit, seats)
    return tuple(
        _line(unit, about[row.situation_id], row, named.get(row.exchange_id, []), names)
        for row in rows
    )


def _line(
    unit: Unit,
    facts: SituationFacts,
    row: Any,
    named: Sequence[Any],
    names: Mapping[UUID, SeatName],
) -> ExchangeLine:
    me = unit.actor.employment_id
    own = row.employment_id == me
    action, section = reading(unit, facts, row)
    receipts = tuple(
        Receipt(employment_id=one.employment_id, name=names[one.employment_id], read_at=one.read_at)
        for one in sorted(named, key=lambda one: names[one.employment_id].name)
    )
    return ExchangeLine(
        exchange_id=row.exchange_id,
        thread_id=row.thread_id,
        section=Section(row.section),
        purpose=row.purpose,
        sent_at=row.sent_at,
        sender=names[row.employment_id],
        own=own,
        to=tuple(one.name for one in receipts),
        receipts=receipts if own else (),
        unread=any(one.employment_id == me and one.read_at is None for one in named),
        readable=gate.allows(facts, section, action),
    )


def nameable(
    facts: SituationFacts, around: Iterable[SeatAccess], section: Section
) -> tuple[Recipient, ...]:
    """Return who may be named: of the circle or guests, and allowed by the rules themselves."""
    return tuple(
        Recipient(
            employment_id=one.employment_id,
            name=one.name,
            across=across_categories(facts, one.facts),
            guest=sharing.is_only_a_guest(one.facts),
        )
        for one in around
        if one.employment_id != facts.employment_id
        and may_be_named(one.facts)
        and gate.allows(one.facts, section, Action.EXCHANGE)
    )


async def answers_to(
    unit: Unit, facts: SituationFacts, row: Any
) -> tuple[tuple[Recipient, ...], tuple[SeatName, ...]]:
    """Return whom an answer would name, and who was named and no longer may be."""
    if not gate.allows(facts, Section(row.section), Action.EXCHANGE):
        return (), ()
    everyone = {row.employment_id} | {
        one.employment_id
        for one in (await named_by(unit, [row.exchange_id])).get(row.exchange_id, ())
    }
    everyone -= {unit.actor.employment_id}
    around = await sharing.access_map(unit, facts.situation_id, facts)
    may = {one.employment_id: one for one in nameable(facts, around, Section(row.section))}
    gone = await partners.names_of(unit, everyone - set(may))
    return (
        tuple(may[one] for one in sorted(everyone & set(may))),
        tuple(gone[one] for one in sorted(gone)),
    )
