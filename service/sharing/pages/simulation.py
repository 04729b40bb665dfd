"""What a version would open and close on the real situations: asked, awaited, read."""

from collections.abc import Awaitable, Mapping
from typing import Any, Final
from uuid import UUID

from litestar import Controller, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath
from litestar.response import Redirect

from service.sharing import operations
from service.sharing.operations.simulated import in_french
from service.sharing.pages.framing import WebRequest
from service.sharing.schemas import SimulationJob
from service.unit import Unit
from service.web.forms import Form
from service.web.frame import frame
from service.web.render import Page, page

NAV: Final = "/policy"


class SimulationPages(Controller):
    """`/policy/…/simulations`: for the coordinator, on their cells, and for the DPO."""

    path = "/policy"

    @get("/versions/{number:int}/simulations", name="simulations")
    async def show_list(
        self, request: WebRequest, unit: NamedDependency[Unit], number: FromPath[int]
    ) -> Page:
        """Show one's own simulations of a version, and the button that asks another."""
        return page(
            "sharing/simulations.html",
            context=frame(request, nav=NAV),
            number=number,
            jobs=await operations.list_simulations(unit, number),
        )

    @post("/versions/{number:int}/simulations", name="ask_simulation", status_code=303)
    async def ask(
        self,
        unit: NamedDependency[Unit],
        number: FromPath[int],
        form: NamedDependency[Form],
    ) -> Redirect:
        """Ask a simulation, then show how far it is."""
        form.only(())
        form.check()
        simulation_id = await operations.ask_simulation(unit, number)
        return Redirect(f"/policy/simulations/{simulation_id}", status_code=303)

    @get("/simulations/{simulation_id:uuid}", name="simulation")
    async def show(
        self, request: WebRequest, unit: NamedDependency[Unit], simulation_id: FromPath[UUID]
    ) -> Page:
        """Show how far a simulation is, or what it found."""
        job = await operations.read_simulation(unit, simulation_id)
        references = await _references(request, unit, job)
        return page(
            "sharing/simulation.html",
            context=frame(request, nav=NAV),
            job=job,
            opened=in_french(job.result.opened, references) if job.result else (),
            closed=in_french(job.result.closed, references) if job.result else (),
        )


async def _references(request: WebRequest, unit: Unit, job: SimulationJob) -> dict[UUID, str]:
    if job.result is None:
        return {}
    ids = {
        example
        for change in (*job.result.opened, *job.result.closed)
        for example in change.examples
    }
    namer: Awaitable[Mapping[UUID, Any]] = request.app.state.name_situations(
        unit.transaction, unit.clsm_id, sorted(ids)
    )
    return {situation_id: named.reference for situation_id, named in (await namer).items()}


ROUTES: Final = (SimulationPages,)
