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
    NamedSeat,
    NewCareTeam,
    NewMandate,
    NewMission,
    NewPlace,
    PlaceEnd,
)
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
        return msgspec.convert(
            await operations.read_circle(unit, situation_id), CircleOut, from_attributes=True
        )

    @post("/circle", name="api_join_circle", responses=PROBLEMS)
    async def join(
        self,
        unit: NamedDependency[Unit],
        situation_id: FromPath[UUID],
        data: JSONBody[NewPlace],
    ) -> PlaceEnd:
        """Give a seat its place."""
        if data.until is not None and data.until.tzinfo is None:
            raise Invalid({"until": "Écrivez la fin avec son fuseau, par exemple …T12:00:00Z."})
        ends = await operations.join_circle(
            unit, situation_id, data.employment_id, data.reason, until=data.until
        )
        return PlaceEnd(valid_to=ends)

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
