"""Simulations of a version of the policy, for programs."""

from typing import Final
from uuid import UUID

from litestar import Controller, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath

from service.sharing import operations
from service.sharing.schemas import SimulationAsked, SimulationJob
from service.unit import Unit
from service.web.problems import PROBLEMS


class SimulationApi(Controller):
    """What a version would open and close, on the real situations; no content is opened."""

    path = "/api/v1/policy"
    tags = ("policy",)

    @post(
        "/versions/{number:int}/simulations", name="api_ask_simulation", status_code=202,
        responses=PROBLEMS,
    )  # fmt: skip
    async def ask(self, unit: NamedDependency[Unit], number: FromPath[int]) -> SimulationAsked:
        """Ask a simulation: a coordinator's counts their own cells, the DPO's all of them."""
        return SimulationAsked(simulation_id=await operations.ask_simulation(unit, number))

    @get("/simulations/{simulation_id:uuid}", name="api_simulation", responses=PROBLEMS)
    async def show(
        self, unit: NamedDependency[Unit], simulation_id: FromPath[UUID]
    ) -> SimulationJob:
        """Return one's own simulation: how far it is, and what it found once it is done."""
        return await operations.read_simulation(unit, simulation_id)


ROUTES: Final = (SimulationApi,)
