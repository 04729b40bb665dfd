"""Pages of rights: who may read a section and why, why one cannot, and the map of accesses."""

from collections.abc import Mapping
from datetime import date
from enum import StrEnum
from typing import Any, Final
from uuid import UUID

from litestar import Controller, get
from litestar.di import NamedDependency
from litestar.params import FromPath

from service.clock import PARIS, paris
from service.errors import Invalid
from service.sharing import operations
from service.sharing.pages.framing import WebRequest, section_of, situation_page
from service.sharing.rules import SECTION_LABELS
from service.sharing.rules.viewpoint import Viewpoint, viewpoint
from service.unit import Unit
from service.web.forms import Form
from service.web.render import Page

NOON: Final = 12
"""A bare day is asked about at noon in Paris."""

SEATS_A_TABLE: Final = 8
"""As many columns as a page holds on a desk and on paper."""


class Knowledge(StrEnum):
    """What is taken as known when the past is asked about."""

    THEN = "then"
    NOW = "now"


class AccessPages(Controller):
    """« Pourquoi est-ce que je vois ceci » · « Qui peut, qui pouvait » · « Carte des accès »."""

    path = "/situations/{situation_id:uuid}"

    @get("/sections/{section:str}/access", name="section_access")
    async def show_access(
        self,
        request: WebRequest,
        unit: NamedDependency[Unit],
        situation_id: FromPath[UUID],
        section: FromPath[str],
    ) -> Page:
        """Show who reads one section and why, and for oneself why or why not; at a day."""
        when, typed, errors = _asked(request, unit)
        view = await operations.read_access(unit, situation_id, section_of(section), when)
        return await situation_page(
            request, unit, situation_id, "sharing/access.html", access=view,
            errors=errors, status_code=422 if errors else 200,
            label=SECTION_LABELS[view.section], typed=typed, unnamed=not view.inside,
            coordinating="coordinator" in unit.actor.offices,
        )  # fmt: skip

    @get("/access", name="access_map")
    async def show_map(
        self, request: WebRequest, unit: NamedDependency[Unit], situation_id: FromPath[UUID]
    ) -> Page:
        """Show the map of the accesses of a situation; at a day."""
        when, typed, errors = _asked(request, unit)
        view = await operations.read_map(unit, situation_id, when)
        return await situation_page(
            request, unit, situation_id, "sharing/access_map.html", map=view,
            errors=errors, status_code=422 if errors else 200,
            labels=SECTION_LABELS, typed=typed, tables=_tables(view.seats),
            unnamed=not view.inside,
        )  # fmt: skip


ROUTES: Final = (AccessPages,)


def _asked(
    request: WebRequest, unit: Unit
) -> tuple[Viewpoint | None, Mapping[str, Any], Mapping[str, str]]:
    """Return the instants that the address asks about, what was typed, and what was wrong.

    A wrong date shows the page of now, the date as typed and what to do about it.
    """
    form = Form({name: [value] for name, value in request.query_params.items()})
    day = form.day("on")
    known = form.choice("known", set(Knowledge)) or Knowledge.THEN
    typed = {"on": _typed(form), "known": known}
    try:
        form.check()
        return _viewpoint(unit, day, Knowledge(known)), typed, {}
    except Invalid as wrong:
        return None, typed, {"on" if name == "at" else name: said
                             for name, said in wrong.fields.items()}  # fmt: skip


def _viewpoint(unit: Unit, day: date | None, known: Knowledge) -> Viewpoint | None:
    """Return the instants of a day at noon, of today now; None when no other day is asked."""
    now = unit.now()
    if day is None or day == now.astimezone(PARIS).date():
        return None
    at = paris(day, NOON)
    return viewpoint(now, at, now if known is Knowledge.NOW else min(at, now))


def _typed(form: Form) -> Mapping[str, str]:
    return {part: form.raw().get(f"on-{part}", "") for part in ("day", "month", "year")}


def _tables(seats: tuple[Any, ...]) -> list[tuple[Any, ...]]:
    """Return the seats in tables of as many columns each, those of an organisation together."""
    tables = -(-len(seats) // SEATS_A_TABLE)
    wide = -(-len(seats) // tables) if tables else 1
    return [seats[first : first + wide] for first in range(0, len(seats), wide)]
