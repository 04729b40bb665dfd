"""Actions given to a seat, for programs: the same operations as the pages, in JSON."""

from typing import Final
from uuid import UUID

import msgspec
from litestar import Controller, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody

from service.sharing import operations
from service.sharing.rules.viewpoint import told_by
from service.sharing.schemas.assigning import AssignmentsOut, NewAssignment, ReadingEnd
from service.unit import Unit
from service.web.problems import PROBLEMS


class AssignmentApi(Controller):
    """Give an action, close it, see what is given: the window in which its extracts are read."""

    path = "/api/v1/situations/{situation_id:uuid}/assignments"
    tags = ("assignments",)

    @get("/", name="api_assignments", responses=PROBLEMS)
    async def show_assignments(
        self, unit: NamedDependency[Unit], situation_id: FromPath[UUID]
    ) -> AssignmentsOut:
        """Return the actions given: all to the coordinator and the lead, else one's own."""
        found = await operations.read_assignments(unit, situation_id)
        return msgspec.convert(found, AssignmentsOut, from_attributes=True)

    @post("/", name="api_assign", responses=PROBLEMS)
    async def assign(
        self,
        unit: NamedDependency[Unit],
        situation_id: FromPath[UUID],
        data: JSONBody[NewAssignment],
    ) -> ReadingEnd:
        """Give an action to a seat; it reads what the action needs until the answer's instant."""
        told_by(data.due_at, "due_at")
        ends = await operations.assign(
            unit, situation_id, data.employment_id, data.action_id, data.due_at, label=data.label
        )
        return ReadingEnd(readable_until=ends)

    @post("/{action_id:uuid}/closing", name="api_close_assignment", responses=PROBLEMS)
    async def close(
        self,
        unit: NamedDependency[Unit],
        situation_id: FromPath[UUID],
        action_id: FromPath[UUID],
    ) -> ReadingEnd:
        """Close an action: its extracts are read for seven days more."""
        ends = await operations.close_assignment(unit, situation_id, action_id)
        return ReadingEnd(readable_until=ends)


ROUTES: Final = (AssignmentApi,)
