"""Pages of rights: who may read a section and why; why one cannot."""

from typing import Final
from uuid import UUID

from litestar import Controller, get
from litestar.di import NamedDependency
from litestar.params import FromPath

from service.sharing import operations
from service.sharing.pages.framing import WebRequest, section_of, situation_page
from service.sharing.rules import (
    SECTION_LABELS,
)
from service.unit import Unit
from service.web.render import Page


class AccessPages(Controller):
    """« Qui peut lire cette section, et pourquoi » · « Pourquoi je ne peux pas »."""

    path = "/situations/{situation_id:uuid}/sections/{section:str}/access"

    @get("/", name="section_access")
    async def show_access(
        self,
        request: WebRequest,
        unit: NamedDependency[Unit],
        situation_id: FromPath[UUID],
        section: FromPath[str],
    ) -> Page:
        """Show who reads one section, and for oneself why not."""
        view = await operations.read_access(unit, situation_id, section_of(section))
        return await situation_page(
            request, unit, situation_id, "sharing/access.html", access=view,
            label=SECTION_LABELS[view.section],
            coordinating="coordinator" in unit.actor.offices,
        )  # fmt: skip


ROUTES: Final = (AccessPages,)
