"""The register for programs: the same operations and the same pages of fifty."""

from typing import Any
from uuid import UUID

from litestar import Controller, Request, get
from litestar.datastructures import State
from litestar.di import NamedDependency
from litestar.params import FromPath

from service.oversight import operations
from service.oversight.schemas import DepartedSeat, DepartureReading, RecordPage
from service.unit import Unit
from service.web.problems import PROBLEMS


class RecordApi(Controller):
    """`/api/v1/record`: filters in the query string, `before` for the next page."""

    path = "/api/v1/record"

    @get("/", name="api_record", responses=PROBLEMS)
    async def read_record(
        self, request: Request[Any, Any, State], unit: NamedDependency[Unit]
    ) -> RecordPage:
        """Return the record of the CLSM to its auditor or its DPO, newest first.

        Filters, all optional: `act`, `out` (ok, deny, err), `org` (an organisation's key),
        `section`, `since` and `until` (days, both included), `reference` of a situation,
        `actor` (a pseudonym of an answer), `before` (the `older` of the page before).
        """
        return await operations.read_record(unit, request.query_params)

    @get("/mine", name="api_own_acts", responses=PROBLEMS)
    async def read_own_acts(
        self, request: Request[Any, Any, State], unit: NamedDependency[Unit]
    ) -> RecordPage:
        """Return what the record says that this seat did, newest first.

        Filters, all optional: `act`, `out`, `section`, `since`, `until`, `before`.
        """
        return await operations.read_own_acts(unit, request.query_params)


class DepartureReadingApi(Controller):
    """`/api/v1/departures/{id}`: what someone who left had read."""

    path = "/api/v1/departures"

    @get("/", name="api_departures", responses=PROBLEMS)
    async def list_departures(self, unit: NamedDependency[Unit]) -> list[DepartedSeat]:
        """Return the seats that ended, the last first, to the DPO and the coordination."""
        return list(await operations.list_departures(unit))

    @get("/{employment_id:uuid}", name="api_departure_readings", responses=PROBLEMS)
    async def read_departure(
        self, unit: NamedDependency[Unit], employment_id: FromPath[UUID]
    ) -> DepartureReading:
        """Return what a seat that ended had read, to the DPO and the coordination; no content."""
        return await operations.read_departure(unit, employment_id)


ROUTES = (RecordApi, DepartureReadingApi)
