"""Statutory reports for programs: the same operations as the pages, in JSON."""

from typing import Final
from uuid import UUID

from litestar import Controller, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody

from service.disclosures import operations
from service.disclosures.schemas.reports import (
    NewHandover,
    NewReport,
    NewReview,
    NewUnused,
    PathLine,
    ReportId,
    ReportLine,
    Reports,
    ReportView,
    path_line,
)
from service.unit import Unit
from service.web.problems import PROBLEMS


class ReportApi(Controller):
    """`/api/v1/situations/{id}/reports`: telling an authority by a legal path."""

    path = "/api/v1/situations/{situation_id:uuid}/reports"
    tags = ("reports",)

    @get("/", name="api_reports", responses=PROBLEMS)
    async def show_reports(
        self, unit: NamedDependency[Unit], situation_id: FromPath[UUID]
    ) -> Reports:
        """Return the reports of a situation: all to its coordinator, one's own to others."""
        return await operations.reports_of(unit, situation_id)

    @get("/paths", name="api_report_paths", responses=PROBLEMS)
    async def show_paths(
        self, unit: NamedDependency[Unit], situation_id: FromPath[UUID]
    ) -> list[PathLine]:
        """Return the legal paths that this seat may take, each with its only recipients."""
        return [path_line(path) for path in await operations.prepare_report(unit, situation_id)]

    @post("/", name="api_make_report", responses=PROBLEMS)
    async def make(
        self,
        unit: NamedDependency[Unit],
        situation_id: FromPath[UUID],
        data: JSONBody[NewReport],
    ) -> ReportId:
        """Record a report; the same `report_id` sent twice is recorded once."""
        return ReportId(report_id=await operations.make_report(unit, situation_id, data))

    @post("/unused", name="api_set_path_aside", responses=PROBLEMS)
    async def set_aside(
        self,
        unit: NamedDependency[Unit],
        situation_id: FromPath[UUID],
        data: JSONBody[NewUnused],
    ) -> ReportId:
        """Record a path that was considered and not used, with its motive."""
        return ReportId(report_id=await operations.set_aside(unit, situation_id, data))

    @get("/{report_id:uuid}", name="api_report", responses=PROBLEMS)
    async def show_report(
        self,
        unit: NamedDependency[Unit],
        situation_id: FromPath[UUID],
        report_id: FromPath[UUID],
    ) -> ReportView:
        """Return one's own report, whole."""
        return await operations.read_report(unit, situation_id, report_id)

    @post(
        "/{report_id:uuid}/handover",
        name="api_hand_report_over",
        status_code=204,
        responses=PROBLEMS,
    )
    async def hand_over(
        self,
        unit: NamedDependency[Unit],
        situation_id: FromPath[UUID],
        report_id: FromPath[UUID],
        data: JSONBody[NewHandover],
    ) -> None:
        """Record that the author handed the sheet over."""
        await operations.hand_over(unit, situation_id, report_id, data)


class ReviewApi(Controller):
    """`/api/v1/reports`: what the DPO and the coordination are told, never what was written."""

    path = "/api/v1/reports"
    tags = ("reports",)

    @get("/", name="api_all_reports", responses=PROBLEMS)
    async def show_all(self, unit: NamedDependency[Unit]) -> Reports:
        """Return all to the DPO, those of its cells to the coordination, one's own to others."""
        return await operations.list_reports(unit)

    @get("/{report_id:uuid}", name="api_report_line", responses=PROBLEMS)
    async def show_line(self, unit: NamedDependency[Unit], report_id: FromPath[UUID]) -> ReportLine:
        """Return one report as those who look at it afterwards see it."""
        return await operations.read_line(unit, report_id)

    @post("/{report_id:uuid}/review", name="api_review_report", status_code=204, responses=PROBLEMS)
    async def review(
        self, unit: NamedDependency[Unit], report_id: FromPath[UUID], data: JSONBody[NewReview]
    ) -> None:
        """Record the conclusion of someone else than the author."""
        await operations.review_report(unit, report_id, data.outcome)


ROUTES: Final = (ReportApi, ReviewApi)
