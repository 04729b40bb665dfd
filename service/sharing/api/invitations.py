"""One's own invitations for programs: the same operations as the pages, in JSON."""

from typing import Any, Final
from uuid import UUID

from litestar import Controller, Request, get, post
from litestar.datastructures import State
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody

from service.sharing import operations
from service.sharing.schemas import PlaceEnd
from service.sharing.schemas.invitations import (
    InvitationLine,
    InvitationsOut,
    NewDecline,
    OwnInvitationOut,
)
from service.unit import Unit
from service.web.problems import PROBLEMS

ApiRequest = Request[Any, Any, State]


class InvitationApi(Controller):
    """Invitations into circles, as the invited professional answers them."""

    path = "/api/v1/circle-invitations"
    tags = ("circle",)

    @get("/", name="api_circle_invitations", responses=PROBLEMS)
    async def show_invitations(
        self, request: ApiRequest, unit: NamedDependency[Unit]
    ) -> InvitationsOut:
        """Return the invitations that wait for this seat."""
        lines = await operations.my_invitations(unit)
        written = [await _written(request, unit, line) for line in lines]
        return InvitationsOut(invitations=tuple(written))

    @get("/{invitation_id:uuid}", name="api_circle_invitation", responses=PROBLEMS)
    async def show_invitation(
        self,
        request: ApiRequest,
        unit: NamedDependency[Unit],
        invitation_id: FromPath[UUID],
    ) -> OwnInvitationOut:
        """Return one of one's own invitations."""
        return await _written(request, unit, await operations.read_invitation(unit, invitation_id))

    @post(
        "/{invitation_id:uuid}/acceptance", name="api_accept_circle_invitation",
        responses=PROBLEMS,
    )  # fmt: skip
    async def accept(self, unit: NamedDependency[Unit], invitation_id: FromPath[UUID]) -> PlaceEnd:
        """Accept: the place opens now."""
        return PlaceEnd(valid_to=await operations.accept_invitation(unit, invitation_id))

    @post(
        "/{invitation_id:uuid}/refusal", name="api_decline_circle_invitation",
        status_code=204, responses=PROBLEMS,
    )  # fmt: skip
    async def decline(
        self,
        unit: NamedDependency[Unit],
        invitation_id: FromPath[UUID],
        data: JSONBody[NewDecline],
    ) -> None:
        """Decline, for a reason."""
        await operations.decline_invitation(unit, invitation_id, data.answer)


ROUTES: Final = (InvitationApi,)


async def _written(request: ApiRequest, unit: Unit, line: InvitationLine) -> OwnInvitationOut:
    found = await request.app.state.name_situations(
        unit.transaction, unit.clsm_id, [line.situation_id]
    )
    name = found[line.situation_id]
    return OwnInvitationOut(
        invitation_id=line.invitation_id,
        called=f"Situation {name.alias}, {name.reference}" if name.alias else name.reference,
        invited=line.invited,
        cell=line.cell,
        invited_by=line.invited_by,
        reason=line.reason,
        until=line.until,
        substitutes_for=line.substitutes_for,
        state=line.state,
        answer=line.answer,
        at=line.at,
        answer_by=line.answer_by,
    )
