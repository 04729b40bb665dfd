"""Reading what was sent by name: lists without text, then one message, each asked of the gate."""

from collections import Counter
from collections.abc import Mapping
from uuid import UUID

from sqlalchemy import update

from audit.event import Act
from policies.vocabulary import Action, Section
from service.access import gate, record
from service.disclosures.models import Exchange, ExchangeRecipient
from service.disclosures.operations.messages import (
    answers_to,
    concerning,
    lines,
    message_context,
    purpose_of,
    reading,
    rows_of,
    unread,
)
from service.disclosures.rules.exchanges import box_of
from service.disclosures.schemas.exchanges import ExchangeLine, ExchangeView
from service.sharing import operations as sharing
from service.unit import Unit


async def list_exchanges(unit: Unit, situation_id: UUID) -> tuple[ExchangeLine, ...]:
    """Return the messages of a situation that concern this seat, the newest first; recorded.

    Whoever is neither sender nor recipient learns not even that there are some. Raises NotFound
    to those who may not know of the situation.
    """
    facts = await sharing.facts_about(unit, situation_id)
    await gate.permit(
        unit,
        facts,
        Action.SEE,
        Section.SITUATION,
        act=Act.EXCHANGE_LISTED,
        obj={"k": "exchange"},
    )
    rows = await rows_of(unit, Exchange.situation_id == situation_id)
    return await lines(unit, {situation_id: facts}, rows)


async def read_exchange(unit: Unit, situation_id: UUID, exchange_id: UUID) -> ExchangeView:
    """Return one message to its sender or to someone whom it names; each reading is recorded.

    Its text comes once the recipient said that they open it (`open_exchange`): the sender is
    then told. Raises Refused when the rules no longer let this seat read it, NotFound alike for
    a message that does not name this seat and for none.
    """
    facts = await sharing.facts_about(unit, situation_id)
    row = await concerning(unit, facts, exchange_id, Act.EXCHANGE_READ)
    line = (await lines(unit, {situation_id: facts}, [row]))[0]
    box = box_of(row.section)
    action, section = reading(unit, facts, row)
    permit = await gate.permit(
        unit,
        facts,
        action,
        section,
        act=Act.EXCHANGE_LISTED if line.unread else Act.EXCHANGE_READ,
        purpose=purpose_of(row),
        boxes=() if line.unread else (box,),
        obj={"k": "exchange", "s": row.section},
    )
    text = None
    if not line.unread:
        await unit.keyring.load(unit.clsm_id, [(situation_id, box)])
        context = message_context(unit.clsm_id, situation_id, row.section, exchange_id)
        text = unit.keyring.open(row.content, context, permit, str)
    thread = await rows_of(unit, Exchange.thread_id == row.thread_id)
    others = [one for one in thread if one.exchange_id != exchange_id]
    answers, unreachable = await answers_to(unit, facts, row)
    return ExchangeView(
        line=line,
        text=text,
        others=await lines(unit, {situation_id: facts}, others),
        answers=answers,
        unreachable=unreachable,
    )


async def open_exchange(unit: Unit, situation_id: UUID, exchange_id: UUID) -> None:
    """Say that one opens a message that one was sent: its sender is told when. Recorded.

    Said again, it changes nothing. Raises Refused or NotFound.
    """
    facts = await sharing.facts_about(unit, situation_id)
    row = await concerning(unit, facts, exchange_id, Act.EXCHANGE_READ)
    action, section = reading(unit, facts, row)
    await gate.permit(
        unit,
        facts,
        action,
        section,
        act=Act.EXCHANGE_READ,
        purpose=purpose_of(row),
        obj={"k": "exchange", "s": row.section, "a": "open"},
    )
    await unit.transaction.execute(
        update(ExchangeRecipient)
        .where(
            ExchangeRecipient.clsm_id == unit.clsm_id,
            ExchangeRecipient.exchange_id == exchange_id,
            ExchangeRecipient.employment_id == unit.actor.employment_id,
            ExchangeRecipient.read_at.is_(None),
        )
        .values(read_at=unit.now())
    )


async def unread_by_situation(unit: Unit) -> Mapping[UUID, int]:
    """Return how many messages wait unread for this seat, by situation, as far as it may read.

    Recorded when there are some; nothing is opened.
    """
    found = await unread(unit)
    about = await sharing.facts_about_many(unit, sorted({row.situation_id for row in found}))
    counted = Counter(
        row.situation_id
        for row in found
        if gate.allows(about[row.situation_id], Section(row.section), Action.EXCHANGE)
    )
    if counted:
        await record.note(
            unit, Act.EXCHANGE_LISTED, situations=sorted(counted), obj={"k": "exchange"}
        )
    return dict(counted)


async def unread_here(unit: Unit, situation_id: UUID) -> int:
    """Return how many messages of one situation wait unread, within an act that is recorded."""
    rows = [row for row in await unread(unit) if row.situation_id == situation_id]
    if not rows:
        return 0
    facts = await sharing.facts_about(unit, situation_id)
    return sum(gate.allows(facts, Section(row.section), Action.EXCHANGE) for row in rows)
