"""Pages of the actions given to a seat: who reads what they need, and until when."""

from collections.abc import Mapping
from typing import Any, Final
from uuid import UUID

from litestar import Controller, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery
from litestar.response import Redirect

from service.clock import paris
from service.database import new_id
from service.errors import Conflict, Invalid
from service.sharing import operations
from service.sharing.pages.framing import (
    ASK_SEAT,
    WebRequest,
    back_to,
    mistakes,
    situation_page,
)
from service.sharing.rules.assigning import ACTION_LABELS
from service.unit import Unit
from service.web.forms import Form
from service.web.frame import announce
from service.web.render import Page

GIVEN: Final = announce(
    "assignment-opened", "L'action est confiée : ce poste lit dès maintenant ce qu'elle demande."
)
CLOSED: Final = announce(
    "assignment-closed", "L'action est close : ce qu'elle demandait se lit encore sept jours."
)
NOON: Final = 12


class AssignmentPages(Controller):
    """`/situations/{id}/assignments`: give an action, close it, see what is given."""

    path = "/situations/{situation_id:uuid}/assignments"

    @get("/", name="assignments")
    async def show_assignments(
        self, request: WebRequest, unit: NamedDependency[Unit], situation_id: FromPath[UUID]
    ) -> Page:
        """Show the actions given, or one's own."""
        return await _list(request, unit, situation_id, {})

    @get("/new", name="new_assignment")
    async def show_new(
        self,
        request: WebRequest,
        unit: NamedDependency[Unit],
        situation_id: FromPath[UUID],
        organisation: FromQuery[UUID | None] = None,
    ) -> Page:
        """Show the seats of one organisation, to choose whom to give an action to."""
        typed = {"action_id": str(new_id())}
        return await _form(request, unit, situation_id, organisation, typed, {})

    @post("/new", name="assign")
    async def assign(
        self,
        request: WebRequest,
        unit: NamedDependency[Unit],
        form: NamedDependency[Form],
        situation_id: FromPath[UUID],
    ) -> Page | Redirect:
        """Give the action to the chosen seat."""
        organisation = form.uuid("organisation")
        try:
            await _give(unit, form, situation_id)
        except (Invalid, Conflict) as wrong:
            unit.undo()
            return await _form(
                request, unit, situation_id, organisation, form.raw(), mistakes(wrong)
            )
        return back_to(situation_id, "assignments", GIVEN)

    @post("/{action_id:uuid}/closing", name="close_assignment")
    async def close(
        self,
        request: WebRequest,
        unit: NamedDependency[Unit],
        situation_id: FromPath[UUID],
        action_id: FromPath[UUID],
    ) -> Page | Redirect:
        """Close an action."""
        try:
            await operations.close_assignment(unit, situation_id, action_id)
        except Conflict as wrong:
            unit.undo()
            return await _list(request, unit, situation_id, mistakes(wrong, "assignments"))
        return back_to(situation_id, "assignments", CLOSED)


ROUTES: Final = (AssignmentPages,)


async def _give(unit: Unit, form: Form, situation_id: UUID) -> None:
    seat = form.uuid("employment_id", required=ASK_SEAT)
    action_id = form.uuid("action_id", required="Rechargez la page.")
    label = form.choice("label", set(ACTION_LABELS), required="Choisissez ce qui est confié.")
    due = form.day("due_at", required="Indiquez l'échéance : jour, mois et année.")
    if seat is None or action_id is None or due is None:
        form.check()
        return
    form.check()
    await operations.assign(unit, situation_id, seat, action_id, paris(due, NOON), label=label)


async def _list(
    request: WebRequest, unit: Unit, situation_id: UUID, errors: Mapping[str, str]
) -> Page:
    view = await operations.read_assignments(unit, situation_id)
    return await situation_page(
        request, unit, situation_id, "sharing/assignments.html",
        errors=errors, status_code=409 if errors else 200,
        given=view, actions=ACTION_LABELS, unnamed=not view.inside,
    )  # fmt: skip


async def _form(  # noqa: PLR0913 — a form's parts
    request: WebRequest,
    unit: Unit,
    situation_id: UUID,
    organisation: UUID | None,
    typed: Mapping[str, Any],
    errors: Mapping[str, str],
) -> Page:
    organisations, seats = await operations.assignable(unit, situation_id, organisation)
    due = {part: typed.get(f"due_at-{part}", "") for part in ("day", "month", "year")}
    return await situation_page(
        request, unit, situation_id, "sharing/new_assignment.html",
        errors=errors, status_code=422 if errors else 200,
        organisations=sorted(organisations.items(), key=lambda one: one[1].casefold()),
        organisation=organisation if organisation in organisations else None,
        seats=seats, typed=typed, due=due, actions=ACTION_LABELS,
    )  # fmt: skip
