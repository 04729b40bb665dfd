"""The circle for programs: the same operations as the pages, in JSON."""

from typing import Final
from uuid import UUID

import msgspec
from litestar import Controller, delete, get, post, put
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody

from service.errors import Invalid
from service.sharing import operations
from service.sharing.schemas import (
    CircleOut,
    ExceptionOut,
    MemberOut,
    NamedSeat,
    NewCareTeam,
    NewMandate,
    NewMission,
    PlaceEnd,
)
from service.sharing.schemas.invitations import InvitationMade, InvitationOut, NewInvitation
from service.unit import Unit
from service.web.problems import PROBLEMS


class CircleApi(Controller):
    """Who belongs to a circle, and what ties them to the situation."""

    path = "/api/v1/situations/{situation_id:uuid}"
    tags = ("circle",)

    @get("/circle", name="api_circle", responses=PROBLEMS)
    async def show_circle(
        self, unit: NamedDependency[Unit], situation_id: FromPath[UUID]
    ) -> CircleOut:
        """Return the circle as it stands."""
        view = await operations.read_circle(unit, situation_id)
        members, former = (
            tuple(msgspec.convert(one, MemberOut, from_attributes=True) for one in some)
            for some in (view.members, view.former)
        )
        return CircleOut(
            mode=view.mode,
            state=view.state,
            members=members,
            former=former,
            coordinators=view.coordinators,
            invitations=tuple(
                msgspec.convert(one, InvitationOut, from_attributes=True)
                for one in view.invitations
            ),
            exception=ExceptionOut(basis=view.exception[0], until=view.exception[1])
            if view.exception
            else None,
            may_grant=view.may_grant,
        )

    @post("/circle/invitations", name="api_invite_to_circle", responses=PROBLEMS)
    async def invite(
        self,
        unit: NamedDependency[Unit],
        situation_id: FromPath[UUID],
        data: JSONBody[NewInvitation],
    ) -> InvitationMade:
        """Invite a seat: it opens nothing until it is accepted."""
        if data.until is not None and data.until.tzinfo is None:
            raise Invalid({"until": "Écrivez la fin avec son fuseau, par exemple …T12:00:00Z."})
        made = await operations.invite_to_circle(
            unit,
            situation_id,
            data.employment_id,
            data.reason,
            until=data.until,
            answer_on=data.answer_on,
            substitutes_for=data.substitutes_for,
        )
        return InvitationMade(invitation_id=made)

    @delete(
        "/circle/invitations/{invitation_id:uuid}", name="api_withdraw_invitation",
        responses=PROBLEMS,
    )  # fmt: skip
    async def withdraw_invitation(
        self,
        unit: NamedDependency[Unit],
        situation_id: FromPath[UUID],
        invitation_id: FromPath[UUID],
    ) -> None:
        """Take back an invitation that waits."""
        await operations.withdraw_invitation(unit, situation_id, invitation_id)

    @post(
        "/circle/invitations/{invitation_id:uuid}/resendings", name="api_resend_invitation",
        responses=PROBLEMS,
    )  # fmt: skip
    async def resend_invitation(
        self,
        unit: NamedDependency[Unit],
        situation_id: FromPath[UUID],
        invitation_id: FromPath[UUID],
    ) -> InvitationMade:
        """Send an invitation again, with a new deadline."""
        made = await operations.resend_invitation(unit, situation_id, invitation_id)
        return InvitationMade(invitation_id=made)

    @post("/circle/renewal-requests", name="api_ask_renewal", status_code=204, responses=PROBLEMS)
    async def ask_renewal(self, unit: NamedDependency[Unit], situation_id: FromPath[UUID]) -> None:
        """Ask for one's own place to be renewed."""
        await operations.ask_renewal(unit, situation_id)

    @post("/circle/{employment_id:uuid}/renewals", name="api_renew_circle", responses=PROBLEMS)
    async def renew(
        self,
        unit: NamedDependency[Unit],
        situation_id: FromPath[UUID],
        employment_id: FromPath[UUID],
    ) -> PlaceEnd:
        """Prolong a place, or restore one suspended."""
        return PlaceEnd(valid_to=await operations.renew_circle(unit, situation_id, employment_id))

    @delete("/circle/{employment_id:uuid}", name="api_leave_circle", responses=PROBLEMS)
    async def leave(
        self,
        unit: NamedDependency[Unit],
        situation_id: FromPath[UUID],
        employment_id: FromPath[UUID],
    ) -> None:
        """End a place now."""
        await operations.leave_circle(unit, situation_id, employment_id)

    @put("/lead", name="api_designate_lead", status_code=204, responses=PROBLEMS)
    async def lead(
        self,
        unit: NamedDependency[Unit],
        situation_id: FromPath[UUID],
        data: JSONBody[NamedSeat],
    ) -> None:
        """Name the lead professional."""
        await operations.designate_lead(unit, situation_id, data.employment_id)

    @put("/informing", name="api_designate_informing", status_code=204, responses=PROBLEMS)
    async def informing(
        self,
        unit: NamedDependency[Unit],
        situation_id: FromPath[UUID],
        data: JSONBody[NamedSeat],
    ) -> None:
        """Charge one professional to inform the person, for thirty days."""
        await operations.designate_informing(unit, situation_id, data.employment_id)

    @post("/conflicts", name="api_declare_conflict", status_code=204, responses=PROBLEMS)
    async def declare_conflict(
        self,
        unit: NamedDependency[Unit],
        situation_id: FromPath[UUID],
        data: JSONBody[NamedSeat],
    ) -> None:
        """Declare a conflict of interest: it closes every section."""
        await operations.declare_conflict(unit, situation_id, data.employment_id)

    @delete("/conflicts/{employment_id:uuid}", name="api_lift_conflict", responses=PROBLEMS)
    async def lift_conflict(
        self,
        unit: NamedDependency[Unit],
        situation_id: FromPath[UUID],
        employment_id: FromPath[UUID],
    ) -> None:
        """End a conflict of interest."""
        await operations.lift_conflict(unit, situation_id, employment_id)

    @post("/missions", name="api_open_mission", status_code=204, responses=PROBLEMS)
    async def open_mission(
        self,
        unit: NamedDependency[Unit],
        situation_id: FromPath[UUID],
        data: JSONBody[NewMission],
    ) -> None:
        """Open a statutory mission."""
        await operations.open_mission(unit, situation_id, data.employment_id, data.procedure)

    @delete("/missions/{employment_id:uuid}", name="api_close_mission", responses=PROBLEMS)
    async def close_mission(
        self,
        unit: NamedDependency[Unit],
        situation_id: FromPath[UUID],
        employment_id: FromPath[UUID],
    ) -> None:
        """End a seat's missions."""
        await operations.close_mission(unit, situation_id, employment_id)

    @post("/mandates", name="api_record_mandate", status_code=204, responses=PROBLEMS)
    async def record_mandate(
        self,
        unit: NamedDependency[Unit],
        situation_id: FromPath[UUID],
        data: JSONBody[NewMandate],
    ) -> None:
        """Write down what a guardian's mandate covers."""
        await operations.record_mandate(unit, situation_id, data.employment_id, data.scope)

    @post("/care-teams", name="api_link_care_team", status_code=204, responses=PROBLEMS)
    async def link_care_team(
        self,
        unit: NamedDependency[Unit],
        situation_id: FromPath[UUID],
        data: JSONBody[NewCareTeam],
    ) -> None:
        """Record that two seats form a care team for this person."""
        await operations.link_care_team(
            unit, situation_id, data.employment_id, data.other_id, data.basis
        )

    @put("/freeze", name="api_freeze", status_code=204, responses=PROBLEMS)
    async def freeze(self, unit: NamedDependency[Unit], situation_id: FromPath[UUID]) -> None:
        """Limit the processing (RGPD art. 18)."""
        await operations.freeze(unit, situation_id)

    @delete("/freeze", name="api_unfreeze", responses=PROBLEMS)
    async def unfreeze(self, unit: NamedDependency[Unit], situation_id: FromPath[UUID]) -> None:
        """Lift the limitation."""
        await operations.unfreeze(unit, situation_id)


ROUTES: Final = (CircleApi,)
