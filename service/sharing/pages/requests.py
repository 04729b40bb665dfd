"""Pages of requests to join: asking by a reference, following one's own, answering."""

from collections.abc import Mapping
from typing import Final
from uuid import UUID

from litestar import Controller, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath
from litestar.response import Redirect

from service.database import new_id
from service.errors import Conflict, Invalid, NotFound
from service.sharing import operations
from service.sharing.pages.framing import WebRequest, back_to, base, mistakes, situation_page
from service.sharing.pages.guests import offer_form, offered
from service.sharing.rules.targeted import (
    ANSWER_LABELS,
    ANSWER_WITHIN,
    DECLINE_LABELS,
    JOIN_REASON_LABELS,
    LONGEST_SENTENCE,
    STATE_LABELS,
    JoinAnswer,
    checked_reference,
)
from service.sharing.schemas.targeted import GuestOffer, GuestPreview
from service.unit import Unit
from service.web.forms import Form
from service.web.frame import announce, frame
from service.web.render import Page, page

ASKED: Final = announce(
    "join-asked",
    "Votre demande est enregistrée. Si elle concerne une situation de la cellule, la coordination "
    "ou le pilote répondra sous dix jours.",
)
INVITED: Final = announce(
    "asker-invited", "L'invitation est envoyée : la place s'ouvrira quand elle sera acceptée."
)
ALREADY: Final = announce("asker-answered", "Quelqu'un a déjà répondu à cette demande.")
DECLINED: Final = announce("asker-declined", "La demande est close, sans suite.")

REASONS: Final = {str(code): text for code, text in JOIN_REASON_LABELS.items()}
DECLINES: Final = {str(code): text for code, text in DECLINE_LABELS.items()}
ANSWERS: Final = {str(code): text for code, text in ANSWER_LABELS.items()}
STATES: Final = {str(code): text for code, text in STATE_LABELS.items()}


class AskPages(Controller):
    """`/join-requests`: asking, and what became of one's own requests."""

    path = "/join-requests"

    @get("/", name="join_requests")
    async def show_requests(self, request: WebRequest, unit: NamedDependency[Unit]) -> Page:
        """Show the form, and one's own requests."""
        return await _asking(request, unit, {"request_id": str(new_id())}, {})

    @post("/", name="ask_to_join")
    async def ask(
        self, request: WebRequest, unit: NamedDependency[Unit], form: NamedDependency[Form]
    ) -> Page | Redirect:
        """Take a request; what is answered says nothing of any situation."""
        request_id = form.uuid("request_id", required="Rechargez la page.")
        reference = form.line("reference", required="Écrivez la référence que l'on vous a donnée.")
        reason = form.choice(
            "reason", set(REASONS), required="Choisissez pourquoi vous demandez à entrer."
        )
        sentence = form.line(
            "sentence",
            required="Dites en une phrase ce que vous faites auprès de la personne.",
            longest=LONGEST_SENTENCE,
        )
        try:
            form.check()
            await operations.ask_to_join(
                unit,
                request_id or new_id(),
                reference,
                await found(request, unit, reference),
                reason=reason,
                sentence=sentence,
            )
        except (Invalid, Conflict) as wrong:
            unit.undo()
            typed = form.raw() | {"request_id": str(request_id or new_id())}
            return await _asking(request, unit, typed, mistakes(wrong, "reference"))
        return Redirect(f"/join-requests?done={ASKED}", status_code=303)


class AnswerPages(Controller):
    """`/situations/{id}/requests/{id}`: who asks, and what is answered."""

    path = "/situations/{situation_id:uuid}/requests/{request_id:uuid}"

    @get("/", name="join_request")
    async def show_request(
        self,
        request: WebRequest,
        unit: NamedDependency[Unit],
        situation_id: FromPath[UUID],
        request_id: FromPath[UUID],
    ) -> Page:
        """Show a request and the answers to choose from."""
        return await _answer_page(request, unit, situation_id, request_id, Form({}), {})

    @post("/", name="answer_join_request")
    async def answer(
        self,
        request: WebRequest,
        unit: NamedDependency[Unit],
        form: NamedDependency[Form],
        situation_id: FromPath[UUID],
        request_id: FromPath[UUID],
    ) -> Page | Redirect:
        """Invite, decline, or go on to the guest access that is offered instead."""
        chosen = form.choice("answer", set(ANSWERS), required="Choisissez une réponse.")
        try:
            form.check()
            if chosen == JoinAnswer.GUEST:
                await operations.read_request(unit, situation_id, request_id)
                here = f"{base(situation_id)}/requests/{request_id}/guest"
                return Redirect(here, status_code=303)
            if chosen == JoinAnswer.INVITED:
                await operations.invite_asker(unit, situation_id, request_id)
                return back_to(situation_id, "circle", INVITED)
            motive = form.raw().get("motive", "")
            await operations.decline_asker(unit, situation_id, request_id, motive)
        except (Invalid, Conflict) as wrong:
            unit.undo()
            try:
                return await _answer_page(
                    request, unit, situation_id, request_id, form, mistakes(wrong, "answer")
                )
            except NotFound:
                if isinstance(wrong, Conflict):  # this seat may answer, and another just did
                    return back_to(situation_id, "circle", ALREADY)
                raise
        return back_to(situation_id, "circle", DECLINED)

    @get("/guest", name="offer_guest")
    async def show_offer(
        self,
        request: WebRequest,
        unit: NamedDependency[Unit],
        situation_id: FromPath[UUID],
        request_id: FromPath[UUID],
    ) -> Page:
        """Show what may be opened to whoever asked."""
        return await _offer_page(request, unit, situation_id, request_id, Form({}), {})

    @post("/guest", name="admit_asker")
    async def admit(
        self,
        request: WebRequest,
        unit: NamedDependency[Unit],
        form: NamedDependency[Form],
        situation_id: FromPath[UUID],
        request_id: FromPath[UUID],
    ) -> Page | Redirect:
        """Show what would open; once that is confirmed, open it, which answers the request."""

        async def preview(offer: GuestOffer) -> GuestPreview:
            return await operations.preview_asker(unit, situation_id, request_id, offer)

        async def grant(offer: GuestOffer) -> None:
            await operations.admit_asker(unit, situation_id, request_id, offer)

        try:
            return await offered(
                request, unit, form, situation_id, preview, grant,
                action=f"{base(situation_id)}/requests/{request_id}/guest",
            )  # fmt: skip
        except (Invalid, Conflict) as wrong:
            unit.undo()
            return await _offer_page(request, unit, situation_id, request_id, form, mistakes(wrong))


ROUTES: Final = (AskPages, AnswerPages)


async def found(request: WebRequest, unit: Unit, reference: str) -> UUID | None:
    """Return the situation that a reference names, or None; the asker is never told which.

    Raises Invalid for what is no reference.
    """
    named = await request.app.state.call_situation(
        unit.transaction, unit.clsm_id, checked_reference(reference)
    )
    return named.situation_id if named else None


async def _asking(
    request: WebRequest, unit: Unit, typed: Mapping[str, str], errors: Mapping[str, str]
) -> Page:
    return page(
        "sharing/join_requests.html",
        context=frame(request),
        errors=errors,
        status_code=422 if errors else 200,
        requests=await operations.own_requests(unit),
        typed=typed,
        reasons=REASONS,
        states=STATES,
        longest=LONGEST_SENTENCE,
        days=ANSWER_WITHIN.days,
    )


async def _answer_page(  # noqa: PLR0913 — a form's parts
    request: WebRequest,
    unit: Unit,
    situation_id: UUID,
    request_id: UUID,
    form: Form,
    errors: Mapping[str, str],
) -> Page:
    asked = await _read(unit, situation_id, request_id)
    return await situation_page(
        request, unit, situation_id, "sharing/join_request.html",
        errors=errors, status_code=422 if errors else 200,
        asked=asked, typed=form.raw(), reasons=REASONS, declines=DECLINES, answers=ANSWERS,
    )  # fmt: skip


async def _offer_page(  # noqa: PLR0913 — a form's parts
    request: WebRequest,
    unit: Unit,
    situation_id: UUID,
    request_id: UUID,
    form: Form,
    errors: Mapping[str, str],
) -> Page:
    asked = await _read(unit, situation_id, request_id)
    return await situation_page(
        request, unit, situation_id, "sharing/offer_guest.html",
        errors=errors, status_code=422 if errors else 200,
        asked=asked, reasons=REASONS, **offer_form(unit.now(), form),
    )  # fmt: skip


async def _read(unit: Unit, situation_id: UUID, request_id: UUID) -> object:
    """Return a request that waits; one that was answered is gone from its page."""
    try:
        return await operations.read_request(unit, situation_id, request_id)
    except Conflict:
        raise NotFound from None
