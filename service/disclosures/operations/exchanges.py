"""Exchanges: a message from one professional to others by name, about one section.

The law's *échange* (CSP L.1110-4 II), as distinct from sharing: only those named read it, never
the circle, never the coordinator unless named. The gate is asked at sending, for the sender and
for each recipient, and again at each reading: what the person, a freeze or a closing changed
since is obeyed.
"""

from collections.abc import Iterable, Mapping
from typing import Any, Final
from uuid import UUID

from sqlalchemy import insert
from sqlalchemy.exc import IntegrityError

from audit.event import Act, Outcome
from policies.vocabulary import Action, Section
from service import jobs
from service.access import gate, record
from service.access.facts import SituationFacts
from service.disclosures.models import Exchange, ExchangeRecipient
from service.disclosures.operations.messages import (
    answers_to,
    concerning,
    message_context,
    nameable,
    rows_of,
)
from service.disclosures.rules.exchanges import MOST_RECIPIENTS, box_of, checked_text
from service.disclosures.schemas.exchanges import Draft, Writing
from service.errors import Conflict, Invalid
from service.sharing import operations as sharing
from service.sharing.rules.targeted import AS_PURPOSE, checked_purpose
from service.unit import Unit

_NOT_NAMED: Final = (
    "Choisissez parmi les personnes proposées : une autre ne peut plus être nommée ici."
)
_ALREADY: Final = (
    "Ce message a déjà été envoyé autrement. Rechargez la page pour voir ce qui l'est."
)


async def prepare_exchange(unit: Unit, situation_id: UUID, section: Section) -> Writing:
    """Return whom a message about a section may name; opens nothing.

    Raises Refused to those who may know of the situation and not exchange, NotFound to others.
    """
    facts = await sharing.facts_about(unit, situation_id)
    await gate.permit(unit, facts, Action.EXCHANGE, section, act=Act.EXCHANGE_LISTED)
    around = await sharing.access_map(unit, situation_id, facts)
    return Writing(section=section, recipients=nameable(facts, around, section))


async def send_exchange(unit: Unit, situation_id: UUID, draft: Draft) -> UUID:
    """Send a message to those it names; return its identifier. Sent twice, it is written once.

    Raises Refused or NotFound; Invalid for a wrong field or words to confirm, and, recorded as
    a refusal, for a recipient who may not be named; Conflict for an identifier already taken.
    """
    return await _send(unit, situation_id, draft, draft.exchange_id)


async def reply(  # noqa: PLR0913 — an answer's parts
    unit: Unit,
    situation_id: UUID,
    answered_id: UUID,
    exchange_id: UUID,
    *,
    purpose: str,
    text: str,
    confirmed: bool = False,
) -> UUID:
    """Answer everyone whom a message names and who may still be named; return the answer's id.

    Raises as `send_exchange`, Invalid on `recipients` when nobody may be reached any more.
    """
    facts = await sharing.facts_about(unit, situation_id)
    row = await concerning(unit, facts, answered_id, Act.EXCHANGE_SENT)
    answers, _ = await answers_to(unit, facts, row)
    draft = Draft(
        exchange_id=exchange_id,
        section=Section(row.section),
        recipients=tuple(one.employment_id for one in answers),
        purpose=purpose,
        text=text,
        confirmed=confirmed,
    )
    return await _send(unit, situation_id, draft, row.thread_id, facts)


async def _send(
    unit: Unit,
    situation_id: UUID,
    draft: Draft,
    thread_id: UUID,
    known: SituationFacts | None = None,
) -> UUID:
    facts = known or await sharing.facts_about(unit, situation_id)
    if not gate.allows(facts, draft.section, Action.EXCHANGE):
        await gate.permit(unit, facts, Action.EXCHANGE, draft.section, act=Act.EXCHANGE_SENT)
    purpose = checked_purpose(draft.purpose)
    named = await _checked_recipients(unit, facts, draft)
    text = checked_text(draft.section, draft.text, confirmed=draft.confirmed)
    box = box_of(draft.section)
    await record.keys_made(unit, situation_id, (box,))
    sealed = unit.keyring.seal(
        message_context(unit.clsm_id, situation_id, draft.section, draft.exchange_id), text
    )
    row = {
        "exchange_id": draft.exchange_id,
        "situation_id": situation_id,
        "employment_id": unit.actor.employment_id,
        "thread_id": thread_id,
        "section": str(draft.section),
        "purpose": str(purpose),
    }
    if not await _insert(unit, row, sealed, named):
        return await _again(unit, row)
    await gate.permit(
        unit,
        facts,
        Action.EXCHANGE,
        draft.section,
        act=Act.EXCHANGE_SENT,
        purpose=AS_PURPOSE[purpose],
        obj={"k": "exchange", "s": str(draft.section), "n": len(named)},
        new=unit.keyring.digest(sealed),
        about={"seats": [str(one) for one in named]},
    )
    await jobs.notify(unit, named, jobs.Kind.EXCHANGE)
    return draft.exchange_id


async def _checked_recipients(unit: Unit, facts: SituationFacts, draft: Draft) -> tuple[UUID, ...]:
    """Return the named seats, each allowed; a seat that is not is a refusal, recorded."""
    named = tuple(dict.fromkeys(draft.recipients))
    if not named:
        raise Invalid({"recipients": "Choisissez au moins une personne."})
    if len(named) > MOST_RECIPIENTS:
        raise Invalid({"recipients": f"Un échange nomme {MOST_RECIPIENTS} personnes au plus."})
    around = await sharing.access_map(unit, facts.situation_id, facts)
    allowed = {one.employment_id for one in nameable(facts, around, draft.section)}
    if not set(named) <= allowed:
        await record.note(
            unit,
            Act.EXCHANGE_SENT,
            situations=(facts.situation_id,),
            out=Outcome.DENY,
            obj={"k": "exchange", "s": str(draft.section)},
            role=gate.role_of(facts),
            about={"seats": [str(one) for one in named if one not in allowed]},
        )
        raise Invalid({"recipients": _NOT_NAMED})
    return named


async def _insert(
    unit: Unit, row: Mapping[str, object], sealed: Any, named: Iterable[UUID]
) -> bool:
    """Write a message and whom it names; return False when its identifier is taken."""
    try:
        async with unit.transaction.begin_nested():
            await unit.transaction.execute(
                insert(Exchange).values(
                    clsm_id=unit.clsm_id, sent_at=unit.now(), content=sealed, **row
                )
            )
            await unit.transaction.execute(
                insert(ExchangeRecipient),
                [
                    {
                        "clsm_id": unit.clsm_id,
                        "exchange_id": row["exchange_id"],
                        "employment_id": one,
                        "read_at": None,
                    }
                    for one in named
                ],
            )
    except IntegrityError:
        return False
    return True


async def _again(unit: Unit, row: Mapping[str, Any]) -> UUID:
    """Answer a form sent twice: the same message by the same seat, or Conflict."""
    found = await rows_of(unit, Exchange.exchange_id == row["exchange_id"])
    same = [one for one in found if all(getattr(one, key) == said for key, said in row.items())]
    if not same:
        raise Conflict(_ALREADY)
    await record.note(
        unit,
        Act.EXCHANGE_LISTED,
        situations=(row["situation_id"],),
        obj={"k": "exchange", "a": "again"},
    )
    exchange_id: UUID = row["exchange_id"]
    return exchange_id
