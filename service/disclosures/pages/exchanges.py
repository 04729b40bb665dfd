"""Pages of exchanges: writing to colleagues by name, reading, answering."""

from collections.abc import Awaitable, Mapping
from typing import Any, Final
from uuid import UUID

from litestar import Controller, Request, get, post
from litestar.datastructures import State
from litestar.di import NamedDependency
from litestar.params import FromPath
from litestar.response import Redirect

from policies.vocabulary import Section
from service.database import new_id
from service.disclosures import operations
from service.disclosures.rules.exchanges import LONGEST_MESSAGE, checked_text
from service.disclosures.schemas.exchanges import Draft, Writing
from service.errors import Conflict, Invalid
from service.sharing.rules import SECTION_LABELS
from service.sharing.rules.targeted import PURPOSE_LABELS
from service.situations.rules import HEALTH, section_of
from service.unit import Unit
from service.web.forms import Form
from service.web.frame import announce, frame
from service.web.render import Page, page

WebRequest = Request[Any, Any, State]

SENT: Final = announce("exchange-sent", "Le message est envoyé aux seules personnes nommées.")
OPENED: Final = announce("exchange-opened", "L'expéditeur sait que vous avez ouvert ce message.")
LABELS: Final[Mapping[str, Mapping[str, str]]] = {
    "sections": {str(code): label for code, label in SECTION_LABELS.items()},
    "purposes": {str(code): label for code, label in PURPOSE_LABELS.items()},
}
ASK_PURPOSE: Final = "Choisissez à quoi sert ce message."


class ExchangePages(Controller):
    """`/situations/{id}/exchanges`: what concerns this seat, and nothing else."""

    path = "/situations/{situation_id:uuid}/exchanges"

    @get("/", name="exchanges")
    async def show_exchanges(
        self, request: WebRequest, unit: NamedDependency[Unit], situation_id: FromPath[UUID]
    ) -> Page:
        """Show what this seat sent and was sent, without any text."""
        found = await operations.list_exchanges(unit, situation_id)
        return await _page(request, unit, situation_id, "exchanges", lines=found)

    @get("/{exchange_id:uuid}", name="exchange")
    async def show_exchange(
        self,
        request: WebRequest,
        unit: NamedDependency[Unit],
        situation_id: FromPath[UUID],
        exchange_id: FromPath[UUID],
    ) -> Page:
        """Show one message, and the form that answers it."""
        typed = {"exchange_id": str(new_id())}
        return await _reading(request, unit, situation_id, exchange_id, typed, {})

    @post("/{exchange_id:uuid}/receipt", name="open_exchange")
    async def open(
        self,
        unit: NamedDependency[Unit],
        situation_id: FromPath[UUID],
        exchange_id: FromPath[UUID],
    ) -> Redirect:
        """Open a message that one was sent; its sender is told."""
        await operations.open_exchange(unit, situation_id, exchange_id)
        here = f"/situations/{situation_id}/exchanges/{exchange_id}"
        return Redirect(f"{here}?done={OPENED}", status_code=303)

    @post("/{exchange_id:uuid}/replies", name="reply")
    async def reply(
        self,
        request: WebRequest,
        unit: NamedDependency[Unit],
        form: NamedDependency[Form],
        situation_id: FromPath[UUID],
        exchange_id: FromPath[UUID],
    ) -> Page | Redirect:
        """Answer everyone whom a message names."""
        answer_id = form.uuid("exchange_id", required="Rechargez la page.")
        purpose = form.choice("purpose", set(PURPOSE_LABELS), required=ASK_PURPOSE)
        text = form.text("text", required="Écrivez votre réponse.", longest=LONGEST_MESSAGE)
        try:
            form.check()
            await operations.reply(
                unit,
                situation_id,
                exchange_id,
                answer_id or new_id(),
                purpose=purpose,
                text=text,
                confirmed=form.ticked("confirmed"),
            )
        except (Invalid, Conflict) as wrong:
            unit.undo()
            typed = form.raw() | {"exchange_id": str(answer_id or new_id())}
            return await _reading(request, unit, situation_id, exchange_id, typed, _wrong(wrong))
        return _back(situation_id)


class WritingPages(Controller):
    """`/situations/{id}/sections/{section}/exchanges`: write, read again, send."""

    path = "/situations/{situation_id:uuid}/sections/{section:str}/exchanges"

    @get("/", name="new_exchange")
    async def show_new(
        self,
        request: WebRequest,
        unit: NamedDependency[Unit],
        situation_id: FromPath[UUID],
        section: FromPath[str],
    ) -> Page:
        """Show whom a message may name, and the form."""
        writing = await operations.prepare_exchange(unit, situation_id, section_of(section))
        form = Form({"exchange_id": [str(new_id())]})
        return await _form(request, unit, situation_id, writing, form, {})

    @post("/", name="send_exchange")
    async def send(
        self,
        request: WebRequest,
        unit: NamedDependency[Unit],
        form: NamedDependency[Form],
        situation_id: FromPath[UUID],
        section: FromPath[str],
    ) -> Page | Redirect:
        """Show the message and who will read it; once that is confirmed, send it."""
        code = section_of(section)
        try:
            draft = _draft(form, code)
            if form.ticked("read_again"):
                await operations.send_exchange(unit, situation_id, draft)
                return _back(situation_id)
            unit.undo()
            writing = await operations.prepare_exchange(unit, situation_id, code)
            if form.ticked("change"):
                return await _form(request, unit, situation_id, writing, form, {})
            return await _check(request, unit, situation_id, writing, draft, form)
        except (Invalid, Conflict) as wrong:
            unit.undo()
            writing = await operations.prepare_exchange(unit, situation_id, code)
            return await _form(request, unit, situation_id, writing, form, _wrong(wrong))


ROUTES: Final = (ExchangePages, WritingPages)


def _draft(form: Form, section: Section) -> Draft:
    """Return the message that a form holds. Raises Invalid with every mistake."""
    exchange_id = form.uuid("exchange_id", required="Rechargez la page.")
    text = form.text("text", required="Écrivez votre message.", longest=LONGEST_MESSAGE)
    purpose = form.choice("purpose", set(PURPOSE_LABELS), required=ASK_PURPOSE)
    named = form.values.get("recipients", [])
    if not named:
        form.errors["recipients"] = "Choisissez au moins une personne."
    form.check()
    try:
        recipients = tuple(UUID(one) for one in named)
    except ValueError:
        raise Invalid({"recipients": "Choisissez parmi les personnes proposées."}) from None
    return Draft(
        exchange_id=exchange_id or new_id(),
        section=section,
        recipients=recipients,
        purpose=purpose,
        text=text,
        confirmed=form.ticked("confirmed"),
    )


async def _check(  # noqa: PLR0913 — a page's parts
    request: WebRequest,
    unit: Unit,
    situation_id: UUID,
    writing: Writing,
    draft: Draft,
    form: Form,
) -> Page:
    """Show the message again with those who will read it; raises Invalid for another name."""
    named = [one for one in writing.recipients if one.employment_id in draft.recipients]
    if len(named) != len(set(draft.recipients)):
        raise Invalid({"recipients": "Choisissez parmi les personnes proposées."})
    checked_text(draft.section, draft.text, confirmed=draft.confirmed)
    return await _page(
        request, unit, situation_id, "exchange_check", sensitive=draft.section in HEALTH,
        writing=writing, draft=draft, named=named, typed=form.raw(),
    )  # fmt: skip


async def _form(  # noqa: PLR0913 — a form's parts
    request: WebRequest,
    unit: Unit,
    situation_id: UUID,
    writing: Writing,
    form: Form,
    errors: Mapping[str, str],
) -> Page:
    return await _page(
        request, unit, situation_id, "exchange_form", sensitive=writing.section in HEALTH,
        errors=errors, writing=writing,
        typed=form.raw() | {"exchange_id": str(form.uuid("exchange_id") or new_id())},
        chosen=form.values.get("recipients", []), longest=LONGEST_MESSAGE,
    )  # fmt: skip


async def _reading(  # noqa: PLR0913 — a page's parts
    request: WebRequest,
    unit: Unit,
    situation_id: UUID,
    exchange_id: UUID,
    typed: Mapping[str, str],
    errors: Mapping[str, str],
) -> Page:
    view = await operations.read_exchange(unit, situation_id, exchange_id)
    return await _page(
        request, unit, situation_id, "exchange", sensitive=view.line.section in HEALTH,
        errors=errors, view=view, typed=typed, longest=LONGEST_MESSAGE,
    )  # fmt: skip


async def _page(  # noqa: PLR0913 — a page's parts
    request: WebRequest,
    unit: Unit,
    situation_id: UUID,
    template: str,
    *,
    sensitive: bool = False,
    errors: Mapping[str, str] | None = None,
    **values: Any,
) -> Page:
    """Return a page of one situation, called by its reference and its neutral word."""
    namer: Awaitable[Mapping[UUID, Any]] = request.app.state.name_situations(
        unit.transaction, unit.clsm_id, [situation_id]
    )
    named = (await namer).get(situation_id)
    return page(
        f"disclosures/{template}.html",
        context=frame(request, sensitive=sensitive),
        errors=errors or {},
        status_code=422 if errors else 200,
        base=f"/situations/{situation_id}",
        reference=named.reference if named else "",
        title=(f"Situation {named.alias}" if named.alias else named.reference) if named else "",
        labels=LABELS,
        **values,
    )


def _back(situation_id: UUID) -> Redirect:
    return Redirect(f"/situations/{situation_id}/exchanges?done={SENT}", status_code=303)


def _wrong(wrong: Invalid | Conflict) -> dict[str, str]:
    return {"text": wrong.sentence} if isinstance(wrong, Conflict) else wrong.fields
