"""Guest access and requests to join for programs: the same operations as the pages, in JSON."""

from typing import Any, Final
from uuid import UUID

import msgspec
from litestar import Controller, Request, delete, get, post
from litestar.datastructures import State
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody

from service.errors import Invalid
from service.sharing import operations
from service.sharing.rules.targeted import JoinAnswer, checked_reference
from service.sharing.schemas.targeted import (
    GuestOffer,
    GuestsOut,
    NewGuest,
    NewJoinAnswer,
    NewJoinRequest,
    OpeningOut,
    OwnRequestOut,
    RequestOut,
    RequestRead,
    Taken,
)
from service.unit import Unit
from service.web.problems import PROBLEMS

_WITH_ZONE: Final = "Écrivez la fin avec son fuseau, par exemple …T12:00:00Z."


class GuestApi(Controller):
    """Who reads for a time without belonging to the circle."""

    path = "/api/v1/situations/{situation_id:uuid}/guests"
    tags = ("guests",)

    @get("/", name="api_guests", responses=PROBLEMS)
    async def show_guests(
        self, unit: NamedDependency[Unit], situation_id: FromPath[UUID]
    ) -> GuestsOut:
        """Return the guest accesses, as this seat may know them."""
        found = await operations.read_guests(unit, situation_id)
        return msgspec.convert(found, GuestsOut, from_attributes=True)

    @post("/", name="api_admit_guest", status_code=204, responses=PROBLEMS)
    async def admit(
        self,
        unit: NamedDependency[Unit],
        situation_id: FromPath[UUID],
        data: JSONBody[NewGuest],
    ) -> None:
        """Open a guest access."""
        await operations.admit_guest(unit, situation_id, _offer(data.employment_id, data))

    @post("/preview", name="api_preview_guest", status_code=200, responses=PROBLEMS)
    async def preview(
        self,
        unit: NamedDependency[Unit],
        situation_id: FromPath[UUID],
        data: JSONBody[NewGuest],
    ) -> tuple[OpeningOut, ...]:
        """Return how far each section would open to this seat today; nothing is written."""
        unit.undo()
        shown = await operations.preview_guest(unit, situation_id, _offer(data.employment_id, data))
        return tuple(OpeningOut(section=one.section, level=one.level) for one in shown.openings)

    @delete("/{employment_id:uuid}", name="api_end_guest", responses=PROBLEMS)
    async def end(
        self,
        unit: NamedDependency[Unit],
        situation_id: FromPath[UUID],
        employment_id: FromPath[UUID],
    ) -> None:
        """End a guest access now."""
        await operations.end_guest(unit, situation_id, employment_id)


class AskApi(Controller):
    """Asking to join by a reference."""

    path = "/api/v1/join-requests"
    tags = ("guests",)

    @get("/", name="api_join_requests", responses=PROBLEMS)
    async def show_own(self, unit: NamedDependency[Unit]) -> tuple[OwnRequestOut, ...]:
        """Return one's own requests."""
        found = await operations.own_requests(unit)
        return tuple(msgspec.convert(one, OwnRequestOut, from_attributes=True) for one in found)

    @post("/", name="api_ask_to_join", status_code=202, responses=PROBLEMS)
    async def ask(
        self,
        request: Request[Any, Any, State],
        unit: NamedDependency[Unit],
        data: JSONBody[NewJoinRequest],
    ) -> Taken:
        """Take a request; whatever the reference, the answer is the same."""
        named = await request.app.state.call_situation(
            unit.transaction, unit.clsm_id, checked_reference(data.reference)
        )
        return await operations.ask_to_join(
            unit,
            data.request_id,
            data.reference,
            named.situation_id if named else None,
            reason=data.reason,
            sentence=data.sentence,
        )


class AnswerApi(Controller):
    """Answering requests to join, as coordinator or lead."""

    path = "/api/v1/situations/{situation_id:uuid}/requests"
    tags = ("guests",)

    @get("/", name="api_requests", responses=PROBLEMS)
    async def show_requests(
        self, unit: NamedDependency[Unit], situation_id: FromPath[UUID]
    ) -> tuple[RequestOut, ...]:
        """Return the requests that wait, to those who answer; empty to others."""
        found = await operations.read_requests(unit, situation_id)
        return tuple(msgspec.convert(one, RequestOut, from_attributes=True) for one in found)

    @get("/{request_id:uuid}", name="api_request", responses=PROBLEMS)
    async def show_request(
        self,
        unit: NamedDependency[Unit],
        situation_id: FromPath[UUID],
        request_id: FromPath[UUID],
    ) -> RequestRead:
        """Return one request that waits, with its sentence."""
        found = await operations.read_request(unit, situation_id, request_id)
        return RequestRead(
            request=msgspec.convert(found.line, RequestOut, from_attributes=True),
            sentence=found.sentence,
        )

    @post("/{request_id:uuid}", name="api_answer_request", status_code=204, responses=PROBLEMS)
    async def answer(
        self,
        unit: NamedDependency[Unit],
        situation_id: FromPath[UUID],
        request_id: FromPath[UUID],
        data: JSONBody[NewJoinAnswer],
    ) -> None:
        """Invite, open a guest access instead, or decline."""
        match data.answer:
            case JoinAnswer.INVITED:
                await operations.invite_asker(unit, situation_id, request_id)
            case JoinAnswer.GUEST:
                asked = await operations.read_request(unit, situation_id, request_id)
                offer = _offer(asked.line.employment_id, data)
                await operations.admit_asker(unit, situation_id, request_id, offer)
            case _:
                await operations.decline_asker(unit, situation_id, request_id, data.motive)


ROUTES: Final = (GuestApi, AskApi, AnswerApi)


def _offer(employment_id: UUID, data: NewGuest | NewJoinAnswer) -> GuestOffer:
    if data.until is None or data.until.tzinfo is None:
        raise Invalid({"until": _WITH_ZONE})
    return GuestOffer(
        employment_id=employment_id,
        sections=data.sections,
        purpose=data.purpose,
        basis=data.basis,
        until=data.until,
    )
