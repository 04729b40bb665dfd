"""`/api/v1/on-call`: duties on call."""

from uuid import UUID

from litestar import Controller, delete, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody

from service.partners import operations
from service.partners.schemas import Created, Duty, DutyIn
from service.unit import Unit
from service.web.problems import PROBLEMS


class OnCallApi(Controller):
    """Who is on call, from when to when."""

    path = "/api/v1/on-call"
    tags = ["directory"]  # noqa: RUF012

    @get("/", name="api_on_call", responses=PROBLEMS)
    async def show_duties(self, unit: NamedDependency[Unit]) -> list[Duty]:
        """Return present and coming duties, to whoever may set one."""
        return list((await operations.read_on_call(unit)).duties)

    @post("/", name="api_set_on_call", responses=PROBLEMS)
    async def set_duty(self, unit: NamedDependency[Unit], data: JSONBody[DutyIn]) -> Created:
        """Put a health professional on call, seven days at most."""
        return Created(
            await operations.set_on_call(
                unit, data.employment_id, starts_at=data.starts_at, ends_at=data.ends_at
            )
        )

    @delete("/{duty_id:uuid}", name="api_end_on_call", responses=PROBLEMS)
    async def end_duty(self, unit: NamedDependency[Unit], duty_id: FromPath[UUID]) -> None:
        """End a duty now."""
        await operations.end_on_call(unit, duty_id)


ROUTES = (OnCallApi,)
