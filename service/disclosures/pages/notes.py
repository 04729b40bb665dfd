"""Pages of the note to the mayor (CASF L.121-6-2): two choices, then a page to print."""

from collections.abc import Mapping
from typing import Final
from uuid import UUID

from litestar import Controller, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath
from litestar.response import Redirect

from service.database import new_id
from service.disclosures import operations
from service.disclosures.pages.framing import WebRequest, mistakes, situation_page
from service.disclosures.rules.notes import NOTE_LABELS
from service.disclosures.schemas.notes import NewNote
from service.errors import Conflict, Invalid
from service.sharing import operations as sharing
from service.unit import Unit
from service.web.forms import Form
from service.web.frame import announce
from service.web.render import Page

MADE: Final = announce("note-made", "La note est établie : imprimez-la et remettez-la vous-même.")
DESIGNATED: Final = announce("coordinator-designated", "La désignation du maire est enregistrée.")
ENDED: Final = announce("coordinator-ended", "La fin de la désignation est enregistrée.")
ASK_SEAT: Final = "Choisissez un professionnel du cercle."


class NotePages(Controller):
    """`/situations/{id}/mayor-note`."""

    path = "/situations/{situation_id:uuid}/mayor-note"

    @get("/", name="new_mayor_note")
    async def show_form(
        self, request: WebRequest, unit: NamedDependency[Unit], situation_id: FromPath[UUID]
    ) -> Page:
        """Ask to whom, and who would coordinate."""
        return await _form(request, unit, situation_id, {})

    @post("/", name="make_mayor_note")
    async def make(
        self,
        request: WebRequest,
        unit: NamedDependency[Unit],
        form: NamedDependency[Form],
        situation_id: FromPath[UUID],
    ) -> Page | Redirect:
        """Make the note."""
        try:
            note_id = form.uuid("note_id") or new_id()
            said = NewNote(
                note_id=note_id,
                recipient=form.raw().get("recipient", ""),
                coordinator_id=form.uuid("coordinator_id"),
            )
            await operations.make_note(unit, situation_id, said)
        except (Invalid, Conflict) as wrong:
            unit.undo()
            return await _form(
                request, unit, situation_id, form.raw(), mistakes(wrong, "recipient")
            )
        return Redirect(
            f"/situations/{situation_id}/mayor-note/{note_id}?done={MADE}", status_code=303
        )

    @post("/coordinator", name="designate_social_coordinator")
    async def designate(
        self,
        request: WebRequest,
        unit: NamedDependency[Unit],
        form: NamedDependency[Form],
        situation_id: FromPath[UUID],
    ) -> Page | Redirect:
        """Write down whom the mayor designated."""
        seat = form.uuid("employment_id")
        reference = form.raw().get("act_reference", "")
        try:
            if seat is None:
                await operations.prepare_note(unit, situation_id)
                raise Invalid({"employment_id": ASK_SEAT})
            await sharing.designate_social_coordinator(unit, situation_id, seat, reference)
        except (Invalid, Conflict) as wrong:
            unit.undo()
            return await _form(
                request, unit, situation_id, form.raw(), mistakes(wrong, "employment_id")
            )
        return _back(situation_id, DESIGNATED)

    @post("/coordinator/end", name="end_social_coordinator")
    async def end(self, unit: NamedDependency[Unit], situation_id: FromPath[UUID]) -> Redirect:
        """Write down that the mayor's designation ended."""
        await sharing.end_social_coordinator(unit, situation_id)
        return _back(situation_id, ENDED)

    @get("/{note_id:uuid}", name="mayor_note")
    async def show_note(
        self,
        request: WebRequest,
        unit: NamedDependency[Unit],
        situation_id: FromPath[UUID],
        note_id: FromPath[UUID],
    ) -> Page:
        """Show the five fields, to print."""
        note = await operations.read_note(unit, situation_id, note_id)
        return await situation_page(
            request, unit, situation_id, "disclosures/mayor_note.html", note=note
        )


ROUTES: Final = (NotePages,)


def _back(situation_id: UUID, code: str) -> Redirect:
    return Redirect(f"/situations/{situation_id}/mayor-note?done={code}", status_code=303)


async def _form(
    request: WebRequest,
    unit: Unit,
    situation_id: UUID,
    typed: Mapping[str, str],
    errors: Mapping[str, str] | None = None,
) -> Page:
    names = ("note_id", "recipient", "coordinator_id", "employment_id", "act_reference")
    known = {name: typed.get(name, "") for name in names}
    return await situation_page(
        request,
        unit,
        situation_id,
        "disclosures/mayor_note_form.html",
        errors=errors,
        view=await operations.prepare_note(unit, situation_id),
        typed=known | {"note_id": known["note_id"] or str(new_id())},
        labels=NOTE_LABELS,
    )
