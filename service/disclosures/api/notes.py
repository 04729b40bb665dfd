"""The note to the mayor and the neutral answer, for programs."""

from typing import Final
from uuid import UUID

from litestar import Controller, delete, get, post, put
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody

from service.disclosures import operations
from service.disclosures.schemas.notes import (
    InquiryId,
    InquiryLine,
    MayorNoteView,
    NeutralAnswer,
    NewDesignation,
    NewInquiry,
    NewNote,
    NoteId,
)
from service.sharing import operations as sharing
from service.unit import Unit
from service.web.problems import PROBLEMS


class NoteApi(Controller):
    """The note of CASF L.121-6-2 and the coordinator whom the mayor designates."""

    path = "/api/v1/situations/{situation_id:uuid}"
    tags = ("reports",)

    @post("/mayor-notes", name="api_make_mayor_note", responses=PROBLEMS)
    async def make(
        self, unit: NamedDependency[Unit], situation_id: FromPath[UUID], data: JSONBody[NewNote]
    ) -> NoteId:
        """Make a note; the same `note_id` sent twice makes one."""
        return NoteId(note_id=await operations.make_note(unit, situation_id, data))

    @get("/mayor-notes/{note_id:uuid}", name="api_mayor_note", responses=PROBLEMS)
    async def show(
        self,
        unit: NamedDependency[Unit],
        situation_id: FromPath[UUID],
        note_id: FromPath[UUID],
    ) -> MayorNoteView:
        """Return the five fields of one's own note."""
        return await operations.read_note(unit, situation_id, note_id)

    @put(
        "/social-coordinator",
        name="api_designate_social_coordinator",
        status_code=204,
        responses=PROBLEMS,
    )
    async def designate(
        self,
        unit: NamedDependency[Unit],
        situation_id: FromPath[UUID],
        data: JSONBody[NewDesignation],
    ) -> None:
        """Write down whom the mayor designated."""
        await sharing.designate_social_coordinator(
            unit, situation_id, data.employment_id, data.act_reference
        )

    @delete("/social-coordinator", name="api_end_social_coordinator", responses=PROBLEMS)
    async def end(self, unit: NamedDependency[Unit], situation_id: FromPath[UUID]) -> None:
        """Write down that the mayor's designation ended."""
        await sharing.end_social_coordinator(unit, situation_id)


class InquiryApi(Controller):
    """`/api/v1/inquiries`: requests about a person, none of which says about whom."""

    path = "/api/v1/inquiries"
    tags = ("reports",)

    @get("/", name="api_inquiries", responses=PROBLEMS)
    async def show(self, unit: NamedDependency[Unit]) -> list[InquiryLine]:
        """Return the requests, the newest first."""
        return list(await operations.list_inquiries(unit))

    @post("/", name="api_register_inquiry", responses=PROBLEMS)
    async def register(self, unit: NamedDependency[Unit], data: JSONBody[NewInquiry]) -> InquiryId:
        """Register a request; the answer is the same whatever was asked."""
        inquiry_id = await operations.register_inquiry(unit, data)
        return InquiryId(inquiry_id=inquiry_id, answer=operations.neutral_answer())

    @get("/answer", name="api_neutral_answer", responses=PROBLEMS)
    async def answer(self, unit: NamedDependency[Unit]) -> NeutralAnswer:
        """Return the one answer to whoever asks about a person."""
        del unit
        return NeutralAnswer(answer=operations.neutral_answer())


ROUTES: Final = (NoteApi, InquiryApi)
