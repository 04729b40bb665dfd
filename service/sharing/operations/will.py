"""The person cannot express their will: recorded, for thirty days, until they can again.

It only closes: a named situation then acts as named by exception; an anonymised one stays so.
What was agreed before is not withdrawn: it holds again once the person can speak for themself.
"""

from datetime import datetime
from uuid import UUID

from sqlalchemy import select

from audit.event import Act
from policies.vocabulary import Action
from service.database import FOREVER
from service.errors import Conflict
from service.sharing.models import AgreementEvent
from service.sharing.operations import course
from service.sharing.operations.dated import end_facts, write_fact
from service.sharing.operations.facts import facts_about
from service.sharing.operations.grid import permit_agreement
from service.sharing.rules import AgreementKind, Mode
from service.sharing.rules.exceptions import UNABLE
from service.sharing.rules.will import UNABLE_LASTS, checked_ground
from service.unit import Unit


async def record_unable(unit: Unit, situation_id: UUID, ground: str) -> datetime:
    """Write down that the person cannot express their will; return until when it holds.

    By whoever may record an agreement. Recorded again, it runs thirty days from then. Raises
    Refused or NotFound; Invalid on `ground`.
    """
    how = checked_ground(ground)
    facts = await facts_about(unit, situation_id, exclusive=True)
    await permit_agreement(unit, facts, Action.RECORD_AGREEMENT, Act.WILL_UNABLE_RECORDED)
    await end_facts(unit, AgreementEvent, situation_id, kind=AgreementKind.UNABLE)
    ends = unit.now() + UNABLE_LASTS
    await write_fact(
        unit,
        AgreementEvent,
        situation_id,
        valid_to=ends,
        employment_id=unit.actor.employment_id,
        kind=AgreementKind.UNABLE,
        means=how,
        notice_version="",
        cells="",
    )
    by_will = await course.exception_of(unit, situation_id)
    if facts.mode == Mode.NAMED or (by_will is not None and by_will[0] == UNABLE):
        await course.move(unit, situation_id, mode=Mode.NAMED_BY_EXCEPTION, basis=UNABLE)
    return ends


async def end_unable(unit: Unit, situation_id: UUID) -> None:
    """Write down that the person can express their will again: their agreement holds again.

    Raises Refused or NotFound; Conflict when nothing of the kind holds.
    """
    facts = await facts_about(unit, situation_id, exclusive=True)
    await permit_agreement(unit, facts, Action.RECORD_AGREEMENT, Act.WILL_UNABLE_ENDED)
    if await unable_until(unit, situation_id) is None:
        raise Conflict("Rien n'est enregistré de tel : la personne est réputée s'exprimer.")
    await end_facts(unit, AgreementEvent, situation_id, kind=AgreementKind.UNABLE)
    await write_fact(
        unit,
        AgreementEvent,
        situation_id,
        employment_id=unit.actor.employment_id,
        kind=AgreementKind.ABLE,
        means="",
        notice_version="",
        cells="",
    )
    by_will = await course.exception_of(unit, situation_id)
    if by_will is not None and by_will[0] == UNABLE:
        await course.move(unit, situation_id, mode=Mode.NAMED)


async def unable_until(unit: Unit, situation_id: UUID) -> datetime | None:
    """Return until when the person is held unable to express their will, or None.

    The caller has decided.
    """
    now = unit.now()
    found = await unit.transaction.execute(
        select(AgreementEvent.valid_to).where(
            AgreementEvent.clsm_id == unit.clsm_id,
            AgreementEvent.situation_id == situation_id,
            AgreementEvent.kind == AgreementKind.UNABLE,
            AgreementEvent.superseded_at == FOREVER,
            AgreementEvent.valid_from <= now,
            AgreementEvent.valid_to > now,
        )
    )
    return found.scalars().first()
