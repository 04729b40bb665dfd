"""Departures for programs: what will end, in numbers; the act; what it leaves to hand on."""

from typing import Final
from uuid import UUID

from litestar import Controller, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody

from service.sharing import operations
from service.sharing.schemas.departures import DepartureView, LeftLine, NewDeparture
from service.unit import Unit
from service.web.problems import PROBLEMS


class DepartureApi(Controller):
    """One act closes a person's or an organisation's accesses everywhere in a CLSM."""

    path = "/api/v1"
    tags = ("directory",)

    @get("/employments/{employment_id:uuid}/end", name="api_ask_end", responses=PROBLEMS)
    async def ask_person(
        self, unit: NamedDependency[Unit], employment_id: FromPath[UUID]
    ) -> DepartureView:
        """Return, in numbers, what ends with every seat of the person that one administers."""
        return (await operations.preview_departure(unit, employment_id))[1]

    @post(
        "/employments/{employment_id:uuid}/end",
        name="api_end_employment",
        status_code=200,
        responses=PROBLEMS,
    )
    async def end_person(
        self,
        unit: NamedDependency[Unit],
        employment_id: FromPath[UUID],
        data: JSONBody[NewDeparture],
    ) -> DepartureView:
        """Close everything that the person, or this seat alone, holds; return what ended."""
        return await operations.leave(unit, employment_id, every_seat=data.every_seat)

    @get(
        "/organisations/{organisation_id:uuid}/end",
        name="api_ask_end_organisation",
        responses=PROBLEMS,
    )
    async def ask_organisation(
        self, unit: NamedDependency[Unit], organisation_id: FromPath[UUID]
    ) -> DepartureView:
        """Return, in numbers, what ends when a whole organisation leaves."""
        return await operations.preview_organisation(unit, organisation_id)

    @post(
        "/organisations/{organisation_id:uuid}/end",
        name="api_end_organisation",
        status_code=200,
        responses=PROBLEMS,
    )
    async def end_organisation(
        self, unit: NamedDependency[Unit], organisation_id: FromPath[UUID]
    ) -> DepartureView:
        """Close every seat of an organisation; return what ended."""
        return await operations.leave_as_organisation(unit, organisation_id)

    @get("/departures/to-hand-on", name="api_departures_to_hand_on", responses=PROBLEMS)
    async def to_hand_on(self, unit: NamedDependency[Unit]) -> list[LeftLine]:
        """Return who left the situations that one coordinates, those without a lead first."""
        return list(await operations.left(unit))


ROUTES: Final = (DepartureApi,)
