"""Asking to join a circle by a situation's reference.

Nothing tells an asker whether the reference exists: the same row is written, the same key made,
the same act recorded, the same sentence answered; later, a request declined, one that nobody
answered and one about nothing are all « sans suite ».
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from math import ceil
from typing import Any, Final
from uuid import UUID

from sqlalchemy import insert, select, update
from sqlalchemy.exc import IntegrityError

from audit.event import Act
from policies.vocabulary import Action, Section
from service import jobs
from service.access import gate, record
from service.encryption.context import BoxContext
from service.errors import Conflict, TooMany
from service.sharing.models import JoinRequest
from service.sharing.operations.seating import access_map
from service.sharing.rules.targeted import (
    ANSWER_WITHIN,
    KEEP_REQUEST,
    REQUESTS_A_DAY,
    checked_join_reason,
    checked_reference,
    checked_sentence,
    told_state,
)
from service.sharing.schemas.targeted import OwnRequest, Taken
from service.unit import Unit

REQUEST: Final = "join_request"
"""Pseudo-section of the sentence; its key is the request's own, since a file may not exist."""

MOST_SHOWN: Final = 100


async def ask_to_join(  # noqa: PLR0913 — a request's parts
    unit: Unit,
    request_id: UUID,
    reference: str,
    situation_id: UUID | None,
    *,
    reason: str,
    sentence: str,
) -> Taken:
    """Take a request to join; `situation_id` is that of the reference, None when it has none.

    The answer says the same in both cases, and whether or not this seat may know of it. The
    same request sent twice is taken once. Raises Invalid, Conflict for a second request about
    the same reference while the first waits, TooMany past five a day.
    """
    said = checked_reference(reference)
    why = checked_join_reason(reason)
    told = checked_sentence(sentence)
    now = unit.now()
    before = await _mine(unit)
    for row in before:
        if row.request_id == request_id:
            return Taken(answer_by=row.answer_by)
        if row.reference == said and not row.answer and now < row.answer_by:
            raise Conflict("Vous avez déjà une demande en attente pour cette référence.")
    _throttle(before, now)
    await record.keys_made(unit, request_id, (REQUEST,))
    sealed = unit.keyring.seal(sentence_context(unit.clsm_id, request_id), told)
    try:
        async with unit.transaction.begin_nested():
            await unit.transaction.execute(
                insert(JoinRequest).values(
                    clsm_id=unit.clsm_id,
                    request_id=request_id,
                    employment_id=unit.actor.employment_id,
                    situation_id=situation_id,
                    reference=said,
                    reason=why,
                    asked_at=now,
                    answer_by=now + ANSWER_WITHIN,
                    answer="",
                    motive="",
                    content=sealed,
                )
            )
    except IntegrityError as taken:
        raise Conflict("Cette demande a déjà été enregistrée autrement.") from taken
    # Under the request's own pseudonym: the asker's acts must not tell what the answer does not.
    await record.note(
        unit,
        Act.CIRCLE_ASKED,
        situations=(request_id,),
        obj={"k": "join_request", "why": str(why)},
        new=unit.keyring.digest(sealed),
        about={"circle": str(situation_id or "")},
    )
    if situation_id is not None:
        await _tell_who_answers(unit, situation_id)
    return Taken(answer_by=now + ANSWER_WITHIN)


async def _tell_who_answers(unit: Unit, situation_id: UUID) -> None:
    """Tell the lead and the coordinators, by a mail that names nothing."""
    around = await access_map(unit, situation_id)
    told = [
        one.employment_id
        for one in around
        if gate.allows(one.facts, Section.SITUATION, Action.SHARE)
    ]
    await jobs.notify(unit, told, jobs.Kind.JOIN_REQUEST)


def _throttle(before: Sequence[Any], now: datetime) -> None:
    """Raise TooMany when this seat asked five times in a day, whatever it asked for."""
    recent = sorted(row.asked_at for row in before if row.asked_at > now - timedelta(days=1))
    if len(recent) >= REQUESTS_A_DAY:
        free = recent[-REQUESTS_A_DAY] + timedelta(days=1) - now
        raise TooMany(max(1, ceil(free / timedelta(seconds=1))))


async def own_requests(unit: Unit) -> tuple[OwnRequest, ...]:
    """Return one's own requests, the newest first; nothing of any situation is read."""
    now = unit.now()
    return tuple(
        OwnRequest(
            request_id=row.request_id,
            reference=row.reference,
            reason=row.reason,
            asked_at=row.asked_at,
            answer_by=row.answer_by,
            state=told_state(row.answer, row.answer_by, now),
        )
        for row in await _mine(unit)
    )


async def forget_requests(unit: Unit, clsm_id: UUID) -> int:
    """Destroy the keys of sentences asked ninety days ago; return how many.

    The unit is of this CLSM and has no actor: time decides. Right when done twice.
    """
    rows = (
        await unit.transaction.execute(
            select(JoinRequest.request_id)
            .where(
                JoinRequest.clsm_id == clsm_id,
                JoinRequest.asked_at <= unit.now() - KEEP_REQUEST,
                JoinRequest.forgotten_at.is_(None),
            )
            .limit(MOST_SHOWN)
        )
    ).all()
    for row in rows:
        for key in await unit.keyring.destroy(clsm_id, row.request_id):
            await record.note(
                unit,
                Act.KEY_DESTROYED,
                obj={"k": "key", "s": key.section, "ver": key.key_version},
                key_commitment=key.commitment,
                tenant=clsm_id,
            )
        await unit.transaction.execute(
            update(JoinRequest)
            .where(JoinRequest.clsm_id == clsm_id, JoinRequest.request_id == row.request_id)
            .values(forgotten_at=unit.now())
        )
        await record.note(unit, Act.ERASURE_DONE, obj={"k": "join_request"}, tenant=clsm_id)
    return len(rows)


def sentence_context(clsm_id: UUID, request_id: UUID) -> BoxContext:
    """Return the place of a request's sentence."""
    return BoxContext(clsm_id, request_id, REQUEST, field=str(request_id))


async def _mine(unit: Unit) -> Sequence[Any]:
    table = JoinRequest.__table__
    statement = (
        select(table)
        .where(
            table.c.clsm_id == unit.clsm_id,
            table.c.employment_id == unit.actor.employment_id,
        )
        .order_by(table.c.asked_at.desc())
        .limit(MOST_SHOWN)
    )
    return (await unit.transaction.execute(statement)).all()
