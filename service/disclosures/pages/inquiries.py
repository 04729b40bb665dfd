"""Pages of requests about a person, whoever asks: the register, and the one answer."""

from collections.abc import Mapping
from typing import Final

from litestar import Controller, get, post
from litestar.di import NamedDependency
from litestar.response import Redirect

from service.clock import PARIS
from service.disclosures import operations
from service.disclosures.pages.framing import WebRequest
from service.disclosures.rules.notes import ASKED_LABELS, REQUESTER_LABELS
from service.disclosures.schemas.notes import NewInquiry
from service.errors import Invalid
from service.unit import Unit
from service.web.forms import Form
from service.web.frame import announce, frame
from service.web.render import Page, page

REGISTERED: Final = announce("inquiry-registered", "La demande est enregistrée. Voici la réponse.")
FIELDS: Final = (
    "requester",
    "means",
    "received_on-day",
    "received_on-month",
    "received_on-year",
)


class InquiryPages(Controller):
    """`/inquiries`: no field of theirs can say about whom one asks."""

    path = "/inquiries"

    @get("/", name="inquiries")
    async def show_inquiries(self, request: WebRequest, unit: NamedDependency[Unit]) -> Page:
        """Show the requests that got the neutral answer."""
        return page(
            "disclosures/inquiries.html",
            context=frame(request),
            lines=await operations.list_inquiries(unit),
            may_add=bool(unit.actor.offices & {"coordinator", "dpo"}),
        )

    @get("/new", name="new_inquiry")
    async def show_form(self, request: WebRequest, unit: NamedDependency[Unit]) -> Page:
        """Ask when, who (a kind), and how."""
        await operations.permit_inquiry_form(unit)
        return _form(request, unit, {})

    @post("/", name="register_inquiry")
    async def register(
        self, request: WebRequest, unit: NamedDependency[Unit], form: NamedDependency[Form]
    ) -> Page | Redirect:
        """Register a request; the answer is the same whatever was asked."""
        form.only(FIELDS)
        day = form.day("received_on", required="Indiquez le jour de la demande.")
        today = unit.now().astimezone(PARIS).date()
        try:
            if day is None or form.errors:
                await operations.permit_inquiry_form(unit)
            form.check()
            said = NewInquiry(
                received_on=day or today,
                requester=form.raw().get("requester", ""),
                means=form.raw().get("means", ""),
            )
            await operations.register_inquiry(unit, said)
        except Invalid as wrong:
            unit.undo()
            return _form(request, unit, form.raw(), wrong.fields)
        return Redirect(f"/inquiries/answer?done={REGISTERED}", status_code=303)

    @get("/answer", name="neutral_answer")
    async def show_answer(self, request: WebRequest, unit: NamedDependency[Unit]) -> Page:
        """Show the one answer, to print: any seat may hand it over."""
        return page(
            "disclosures/answer.html",
            context=frame(request),
            answer=operations.neutral_answer(),
            clsm=unit.actor.clsm_name,
        )


ROUTES: Final = (InquiryPages,)


def _form(
    request: WebRequest,
    unit: Unit,
    typed: Mapping[str, str],
    errors: Mapping[str, str] | None = None,
) -> Page:
    del unit
    return page(
        "disclosures/inquiry_form.html",
        context=frame(request),
        status_code=422 if errors else 200,
        errors=errors or {},
        typed={name: typed.get(name, "") for name in FIELDS},
        requesters=REQUESTER_LABELS,
        means=ASKED_LABELS,
    )
