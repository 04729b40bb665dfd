"""Pages of what the coordination and the DPO are told, and of their look afterwards."""

from collections.abc import Mapping
from typing import Final
from uuid import UUID

from litestar import Controller, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath
from litestar.response import Redirect

from service.disclosures import operations
from service.disclosures.pages.framing import WebRequest, mistakes
from service.disclosures.rules.reports import OUTCOME_LABELS
from service.errors import Conflict, Invalid
from service.unit import Unit
from service.web.forms import Form
from service.web.frame import announce, frame
from service.web.render import Page, page

REVIEWED: Final = announce("report-reviewed", "Votre conclusion est enregistrée.")


class ReviewPages(Controller):
    """`/reports`: the DPO's, the coordinator's cells', or one's own."""

    path = "/reports"

    @get("/", name="all_reports")
    async def show_all(self, request: WebRequest, unit: NamedDependency[Unit]) -> Page:
        """Show the reports that this seat is told of."""
        return page(
            "disclosures/all_reports.html",
            context=frame(request, nav="/reports"),
            view=await operations.list_reports(unit),
        )

    @get("/{report_id:uuid}", name="report_line")
    async def show_line(
        self, request: WebRequest, unit: NamedDependency[Unit], report_id: FromPath[UUID]
    ) -> Page:
        """Show one report without what it says, and ask for a conclusion."""
        return await _line(request, unit, report_id)

    @post("/{report_id:uuid}/review", name="review_report")
    async def review(
        self,
        request: WebRequest,
        unit: NamedDependency[Unit],
        form: NamedDependency[Form],
        report_id: FromPath[UUID],
    ) -> Page | Redirect:
        """Record the conclusion of someone else than the author."""
        try:
            await operations.review_report(unit, report_id, form.raw().get("outcome", ""))
        except (Invalid, Conflict) as wrong:
            unit.undo()
            return await _line(request, unit, report_id, mistakes(wrong, "outcome"))
        return Redirect(f"/reports/{report_id}?done={REVIEWED}", status_code=303)


ROUTES: Final = (ReviewPages,)


async def _line(
    request: WebRequest, unit: Unit, report_id: UUID, errors: Mapping[str, str] | None = None
) -> Page:
    return page(
        "disclosures/review.html",
        context=frame(request, nav="/reports"),
        status_code=422 if errors else 200,
        errors=errors or {},
        line=await operations.read_line(unit, report_id),
        outcomes=OUTCOME_LABELS,
    )
