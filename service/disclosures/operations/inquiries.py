"""Requests about a person, whoever asks: registered without a name, answered by one sentence."""

from typing import Final
from uuid import UUID

from sqlalchemy import insert, select

from audit.event import Act
from policies.vocabulary import Office
from service.access import gate
from service.clock import PARIS
from service.database import new_id
from service.disclosures.models import Inquiry
from service.disclosures.rules.notes import (
    ASKED_LABELS,
    NEUTRAL_ANSWER,
    REQUESTER_LABELS,
    AskedBy,
    Requester,
)
from service.disclosures.schemas.notes import InquiryLine, NewInquiry
from service.errors import Invalid
from service.partners import operations as partners
from service.unit import Unit

ANSWERING: Final = frozenset({Office.COORDINATOR, Office.DPO})
OVERSEEING: Final = ANSWERING | {Office.AUDITOR}
MOST_LINES: Final = 200


async def register_inquiry(unit: Unit, said: NewInquiry) -> UUID:
    """Register a request and that it got the neutral answer. By the coordination or the DPO.

    Nothing is looked up: there is nothing to look up with. Raises Refused, Invalid.
    """
    errors = {}
    if said.received_on > unit.now().astimezone(PARIS).date():
        errors["received_on"] = "Ce jour est à venir : corrigez la date."
    if said.requester not in set(Requester):
        errors["requester"] = "Choisissez qui demande."
    if said.means not in set(AskedBy):
        errors["means"] = "Choisissez comment la demande est arrivée."
    offices = await partners.offices_of(unit)
    await gate.permit_office(
        unit,
        offices,
        ANSWERING,
        act=Act.INQUIRY_ANSWERED,
        obj={"k": "inquiry", "from": said.requester, "by": said.means} if not errors else None,
    )
    if errors:
        raise Invalid(errors)
    inquiry_id = new_id()
    await unit.transaction.execute(
        insert(Inquiry).values(
            clsm_id=unit.clsm_id,
            inquiry_id=inquiry_id,
            received_on=said.received_on,
            requester=said.requester,
            means=said.means,
            employment_id=unit.actor.employment_id,
            answered_at=unit.now(),
        )
    )
    return inquiry_id


async def permit_inquiry_form(unit: Unit) -> None:
    """Let the coordination or the DPO open the form. Raises Refused, recorded."""
    await gate.permit_office(
        unit,
        await partners.offices_of(unit),
        ANSWERING,
        act=Act.INQUIRY_LISTED,
        obj={"k": "inquiry", "a": "prepare"},
    )


async def list_inquiries(unit: Unit) -> tuple[InquiryLine, ...]:
    """Return the requests, the newest first, to coordination, DPO and auditor; recorded.

    Raises Refused.
    """
    await gate.permit_office(
        unit,
        await partners.offices_of(unit),
        OVERSEEING,
        act=Act.INQUIRY_LISTED,
        obj={"k": "inquiry", "a": "list"},
    )
    rows = (
        await unit.transaction.execute(
            select(Inquiry.__table__)
            .where(Inquiry.clsm_id == unit.clsm_id)
            .order_by(Inquiry.received_on.desc(), Inquiry.inquiry_id.desc())
            .limit(MOST_LINES)
        )
    ).all()
    names = await partners.names_of(unit, {row.employment_id for row in rows})
    return tuple(
        InquiryLine(
            inquiry_id=row.inquiry_id,
            received_on=row.received_on,
            requester=row.requester,
            requester_label=REQUESTER_LABELS[row.requester],
            means=row.means,
            means_label=ASKED_LABELS[row.means],
            registered_by=names[row.employment_id].in_full,
            answered_at=row.answered_at,
        )
        for row in rows
    )


def neutral_answer() -> str:
    """Return the one answer, whoever asks and whatever exists."""
    return NEUTRAL_ANSWER
