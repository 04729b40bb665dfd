"""Pages of a departure: what will end, in numbers, then the one act. No situation is shown."""

from collections.abc import Mapping
from typing import Final
from uuid import UUID

from litestar import Controller, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath
from litestar.response import Redirect

from service.errors import Invalid
from service.sharing import operations
from service.sharing.pages.framing import WebRequest
from service.sharing.schemas.departures import DepartureView
from service.unit import Unit
from service.web.forms import Form
from service.web.frame import announce, frame
from service.web.render import Page, page

LEFT: Final = announce(
    "departure-done", "Le départ est enregistré : tout ce que ces postes ouvraient est fermé."
)


class DeparturePages(Controller):
    """`/employments/{id}/end` and `/organisations/{id}/end`."""

    @get("/employments/{employment_id:uuid}/end", name="ask_end_employment")
    async def ask_person(
        self, request: WebRequest, unit: NamedDependency[Unit], employment_id: FromPath[UUID]
    ) -> Page:
        """Say what a departure ends, before it is done."""
        return await _person(request, unit, employment_id)

    @post("/employments/{employment_id:uuid}/end", name="end_employment", status_code=303)
    async def end_person(
        self,
        request: WebRequest,
        unit: NamedDependency[Unit],
        employment_id: FromPath[UUID],
        form: NamedDependency[Form],
    ) -> Redirect | Page:
        """Close everything that a seat, or a person, holds."""
        every = form.raw().get("every_seat", "yes") == "yes"
        try:
            done = await operations.leave(unit, employment_id, every_seat=every)
        except Invalid as wrong:
            unit.undo()
            return await _person(request, unit, employment_id, wrong.fields)
        return Redirect(f"/organisations/{done.organisation_id}?done={LEFT}", status_code=303)

    @get("/organisations/{organisation_id:uuid}/end", name="ask_end_organisation")
    async def ask_organisation(
        self, request: WebRequest, unit: NamedDependency[Unit], organisation_id: FromPath[UUID]
    ) -> Page:
        """Say what the departure of a whole organisation ends."""
        return await _organisation(request, unit, organisation_id)

    @post("/organisations/{organisation_id:uuid}/end", name="end_organisation", status_code=303)
    async def end_organisation(
        self, request: WebRequest, unit: NamedDependency[Unit], organisation_id: FromPath[UUID]
    ) -> Redirect | Page:
        """Close every seat of an organisation."""
        try:
            done = await operations.leave_as_organisation(unit, organisation_id)
        except Invalid as wrong:
            unit.undo()
            return await _organisation(request, unit, organisation_id, wrong.fields)
        return Redirect(f"/organisations/{done.organisation_id}?done={LEFT}", status_code=303)


ROUTES: Final = (DeparturePages,)


async def _person(
    request: WebRequest, unit: Unit, employment_id: UUID, errors: Mapping[str, str] | None = None
) -> Page:
    try:
        seat, person = await operations.preview_departure(unit, employment_id)
    except Invalid as wrong:
        return _refused(request, f"/employments/{employment_id}", wrong.fields)
    return page(
        "sharing/departure.html",
        context=frame(request, nav="/directory"),
        status_code=422 if errors else 200,
        errors=errors or {},
        act=f"/employments/{employment_id}/end",
        back_href=f"/employments/{employment_id}",
        seat=seat,
        person=person,
    )


async def _organisation(
    request: WebRequest, unit: Unit, organisation_id: UUID, errors: Mapping[str, str] | None = None
) -> Page:
    try:
        whole: DepartureView = await operations.preview_organisation(unit, organisation_id)
    except Invalid as wrong:
        return _refused(request, f"/organisations/{organisation_id}", wrong.fields)
    return page(
        "sharing/departure.html",
        context=frame(request, nav="/directory"),
        status_code=422 if errors else 200,
        errors=errors or {},
        act=f"/organisations/{organisation_id}/end",
        back_href=f"/organisations/{organisation_id}",
        seat=None,
        person=whole,
    )


def _refused(request: WebRequest, back_href: str, errors: Mapping[str, str]) -> Page:
    return page(
        "sharing/departure_refused.html",
        context=frame(request, nav="/directory"),
        status_code=422,
        errors=errors,
        back_href=back_href,
    )
