"""What every page of sharing is made with: its frame, where it returns, what was wrong."""

from collections.abc import Awaitable, Mapping
from typing import Any, Final
from uuid import UUID

from litestar import Request
from litestar.datastructures import State
from litestar.response import Redirect

from policies.vocabulary import Section
from service.errors import Conflict, Invalid, NotFound
from service.sharing.rules import (
    MEANS_LABELS,
)
from service.unit import Unit
from service.web.forms import Form
from service.web.frame import frame
from service.web.render import Page, page

WebRequest = Request[Any, Any, State]

ASK_SEAT: Final = "Choisissez une personne."
ASK_MEANS: Final = "Choisissez comment cela s'est passé."
ASK_NOTICE: Final = "Indiquez la version de la notice remise ou lue."
LONGEST_NOTICE: Final = 40


def section_of(code: str) -> Section:
    """Return a section from an address. Raises NotFound for any other word."""
    if code not in set(Section) or code == Section.SITUATION:
        raise NotFound
    return Section(code)


def base(situation_id: UUID) -> str:
    """Return the address of a situation."""
    return f"/situations/{situation_id}"


def back_to(situation_id: UUID, where: str, code: str) -> Redirect:
    """Return to a page of the situation, which then says what was done."""
    return Redirect(f"{base(situation_id)}/{where}?done={code}", status_code=303)


def mistakes(wrong: Invalid | Conflict, field: str = "employment_id") -> dict[str, str]:
    """Return what was wrong by field; a conflict is said on `field`."""
    return {field: wrong.sentence} if isinstance(wrong, Conflict) else wrong.fields


async def situation_page(  # noqa: PLR0913 — a form's parts
    request: WebRequest,
    unit: Unit,
    situation_id: UUID,
    template: str,
    *,
    errors: Mapping[str, str] | None = None,
    status_code: int = 200,
    unnamed: bool = False,
    **values: Any,
) -> Page:
    """Return a page of one situation, called by its reference and its neutral word.

    `unnamed` leaves the neutral word out, for whoever is not around the situation.
    """
    namer: Awaitable[Mapping[UUID, Any]] = request.app.state.name_situations(
        unit.transaction, unit.clsm_id, [situation_id]
    )
    named = (await namer).get(situation_id)
    return page(
        template,
        context=frame(request),
        errors=errors or {},
        status_code=status_code,
        base=base(situation_id),
        reference=named.reference if named else "",
        title=(named.reference if unnamed else named.alias or named.reference) if named else "",
        **values,
    )


def paper(form: Form) -> tuple[str, str]:
    """Return how it was said and which notice was given; mistakes are kept in the form."""
    means = form.choice("means", set(MEANS_LABELS), required=ASK_MEANS)
    notice = form.line("notice_version", required=ASK_NOTICE, longest=LONGEST_NOTICE)
    return means, notice
