"""Sheets to print: the notice in plain French, the grid and the withdrawal slip."""

from typing import Any, Final
from uuid import UUID

from litestar import Controller, get
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery

from service.errors import NotFound
from service.partners import operations as partners
from service.sharing import operations
from service.sharing.pages.agreement import sentence
from service.sharing.pages.framing import WebRequest, base, situation_page
from service.sharing.rules import CATEGORIES, GROUPS
from service.sharing.rules.paper import (
    CATEGORIES_IN_PLAIN_WORDS,
    GROUPS_IN_PLAIN_WORDS,
    NOTICE_IN_USE,
    NOTICE_TEMPLATES,
)
from service.sharing.schemas import Grid
from service.unit import Unit
from service.web.frame import frame
from service.web.render import Page, page

PAPERS: Final = "/agreement-papers"


class PaperPages(Controller):
    """`/agreement-papers`: what is handed over, with nothing of anyone on it."""

    path = PAPERS

    @get("/", name="agreement_papers")
    async def show_papers(self, request: WebRequest, unit: NamedDependency[Unit]) -> Page:
        """Show what may be printed."""
        return await _sheet(request, unit, "sharing/papers.html")

    @get("/notice", name="agreement_notice")
    async def show_notice(
        self,
        request: WebRequest,
        unit: NamedDependency[Unit],
        version: FromQuery[str] = NOTICE_IN_USE,
    ) -> Page:
        """Show the notice in plain French, in the version asked for."""
        if version not in NOTICE_TEMPLATES:
            raise NotFound
        return await _sheet(request, unit, NOTICE_TEMPLATES[version], version=version)

    @get("/grid", name="blank_grid")
    async def show_blank_grid(self, request: WebRequest, unit: NamedDependency[Unit]) -> Page:
        """Show the blank grid."""
        return await _sheet(request, unit, "sharing/grid_paper.html", wide=True)

    @get("/withdrawal", name="blank_slip")
    async def show_blank_slip(self, request: WebRequest, unit: NamedDependency[Unit]) -> Page:
        """Show the blank withdrawal slip."""
        return await _sheet(request, unit, "sharing/slip_paper.html")


class FilledPaperPages(Controller):
    """The same papers of one situation: each opening is recorded."""

    path = "/situations/{situation_id:uuid}/agreement"

    @get("/paper", name="filled_grid")
    async def show_grid(
        self, request: WebRequest, unit: NamedDependency[Unit], situation_id: FromPath[UUID]
    ) -> Page:
        """Show the grid filled in, to be signed."""
        return await _filled(request, unit, situation_id, "sharing/grid_paper.html", wide=True)

    @get("/slip", name="filled_slip")
    async def show_slip(
        self, request: WebRequest, unit: NamedDependency[Unit], situation_id: FromPath[UUID]
    ) -> Page:
        """Show the withdrawal slip with what is allowed now."""
        return await _filled(request, unit, situation_id, "sharing/slip_paper.html", wide=False)


ROUTES: Final = (PaperPages, FilledPaperPages)


async def _sheet(
    request: WebRequest,
    unit: Unit,
    template: str,
    *,
    version: str = NOTICE_IN_USE,
    wide: bool = False,
) -> Page:
    return page(
        template, context=frame(request), contacts=await partners.contacts_of(unit),
        version=version, wide=wide, nominative=False, grid=None, back_to=PAPERS,
        categories=CATEGORIES_IN_PLAIN_WORDS, groups=GROUPS_IN_PLAIN_WORDS,
    )  # fmt: skip


async def _filled(
    request: WebRequest, unit: Unit, situation_id: UUID, template: str, *, wide: bool
) -> Page:
    grid = await operations.read_paper(unit, situation_id)
    return await situation_page(
        request, unit, situation_id, template,
        contacts=await partners.contacts_of(unit), version=NOTICE_IN_USE, wide=wide,
        nominative=True, grid=grid, given=_given(grid),
        history=[sentence(line) for line in reversed(grid.history)],
        back_to=f"{base(situation_id)}/agreement",
        categories=CATEGORIES_IN_PLAIN_WORDS, groups=GROUPS_IN_PLAIN_WORDS,
    )  # fmt: skip


def _given(grid: Grid) -> list[str]:
    """Return what is allowed now, one line each: « Les soignants : mon logement… »."""
    lines: list[str] = []
    for group in GROUPS:
        for category in CATEGORIES:
            value: Any = grid.cells.get((category, group))
            if value in {"yes", "extract_only"}:
                what = CATEGORIES_IN_PLAIN_WORDS[category]
                only = " (conséquences seulement)" if value == "extract_only" else ""
                lines.append(f"{GROUPS_IN_PLAIN_WORDS[group]} : {what[0].lower()}{what[1:]}{only}")
    return lines
