"""Pages of emergency access: opening it, what waits, one access with its review."""

from collections.abc import Mapping
from typing import Any, Final
from uuid import UUID

from litestar import Controller, Request, get, post
from litestar.datastructures import State
from litestar.di import NamedDependency
from litestar.params import FromPath
from litestar.response import Redirect

from policies.vocabulary import Section
from service.database import new_id
from service.emergencies import operations
from service.emergencies.rules import (
    BASIS_LABELS,
    HOURS,
    LEVEL_LABELS,
    LONGEST_REASON,
    NOT_OPENED,
    OUTCOME_LABELS,
    REASON_LABELS,
    SECTIONS,
    SHORTEST_REASON,
    STANDING_LABELS,
    USUAL_HOURS,
    Standing,
)
from service.emergencies.schemas import (
    NewEmergency,
    NewEmergencyByReference,
    NewReview,
    Offer,
    Opened,
)
from service.errors import Conflict, Invalid
from service.sharing.rules import MEANS_LABELS
from service.situations.rules import SECTION_LABELS
from service.unit import Unit
from service.web.forms import Form
from service.web.frame import announce, frame
from service.web.render import Page, page

WebRequest = Request[Any, Any, State]

OPENED: Final = announce(
    "emergency-opened",
    "L'accès d'urgence est ouvert. La coordination et la personne déléguée à la protection des "
    "données en sont informées.",
)
ASKED: Final = announce(
    "emergency-asked", "La demande est envoyée : rien n'est ouvert tant qu'une seconde personne "
    "n'a pas répondu.",
)  # fmt: skip
CLOSED: Final = announce("emergency-closed", "L'accès d'urgence est fermé.")
GRANTED: Final = announce(
    "emergency-granted", "L'accès est ouvert pour la personne qui le demande."
)
DECLINED: Final = announce("emergency-declined", "La demande est refusée : rien n'est ouvert.")
REVIEWED: Final = announce("emergency-reviewed", "L'examen est enregistré.")

LABELS: Final[Mapping[str, Any]] = {
    "sections": {str(code): label for code, label in SECTION_LABELS.items()},
    "reasons": REASON_LABELS,
    "bases": BASIS_LABELS,
    "outcomes": OUTCOME_LABELS,
    "standings": STANDING_LABELS,
    "levels": LEVEL_LABELS,
    "means": MEANS_LABELS,
}
TONES: Final[Mapping[str, str]] = {
    Standing.ASKED: "honey",
    Standing.DECLINED: "plain",
    Standing.LAPSED: "plain",
    Standing.OPEN: "brick",
    Standing.TO_REVIEW: "iris",
    Standing.LATE: "brick",
    Standing.REVIEWED: "leaf",
}


class OpeningPages(Controller):
    """`/situations/{id}/emergency`: from the page of a situation that one knows."""

    path = "/situations/{situation_id:uuid}/emergency"

    @get("/", name="emergency_form")
    async def show_form(
        self, request: WebRequest, unit: NamedDependency[Unit], situation_id: FromPath[UUID]
    ) -> Page:
        """Show what may be opened, and the one form that opens it."""
        offer = await operations.offer(unit, situation_id)
        return _form_page(request, offer, f"/situations/{situation_id}", {}, {})

    @post("/", name="open_emergency")
    async def open(
        self,
        request: WebRequest,
        unit: NamedDependency[Unit],
        form: NamedDependency[Form],
        situation_id: FromPath[UUID],
    ) -> Page | Redirect:
        """Open it."""
        try:
            opened = await operations.open_emergency(
                unit, situation_id, NewEmergency(**_wanted(form))
            )
        except (Invalid, Conflict) as wrong:
            unit.undo()
            offer = await operations.offer(unit, situation_id)
            return _form_page(
                request, offer, f"/situations/{situation_id}", _typed(form), _errors(form, wrong)
            )
        return _after(opened)

    @post("/close", name="close_emergency")
    async def close(self, unit: NamedDependency[Unit], situation_id: FromPath[UUID]) -> Redirect:
        """Close one's own access now; already over, there is nothing to close."""
        try:
            known = await operations.close_own(unit, situation_id)
        except Conflict:
            unit.undo()
            known = True
        return Redirect(
            f"{f'/situations/{situation_id}' if known else '/'}?done={CLOSED}", status_code=303
        )


class EmergencyPages(Controller):
    """`/emergencies`: those that this seat may know of, and the on-call form."""

    path = "/emergencies"

    @get("/", name="emergencies")
    async def show_list(self, request: WebRequest, unit: NamedDependency[Unit]) -> Page:
        """Show the accesses, those that wait first."""
        return page(
            "emergencies/list.html",
            context=frame(request, nav="/emergencies"),
            lines=await operations.list_emergencies(unit),
            labels=LABELS,
            tones=TONES,
        )

    @get("/new", name="on_call_form")
    async def show_on_call_form(self, request: WebRequest, unit: NamedDependency[Unit]) -> Page:
        """Show the form of a seat on call, which knows a reference only."""
        return _form_page(request, await operations.offer_on_call(unit), "", {}, {})

    @post("/new", name="open_by_reference")
    async def open_by_reference(
        self, request: WebRequest, unit: NamedDependency[Unit], form: NamedDependency[Form]
    ) -> Page | Redirect:
        """Open it by its reference. A reference that opens nothing is kept as a try that counts."""
        reference = form.line("reference", required="Donnez la référence de la situation.")
        try:
            wanted = NewEmergencyByReference(**_wanted(form), reference=reference)
            opened = await operations.open_by_reference(unit, wanted)
        except (Invalid, Conflict) as wrong:
            unit.undo()
            offer = await operations.offer_on_call(unit)
            return _form_page(request, offer, "", _typed(form), _errors(form, wrong))
        if opened is None:
            offer = await operations.offer_on_call(unit)
            return _form_page(request, offer, "", _typed(form), {"reference": NOT_OPENED})
        return _after(opened, known=opened.until is not None)

    @get("/{access_id:uuid}", name="emergency")
    async def show_access(
        self, request: WebRequest, unit: NamedDependency[Unit], access_id: FromPath[UUID]
    ) -> Page:
        """Show one access."""
        return await _access_page(request, unit, access_id, {}, {})

    @post("/{access_id:uuid}/answer", name="answer_emergency")
    async def answer(
        self,
        request: WebRequest,
        unit: NamedDependency[Unit],
        form: NamedDependency[Form],
        access_id: FromPath[UUID],
    ) -> Page | Redirect:
        """Grant or decline, as the second person."""
        granted = form.choice("granted", {"yes", "no"}, required="Choisissez votre réponse.")
        try:
            form.check()
            await operations.answer(unit, access_id, granted=granted == "yes")
        except (Invalid, Conflict) as wrong:
            unit.undo()
            errors = wrong.fields if isinstance(wrong, Invalid) else {"granted": wrong.sentence}
            return await _access_page(request, unit, access_id, form.raw(), errors)
        return Redirect(
            f"/emergencies?done={GRANTED if granted == 'yes' else DECLINED}", status_code=303
        )

    @post("/{access_id:uuid}/close", name="close_someones_emergency")
    async def close(
        self, request: WebRequest, unit: NamedDependency[Unit], access_id: FromPath[UUID]
    ) -> Page | Redirect:
        """Close someone's access early, as coordinator or DPO."""
        try:
            await operations.close(unit, access_id)
        except Conflict as wrong:
            unit.undo()
            return await _access_page(request, unit, access_id, {}, {"close": wrong.sentence})
        return Redirect(f"/emergencies/{access_id}?done={CLOSED}", status_code=303)

    @post("/{access_id:uuid}/review", name="review_emergency")
    async def review(
        self,
        request: WebRequest,
        unit: NamedDependency[Unit],
        form: NamedDependency[Form],
        access_id: FromPath[UUID],
    ) -> Page | Redirect:
        """Write the review."""
        try:
            said = _review(form)
            form.check()
            await operations.review(unit, access_id, said)
        except (Invalid, Conflict) as wrong:
            unit.undo()
            errors = wrong.fields if isinstance(wrong, Invalid) else {"outcome": wrong.sentence}
            typed = form.raw() | {
                "told_on": {
                    part: form.raw().get(f"told_on-{part}", "") for part in ("day", "month", "year")
                }
            }
            return await _access_page(request, unit, access_id, typed, errors)
        return Redirect(f"/emergencies/{access_id}?done={REVIEWED}", status_code=303)


ROUTES: Final = (OpeningPages, EmergencyPages)


def _wanted(form: Form) -> dict[str, Any]:
    """Return what a form asks to open. Raises Invalid with every mistake of the form and ours."""
    hours = form.choice("hours", {str(one) for one in HOURS})
    sections = form.choices(
        "sections", {str(one) for one in SECTIONS}, required="Cochez au moins une rubrique."
    )
    reason_code = form.choice("reason_code", set(REASON_LABELS), required="Choisissez le péril.")
    basis = form.choice("basis", set(BASIS_LABELS), required="Choisissez le fondement.")
    reason = form.text("reason", longest=LONGEST_REASON, required=_short_reason())
    if reason and len(" ".join(reason.split())) < SHORTEST_REASON:
        form.errors["reason"] = _short_reason()
    access_id = form.uuid("access_id", required="Rechargez la page.")
    form.check()
    return {
        "access_id": access_id,
        "sections": tuple(Section(code) for code in sections),
        "reason_code": reason_code,
        "basis": basis,
        "reason": reason,
        "hours": int(hours or USUAL_HOURS),
    }


def _short_reason() -> str:
    return (
        f"Dites en {SHORTEST_REASON} caractères au moins quel est le péril et ce qu'il vous faut "
        "savoir."
    )


def _review(form: Form) -> NewReview:
    return NewReview(
        outcome=form.choice(
            "outcome", set(OUTCOME_LABELS), required="Choisissez la conclusion de l'examen."
        ),
        remarks=form.text("remarks", longest=LONGEST_REASON),
        told_on=form.day("told_on"),
        told_by=form.uuid("told_by"),
        means=form.choice("means", set(MEANS_LABELS)),
        not_told=form.text("not_told", longest=LONGEST_REASON),
    )


def _after(opened: Opened, *, known: bool = True) -> Redirect:
    if opened.until is None:
        where = f"/situations/{opened.situation_id}" if known else "/emergencies"
        return Redirect(f"{where}?done={ASKED}", status_code=303)
    return Redirect(f"/situations/{opened.situation_id}?done={OPENED}", status_code=303)


def _errors(form: Form, wrong: Invalid | Conflict) -> dict[str, str]:
    if isinstance(wrong, Conflict):
        return {"sections": wrong.sentence}
    return dict(form.errors) | wrong.fields


def _typed(form: Form) -> dict[str, Any]:
    return form.raw() | {"sections": form.values.get("sections", [])}


def _form_page(
    request: WebRequest,
    offer: Offer,
    base: str,
    typed: Mapping[str, Any],
    errors: Mapping[str, str],
) -> Page:
    empty: dict[str, Any] = dict.fromkeys(("reference", "reason_code", "basis", "reason"), "")
    start = {"access_id": str(new_id()), "hours": str(USUAL_HOURS), "sections": []}
    return page(
        "emergencies/form.html",
        context=frame(request, nav="/situations" if base else "/"),
        status_code=422 if errors else 200,
        errors=errors,
        offer=offer,
        base=base,
        typed=empty | start | dict(typed),
        labels=LABELS,
        hours=HOURS,
        shortest=SHORTEST_REASON,
        longest=LONGEST_REASON,
    )


async def _access_page(
    request: WebRequest,
    unit: Unit,
    access_id: UUID,
    typed: Mapping[str, Any],
    errors: Mapping[str, str],
) -> Page:
    view = await operations.read_emergency(unit, access_id)
    empty: dict[str, Any] = dict.fromkeys(
        ("outcome", "remarks", "told_on", "told_by", "means", "not_told", "granted"), ""
    )
    return page(
        "emergencies/access.html",
        context=frame(request, nav="/emergencies"),
        status_code=422 if errors else 200,
        errors=errors,
        view=view,
        typed=empty | dict(typed),
        labels=LABELS,
        tones=TONES,
        longest=LONGEST_REASON,
    )
