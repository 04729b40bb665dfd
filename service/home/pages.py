"""« / »: the first page of each seat."""

from typing import Any

from litestar import Controller, Request, get
from litestar.datastructures import State
from litestar.di import NamedDependency

from service.home import operations
from service.sharing.rules import REASON_LABELS
from service.sharing.rules.targeted import JOIN_REASON_LABELS, PURPOSE_LABELS
from service.situations.rules import STATE_LABELS
from service.unit import Unit
from service.web.frame import frame
from service.web.render import Page, page

REASONS = {str(code): label for code, label in JOIN_REASON_LABELS.items()}
PASSES = {str(code): label for code, label in PURPOSE_LABELS.items()}


class HomePages(Controller):
    """What is expected of this seat now."""

    path = "/"

    @get("/", name="home")
    async def show_home(
        self, request: Request[Any, Any, State], unit: NamedDependency[Unit]
    ) -> Page:
        """Show the first page of the seat."""
        return page(
            "home/home.html",
            context=frame(request),
            view=await operations.read_home(unit),
            reasons=REASON_LABELS,
            asks=REASONS,
            passes=PASSES,
            states={str(state): label for state, label in STATE_LABELS.items()},
        )


ROUTES = (HomePages,)
