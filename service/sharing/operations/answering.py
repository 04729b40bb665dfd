"""Answering requests to join a circle: by the coordinator, or by the lead (settled.md 4)."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import or_, select, true, update

from audit.event import Act, Outcome
from policies.vocabulary import Action, Section
from service.access import gate, record
from service.access.facts import SituationFacts
from service.errors import Conflict, Invalid, NotFound
from service.partners import operations as partners
from service.sharing.models import JoinRequest, LeadDesignation, Standing
from service.sharing.operations.facts import facts_about, facts_about_many
from service.sharing.operations.guests import admit, preview
from service.sharing.operations.invitations import invite
from service.sharing.operations.requests import MOST_SHOWN, REQUEST, sentence_context
from service.sharing.operations.visible import cells_of_office
from service.sharing.rules.targeted import (
    AS_CIRCLE_REASON,
    JoinAnswer,
    JoinReason,
    checked_decline,
)
from service.sharing.schemas.targeted import (
    GuestOffer,
    GuestPreview,
    RequestLine,
    RequestView,
)
from service.unit import Unit


async def requests_to_answer(unit: Unit) -> tuple[RequestLine, ...]:
    """Return the requests that this seat may answer, as coordinator or lead, oldest first.

    Recorded when there are some.
    """
    now = unit.now()
    cells = (await cells_of_office(unit)).coordinated
    led = select(LeadDesignation.situation_id).where(
        LeadDesignation.clsm_id == unit.clsm_id,
        LeadDesignation.employment_id == unit.actor.employment_id,
        *_now(LeadDesignation, now),
    )
    held = select(Standing.situation_id).where(
        Standing.clsm_id == unit.clsm_id,
        *_now(Standing, now),
        true() if None in cells else Standing.cell_id.in_([one for one in cells if one]),
    )
    rows = await _waiting(
        unit, or_(JoinRequest.situation_id.in_(led), JoinRequest.situation_id.in_(held))
    )
    about = await facts_about_many(unit, sorted({row.situation_id for row in rows}))
    mine = [
        row for row in rows if gate.allows(about[row.situation_id], Section.SITUATION, Action.SHARE)
    ]
    if mine:
        await record.note(
            unit,
            Act.CIRCLE_READ,
            situations=sorted({row.situation_id for row in mine}),
            obj={"k": "join_request"},
        )
    return await _lines(unit, mine)


async def read_requests(unit: Unit, situation_id: UUID) -> tuple[RequestLine, ...]:
    """Return the requests that wait on one situation, to those who answer; empty to others.

    Recorded when there are some. Raises NotFound to who may not know of the situation.
    """
    facts = await facts_about(unit, situation_id)
    if not gate.sees(facts).allowed:
        await gate.permit(unit, facts, Action.SHARE, Section.SITUATION, act=Act.CIRCLE_READ)
    if not gate.allows(facts, Section.SITUATION, Action.SHARE):
        return ()
    rows = await _waiting(unit, JoinRequest.situation_id == situation_id)
    if rows:
        await gate.permit(
            unit,
            facts,
            Action.SHARE,
            Section.SITUATION,
            act=Act.CIRCLE_READ,
            obj={"k": "join_request"},
        )
    return await _lines(unit, rows)


async def read_request(unit: Unit, situation_id: UUID, request_id: UUID) -> RequestView:
    """Return one request that waits, with its sentence. Raises Refused or NotFound."""
    facts = await facts_about(unit, situation_id)
    row = await _answerable(unit, facts, request_id, Act.CIRCLE_READ)
    permit = await gate.permit(
        unit,
        facts,
        Action.SHARE,
        Section.SITUATION,
        act=Act.CIRCLE_READ,
        beside=((request_id, REQUEST),),
        obj={"k": "join_request", "a": "read"},
        about={"request": str(request_id)},
    )
    await unit.keyring.load(unit.clsm_id, [(request_id, REQUEST)])
    context = sentence_context(unit.clsm_id, request_id)
    sentence = unit.keyring.open(row.content, context, permit, str)
    return RequestView(line=(await _lines(unit, [row]))[0], sentence=sentence)


async def invite_asker(unit: Unit, situation_id: UUID, request_id: UUID) -> None:
    """Answer a request by an invitation into the circle, which the asker then accepts.

    Raises Refused or NotFound, Invalid, Conflict.

    The lead may, since answering requests is theirs too (settled.md 4); never on their own
    initiative, which stays the coordinator's.
    """
    facts, row = await _answers(unit, situation_id, request_id, JoinAnswer.INVITED)
    reason = AS_CIRCLE_REASON[JoinReason(row.reason)]
    await record.note(
        unit,
        Act.CIRCLE_INVITED,
        situations=(situation_id,),
        obj={"k": "circle"},
        role=gate.role_of(facts),
        about={"seat": str(row.employment_id)},
    )
    await invite(unit, facts, row.employment_id, reason)
    await _answered(unit, row, JoinAnswer.INVITED)


async def preview_asker(
    unit: Unit, situation_id: UUID, request_id: UUID, offer: GuestOffer
) -> GuestPreview:
    """Return what an offer of guest access would open to whoever asked. Raises as above."""
    facts = await facts_about(unit, situation_id, exclusive=True)
    row = await _answerable(unit, facts, request_id, Act.GUEST_LISTED)
    await gate.permit(
        unit,
        facts,
        Action.SHARE,
        Section.SITUATION,
        act=Act.GUEST_LISTED,
        obj={"k": "guest", "a": "preview"},
    )
    return await preview(unit, facts, _for(row, offer))


async def admit_asker(unit: Unit, situation_id: UUID, request_id: UUID, offer: GuestOffer) -> None:
    """Answer a request by a guest access instead. Raises Refused or NotFound, Invalid, Conflict."""
    facts, row = await _answers(unit, situation_id, request_id, JoinAnswer.GUEST)
    await admit(unit, facts, _for(row, offer))
    await record.note(
        unit,
        Act.GUEST_ADMITTED,
        situations=(situation_id,),
        obj={"k": "guest"},
        role=gate.role_of(facts),
        about={"seat": str(row.employment_id)},
    )
    await _answered(unit, row, JoinAnswer.GUEST)


async def decline_asker(unit: Unit, situation_id: UUID, request_id: UUID, motive: str) -> None:
    """Decline a request; the asker is told what silence would tell. Raises as above."""
    why = checked_decline(motive)
    _, row = await _answers(unit, situation_id, request_id, JoinAnswer.DECLINED)
    await _answered(unit, row, JoinAnswer.DECLINED, motive=why)


def _for(row: Any, offer: GuestOffer) -> GuestOffer:
    if offer.employment_id != row.employment_id:
        raise Invalid({"employment_id": "Un accès s'ouvre à la personne qui l'a demandé."})
    return offer


async def _answers(
    unit: Unit, situation_id: UUID, request_id: UUID, answer: JoinAnswer
) -> tuple[SituationFacts, Any]:
    """Allow an answer to the coordinator or the lead, record it, return what is answered."""
    facts = await facts_about(unit, situation_id, exclusive=True)
    row = await _answerable(unit, facts, request_id, Act.CIRCLE_ANSWERED)
    await gate.permit(
        unit,
        facts,
        Action.SHARE,
        Section.SITUATION,
        act=Act.CIRCLE_ANSWERED,
        obj={"k": "join_request", "a": str(answer)},
        about={"seat": str(row.employment_id), "request": str(request_id)},
    )
    return facts, row


async def _answerable(unit: Unit, facts: SituationFacts, request_id: UUID, act: Act) -> Any:
    """Return a request of this situation that waits; whoever may not answer is refused first."""
    if not gate.allows(facts, Section.SITUATION, Action.SHARE) or not facts.exists:
        await gate.permit(unit, facts, Action.SHARE, Section.SITUATION, act=act)
    statement = select(JoinRequest.__table__).where(
        JoinRequest.clsm_id == unit.clsm_id,
        JoinRequest.request_id == request_id,
        JoinRequest.situation_id == facts.situation_id,
        JoinRequest.forgotten_at.is_(None),
    )
    if unit.write:
        statement = statement.with_for_update()
    row = (await unit.transaction.execute(statement)).first()
    if row is None:
        await record.note(
            unit,
            act,
            situations=(facts.situation_id,),
            out=Outcome.DENY,
            obj={"k": "join_request"},
            role=gate.role_of(facts),
        )
        raise NotFound
    if row.answer:
        raise Conflict("Quelqu'un a déjà répondu à cette demande.")
    return row


async def _answered(unit: Unit, row: Any, answer: JoinAnswer, *, motive: str = "") -> None:
    await unit.transaction.execute(
        update(JoinRequest)
        .where(JoinRequest.clsm_id == unit.clsm_id, JoinRequest.request_id == row.request_id)
        .values(
            answer=str(answer),
            motive=str(motive),
            answered_at=unit.now(),
            answered_by=unit.actor.employment_id,
        )
    )


async def _waiting(unit: Unit, where: Any) -> Sequence[Any]:
    statement = (
        select(JoinRequest.__table__)
        .where(
            JoinRequest.clsm_id == unit.clsm_id,
            JoinRequest.answer == "",
            JoinRequest.forgotten_at.is_(None),
            where,
        )
        .order_by(JoinRequest.answer_by)
        .limit(MOST_SHOWN)
    )
    return (await unit.transaction.execute(statement)).all()


async def _lines(unit: Unit, rows: Sequence[Any]) -> tuple[RequestLine, ...]:
    names = await partners.names_of(unit, {row.employment_id for row in rows})
    now = unit.now()
    return tuple(
        RequestLine(
            request_id=row.request_id,
            situation_id=row.situation_id,
            employment_id=row.employment_id,
            name=names[row.employment_id].name,
            title=names[row.employment_id].title,
            organisation=names[row.employment_id].organisation,
            reason=row.reason,
            asked_at=row.asked_at,
            answer_by=row.answer_by,
            late=row.answer_by <= now,
        )
        for row in rows
    )


def _now(model: type[Any], now: Any) -> tuple[Any, ...]:
    return (
        model.valid_from <= now,
        model.valid_to > now,
        model.recorded_at <= now,
        model.superseded_at > now,
    )
