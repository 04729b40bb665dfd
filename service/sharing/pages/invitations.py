"""Pages of the invited professional: what they are asked, accepting, declining."""

from collections.abc import Mapping
from typing import Any, Final
from uuid import UUID

from litestar import Controller, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath
from litestar.response import Redirect

from service.errors import Conflict, Invalid
from service.partners import operations as partners
from service.sharing import operations
from service.sharing.pages.framing import WebRequest, mistakes
from service.sharing.rules import CIRCLE_MONTHS, REASON_LABELS
from service.sharing.rules.invitations import DECLINE_LABELS, INVITATION_LABELS
from service.unit import Unit
from service.web.forms import Form
from service.web.frame import announce, frame
from service.web.render import Page, page

ACCEPTED: Final = announce(
    "circle-accepted", "Vous êtes dans le cercle. Ce que vous lisez et écrivez laisse une trace."
)
DECLINED: Final = announce(
    "circle-declined", "Vous avez décliné l'invitation. La coordination est prévenue."
)


class InvitationPages(Controller):
    """`/circle-invitations`: what a professional is asked, before knowing anything else."""

    path = "/circle-invitations"

    @get("/", name="circle_invitations")
    async def show_invitations(self, request: WebRequest, unit: NamedDependency[Unit]) -> Page:
        """Show the invitations that wait for this seat."""
        lines = await operations.my_invitations(unit)
        return page(
            "sharing/invitations.html", context=frame(request), lines=lines,
            names=await _names(request, unit, [line.situation_id for line in lines]),
            reasons=REASON_LABELS,
        )  # fmt: skip

    @get("/{invitation_id:uuid}", name="circle_invitation")
    async def show_invitation(
        self, request: WebRequest, unit: NamedDependency[Unit], invitation_id: FromPath[UUID]
    ) -> Page:
        """Show one invitation, what accepting commits to, and the two answers."""
        return await _invitation_page(request, unit, invitation_id, {}, {})

    @post("/{invitation_id:uuid}/acceptance", name="accept_circle_invitation")
    async def accept(
        self, request: WebRequest, unit: NamedDependency[Unit], invitation_id: FromPath[UUID]
    ) -> Page | Redirect:
        """Accept, and enter the circle."""
        try:
            await operations.accept_invitation(unit, invitation_id)
        except (Invalid, Conflict) as wrong:
            unit.undo()
            return await _invitation_page(
                request, unit, invitation_id, {}, mistakes(wrong, "invitation")
            )
        shown = await operations.read_invitation(unit, invitation_id)
        return Redirect(f"/situations/{shown.situation_id}?done={ACCEPTED}", status_code=303)

    @post("/{invitation_id:uuid}/refusal", name="decline_circle_invitation")
    async def decline(
        self,
        request: WebRequest,
        unit: NamedDependency[Unit],
        form: NamedDependency[Form],
        invitation_id: FromPath[UUID],
    ) -> Page | Redirect:
        """Decline, for a reason."""
        answer = form.choice(
            "answer", set(DECLINE_LABELS), required="Choisissez pourquoi vous déclinez."
        )
        try:
            form.check()
            await operations.decline_invitation(unit, invitation_id, answer)
        except (Invalid, Conflict) as wrong:
            unit.undo()
            return await _invitation_page(
                request, unit, invitation_id, form.raw(), mistakes(wrong, "invitation")
            )
        return Redirect(f"/?done={DECLINED}", status_code=303)


ROUTES: Final = (InvitationPages,)


async def _invitation_page(
    request: WebRequest,
    unit: Unit,
    invitation_id: UUID,
    typed: Mapping[str, str],
    errors: Mapping[str, str],
) -> Page:
    shown = await operations.read_invitation(unit, invitation_id)
    names = await _names(request, unit, [shown.situation_id])
    return page(
        "sharing/invitation.html", context=frame(request),
        errors=errors, status_code=422 if errors else 200,
        invitation=shown, called=names[shown.situation_id], typed=typed,
        reasons=REASON_LABELS, answers=DECLINE_LABELS, states=INVITATION_LABELS,
        months=CIRCLE_MONTHS, pledge_until=await partners.pledge_until(unit),
    )  # fmt: skip


async def _names(request: WebRequest, unit: Unit, situation_ids: list[UUID]) -> dict[UUID, str]:
    """Return what each situation is called: its neutral word and its reference, no more."""
    found: Mapping[UUID, Any] = await request.app.state.name_situations(
        unit.transaction, unit.clsm_id, situation_ids
    )
    return {key: called(one) for key, one in found.items()}


def called(name: Any) -> str:
    """Return « Situation Héron, SIT-2026-0014 », or the reference alone before it has a word."""
    return f"Situation {name.alias}, {name.reference}" if name.alias else str(name.reference)
