"""The register on screen: for the auditor and the DPO, and each person's own acts."""

from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from litestar import Controller, Request, get
from litestar.datastructures import State
from litestar.di import NamedDependency
from litestar.params import FromPath

from service.errors import Invalid
from service.oversight import operations
from service.oversight.schemas import ACTS, OUTCOMES, SECTION_LABELS, RecordPage
from service.unit import Unit
from service.web.frame import frame
from service.web.render import Page, page

FILTERS = ("act", "out", "org", "section", "since", "until", "reference", "actor")


class RecordPages(Controller):
    """`/record` and `/record/mine`; GET only: nobody writes in the record."""

    path = "/record"

    @get("/", name="record")
    async def show_record(
        self, request: Request[Any, Any, State], unit: NamedDependency[Unit]
    ) -> Page:
        """Show the record of the CLSM to those who oversee it."""
        try:
            found, errors = await operations.read_record(unit, request.query_params), {}
        except Invalid as wrong:
            found, errors = None, wrong.fields
        return _answer(
            "oversight/record.html",
            request,
            found,
            errors,
            organisations=await operations.organisations(unit),
        )

    @get("/mine", name="own_acts")
    async def show_own_acts(
        self, request: Request[Any, Any, State], unit: NamedDependency[Unit]
    ) -> Page:
        """Show a seat what the record says that it did."""
        try:
            found, errors = await operations.read_own_acts(unit, request.query_params), {}
        except Invalid as wrong:
            found, errors = None, wrong.fields
        return _answer("oversight/mine.html", request, found, errors)


def _answer(
    template: str,
    request: Request[Any, Any, State],
    found: RecordPage | None,
    errors: dict[str, str],
    **values: object,
) -> Page:
    typed = {name: request.query_params.get(name, "") for name in FILTERS}
    kept = {name: value for name, value in typed.items() if value}
    here = request.scope["path"].rstrip("/")
    older = f"{here}?{urlencode(kept | {'before': found.older})}" if found and found.older else ""
    newest = f"{here}?{urlencode(kept)}" if request.query_params.get("before") else ""
    return page(
        template,
        context=frame(request),
        status_code=422 if errors else 200,
        errors=errors,
        record=found,
        typed=typed,
        filtered=bool(kept),
        acts=sorted(ACTS.items(), key=lambda item: item[1]),
        outcomes=OUTCOMES.items(),
        sections=SECTION_LABELS.items(),
        older=older,
        newest=newest,
        **values,
    )


class DepartureReadingPages(Controller):
    """`/departures/{id}`: what someone who left had read, to print."""

    path = "/departures"

    @get("/", name="departures")
    async def show_departures(
        self, request: Request[Any, Any, State], unit: NamedDependency[Unit]
    ) -> Page:
        """Show the seats that ended, the last first."""
        return page(
            "oversight/departures.html",
            context=frame(request),
            seats=await operations.list_departures(unit),
        )

    @get("/{employment_id:uuid}", name="departure_readings")
    async def show_departure(
        self,
        request: Request[Any, Any, State],
        unit: NamedDependency[Unit],
        employment_id: FromPath[UUID],
    ) -> Page:
        """Show what a seat that ended had read."""
        return page(
            "oversight/departure.html",
            context=frame(request),
            view=await operations.read_departure(unit, employment_id),
            now=unit.now(),
        )


ROUTES = (RecordPages, DepartureReadingPages)
