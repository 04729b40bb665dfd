"""The directory, seats, offices, charter and pledge: for programs."""

from typing import Annotated
from uuid import UUID

from litestar import Controller, delete, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery, JSONBody, QueryParameter

from service.partners import operations
from service.partners.rules import Field
from service.partners.schemas import (
    CellIn,
    CharterIn,
    CharterView,
    Created,
    Directory,
    OfficeIn,
    OrganisationIn,
    OrganisationLine,
    OrganisationView,
    PledgeIn,
    PledgeView,
    SearchIn,
    SeatVersionIn,
    SeatView,
)
from service.unit import Unit
from service.web.problems import PROBLEMS


class DirectoryApi(Controller):
    """`/api/v1/directory`: twenty organisations a page; a search is posted."""

    path = "/api/v1/directory"
    tags = ["directory"]  # noqa: RUF012 — Litestar's own way

    @get("/", name="api_directory", responses=PROBLEMS)
    async def read_directory(
        self,
        unit: NamedDependency[Unit],
        field: FromQuery[Field | None] = None,
        number: Annotated[int, QueryParameter(name="page", ge=1, le=1000)] = 1,
    ) -> Directory:
        """Return one page of the directory of this CLSM."""
        return await operations.read_directory(unit, field=field, page=number)

    @post("/search", name="api_search_directory", status_code=200, responses=PROBLEMS)
    async def search(
        self, unit: NamedDependency[Unit], data: JSONBody[SearchIn]
    ) -> tuple[OrganisationLine, ...]:
        """Return what matches words of names; posted, so that no name is in an address."""
        return await operations.search_directory(unit, data.words)


class OrganisationApi(Controller):
    """`/api/v1/organisations` and cells."""

    path = "/api/v1/organisations"
    tags = ["directory"]  # noqa: RUF012

    @post("/", name="api_create_organisation", responses=PROBLEMS)
    async def create(self, unit: NamedDependency[Unit], data: JSONBody[OrganisationIn]) -> Created:
        """Let an organisation take part in this CLSM."""
        return Created(
            await operations.create_organisation(
                unit, key=data.key, name=data.name, kind=data.kind, phone=data.phone
            )
        )

    @get("/{organisation_id:uuid}", name="api_organisation", responses=PROBLEMS)
    async def read(
        self, unit: NamedDependency[Unit], organisation_id: FromPath[UUID]
    ) -> OrganisationView:
        """Return an organisation and its people."""
        return await operations.read_organisation(unit, organisation_id)


class CellApi(Controller):
    """`/api/v1/cells`: coordination cells of this CLSM."""

    path = "/api/v1/cells"
    tags = ["directory"]  # noqa: RUF012

    @post("/", name="api_create_cell", responses=PROBLEMS)
    async def create(self, unit: NamedDependency[Unit], data: JSONBody[CellIn]) -> Created:
        """Open a cell."""
        return Created(await operations.create_cell(unit, kind=data.kind, name=data.name))


class EmploymentApi(Controller):
    """`/api/v1/employments`: seats; they begin with an invitation."""

    path = "/api/v1/employments"
    tags = ["directory"]  # noqa: RUF012

    @get("/{employment_id:uuid}", name="api_employment", responses=PROBLEMS)
    async def read(self, unit: NamedDependency[Unit], employment_id: FromPath[UUID]) -> SeatView:
        """Return a seat to who manages its organisation."""
        return await operations.read_seat(unit, employment_id)

    @post(
        "/{employment_id:uuid}/confirm",
        name="api_confirm_category",
        status_code=204,
        responses=PROBLEMS,
    )
    async def confirm(
        self,
        unit: NamedDependency[Unit],
        employment_id: FromPath[UUID],
        data: JSONBody[SeatVersionIn],
    ) -> None:
        """Confirm the category for a year."""
        await operations.confirm_category(unit, employment_id, data.version)


class OfficeApi(Controller):
    """`/api/v1/offices`: given and ended by administrators."""

    path = "/api/v1/offices"
    tags = ["directory"]  # noqa: RUF012

    @post("/", name="api_grant_office", responses=PROBLEMS)
    async def grant(self, unit: NamedDependency[Unit], data: JSONBody[OfficeIn]) -> Created:
        """Give an office to a seat."""
        return Created(
            await operations.grant_office(unit, data.employment_id, data.kind, data.cell_id)
        )

    @delete("/{office_id:uuid}", name="api_end_office", responses=PROBLEMS)
    async def end(self, unit: NamedDependency[Unit], office_id: FromPath[UUID]) -> None:
        """End an office now."""
        await operations.end_office(unit, office_id)


class PledgeApi(Controller):
    """`/api/v1/charter` and `/api/v1/pledge`."""

    path = "/api/v1"
    tags = ["pledge"]  # noqa: RUF012

    @get("/charter", name="api_charter", responses=PROBLEMS)
    async def read_charter(self, unit: NamedDependency[Unit]) -> CharterView:
        """Return the charter in force."""
        return await operations.read_charter(unit)

    @post("/charter", name="api_adopt_charter", responses=PROBLEMS)
    async def adopt_charter(
        self, unit: NamedDependency[Unit], data: JSONBody[CharterIn]
    ) -> PledgeIn:
        """Adopt the next version; return its number."""
        return PledgeIn(await operations.adopt_charter(unit, data.text, data.effective_from))

    @get("/pledge", name="api_pledge", responses=PROBLEMS)
    async def read_pledge(self, unit: NamedDependency[Unit]) -> PledgeView:
        """Return where this seat stands with its pledge."""
        return await operations.read_pledge(unit)

    @post("/pledge", name="api_sign_pledge", status_code=200, responses=PROBLEMS)
    async def sign_pledge(
        self, unit: NamedDependency[Unit], data: JSONBody[PledgeIn]
    ) -> PledgeView:
        """Sign the charter for a year."""
        await operations.sign_pledge(unit, data.charter_version)
        return await operations.read_pledge(unit)


ROUTES = (DirectoryApi, OrganisationApi, CellApi, EmploymentApi, OfficeApi, PledgeApi)
