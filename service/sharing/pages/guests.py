"""Pages of guest access: choose whom and what, see what would open, then decide."""

from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from litestar import Controller, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery
from litestar.response import Redirect

from service.clock import paris
from service.errors import Conflict, Invalid
from service.sharing import operations
from service.sharing.pages.framing import (
    ASK_SEAT,
    WebRequest,
    back_to,
    base,
    mistakes,
    situation_page,
)
from service.sharing.rules import SECTION_LABELS
from service.sharing.rules.targeted import (
    BASIS_ASKS,
    BASIS_LABELS,
    GRANTABLE,
    GUEST_LASTS_AT_MOST,
    PURPOSE_LABELS,
)
from service.sharing.schemas.targeted import GuestOffer, GuestPreview
from service.unit import Unit
from service.web.forms import Form
from service.web.frame import announce
from service.web.render import Page

ADMITTED: Final = announce(
    "guest-admitted", "L'accès ponctuel est ouvert. Il se fermera de lui-même."
)
ENDED: Final = announce("guest-ended", "L'accès ponctuel a pris fin : il n'ouvre plus rien.")

HOURS: Final = ("8", "10", "12", "14", "16", "18", "20")
LABELS: Final[Mapping[str, Mapping[str, str]]] = {
    "sections": {str(one): SECTION_LABELS[one] for one in GRANTABLE},
    "purposes": {str(code): text for code, text in PURPOSE_LABELS.items()},
    "bases": {str(code): text for code, text in BASIS_LABELS.items()},
    "asks": {str(code): text for code, text in BASIS_ASKS.items()},
}

Preview = Callable[[GuestOffer], Awaitable[GuestPreview]]
Admit = Callable[[GuestOffer], Awaitable[None]]


class GuestPages(Controller):
    """`/situations/{id}/guests`: who reads for a time without belonging to the circle."""

    path = "/situations/{situation_id:uuid}/guests"

    @get("/new", name="new_guest")
    async def show_new_guest(
        self,
        request: WebRequest,
        unit: NamedDependency[Unit],
        situation_id: FromPath[UUID],
        organisation: FromQuery[UUID | None] = None,
    ) -> Page:
        """Show the seats of one organisation, and what may be opened."""
        return await _choice(request, unit, situation_id, organisation, Form({}), {})

    @post("/new", name="admit_guest")
    async def admit(
        self,
        request: WebRequest,
        unit: NamedDependency[Unit],
        form: NamedDependency[Form],
        situation_id: FromPath[UUID],
    ) -> Page | Redirect:
        """Show what would open; once that is confirmed, open it."""

        async def preview(offer: GuestOffer) -> GuestPreview:
            return await operations.preview_guest(unit, situation_id, offer)

        async def grant(offer: GuestOffer) -> None:
            await operations.admit_guest(unit, situation_id, offer)

        try:
            return await offered(
                request, unit, form, situation_id, preview, grant,
                action=f"{base(situation_id)}/guests/new",
            )  # fmt: skip
        except (Invalid, Conflict) as wrong:
            unit.undo()
            return await _choice(
                request, unit, situation_id, form.uuid("organisation"), form, mistakes(wrong)
            )

    @post("/{employment_id:uuid}/end", name="end_guest")
    async def end(
        self,
        unit: NamedDependency[Unit],
        situation_id: FromPath[UUID],
        employment_id: FromPath[UUID],
    ) -> Redirect:
        """End a guest access now."""
        await operations.end_guest(unit, situation_id, employment_id)
        return back_to(situation_id, "circle", ENDED)


ROUTES: Final = (GuestPages,)


async def offered(  # noqa: PLR0913 — a form, and the two acts that it leads to
    request: WebRequest,
    unit: Unit,
    form: Form,
    situation_id: UUID,
    preview: Preview,
    admit: Admit,
    *,
    action: str,
) -> Page | Redirect:
    """Do the step that a form asks: look, or open. Raises Invalid and Conflict for its page."""
    offer = read_offer(form)
    if form.ticked("seen"):
        await admit(offer)
        return back_to(situation_id, "circle", ADMITTED)
    unit.undo()  # nothing is written; what was looked at is recorded all the same
    shown = await preview(offer)
    return await situation_page(
        request, unit, situation_id, "sharing/guest_preview.html",
        preview=shown, offer=offer, labels=LABELS, action=action, typed=form.raw(),
    )  # fmt: skip


def read_offer(form: Form) -> GuestOffer:
    """Return what a form offers. Raises Invalid with every mistake."""
    seat = form.uuid("employment_id", required=ASK_SEAT)
    sections = form.choices(
        "sections", set(LABELS["sections"]), required="Cochez au moins une rubrique."
    )
    purpose = form.choice("purpose", set(PURPOSE_LABELS), required="Choisissez à quoi cela sert.")
    basis = form.choice(
        "basis", set(BASIS_LABELS), required="Choisissez le texte qui permet cet accès."
    )
    day = form.day("until", required="Indiquez le dernier jour de l'accès.")
    hour = form.choice("hour", set(HOURS), required="Choisissez l'heure de fin.")
    form.check()
    if seat is None or day is None:
        raise Invalid({"employment_id": ASK_SEAT})
    return GuestOffer(
        employment_id=seat,
        sections=sections,
        purpose=purpose,
        basis=basis,
        until=paris(day, hour=int(hour)),
    )


def offer_form(now: datetime, form: Form) -> dict[str, Any]:
    """Return what the fields of an offer are filled in with."""
    typed = form.raw()
    parts = {part: typed.get(f"until-{part}", "") for part in ("day", "month", "year")}
    return {
        "labels": LABELS,
        "hours": HOURS,
        "typed": typed,
        "sections": form.values.get("sections", ["consent_status"]),
        "until": parts if any(parts.values()) else "",
        "latest": now + GUEST_LASTS_AT_MOST,
    }


async def _choice(  # noqa: PLR0913 — a form's parts
    request: WebRequest,
    unit: Unit,
    situation_id: UUID,
    organisation: UUID | None,
    form: Form,
    errors: Mapping[str, str],
) -> Page:
    organisations, seats, _ = await operations.candidates(unit, situation_id, organisation)
    return await situation_page(
        request, unit, situation_id, "sharing/new_guest.html",
        errors=errors, status_code=422 if errors else 200,
        organisations=sorted(organisations.items(), key=lambda one: one[1].casefold()),
        organisation=organisation if organisation in organisations else None,
        seats=seats, **offer_form(unit.now(), form),
    )  # fmt: skip
